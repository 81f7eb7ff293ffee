"""Noising: the states are exactly those of the forward process, with the model's estimate beside them."""
# spec: A1

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from engine.denoiser import Watched
from engine.noise import LATENT, Noise
from engine.samplers.noising import noising
from engine.schedules import edm
from engine.step import Step
from tests.engine.samplers.exact import Gaussian, assert_moments
from tests.engine.tiny import same_bits

GAUSSIAN = Gaussian()
NOISE = Noise(4)
SIGMAS = edm(8, sigma_max=80.0, sigma_min=0.01)
X0 = torch.tensor([0.25, -1.0, 1.0], dtype=torch.float64)


def steps(count: int = 5, eta: float | Tensor = 0.0) -> list[Step]:
    """`count` particles that start from X0, [3], noised."""
    x = X0 + SIGMAS[0] * NOISE(LATENT, torch.empty(count, 3, dtype=torch.float64))
    return list(noising(GAUSSIAN.denoise, x, SIGMAS, noise=NOISE, eta=eta))


def test_without_fresh_noise_it_is_the_same_noise_at_all_levels() -> None:
    n = NOISE(LATENT, torch.empty(5, 3, dtype=torch.float64))
    for step, sigma in zip(steps(), SIGMAS.tolist(), strict=True):
        assert step.sigma == sigma
        assert (step.x - (X0 + sigma * n)).abs().max() < 1e-13 * max(1, sigma)
        assert step.noise is None


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_every_level_has_the_forward_marginal_and_x0_is_last(eta: float) -> None:
    seen = steps(17_000, eta)  # of three values each
    for step in seen[:-1]:
        assert_moments((step.x - X0) / step.sigma, 0.0, 1.0)
    assert (seen[-1].x - X0).abs().max() < 1e-13


def test_with_all_noise_fresh_it_is_a_path_of_the_forward_process() -> None:
    seen = steps(17_000, 1.0)
    for later, earlier in zip(seen[1:-1], seen[:-2], strict=True):
        # Forward in time x_i is x_{i+1} and noise that does not depend on it, of variance sigma_i^2 - sigma_{i+1}^2.
        added = earlier.x - later.x
        variance = earlier.sigma**2 - later.sigma**2
        assert_moments(added / math.sqrt(variance), 0.0, 1.0)
        away = (later.x - X0) / later.sigma
        assert abs((away * added).mean().item() / math.sqrt(variance)) < 4 / math.sqrt(added.numel())


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_the_estimate_is_the_models_at_that_state(eta: float) -> None:
    for step in steps(eta=eta)[:-1]:
        assert step.denoised is not None
        assert step.drift is not None
        assert torch.equal(step.denoised, GAUSSIAN.denoise(step.x, step.sigma))
        assert torch.allclose(step.drift, (step.x - step.denoised) / step.sigma, rtol=1e-12, atol=0)
        assert (step.sigma_hat, step.evaluations) == (step.sigma, 1)


@pytest.mark.parametrize("eta", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("index", [1, 4, 7])
def test_taken_up_at_any_step_it_goes_on_with_the_same_bits(eta: float, index: int) -> None:
    whole = steps(eta=eta)
    x, carry = whole[index].x, whole[index].carry
    rest = list(noising(GAUSSIAN.denoise, x, SIGMAS, noise=NOISE, start=index, carry=carry, eta=eta))
    assert len(rest) == len(whole) - index
    assert all(same_bits(one, other) for one, other in zip(whole[index:], rest, strict=True))


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_a_particle_does_not_depend_on_the_others(eta: float) -> None:
    for few, many in zip(steps(2, eta), steps(9, eta), strict=True):
        assert torch.equal(few.x, many.x[:2])


def test_each_particle_may_have_its_own_share() -> None:
    shares = torch.tensor([0.0, 1.0], dtype=torch.float64)
    mixed, none, all_fresh = steps(2, shares)[3].x, steps(2, 0.0)[3].x, steps(2, 1.0)[3].x
    assert torch.allclose(mixed, torch.stack([none[0], all_fresh[1]]), rtol=1e-12, atol=1e-12)


def test_the_model_is_asked_once_a_level() -> None:
    watched = Watched(GAUSSIAN.denoise)
    x = X0 + SIGMAS[0] * NOISE(LATENT, torch.empty(5, 3, dtype=torch.float64))
    seen = list(noising(watched, x, SIGMAS, noise=NOISE))
    assert watched.evaluations == sum(step.evaluations for step in seen) == 8
