"""DDIM against its equations in x_vp, against diffusers, closed forms and a scalar recursion."""
# spec: S6

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler
from torch import Tensor

from engine import models
from engine.models.betas import LinearBetas
from engine.noise import Noise
from engine.samplers import SAMPLERS
from engine.schedules import SCHEDULES, edm
from tests.engine.samplers.contract import (
    COUNT,
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
ETAS = [0.0, 0.5, 1.0]
ddim = SAMPLERS["ddim"]


@pytest.mark.parametrize("eta", ETAS)
def test_contract(eta: float) -> None:
    assert_well_formed("ddim", eta=eta)
    assert_replays("ddim", eta=eta)
    assert_independent("ddim", eta=eta)


# -- the equations -------------------------------------------------------------------------------------------------


def equation_12(x_vp: Tensor, kept: float, kept_next: float, z: Tensor, eta: float) -> Tensor:
    """Song et al. 2021, equations 12 and 16: from abar_{tau_i} = `kept` to abar_{tau_{i-1}} = `kept_next`."""
    sigma = math.sqrt((1 - kept) / kept)
    denoised = GAUSSIAN.denoise(x_vp / math.sqrt(kept), sigma)
    eps = (x_vp - math.sqrt(kept) * denoised) / math.sqrt(1 - kept)
    deviation = eta * math.sqrt((1 - kept_next) / (1 - kept)) * math.sqrt(1 - kept / kept_next)
    direction = math.sqrt(max(1 - kept_next - deviation**2, 0)) * eps
    return math.sqrt(kept_next) * denoised + direction + deviation * z


@pytest.mark.parametrize("eta", ETAS)
@pytest.mark.parametrize("tau", [list(range(1, 101)), [3, 4, 10, 60, 61, 97], [100]], ids=["all", "some", "one"])
def test_equals_the_published_equations_over_any_subsequence(tau: list[int], eta: float) -> None:
    abar = (1 - torch.from_numpy(LinearBetas(steps=100, last=0.2).values)).cumprod(0)
    kept = [abar[t - 1].item() for t in reversed(tau)] + [1.0]
    sigmas = torch.tensor([math.sqrt((1 - value) / value) for value in kept], dtype=torch.float64)
    x_vp = latents(torch.ones(1))
    taken = steps("ddim", x_vp / math.sqrt(kept[0]), sigmas, eta=eta)
    for i, (here, following) in enumerate(pairwise(kept)):
        x_vp = equation_12(x_vp, here, following, Noise(SEED)(i, x_vp), eta)
        torch.testing.assert_close(taken[i + 1].x * math.sqrt(following), x_vp, rtol=1e-9, atol=1e-9)


def test_the_noise_over_skipped_steps_is_of_the_whole_jump() -> None:
    """The thesis's algorithm 3 takes beta_t of a single step there: about six times too small from 500 to 450."""
    betas = torch.from_numpy(LinearBetas().values)
    abar = (1 - betas).cumprod(0)
    here, following = abar[499].item(), abar[449].item()
    sigmas = torch.tensor([math.sqrt((1 - value) / value) for value in (here, following, 1.0)], dtype=torch.float64)
    noise = steps("ddim", sigmas=sigmas, eta=1.0)[0].noise
    assert noise is not None
    deviation = (noise / Noise(SEED)(0, noise)).mean().item() * math.sqrt(following)
    shrunk = math.sqrt((1 - following) / (1 - here))
    assert deviation == pytest.approx(shrunk * math.sqrt(1 - here / following), rel=1e-9)
    assert deviation / (shrunk * math.sqrt(betas[499].item())) == pytest.approx(6, abs=0.8)


@pytest.mark.parametrize("eta", ETAS)
def test_the_fields_give_the_next_state(eta: float) -> None:
    for step, following in pairwise(steps("ddim", eta=eta, guides=(Wind(),))):
        assert step.drift is not None
        assert step.guidance is not None
        deviation = eta * following.sigma * math.sqrt(1 - (following.sigma / step.sigma) ** 2)
        down = math.sqrt(following.sigma**2 - deviation**2)
        x = step.x + (down - step.sigma) * (step.drift + step.guidance)
        assert (step.noise is not None) == (deviation > 0)
        torch.testing.assert_close(x if step.noise is None else x + step.noise, following.x, rtol=1e-9, atol=1e-9)


def test_eta_of_each_particle() -> None:
    eta = torch.tensor(ETAS * (COUNT // 3), dtype=torch.float64)
    for one, other in zip(steps("ddim", eta=torch.zeros(COUNT)), steps("ddim"), strict=True):
        assert torch.equal(one.x, other.x)
        assert one.noise is None
    mixed = steps("ddim", eta=eta)[-1].x
    for value in ETAS:
        torch.testing.assert_close(mixed[eta == value], steps("ddim", eta=value)[-1].x[eta == value])


# -- diffusers -----------------------------------------------------------------------------------------------------

SPACINGS = [("leading", 10, 1000), ("trailing", 25, 1000), ("linspace", 20, 20)]


@pytest.mark.parametrize("eta", ETAS)
@pytest.mark.parametrize(("spacing", "count", "horizon"), SPACINGS, ids=str)
def test_a_whole_run_is_that_of_diffusers(tmp_path: Path, spacing: str, count: int, horizon: int, eta: float) -> None:
    """Its own step takes T // N for the distance to the next timestep, which is right for the spacings above."""
    scheduler: Any = DDIMScheduler(num_train_timesteps=horizon, timestep_spacing=spacing, clip_sample=False)

    def step(eps: Tensor, t: Tensor, x: Tensor, z: Tensor) -> Tensor:
        moved: Tensor = scheduler.step(eps, int(t), x, eta=eta, variance_noise=z if eta else None).prev_sample
        return moved

    assert largest_difference(tmp_path, scheduler, count, step, name="ddim", eta=eta) < 1e-4


def test_a_clipped_estimate_is_clipped_in_the_direction_too(tmp_path: Path) -> None:
    scheduler: Any = DDIMScheduler(clip_sample_range=0.3)

    def step(eps: Tensor, t: Tensor, x: Tensor, z: Tensor) -> Tensor:
        moved: Tensor = scheduler.step(eps, int(t), x, use_clipped_model_output=True).prev_sample
        return moved

    assert largest_difference(tmp_path, scheduler, 20, step, name="ddim") < 1e-4


# -- what it converges to ------------------------------------------------------------------------------------------


def test_deterministic_it_converges_to_the_flow_with_first_order() -> None:
    x, errors = torch.linspace(-20, 20, 9, dtype=torch.float64)[:, None], []
    for count in (32, 64, 128, 256):
        taken = list(ddim(GAUSSIAN.denoise, x, edm(count, 10.0, 0.05), noise=Noise(0)))
        errors.append((taken[-2].x - GAUSSIAN.flow(x, 10.0, 0.05)).abs().max().item())
    assert orders(errors)[-2:] == pytest.approx([1, 1], abs=0.1), errors


@pytest.mark.parametrize("count", [5, 50])
def test_deterministic_it_keeps_the_order_on_a_line(count: int) -> None:
    model = models.load("mixture-1d")
    sigmas = SCHEDULES["ddpm"](count)
    x = torch.linspace(-3, 3, 101, dtype=torch.float64)[:, None] * math.hypot(1, sigmas[0].item())
    for step in ddim(model.denoise, x, sigmas, noise=Noise(0)):
        assert (step.x.diff(dim=0) > 0).all()
    assert step.x[0] < -1.25
    assert step.x[-1] > 1.5


def recursion(levels: list[float], mean: float, variance: float, eta: float) -> list[tuple[float, float]]:
    """Mean and variance of x_vp over the scheme's states on GAUSSIAN: equation 12 is linear in x_vp and z."""
    kept = [1 / (1 + level**2) for level in levels]
    found = [(mean, variance)]
    for here, following in pairwise(kept):
        total = here * GAUSSIAN.variance + 1 - here  # of x_vp at this level
        noise = eta**2 * (1 - following) / (1 - here) * (1 - here / following)
        along = math.sqrt(max(1 - following - noise, 0)) * math.sqrt(1 - here) / total
        factor = math.sqrt(following) * GAUSSIAN.variance * math.sqrt(here) / total + along
        away = mean - math.sqrt(here) * GAUSSIAN.mean
        mean = math.sqrt(following) * GAUSSIAN.mean + factor * away
        variance = factor**2 * variance + noise
        found.append((mean, variance))
    return found


@pytest.mark.parametrize("eta", ETAS)
def test_it_has_the_moments_of_its_own_scheme(eta: float) -> None:
    sigmas = SCHEDULES["ddpm"](12)
    kept = 1 / (1 + sigmas[0].item() ** 2)
    x = GAUSSIAN.states(sigmas[0].item()) + 0.7 / math.sqrt(kept)  # off centre, so that the mean has a way to go
    start = math.sqrt(kept) * GAUSSIAN.mean + 0.7, kept * GAUSSIAN.variance + 1 - kept
    taken = list(ddim(GAUSSIAN.denoise, x, sigmas, noise=Noise(0), eta=eta))
    expected = recursion(sigmas.tolist(), *start, eta)
    for step, (mean, variance) in zip(taken, expected, strict=True):
        assert_moments(step.x / math.hypot(1, step.sigma), mean, variance)


@pytest.mark.parametrize("eta", ETAS)
def test_its_bias_falls_with_first_order(eta: float) -> None:
    """In the variance at the last level above 0; the last step, to 0, is the same for every N."""
    errors = []
    for count in (64, 128, 256, 512):
        levels = edm(count, 10.0, 0.05).tolist()
        kept = [1 / (1 + level**2) for level in (levels[0], levels[-2])]
        start, exact = [(math.sqrt(k) * GAUSSIAN.mean, k * GAUSSIAN.variance + 1 - k) for k in kept]
        errors.append(recursion(levels, *start, eta)[-2][1] - exact[1])
    assert orders(errors)[-2:] == pytest.approx([1, 1], abs=0.1), errors
