"""Euler in sigmas, deterministic and stochastic, against the published steps, closed forms and a scalar recursion."""
# spec: S7

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from engine.noise import Noise
from engine.samplers import SAMPLERS
from engine.schedules import SCHEDULES, edm
from tests.engine.samplers.contract import (
    SEED,
    SIGMAS,
    Wind,
    assert_independent,
    assert_replays,
    assert_well_formed,
    latents,
    steps,
)
from tests.engine.samplers.exact import Gaussian, assert_moments, orders

GAUSSIAN = Gaussian()
euler = SAMPLERS["euler"]


@pytest.mark.parametrize("stochastic", [False, True])
def test_contract(stochastic: bool) -> None:
    assert_well_formed("euler", stochastic=stochastic)
    assert_replays("euler", stochastic=stochastic)
    assert_independent("euler", stochastic=stochastic)


def test_equals_the_slides() -> None:
    """x_{t-1} = x_t + (sigma_{t-1} - sigma_t) eps, or with sigma_t' and eta w_t, one particle at a time."""
    for stochastic in (False, True):
        taken = steps("euler", stochastic=stochastic)
        w = [Noise(SEED)(i, latents()) for i in range(len(SIGMAS) - 1)]
        for p in (0, 5):
            x = latents()[p]
            for i, (s, s_next) in enumerate(pairwise(SIGMAS.tolist())):
                eps = (x - GAUSSIAN.denoise(x[None], s)[0]) / s
                target = s_next**2 / s if stochastic else s_next
                x = x + (target - s) * eps + math.sqrt(s_next**2 - target**2) * w[i][p]
                torch.testing.assert_close(taken[i + 1].x[p], x, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("stochastic", [False, True])
def test_the_fields_give_the_next_state(stochastic: bool) -> None:
    for step, following in pairwise(steps("euler", stochastic=stochastic, guides=(Wind(),))):
        assert step.drift is not None
        assert step.guidance is not None
        down = following.sigma**2 / step.sigma if stochastic else following.sigma
        x = step.x + (down - step.sigma) * (step.drift + step.guidance)
        assert (step.noise is not None) == (stochastic and following.sigma > 0)
        if step.noise is not None:
            deviation = math.sqrt(following.sigma**2 - down**2)
            torch.testing.assert_close(step.noise, deviation * Noise(SEED)(step.index, step.x))
            x = x + step.noise
        torch.testing.assert_close(x, following.x, rtol=1e-12, atol=1e-12)


def test_converges_to_the_flow_with_first_order() -> None:
    x, errors = torch.linspace(-20, 20, 9, dtype=torch.float64)[:, None], []
    for count in (32, 64, 128, 256):
        taken = list(euler(GAUSSIAN.denoise, x, edm(count, 10.0, 0.05), noise=Noise(0)))
        errors.append((taken[-2].x - GAUSSIAN.flow(x, 10.0, 0.05)).abs().max().item())
    assert orders(errors)[-2:] == pytest.approx([1, 1], abs=0.1), errors


def recursion(levels: list[float], mean: float, variance: float) -> list[tuple[float, float]]:
    """Mean and variance of the stochastic scheme's states on GAUSSIAN: its step is linear in x and z."""
    found = [(mean, variance)]
    for s, s_next in pairwise(levels):
        further = s_next * s_next / s
        slope = s / (GAUSSIAN.variance + s * s)  # eps = slope (x - mean of the data)
        shrink = 1 + (further - s) * slope
        mean = GAUSSIAN.mean + shrink * (mean - GAUSSIAN.mean)
        variance = shrink**2 * variance + s_next**2 - further**2
        found.append((mean, variance))
    return found


def test_stochastic_it_has_the_moments_of_its_own_scheme() -> None:
    sigmas = SCHEDULES["log-linear"](12, 20.0, 0.05)
    x = GAUSSIAN.states(20.0) + 7.0  # off centre, so that the mean has a way to go
    taken = list(euler(GAUSSIAN.denoise, x, sigmas, noise=Noise(0), stochastic=True))
    expected = recursion(sigmas.tolist(), GAUSSIAN.mean + 7.0, GAUSSIAN.marginal(20.0)[1])
    for step, (mean, variance) in zip(taken, expected, strict=True):
        assert_moments(step.x, mean, variance)


def test_stochastic_its_bias_falls_with_first_order() -> None:
    """In the variance at the last level above 0; the last step, to 0, is the same for every N."""
    _, exact = GAUSSIAN.marginal(0.05)
    errors = []
    for count in (64, 128, 256, 512):
        states = recursion(edm(count, 10.0, 0.05).tolist(), *GAUSSIAN.marginal(10.0))
        errors.append(states[-2][1] - exact)
    assert abs(errors[-1]) < 0.02 * exact
    assert orders(errors)[-2:] == pytest.approx([1, 1], abs=0.1), errors
