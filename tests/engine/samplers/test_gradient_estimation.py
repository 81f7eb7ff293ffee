"""Gradient estimation against the algorithm of the slides, closed forms, and the methods it holds as special cases."""
# spec: S8

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch

from engine.noise import Noise
from engine.samplers import SAMPLERS
from engine.schedules import edm
from engine.settings import SAMPLER_SETTINGS
from tests.engine.samplers.contract import (
    COUNT,
    SIGMAS,
    Wind,
    assert_independent,
    assert_replays,
    assert_well_formed,
    latents,
    steps,
)
from tests.engine.samplers.exact import Gaussian, orders

NAME = "gradient-estimation"
GAUSSIAN = Gaussian()


@pytest.mark.parametrize("gamma", [2.0, 0.5])
def test_contract(gamma: float) -> None:
    assert_well_formed(NAME, gamma=gamma)
    assert_replays(NAME, gamma=gamma)
    assert_independent(NAME, gamma=gamma)


def algorithm_2(x: float, sigma: list[float]) -> Iterator[float]:
    """The slides' algorithm 2, line by line; `sigma` is sigma_N first there and here: t counts down."""

    def eps(x: float, s: float) -> float:
        return s * (x - GAUSSIAN.mean) / (GAUSSIAN.variance + s * s)

    s = sigma[::-1]
    n = len(s) - 1
    yield x
    before = eps(x, s[n])
    x = x + (s[n - 1] - s[n]) * before
    yield x
    for t in range(n - 1, 0, -1):
        here = eps(x, s[t])
        x = x + (s[t - 1] - s[t]) * (2 * here - before)
        before = here
        yield x


def test_equals_the_slides() -> None:
    assert SAMPLER_SETTINGS[NAME](name=NAME).values() == {"gamma": 2.0}
    taken = torch.stack([step.x[:, 0] for step in steps(NAME)], dim=1).numpy()
    for p, x in enumerate(latents()[:, 0].tolist()):
        expected = np.array(list(algorithm_2(x, SIGMAS.tolist())))
        np.testing.assert_allclose(taken[p], expected, rtol=1e-12, atol=1e-12)


def test_with_gamma_one_it_is_euler() -> None:
    for one, other in zip(steps(NAME, gamma=1.0), steps("euler"), strict=True):
        assert torch.equal(one.x, other.x)


def test_gamma_of_each_particle() -> None:
    gamma = torch.tensor([1.0, 2.0, 3.0] * (COUNT // 3), dtype=torch.float64)
    mixed = steps(NAME, gamma=gamma)[-1].x
    for value in (1.0, 2.0, 3.0):
        assert torch.equal(mixed[gamma == value], steps(NAME, gamma=value)[-1].x[gamma == value])


def test_carry_is_the_slope_of_the_step_before() -> None:
    taken = steps(NAME)
    assert taken[0].carry is None
    assert all(following.carry is step.drift for step, following in pairwise(taken[:-1]))


def test_without_its_carry_it_begins_anew_with_a_plain_step() -> None:
    taken = steps(NAME)
    anew = steps(NAME, taken[4].x, start=4)
    plain = steps("euler", taken[4].x, start=4)
    assert torch.equal(anew[1].x, plain[1].x)
    assert not torch.equal(anew[1].x, taken[5].x)


def test_guidance_is_added_as_it_is() -> None:
    """The push is not taken for an estimate of eps: it enters neither the memory nor the extrapolation."""
    for step, following in pairwise(steps(NAME, guides=(Wind(),))):
        assert step.drift is not None
        before = step.drift if step.carry is None else step.carry
        slope = 2 * step.drift - before + 0.3
        expected = step.x + (following.sigma - step.sigma) * slope
        torch.testing.assert_close(following.x, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("gamma", "order"), [(2.0, 1), (1.0, 1), (1.5, 2)])
def test_order_of_convergence_to_the_flow(gamma: float, order: int) -> None:
    """Between evenly spaced levels gamma 1.5 is the method of Adams and Bashforth, of second order."""
    x, errors = torch.linspace(-20, 20, 9, dtype=torch.float64)[:, None], []
    for count in (129, 257, 513, 1025):
        sigmas = edm(count, 5.0, 0.5, rho=1.0)
        taken = list(SAMPLERS[NAME](GAUSSIAN.denoise, x, sigmas, noise=Noise(0), gamma=gamma))
        errors.append((taken[-2].x - GAUSSIAN.flow(x, 5.0, 0.5)).abs().max().item())
    assert orders(errors)[-2:] == pytest.approx([order, order], abs=0.1), errors
