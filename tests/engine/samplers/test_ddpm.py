"""Ancestral sampling against Ho et al.'s algorithm in x_vp, diffusers, and a scalar recursion; and without noise."""
# spec: S4, S5

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DDPMScheduler
from scipy import stats
from torch import Tensor

from engine import models
from engine.data.lowdim import MIXTURES
from engine.execute import execute
from engine.models.betas import LinearBetas
from engine.noise import Noise
from engine.run import Run
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
from tests.engine.samplers.pipelines import largest_difference

GAUSSIAN = Gaussian()
VARIANCES = ["beta tilde", "beta", "none"]
ddpm = SAMPLERS["ddpm"]


@pytest.mark.parametrize("variance", VARIANCES)
def test_contract(variance: str) -> None:
    assert_well_formed("ddpm", variance=variance)
    assert_replays("ddpm", variance=variance)
    assert_independent("ddpm", variance=variance)


# -- the algorithm -------------------------------------------------------------------------------------------------


def spread(beta: float, kept: float, kept_next: float, variance: str) -> float:
    """The variance of the noise in x_vp, as Ho et al. name them, below their equation 7."""
    return {"beta tilde": (1 - kept_next) / (1 - kept) * beta, "beta": beta, "none": 0.0}[variance]


def algorithm_2(x_vp: Tensor, kept: list[float], variance: str) -> list[Tensor]:
    """Ho et al. 2020, algorithm 2, on GAUSSIAN: `kept` are abar_T .. abar_1 and 1."""
    states = [x_vp]
    for i, (here, following) in enumerate(pairwise(kept)):
        beta = 1 - here / following
        denoised = GAUSSIAN.denoise(x_vp / math.sqrt(here), math.sqrt((1 - here) / here))
        eps = (x_vp - math.sqrt(here) * denoised) / math.sqrt(1 - here)
        x_vp = (x_vp - beta / math.sqrt(1 - here) * eps) / math.sqrt(1 - beta)
        if following < 1:
            x_vp = x_vp + math.sqrt(spread(beta, here, following, variance)) * Noise(SEED)(i, x_vp)
        states.append(x_vp)
    return states


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("every", [1, 20], ids=["each step", "some"])
def test_equals_the_published_algorithm(every: int, variance: str) -> None:
    betas = torch.from_numpy(LinearBetas(steps=200, last=0.1).values)
    kept = [*(1 - betas).cumprod(0)[every - 1 :: every].flip(0).tolist(), 1.0]
    sigmas = torch.tensor([math.sqrt((1 - value) / value) for value in kept], dtype=torch.float64)
    x_vp = latents(torch.ones(1))
    taken = steps("ddpm", x_vp / math.sqrt(kept[0]), sigmas, variance=variance)
    for step, expected in zip(taken, algorithm_2(x_vp, kept, variance), strict=True):
        torch.testing.assert_close(step.x / math.hypot(1, step.sigma), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("variance", VARIANCES)
def test_the_fields_give_the_next_state(variance: str) -> None:
    for step, following in pairwise(steps("ddpm", variance=variance, guides=(Wind(),))):
        assert step.drift is not None
        assert step.guidance is not None
        x = step.x + (following.sigma**2 / step.sigma - step.sigma) * (step.drift + step.guidance)
        assert (step.noise is not None) == (variance != "none" and following.sigma > 0)
        torch.testing.assert_close(x if step.noise is None else x + step.noise, following.x, rtol=1e-12, atol=1e-12)


# -- diffusers -----------------------------------------------------------------------------------------------------

RUNS = [
    ("leading", 10, "beta", False),
    ("leading", 50, "beta tilde", False),
    ("trailing", 30, "beta tilde", True),
    ("trailing", 7, "beta", False),
    ("linspace", 20, "beta", True),
]
KINDS = {"beta tilde": "fixed_small", "beta": "fixed_large"}


@pytest.mark.parametrize(("spacing", "count", "variance", "clip"), RUNS)
def test_a_whole_run_is_that_of_diffusers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spacing: str, count: int, variance: str, clip: bool
) -> None:
    scheduler: Any = DDPMScheduler(timestep_spacing=spacing, variance_type=KINDS[variance], clip_sample=clip)

    def step(eps: Tensor, t: Tensor, x: Tensor, z: Tensor) -> Tensor:
        if t == scheduler.timesteps[-1]:
            z = torch.zeros_like(z)  # trailing, it would add noise of beta in the step to 0, too
        monkeypatch.setattr("diffusers.schedulers.scheduling_ddpm.randn_tensor", lambda *a, **b: z)
        moved: Tensor = scheduler.step(eps, t, x).prev_sample
        return moved

    assert largest_difference(tmp_path, scheduler, count, step, name="ddpm", variance=variance) < 1e-4


# -- what it converges to ------------------------------------------------------------------------------------------


def recursion(levels: list[float], mean: float, variance: float, kind: str) -> list[tuple[float, float]]:
    """Mean and variance of x_vp over the scheme's states on GAUSSIAN: algorithm 2 is linear in x_vp and z."""
    kept = [1 / (1 + level**2) for level in levels]
    found = [(mean, variance)]
    for here, following in pairwise(kept):
        beta = 1 - here / following
        factor = (1 - beta / (here * GAUSSIAN.variance + 1 - here)) / math.sqrt(1 - beta)
        mean = math.sqrt(following) * GAUSSIAN.mean + factor * (mean - math.sqrt(here) * GAUSSIAN.mean)
        variance = factor**2 * variance
        if following < 1:
            variance += spread(beta, here, following, kind)
        found.append((mean, variance))
    return found


def marginal(sigma: float) -> tuple[float, float]:
    """Of x_vp at level sigma: mean and variance."""
    mean, variance = GAUSSIAN.marginal(sigma)
    return mean / math.hypot(1, sigma), variance / (1 + sigma**2)


@pytest.mark.parametrize("horizon", [1000, 4000])
@pytest.mark.parametrize("variance", VARIANCES)
def test_it_has_the_moments_of_its_own_scheme(variance: str, horizon: int) -> None:
    """Up from sigma = 157 and, with 4000 linear betas, from 6e8, where hardly a digit of x is the data's."""
    sigmas = SCHEDULES["ddpm"](12, horizon=horizon)
    first = sigmas[0].item()
    assert first == pytest.approx({1000: 157, 4000: 6e8}[horizon], rel=0.05)
    x = GAUSSIAN.states(first) + 0.7 * math.hypot(1, first)  # off centre, so that the mean has a way to go
    mean, total = marginal(first)
    taken = list(ddpm(GAUSSIAN.denoise, x, sigmas, noise=Noise(0), variance=variance))
    for step, expected in zip(taken, recursion(sigmas.tolist(), mean + 0.7, total, variance), strict=True):
        assert_moments(step.x / math.hypot(1, step.sigma), *expected)


@pytest.mark.parametrize("variance", ["beta tilde", "beta"])
def test_its_bias_falls_with_first_order(variance: str) -> None:
    """In the variance at the last level above 0; the last step, to 0, is the same for every N."""
    errors = []
    for count in (128, 256, 512, 1024):
        states = recursion(edm(count, 10.0, 0.05).tolist(), *marginal(10.0), variance)
        errors.append(states[-2][1] - marginal(0.05)[1])
    assert orders(errors)[-2:] == pytest.approx([1, 1], abs=0.1), errors


def test_without_noise_it_ends_at_the_mean_of_all_data_given_the_latent() -> None:
    """On one Gaussian the steps multiply to a single one: the spread that is lost comes back with no number of them."""
    x = GAUSSIAN.states(10.0, count=100)
    for count in (1, 10, 100):
        taken = list(ddpm(GAUSSIAN.denoise, x, edm(count, 10.0, 0.05), noise=Noise(0), variance="none"))
        torch.testing.assert_close(taken[-1].x, GAUSSIAN.denoise(x, 10.0), rtol=1e-12, atol=1e-12)


def drawn(variance: str) -> Tensor:
    """2000 draws from three modes on a line."""
    model = models.load("mixture-1d")
    run = Run(model=model.reference).replace(
        latents={"count": 2000},
        schedule={"name": "ddpm", "steps": 300},
        sampler={"name": "ddpm", "variance": variance},
    )
    *_, last = execute(run, model)
    return last.x.flatten()


@pytest.mark.parametrize("variance", VARIANCES)
def test_only_without_noise_it_fails_to_cover_the_target(variance: str) -> None:
    """Of 40 parts of the line that hold the same share of the data, all are reached, or next to none."""
    # spec: S5
    means, variances = MIXTURES["mixture-1d"]
    parts = [stats.norm(mean[0], math.sqrt(value)) for mean, value in zip(means, variances, strict=True)]
    x = drawn(variance).numpy()
    share = sum(part.cdf(x) for part in parts) / len(parts)
    reached = len(set((share * 40).astype(int)))
    if variance == "none":
        assert reached < 8
    else:
        assert reached == 40
        assert stats.kstest(share, "uniform").pvalue > 0.01
