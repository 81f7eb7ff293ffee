"""Euler-Maruyama, backwards and forwards, against a scalar recursion in each process's own coordinates."""
# spec: S10

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from engine.noise import Noise
from engine.samplers import SAMPLERS
from engine.schedules import SCHEDULES, edm
from tests.engine.samplers.contract import (
    SEED,
    Wind,
    assert_independent,
    assert_replays,
    assert_well_formed,
    latents,
    steps,
)
from tests.engine.samplers.exact import Gaussian, assert_moments, orders

GAUSSIAN = Gaussian()
euler_maruyama = SAMPLERS["euler-maruyama"]
RISING = torch.tensor([0.0, 0.1, 0.3, 1.0, 2.0, 5.0], dtype=torch.float64)
both = pytest.mark.parametrize("process", ["VE", "VP"])

Moments = tuple[float, float]


@both
def test_contract(process: str) -> None:
    assert_well_formed("euler-maruyama", process=process)
    assert_replays("euler-maruyama", process=process)
    assert_replays("euler-maruyama", sigmas=RISING, process=process)
    assert_independent("euler-maruyama", process=process)


# -- backwards -------------------------------------------------------------------------------------------------------


def published(x: Tensor, z: Tensor, s: float, s_next: float, process: str) -> Tensor:
    """One step of the reverse SDE with `Wind`, in the coordinates in which it is published."""
    score = -((x - GAUSSIAN.denoise(x, s)) / s + 0.3) / s
    if process == "VE":
        step = s**2 - s_next**2
        return x + step * score + (math.sqrt(step) * z if s_next else 0)
    size, size_next = math.sqrt(1 + s**2), math.sqrt(1 + s_next**2)
    step = math.log(size / size_next)  # of the time in which beta is 1
    x_vp, score_vp = x / size, score * size
    return size_next * (x_vp + (x_vp + 2 * score_vp) * step + (math.sqrt(2 * step) * z if s_next else 0))


# spec: G6
@pytest.mark.parametrize("s_noise", [1.0, 0.3, 0.0])
@both
def test_equals_the_published_step(process: str, s_noise: float) -> None:
    """Guides act on the score; what was added as noise is told, and nothing is added in the step to 0.

    The noise alone is weighed: where it is left out, the score stays as it is.
    """
    for step, following in pairwise(steps("euler-maruyama", process=process, guides=(Wind(),), s_noise=s_noise)):
        z = s_noise * Noise(SEED)(step.index, step.x)
        expected = published(step.x, z, step.sigma, following.sigma, process)
        torch.testing.assert_close(following.x, expected, rtol=1e-12, atol=1e-12)
        quiet = published(step.x, torch.zeros_like(z), step.sigma, following.sigma, process)
        assert (step.noise is None) == (following.sigma == 0)
        if step.noise is not None:
            torch.testing.assert_close(step.noise, expected - quiet, rtol=1e-9, atol=1e-9)


@both
def test_a_weight_of_each_particles_noise(process: str) -> None:
    """Among others each particle has the bits that it has where all have its weight."""
    weights = torch.tensor([0.0, 0.3, 1.0] * 4, dtype=torch.float64)
    mixed = steps("euler-maruyama", process=process, s_noise=weights)
    for value in (0.0, 0.3, 1.0):
        for one, other in zip(mixed, steps("euler-maruyama", process=process, s_noise=value), strict=True):
            assert torch.equal(one.x[weights == value], other.x[weights == value])


def backwards(levels: list[float], mean: float, variance: float, process: str) -> list[Moments]:
    """Mean and variance of the scheme's states on GAUSSIAN, levels above 0: its step is linear in x and z."""
    found = [(mean, variance)]
    for s, s_next in pairwise(levels):
        curve = -1 / (GAUSSIAN.variance + s**2)  # score = curve (x - mean of the data)
        if process == "VE":
            step = s**2 - s_next**2
            keep, pull, fresh = 1.0, curve * step, step
        else:
            ratio, step = math.sqrt((1 + s_next**2) / (1 + s**2)), math.log((1 + s**2) / (1 + s_next**2)) / 2
            keep, pull, fresh = (1 + step) * ratio, 2 * step * (1 + s**2) * ratio * curve, 2 * step * (1 + s_next**2)
        mean = keep * mean + pull * (mean - GAUSSIAN.mean)
        variance = (keep + pull) ** 2 * variance + fresh
        found.append((mean, variance))
    return found


@both
def test_it_has_the_moments_of_its_own_scheme(process: str) -> None:
    sigmas = SCHEDULES["log-linear"](12, 20.0, 0.05)
    x = GAUSSIAN.states(20.0) + 7.0  # off centre, so that the mean has a way to go
    taken = list(euler_maruyama(GAUSSIAN.denoise, x, sigmas, noise=Noise(0), process=process))
    expected = backwards(sigmas.tolist()[:-1], GAUSSIAN.mean + 7.0, GAUSSIAN.marginal(20.0)[1], process)
    for step, (mean, variance) in zip(taken[:-1], expected, strict=True):
        assert_moments(step.x, mean, variance)


@both
def test_its_bias_falls_with_first_order(process: str) -> None:
    """In the variance at the last level above 0, and for VP in the mean too, which VE keeps."""
    exact = GAUSSIAN.marginal(0.05)
    states = [
        backwards(edm(count, 10.0, 0.05).tolist()[:-1], *GAUSSIAN.marginal(10.0), process)[-1]
        for count in (128, 256, 512, 1024)
    ]
    errors = [variance - exact[1] for _, variance in states]
    assert abs(errors[-1]) < 0.02 * exact[1]
    assert orders(errors)[-2:] == pytest.approx([1, 1], abs=0.1), errors
    if process == "VP":
        assert orders([mean - exact[0] for mean, _ in states])[-2:] == pytest.approx([1, 1], abs=0.1)


def test_the_last_step_of_ve_is_the_estimate() -> None:
    before, end = steps("euler-maruyama")[-2:]
    assert before.denoised is not None
    torch.testing.assert_close(end.x, before.denoised, rtol=1e-12, atol=1e-12)


# -- forwards --------------------------------------------------------------------------------------------------------


def unused(x: Tensor, sigma: float | Tensor) -> Tensor:
    raise AssertionError("nothing is to be evaluated")


@both
def test_forwards_nothing_is_evaluated(process: str) -> None:
    x = latents(torch.ones(1))
    taken = list(euler_maruyama(unused, x, RISING, noise=Noise(SEED), guides=(Wind(),), process=process))
    assert [step.sigma for step in taken] == RISING.tolist()
    assert torch.equal(taken[0].x, x)
    assert all(step.evaluations == 0 and step.denoised is step.drift is step.guidance is None for step in taken)
    assert all(step.noise is not None for step in taken[:-1])


def forwards(levels: list[float], mean: float, variance: float) -> list[Moments]:
    """Mean and variance of VP's states in x, from those of the data."""
    found = [(mean, variance)]
    for s, s_next in pairwise(levels):
        step = math.log((1 + s_next**2) / (1 + s**2)) / 2
        ratio = (1 - step) * math.sqrt((1 + s_next**2) / (1 + s**2))
        mean, variance = ratio * mean, ratio**2 * variance + 2 * step * (1 + s_next**2)
        found.append((mean, variance))
    return found


@both
def test_forwards_from_data(process: str) -> None:
    """VE has the exact marginals at every level, VP the moments of its own scheme."""
    taken = list(euler_maruyama(unused, GAUSSIAN.states(0.0), RISING, noise=Noise(1), process=process))
    scheme = forwards(RISING.tolist(), GAUSSIAN.mean, GAUSSIAN.variance)
    exact = [GAUSSIAN.marginal(sigma) for sigma in RISING.tolist()]
    for step, (mean, variance) in zip(taken, exact if process == "VE" else scheme, strict=True):
        assert_moments(step.x, mean, variance)


def test_forwards_vp_approaches_the_marginals_with_first_order() -> None:
    mean, variance = GAUSSIAN.marginal(5.0)
    ends = [
        forwards([0.0, *edm(count, 5.0, 0.01).tolist()[-2::-1]], GAUSSIAN.mean, GAUSSIAN.variance)[-1]
        for count in (64, 128, 256, 512)
    ]
    assert orders([end[0] - mean for end in ends])[-2:] == pytest.approx([1, 1], abs=0.1)
    assert orders([end[1] - variance for end in ends])[-2:] == pytest.approx([1, 1], abs=0.1)


def test_there_and_back_is_the_data_again() -> None:
    """Forwards to noise and backwards by many steps: the moments of the data, to the scheme's bias at this N."""
    sigmas = edm(150, 10.0, 0.01)
    x = GAUSSIAN.states(0.0, count=8_000)
    noised = list(euler_maruyama(unused, x, sigmas.flip(0), noise=Noise(2)))[-1].x
    drawn = list(euler_maruyama(GAUSSIAN.denoise, noised, sigmas, noise=Noise(3)))[-1].x
    assert drawn.mean().item() == pytest.approx(GAUSSIAN.mean, abs=4 * 0.5 / math.sqrt(8_000))
    assert drawn.var().item() == pytest.approx(GAUSSIAN.variance, rel=0.08)
