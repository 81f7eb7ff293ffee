"""Predictor-corrector against the published algorithms, in each process's own coordinates, and moments."""
# spec: S12

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.denoiser import Watched
from engine.noise import LATENT, Noise
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
from tests.engine.samplers.exact import Gaussian, assert_moments, moments, orders

GAUSSIAN = Gaussian()
predictor_corrector = SAMPLERS["predictor-corrector"]
both = pytest.mark.parametrize("process", ["VE", "VP"])

Moments = tuple[float, float]


@both
def test_contract(process: str) -> None:
    assert_well_formed("predictor-corrector", process=process, corrections=0)
    assert_replays("predictor-corrector", process=process, corrections=2)
    assert_independent("predictor-corrector", process=process, corrections=2)


# -- the algorithms, written a second time: one particle, in the coordinates of the paper ------------------------------


def score(x: Tensor, s: float, wind: float = 0.0) -> Tensor:
    return -((x - GAUSSIAN.denoise(x, s)) / s + wind) / s


def published_ve(x: Tensor, s: list[float], p: int, corrections: int, snr: float) -> list[Tensor]:
    """Song et al. 2021, algorithms 2 and 4: x_N .. x_0 of particle p, with `Wind` in the predictor."""
    states = [x]
    for i, (before, after) in enumerate(pairwise(s)):
        x = x + (before**2 - after**2) * score(x, before, 0.3)
        if after:
            x = x + math.sqrt(before**2 - after**2) * z_of(i, 0, p)
            for j in range(corrections):
                z, g = z_of(i, 1 + j, p), score(x, after)
                size = min(2 * (snr * z.norm() / g.norm()).item() ** 2, after**2)
                x = x + size * g + math.sqrt(2 * size) * z
        states.append(x)
    return states


def published_vp(x: Tensor, s: list[float], p: int, corrections: int, snr: float) -> list[Tensor]:
    """Song et al. 2021, algorithms 3 and 5, in x_vp; the states of particle p as x."""
    states, abar = [x], [1 / (1 + level**2) for level in s]
    x_vp = x * math.sqrt(abar[0])
    for i, after in enumerate(s[1:]):
        beta = 1 - abar[i] / abar[i + 1]
        score_vp = score(x_vp / math.sqrt(abar[i]), s[i], 0.3) / math.sqrt(abar[i])
        x_vp = (2 - math.sqrt(1 - beta)) * x_vp + beta * score_vp
        if after:
            x_vp = x_vp + math.sqrt(beta) * z_of(i, 0, p)
            for j in range(corrections):
                z, g = z_of(i, 1 + j, p), score(x_vp / math.sqrt(abar[i + 1]), after) / math.sqrt(abar[i + 1])
                alpha = abar[i + 1] / abar[i + 2]
                size = min(2 * alpha * (snr * z.norm() / g.norm()).item() ** 2, 1 - abar[i + 1])
                x_vp = x_vp + size * g + math.sqrt(2 * size) * z
        states.append(x_vp / math.sqrt(abar[i + 1]))
    return states


def z_of(step: int, draw: int, p: int) -> Tensor:
    return Noise(SEED)(step, latents(), draw)[p]


@both
@pytest.mark.parametrize("own", [{"corrections": 0}, {"corrections": 1}, {"corrections": 3, "snr": 0.5}], ids=str)
def test_equals_the_published_algorithms(process: str, own: dict[str, Any]) -> None:
    """The same noise, so no norm need be averaged. Only the predictor is guided."""
    taken = steps("predictor-corrector", process=process, guides=(Wind(),), **own)
    published = published_ve if process == "VE" else published_vp
    for p in (0, 5, 11):
        expected = published(latents()[p], SIGMAS.tolist(), p, own["corrections"], own.get("snr", 0.16))
        for step, x in zip(taken, expected, strict=True):
            torch.testing.assert_close(step.x[p], x, rtol=1e-10, atol=1e-10)


# -- what a Step holds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("corrections", [0, 1, 3])
def test_evaluations(corrections: int) -> None:
    watched = Watched(GAUSSIAN.denoise)
    taken = list(predictor_corrector(watched, latents(), SIGMAS, noise=Noise(SEED), corrections=corrections))
    n = len(SIGMAS) - 1
    assert [step.evaluations for step in taken] == [1 + corrections] * (n - 1) + [1, 0]
    assert watched.evaluations == n + (n - 1) * corrections
    assert all((step.correction is not None) == (corrections > 0) for step in taken[: n - 1])


def test_the_step_to_0_is_the_predictors_without_noise() -> None:
    before, end = steps("predictor-corrector")[-2:]
    assert before.noise is before.correction is None
    assert before.denoised is not None
    torch.testing.assert_close(end.x, before.denoised, rtol=1e-12, atol=1e-12)


def test_noise_is_all_that_was_added() -> None:
    step, following = steps("predictor-corrector", snr=0.3)[:2]
    assert step.drift is not None
    assert step.correction is not None
    assert step.noise is not None
    s, s_next = step.sigma, following.sigma
    predicted = step.x - (s**2 - s_next**2) / s * step.drift + math.sqrt(s**2 - s_next**2) * Noise(SEED)(0, step.x)
    torch.testing.assert_close(step.correction, (predicted - GAUSSIAN.denoise(predicted, s_next)) / s_next)
    norms = Noise(SEED)(0, step.x, 1).norm(dim=1, keepdim=True) / step.correction.norm(dim=1, keepdim=True)
    pulled = (2 * (0.3 * norms) ** 2).clamp(max=1) * s_next * step.correction
    quiet = step.x - (s**2 - s_next**2) / s * step.drift - pulled
    torch.testing.assert_close(following.x, quiet + step.noise, rtol=1e-10, atol=1e-10)


def test_a_score_that_vanishes_throws_nothing_out() -> None:
    """Then a Langevin step has the size sigma^2: its noise is sqrt(2) sigma z."""
    sigmas = torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64)
    x = torch.zeros(4, 1, dtype=torch.float64)
    taken = list(predictor_corrector(lambda x, sigma: x, x, sigmas, noise=Noise(0)))
    expected = math.sqrt(3) * Noise(0)(0, x) + math.sqrt(2) * Noise(0)(0, x, 1)
    torch.testing.assert_close(taken[1].x, expected, rtol=1e-12, atol=1e-12)


# -- moments -----------------------------------------------------------------------------------------------------------


def recursion(levels: list[float], mean: float, variance: float, process: str, corrections: int = 0) -> list[Moments]:
    """Mean and variance of the scheme's states on GAUSSIAN, levels above 0, where norms are those of many dimensions:
    |z|^2 = d and |score|^2 = d E[score^2].
    """
    found = [(mean, variance)]
    for i, (s, s_next) in enumerate(pairwise(levels)):
        root = math.sqrt((1 + s_next**2) / (1 + s**2)) if process == "VP" else 1.0
        fall, curve = s**2 - s_next**2, -1 / (GAUSSIAN.variance + s**2)
        mean, variance = (
            root * ((2 - root) * mean + fall * curve * (mean - GAUSSIAN.mean)),
            root**2 * ((2 - root + fall * curve) ** 2 * variance + fall),
        )
        curve = -1 / (GAUSSIAN.variance + s_next**2)
        after = levels[i + 2] if i + 2 < len(levels) else 0.0
        alpha = (1 + after**2) / (1 + s_next**2) if process == "VP" else 1.0
        for _ in range(corrections):
            size = min(2 * alpha * 0.16**2 / (curve**2 * (variance + (mean - GAUSSIAN.mean) ** 2)), s_next**2)
            mean = mean + size * curve * (mean - GAUSSIAN.mean)
            variance = (1 + size * curve) ** 2 * variance + 2 * size
        found.append((mean, variance))
    return found


@both
def test_without_corrections_it_has_the_moments_of_its_own_scheme(process: str) -> None:
    sigmas = SCHEDULES["log-linear"](12, 20.0, 0.05)
    x = GAUSSIAN.states(20.0) + 7.0  # off centre, so that the mean has a way to go
    taken = list(predictor_corrector(GAUSSIAN.denoise, x, sigmas, noise=Noise(0), process=process, corrections=0))
    expected = recursion(sigmas.tolist()[:-1], GAUSSIAN.mean + 7.0, GAUSSIAN.marginal(20.0)[1], process)
    for step, (mean, variance) in zip(taken[:-1], expected, strict=True):
        assert_moments(step.x, mean, variance)


@both
def test_with_corrections_it_has_those_moments_in_many_dimensions(process: str) -> None:
    """The size of a step is no linear thing; in 5,000 dimensions its norms are their expectations, to about 2 %, and
    it enters the moments by the little that it adds: 0.5 % of the deviation and 1 % of the variance are allowed.
    """
    sigmas = SCHEDULES["log-linear"](8, 20.0, 0.05)
    x = (
        GAUSSIAN.mean
        + 1.0
        + math.sqrt(GAUSSIAN.marginal(20.0)[1]) * Noise(0)(LATENT, torch.empty(10, 5000, dtype=torch.float64))
    )
    taken = list(predictor_corrector(GAUSSIAN.denoise, x, sigmas, noise=Noise(0), process=process, corrections=2))
    start = GAUSSIAN.mean + 1.0, GAUSSIAN.marginal(20.0)[1]
    for step, (mean, variance) in zip(taken[:-1], recursion(sigmas.tolist()[:-1], *start, process, 2), strict=True):
        got = moments(step.x)
        assert got[0] == pytest.approx(mean, abs=4 * math.sqrt(variance / 50_000) + 0.005 * math.sqrt(variance))
        assert got[1] == pytest.approx(variance, rel=4 * math.sqrt(2 / 50_000) + 0.01)


@both
def test_its_bias_falls_with_first_order(process: str) -> None:
    """In the variance at the last level above 0, without corrections."""
    _, exact = GAUSSIAN.marginal(0.05)
    errors = [
        recursion(edm(count, 10.0, 0.05).tolist()[:-1], *GAUSSIAN.marginal(10.0), process)[-1][1] - exact
        for count in (128, 256, 512, 1024)
    ]
    assert abs(errors[-1]) < 0.02 * exact
    assert orders(errors)[-2:] == pytest.approx([1, 1], abs=0.1), errors


@both
def test_corrections_take_bias_away(process: str) -> None:
    """With few steps, in the recursion that the tests above hold the sampler to."""
    _, exact = GAUSSIAN.marginal(0.05)
    levels = edm(12, 10.0, 0.05).tolist()[:-1]
    found = [recursion(levels, *GAUSSIAN.marginal(10.0), process, corrections)[-1][1] for corrections in (0, 1, 3)]
    biases = [abs(variance - exact) for variance in found]
    assert biases == sorted(biases, reverse=True), biases
