"""The probability-flow ODE by Runge-Kutta methods, against closed forms, SciPy and the other samplers."""
# spec: S11

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from torch import Tensor

from engine.denoiser import Watched, per_particle
from engine.errors import Interrupted
from engine.noise import LATENT, Noise
from engine.samplers import SAMPLERS
from engine.schedules import edm
from engine.settings.samplers import ODESettings
from engine.step import Step
from tests.engine.samplers.contract import SEED, SIGMAS, Wind, assert_independent, assert_replays, latents, steps
from tests.engine.samplers.exact import Gaussian, orders
from tests.engine.tiny import TinyMixture

GAUSSIAN = Gaussian()
STAGES = {"dopri5": 6, "tsit5": 6, "heun": 2, "euler": 1}
ADAPTIVE = ["dopri5", "tsit5", "heun"]
ode = SAMPLERS["ode"]


def bent(x: Tensor, sigma: float | Tensor) -> Tensor:
    """A denoiser of plain arithmetic, the same to the bit wherever a value stands, on which steps differ in length."""
    return x / (1 + x * x) / (1 + per_particle(sigma, x) ** 2)


def flow(x: Tensor, sigmas: Tensor, **own: Any) -> list[Step]:
    return list(ode(GAUSSIAN.denoise, x, sigmas, noise=Noise(0), **own))


# -- the contract ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("adaptive", [True, False])
@pytest.mark.parametrize("method", STAGES)
def test_contract(method: str, adaptive: bool) -> None:
    assert_replays("ode", method=method, adaptive=adaptive, substeps=2)
    assert_independent("ode", method=method, adaptive=adaptive, substeps=2)


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("shape", [(1,), (2,), (3, 5)], ids=str)
def test_a_particle_has_steps_of_its_own(method: str, shape: tuple[int, ...]) -> None:
    """Its bits and its error are those it has alone, whatever the others need, which is more."""
    x = (
        Noise(1)(LATENT, torch.empty(70, *shape, dtype=torch.float64))
        * torch.logspace(-1, 3, 70)[:, *[None] * len(shape)]
    )
    sigmas, own = edm(3, 10.0, 0.01), {"method": method, "noise": Noise(0), "rtol": 1e-4, "atol": 1e-4}
    whole = list(ode(bent, x, sigmas, **own))
    counts = []
    for p in (0, 7, 40, 69):
        alone = list(ode(bent, x[p : p + 1], sigmas, **own))
        counts.append(alone[0].evaluations)
        for one, other in zip(alone, whole, strict=True):
            assert torch.equal(one.x[0], other.x[p])
            if one.error is not None:
                assert other.error is not None
                assert one.error[0] == other.error[p]
    assert len(set(counts)) > 1
    assert whole[0].evaluations >= max(counts)


@pytest.mark.parametrize("method", STAGES)
def test_evaluations_of_equal_steps(method: str) -> None:
    watched = Watched(GAUSSIAN.denoise)
    taken = list(ode(watched, latents(), SIGMAS, noise=Noise(0), method=method, adaptive=False, substeps=3))
    assert [step.evaluations for step in taken] == [3 * STAGES[method]] * (len(SIGMAS) - 2) + [1, 0]
    assert watched.evaluations == sum(step.evaluations for step in taken)
    assert all(step.error is None for step in taken)


def test_evaluations_of_adaptive_steps() -> None:
    """A step more takes 6, as the last stage of dopri5 is the first of the step after."""
    watched = Watched(GAUSSIAN.denoise)
    taken = list(ode(watched, latents(), SIGMAS, noise=Noise(0), rtol=1e-8, atol=1e-8))
    assert watched.evaluations == sum(step.evaluations for step in taken)
    assert [step.evaluations for step in taken[-2:]] == [1, 0]
    assert all(step.evaluations % 6 == 1 for step in taken[:-2])
    assert max(step.evaluations for step in taken) > 7


def test_steps_hold_what_was_evaluated_at_their_states() -> None:
    for step in steps("ode", guides=(Wind(),))[:-1]:
        assert step.sigma_hat == step.sigma
        assert step.denoised is not None
        assert torch.equal(step.denoised, GAUSSIAN.denoise(step.x, step.sigma))
        assert step.drift is not None
        assert torch.equal(step.drift, (step.x - step.denoised) / step.sigma)
        assert step.guidance is not None
        assert torch.equal(step.guidance, torch.full_like(step.x, 0.3))


@pytest.mark.parametrize("adaptive", [True, False])
def test_it_stops_inside_an_interval(adaptive: bool) -> None:
    watched = Watched(GAUSSIAN.denoise)
    watched.interrupted = lambda: watched.evaluations == 3
    with pytest.raises(Interrupted):
        next(ode(watched, latents(), SIGMAS, noise=Noise(0), adaptive=adaptive))
    assert watched.evaluations == 3


def test_a_trial_step_that_overflows_is_made_again_shorter() -> None:
    """Over the whole interval the ninth power leaves all numbers."""
    sigmas = torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64)
    x = torch.full((1, 1), 2.0, dtype=torch.float64)
    stepped = list(ode(lambda x, sigma: x - x**9, x, sigmas, noise=Noise(0), rtol=1e-8, atol=1e-8))
    exact = (2.0**-8 + 8 * math.log(2.0)) ** (-1 / 8)  # dx / d ln sigma = x^9
    assert stepped[1].x.item() == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_comes_to_an_end(value: float) -> None:
    """So that `execute` can say so; the other particles are none the wiser."""

    def broken(x: Tensor, sigma: float | Tensor) -> Tensor:
        return torch.where(torch.arange(len(x))[:, None] == 1, value, GAUSSIAN.denoise(x, sigma))

    x = latents()
    end = list(ode(broken, x, SIGMAS, noise=Noise(0)))[-1].x
    assert not end[1].isfinite().any()
    others = [0, *range(2, len(x))]
    assert torch.equal(end[others], flow(x, SIGMAS)[-1].x[others])


# -- what it converges to ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ADAPTIVE)
def test_within_tolerance_of_the_closed_form(method: str) -> None:
    """The error of all steps together is some times the tolerance, and falls with it."""
    x, ends, errors = torch.linspace(-20, 20, 9, dtype=torch.float64)[:, None], (10.0, 0.05), []
    for tolerance in (1e-2, 1e-4, 1e-6):
        taken = flow(x, edm(3, *ends), method=method, rtol=tolerance, atol=tolerance)
        errors.append((taken[-2].x - GAUSSIAN.flow(x, *ends)).abs().max().item())
        assert errors[-1] < 40 * tolerance, errors
        for step in taken[:-2]:
            assert step.error is not None
            assert ((step.error > 0) & (step.error <= 1)).all()
    assert errors[1] < errors[0] / 10
    assert errors[2] < errors[1] / 10


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2), ("dopri5", 5), ("tsit5", 5)])
def test_equal_steps_have_the_order_of_the_method(method: str, order: int) -> None:
    """The fifth is still approached from above where rounding begins to show, so 8 % more or less is allowed."""
    x, errors = torch.linspace(-20, 20, 9, dtype=torch.float64)[:, None], []
    sigmas = torch.tensor([10.0, 0.1], dtype=torch.float64)
    for substeps in (64, 128, 256):
        end = flow(x, sigmas, method=method, adaptive=False, substeps=substeps)[-1].x
        errors.append((end - GAUSSIAN.flow(x, 10.0, 0.1)).abs().max().item())
    assert orders(errors)[-1] == pytest.approx(order, rel=0.08), errors


@pytest.mark.parametrize("tolerance", [1e-2, 1e-5, 1e-8, 1e-10])
@pytest.mark.parametrize("method", ["dopri5", "tsit5"])
def test_what_it_takes_is_told_beforehand(method: str, tolerance: float) -> None:
    """So that a Run from a file does not start by itself where its tolerance makes it long."""
    settings = ODESettings.model_validate({"method": method, "rtol": tolerance, "atol": tolerance})
    sigmas = edm(3)
    taken = list(ode(TinyMixture().denoise, latents(sigmas)[:, :2], sigmas, noise=Noise(0), **settings.values()))
    spent = sum(step.evaluations for step in taken)
    assert spent / 3 < 3 * settings.per_step < 30 * spent / 3


def test_equals_scipy_on_a_mixture() -> None:
    x = Noise(4)(LATENT, torch.empty(6, 2, dtype=torch.float64)) * 20.0
    tiny, sigmas = TinyMixture(), edm(5, 20.0, 0.05)
    taken = list(ode(tiny.denoise, x, sigmas, noise=Noise(0), rtol=1e-7, atol=1e-7))

    def slope(sigma: float, flat: np.ndarray) -> np.ndarray:
        state = torch.from_numpy(flat.reshape(6, 2))
        return np.asarray((state - tiny.denoise(state, sigma)).numpy().ravel() / sigma)

    levels = sigmas[:-1].numpy()
    reference = solve_ivp(
        slope, (levels[0], levels[-1]), x.numpy().ravel(), method="DOP853", t_eval=levels, rtol=1e-11, atol=1e-11
    )
    for step, expected in zip(taken[:-1], reference.y.T, strict=True):
        np.testing.assert_allclose(step.x.numpy().ravel(), expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("name", ["euler", "heun"])
def test_one_equal_step_is_the_sampler_of_that_name(name: str) -> None:
    """But for guides, which Heun's corrector does without and every stage here has."""
    mine = steps("ode", method=name, adaptive=False)
    for one, other in zip(mine, steps(name), strict=True):
        torch.testing.assert_close(one.x, other.x, rtol=1e-12, atol=1e-12)


def test_guides_push_at_every_stage() -> None:
    """With D = x the drift is the guide's alone, so that x' = x + 0.3 (sigma' - sigma) by every method."""
    for method, adaptive in [(method, adaptive) for method in STAGES for adaptive in (True, False)]:
        own = {"method": method, "adaptive": adaptive, "guides": (Wind(),), "noise": Noise(0)}
        for step in ode(lambda x, sigma: x, latents(), SIGMAS, **own):
            torch.testing.assert_close(step.x, latents() + 0.3 * (step.sigma - SIGMAS[0]), rtol=1e-12, atol=1e-12)


def test_error_is_the_estimate_in_units_of_what_is_allowed() -> None:
    """Heun's is half of what its two slopes differ by, times the step."""
    sigmas = torch.tensor([1.0, 0.99, 0.0], dtype=torch.float64)
    x = latents(sigmas)
    step, following = flow(x, sigmas, method="heun", rtol=1e-3, atol=1e-4)[:2]
    assert step.evaluations == 2
    assert step.drift is not None
    there = x - 0.01 * step.drift
    estimate = 0.005 * (step.drift - (there - GAUSSIAN.denoise(there, 0.99)) / 0.99)
    allowed = 1e-4 + 1e-3 * torch.maximum(x.abs(), following.x.abs())
    assert step.error is not None
    torch.testing.assert_close(step.error, (estimate / allowed).abs().amax(1), rtol=1e-9, atol=0)


# -- up and down -------------------------------------------------------------------------------------------------------


def test_upwards_it_inverts() -> None:
    sigmas = edm(6, 10.0, 0.01)
    x = GAUSSIAN.states(0.01, count=20)
    up = flow(x, sigmas[:-1].flip(0), rtol=1e-8, atol=1e-8)[-1].x
    torch.testing.assert_close(up, GAUSSIAN.flow(x, 0.01, 10.0), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(flow(up, sigmas, rtol=1e-8, atol=1e-8)[-2].x, x, rtol=1e-6, atol=1e-6)


def test_from_level_0_it_starts_with_a_step_of_euler() -> None:
    x = GAUSSIAN.states(0.0, count=20)
    step, following = flow(x, torch.tensor([0.0, 0.01, 1.0], dtype=torch.float64))[:2]
    torch.testing.assert_close(following.x, x + (x - GAUSSIAN.denoise(x, 0.01)), rtol=1e-12, atol=1e-12)
    assert (step.evaluations, step.sigma_hat) == (1, 0.01)


def test_it_is_in_sigma_that_noise_falls_in_straight_lines() -> None:
    """Where D stands still one step is exact, however long the interval."""
    sigmas = torch.tensor([80.0, 0.01, 0.0], dtype=torch.float64)
    taken = list(ode(lambda x, sigma: torch.full_like(x, 0.5), latents(sigmas), sigmas, noise=Noise(SEED)))
    assert taken[0].evaluations == 7
    for step, following in pairwise(taken):
        expected = 0.5 + (step.x - 0.5) * (following.sigma / step.sigma)
        torch.testing.assert_close(following.x, expected, rtol=1e-12, atol=1e-8)
