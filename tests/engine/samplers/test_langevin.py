"""Langevin dynamics: ULA against its own recursion, MALA against a second transcription and the exact density."""
# spec: S12

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from engine.denoiser import Watched
from engine.errors import InputError
from engine.models.mixture import Mixture
from engine.noise import LATENT, Noise
from engine.samplers import SAMPLERS
from engine.step import Step
from tests.engine.samplers.contract import SEED, SIGMAS, Wind, assert_independent, assert_replays, latents, steps
from tests.engine.samplers.exact import Gaussian, assert_moments, orders
from tests.engine.tiny import same_bits

GAUSSIAN = Gaussian()
ANNEALED: dict[str, Any] = {"iterations": 3}
PLAIN: dict[str, Any] = {"annealed": False, "level": 0.4, "iterations": 3, "step_size": 0.5}
langevin = SAMPLERS["langevin"]


def adjusted(
    x: Tensor, sigmas: Tensor = SIGMAS, noise: Noise | None = None, start: int = 0, step_size: float = 0.8
) -> list[Step]:
    """The Steps of MALA on GAUSSIAN, some of whose moves are refused."""
    watched = Watched(GAUSSIAN.denoise, log_density=GAUSSIAN.log_density)
    given = {"noise": noise or Noise(SEED), "start": start, "iterations": 3, "step_size": step_size}
    return list(langevin(watched, x, sigmas, metropolis=True, **given))


@pytest.mark.parametrize("own", [ANNEALED, PLAIN], ids=["annealed", "plain"])
def test_contract(own: dict[str, Any]) -> None:
    assert_replays("langevin", **own)
    assert_independent("langevin", **own)


def test_contract_of_mala() -> None:
    whole = adjusted(latents())
    for step in whole:
        again = adjusted(step.x, start=step.index)
        assert all(same_bits(a, b) for a, b in zip(again, whole[step.index :], strict=True))
    rows = [4, 9, 2]
    for a, b in zip(adjusted(latents(count=300)), adjusted(latents()[rows], noise=Noise(SEED, rows)), strict=True):
        assert torch.equal(a.x[rows], b.x)


def test_where_the_levels_come_from() -> None:
    assert [step.sigma_hat for step in steps("langevin")] == [*SIGMAS[:-1].tolist(), None]
    plain = steps("langevin", **PLAIN)
    assert [step.sigma_hat for step in plain] == [0.4] * (len(SIGMAS) - 1) + [None]
    assert [step.sigma for step in plain] == SIGMAS.tolist()


@pytest.mark.parametrize("metropolis", [False, True])
def test_evaluations(metropolis: bool) -> None:
    watched = Watched(GAUSSIAN.denoise, log_density=GAUSSIAN.log_density)
    taken = list(langevin(watched, latents(), SIGMAS, noise=Noise(SEED), iterations=4, metropolis=metropolis))
    each = 5 if metropolis else 4
    assert [step.evaluations for step in taken] == [each] * (len(SIGMAS) - 2) + [each + 1, 0]
    assert watched.evaluations == sum(step.evaluations for step in taken)


@pytest.mark.parametrize("denoise", [GAUSSIAN.denoise, Watched(GAUSSIAN.denoise)], ids=["bare", "watched"])
def test_metropolis_needs_a_density(denoise: Watched) -> None:
    with pytest.raises(InputError, match="Metropolis needs the density"):
        next(langevin(denoise, latents(), SIGMAS, noise=Noise(SEED), metropolis=True))


# -- without a test ----------------------------------------------------------------------------------------------------


def test_a_move_is_the_published_one() -> None:
    """Guides act on the score; the noise of all moves is told."""
    step, following = steps("langevin", iterations=2, step_size=0.3, guides=(Wind(),))[:2]
    s, x, added = step.sigma, step.x, torch.zeros_like(step.x)
    h = 0.3 * s**2
    for j in range(2):
        score = (GAUSSIAN.denoise(x, s) - x) / s**2 - 0.3 / s
        kick = math.sqrt(2 * h) * Noise(SEED)(0, x, 2 * j)
        x, added = x + h * score + kick, added + kick
    torch.testing.assert_close(following.x, x, rtol=1e-12, atol=1e-12)
    assert step.noise is not None
    torch.testing.assert_close(step.noise, added, rtol=1e-12, atol=1e-12)
    assert step.drift is not None
    torch.testing.assert_close(step.drift, (step.x - GAUSSIAN.denoise(step.x, s)) / s)


def test_the_end_is_the_estimate() -> None:
    last, end = steps("langevin", iterations=1)[-2:]
    moved = last.x + 0.1 * (GAUSSIAN.denoise(last.x, last.sigma) - last.x)
    moved = moved + math.sqrt(0.2) * last.sigma * Noise(SEED)(last.index, moved)
    torch.testing.assert_close(end.x, GAUSSIAN.denoise(moved, last.sigma), rtol=1e-12, atol=1e-12)


def move(mean: float, variance: float, s: float, step_size: float) -> tuple[float, float]:
    """Mean and variance after a move on GAUSSIAN at level s: it is linear in x and z."""
    h = step_size * s**2
    keep = 1 - h / (GAUSSIAN.variance + s**2)
    return GAUSSIAN.mean + keep * (mean - GAUSSIAN.mean), keep**2 * variance + 2 * h


@pytest.mark.parametrize("annealed", [True, False])
def test_it_has_the_moments_of_its_own_scheme(annealed: bool) -> None:
    sigmas = torch.tensor([3.0, 1.0, 0.3, 0.1, 0.0], dtype=torch.float64)
    own = {"annealed": annealed, "level": 0.7, "iterations": 4, "step_size": 0.3}
    taken = list(langevin(GAUSSIAN.denoise, GAUSSIAN.states(3.0) + 2.0, sigmas, noise=Noise(0), **own))
    mean, variance = GAUSSIAN.mean + 2.0, GAUSSIAN.marginal(3.0)[1]
    for step in taken[:-1]:
        assert_moments(step.x, mean, variance)
        for _ in range(4):
            mean, variance = move(mean, variance, step.sigma if annealed else 0.7, 0.3)
    level = 0.1 if annealed else 0.7
    shrunk = GAUSSIAN.variance / (GAUSSIAN.variance + level**2)
    assert_moments(taken[-1].x, GAUSSIAN.mean + shrunk * (mean - GAUSSIAN.mean), shrunk**2 * variance)


def test_its_bias_falls_with_first_order_in_the_step() -> None:
    """In the variance in which the moves end, at level 0.5."""
    _, exact = GAUSSIAN.marginal(0.5)
    errors = []
    for step_size in (0.4, 0.2, 0.1, 0.05):
        variance = exact
        for _ in range(2000):
            _, variance = move(GAUSSIAN.mean, variance, 0.5, step_size)
        errors.append(variance - exact)
    assert 0 < errors[-1] < 0.02 * exact
    assert orders(errors)[-2:] == pytest.approx([1, 1], abs=0.1), errors


# -- with a test -------------------------------------------------------------------------------------------------------


def test_mala_equals_a_second_transcription() -> None:
    """Roberts and Tweedie 1996, one particle at a time, by the densities themselves; some moves are refused."""
    taken, made = adjusted(latents()), []
    for p in (0, 5, 11):
        x = latents()[p].numpy()
        for step, following in pairwise(taken):
            s, h = step.sigma, 0.8 * step.sigma**2
            target = stats.norm(GAUSSIAN.mean, math.sqrt(GAUSSIAN.variance + s**2))

            def ahead(x: np.ndarray, h: float = h, variance: float = target.var()) -> np.ndarray:
                return x - h * (x - GAUSSIAN.mean) / variance

            for j in range(3):
                z = Noise(SEED)(step.index, latents(), 2 * j)[p].numpy()
                u = stats.norm.cdf(Noise(SEED)(step.index, latents()[:, :1], 2 * j + 1)[p].item())
                y = ahead(x) + math.sqrt(2 * h) * z
                there = target.pdf(y).prod() * stats.norm(ahead(y), math.sqrt(2 * h)).pdf(x).prod()
                here = target.pdf(x).prod() * stats.norm(ahead(x), math.sqrt(2 * h)).pdf(y).prod()
                made.append(u * here < there)
                x = y if made[-1] else x
            end = x if following.sigma else GAUSSIAN.denoise(torch.from_numpy(x), s).numpy()
            np.testing.assert_allclose(following.x[p].numpy(), end, rtol=1e-10, atol=1e-10)
    assert 0.2 < np.mean(made) < 0.95


def test_mala_tells_the_noise_of_the_moves_made() -> None:
    """One move a step, at a low level: a particle either moved by its noise and the score, or stayed."""
    watched = Watched(GAUSSIAN.denoise, log_density=GAUSSIAN.log_density)
    step, following = list(
        langevin(watched, latents(), SIGMAS, noise=Noise(3), iterations=1, step_size=1.5, metropolis=True)
    )[:2]
    assert step.noise is not None
    stayed = (following.x == step.x).all(1)
    assert 0 < stayed.sum() < len(stayed)
    assert not step.noise[stayed].any()
    kick = math.sqrt(3) * step.sigma * Noise(3)(0, step.x)
    torch.testing.assert_close(step.noise[~stayed], kick[~stayed])


def test_guides_leave_the_density_of_mala_alone() -> None:
    watched = Watched(GAUSSIAN.denoise, log_density=GAUSSIAN.log_density)
    sigmas = torch.tensor([0.7, 0.1, 0.0], dtype=torch.float64)
    own = {"annealed": False, "level": 0.7, "iterations": 5, "step_size": 0.5, "metropolis": True}
    taken = list(langevin(watched, GAUSSIAN.states(0.7), sigmas, noise=Noise(0), guides=(Wind(),), **own))
    assert_moments(taken[1].x, *GAUSSIAN.marginal(0.7))


MODES = Mixture([[-1.25], [-0.25], [1.5]], [[[0.0625]], [[0.111]], [[0.0278]]], [1.0, 1.0, 1.0])
LEVEL, COUNT, MOVES = 0.5, 4000, 150


def drawn(metropolis: bool) -> np.ndarray:
    """COUNT chains on MODES at LEVEL after MOVES moves, from a broad normal distribution."""
    sigmas = torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64)
    x = Noise(5)(LATENT, torch.empty(COUNT, 1, dtype=torch.float64)) * sigmas[0]
    watched = Watched(MODES.denoise, log_density=MODES.log_density)
    own = {"annealed": False, "level": LEVEL, "iterations": MOVES, "step_size": 1.2, "metropolis": metropolis}
    chain = langevin(watched, x, sigmas, noise=Noise(5), **own)
    next(chain)
    return next(chain).x[:, 0].numpy()


def cdf(x: np.ndarray) -> np.ndarray:
    """The distribution function of the noised mixture."""
    parts = [(-1.25, 0.0625), (-0.25, 0.111), (1.5, 0.0278)]
    return np.asarray(sum(stats.norm(mean, math.sqrt(v + LEVEL**2)).cdf(x) for mean, v in parts) / 3)


def test_mala_draws_from_the_exact_density_where_ula_does_not() -> None:
    assert stats.kstest(drawn(metropolis=True), cdf).pvalue > 0.01
    assert stats.kstest(drawn(metropolis=False), cdf).pvalue < 1e-6
