"""Heun with and without churn, against a second transcription of the published algorithm and closed forms."""
# spec: S2, S3

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats  # type: ignore[import-untyped]
from torch import Tensor

from engine.denoiser import Watched, per_particle
from engine.noise import LATENT, Noise
from engine.samplers import SAMPLERS
from engine.schedules import edm
from engine.settings import GAMMA_MAX
from engine.step import Step
from tests.engine.samplers.exact import Gaussian, assert_moments, orders
from tests.engine.tiny import CENTRES, VARIANCE, WEIGHTS, TinyMixture, same_bits

heun = SAMPLERS["heun"]
SIGMAS = edm(22)
COUNT = 12
CHURNS: list[dict[str, Any]] = [
    {},
    {"churn": 5.0},
    {"churn": 1e6},
    {"churn": 5.0, "s_min": 0.05, "s_max": 50.0, "s_noise": 1.003},
    {"churn": 40.0, "s_noise": 0.5},
    {"churn": 5.0, "s_min": 90.0},
]


def latents(count: int = COUNT) -> Tensor:
    return Noise(7)(LATENT, torch.empty(count, 2, dtype=torch.float64)) * SIGMAS[0]


def steps(x: Tensor | None = None, sigmas: Tensor = SIGMAS, **own: Any) -> list[Step]:
    return list(heun(TinyMixture().denoise, latents() if x is None else x, sigmas, noise=Noise(7), **own))


# -- the algorithm, written a second time: plain floats, one particle at a time ---------------------------------------


def mixture_mean(x: np.ndarray, sigma: float) -> np.ndarray:
    """E[x0 | x] of the mixture of `tiny`, from the densities themselves."""
    spread = VARIANCE + sigma**2
    logs = [math.log(w) - float(((x - c) ** 2).sum()) / (2 * spread) for w, c in zip(WEIGHTS, CENTRES, strict=True)]
    weights = [math.exp(value - max(logs)) for value in logs]
    means = [(sigma**2 * np.array(c) + VARIANCE * x) / spread for c in CENTRES]
    return np.asarray(sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights))


def algorithm_2(
    x: np.ndarray,
    t: list[float],
    injected: list[np.ndarray],
    churn: float = 0.0,
    s_min: float = 0.0,
    s_max: float = math.inf,
    s_noise: float = 1.0,
) -> Iterator[np.ndarray]:
    """Karras et al. 2022, algorithm 2, line by line: the states of one particle, the first and the last included."""
    n = len(t) - 1
    yield x
    for i in range(n):
        gamma = min(churn / n, math.sqrt(2) - 1) if s_min <= t[i] <= s_max else 0.0
        epsilon = s_noise * injected[i]
        t_hat = t[i] + gamma * t[i]
        x_hat = x + math.sqrt(t_hat**2 - t[i] ** 2) * epsilon
        d = (x_hat - mixture_mean(x_hat, t_hat)) / t_hat
        x = x_hat + (t[i + 1] - t_hat) * d
        if t[i + 1] != 0:
            d_prime = (x - mixture_mean(x, t[i + 1])) / t[i + 1]
            x = x_hat + (t[i + 1] - t_hat) * (d + d_prime) / 2
        yield x


@pytest.mark.parametrize("own", CHURNS, ids=str)
def test_equals_the_published_algorithm(own: dict[str, Any]) -> None:
    taken = torch.stack([step.x for step in steps(**own)], dim=1).numpy()
    injected = [Noise(7)(i, latents()).numpy() for i in range(len(SIGMAS) - 1)]
    for p, start in enumerate(latents().numpy()):
        expected = np.stack(list(algorithm_2(start, SIGMAS.tolist(), [step[p] for step in injected], **own)))
        np.testing.assert_allclose(taken[p], expected, rtol=1e-10, atol=1e-10)


# -- what a trajectory is made of ------------------------------------------------------------------------------------


def test_steps_are_the_states_and_what_was_evaluated_there() -> None:
    taken = steps(churn=5.0)
    assert [step.index for step in taken] == list(range(23))
    assert [step.sigma for step in taken] == SIGMAS.tolist()
    assert torch.equal(taken[0].x, latents())
    assert list(taken[-1].tensors()) == [taken[-1].x]
    assert all(step.correction is not None for step in taken[:-2])
    assert taken[-2].correction is None, "the last step, to 0, is Euler's"


@pytest.mark.parametrize("churn", [0.0, 5.0])
def test_evaluations(churn: float) -> None:
    watched = Watched(TinyMixture().denoise)
    taken = list(heun(watched, latents(), SIGMAS, noise=Noise(7), churn=churn))
    assert watched.evaluations == 2 * 22 - 1
    assert sum(step.evaluations for step in taken) == 2 * 22 - 1
    assert [step.evaluations for step in taken[-3:]] == [2, 1, 0]


class Wind:
    """A guide: the same push on every particle."""

    needs_gradient = False

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        return torch.full_like(x, 0.3)


@pytest.mark.parametrize("guides", [(), (Wind(),)], ids=["alone", "guided"])
@pytest.mark.parametrize("churn", [0.0, 5.0, torch.linspace(0, 30, COUNT)], ids=["deterministic", "churned", "each"])
def test_fields_give_the_next_state(churn: float | Tensor, guides: tuple[Wind, ...]) -> None:
    """Each field is what it says, and x_hat + (sigma' - sigma_hat) (d + guidance + d') / 2 is the next state."""
    denoise = TinyMixture().denoise
    for step, following in pairwise(steps(churn=churn, guides=guides)):
        assert step.denoised is not None
        assert step.drift is not None
        hat = step.x if step.noise is None else step.x + step.noise
        level = torch.as_tensor(step.sigma_hat, dtype=torch.float64).reshape(-1, 1)
        torch.testing.assert_close(step.denoised, denoise(hat, level.flatten()))
        torch.testing.assert_close(step.drift, (hat - step.denoised) / level)
        slope = step.drift if step.guidance is None else step.drift + step.guidance
        if step.correction is not None:
            predicted = hat + (following.sigma - level) * slope
            expected = (predicted - denoise(predicted, following.sigma)) / following.sigma
            torch.testing.assert_close(step.correction, expected)  # not guided
            slope = (slope + step.correction) / 2
        torch.testing.assert_close(hat + (following.sigma - level) * slope, following.x, rtol=1e-12, atol=1e-12)
        assert (step.guidance is None) == (not guides)
        if step.guidance is not None:
            assert torch.equal(step.guidance, torch.full_like(hat, 0.3))


def test_guides_are_asked_once_a_step() -> None:
    class Counted(Wind):
        calls = 0

        def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
            self.calls += 1
            return super().__call__(x, denoised, sigma)

    guide = Counted()
    steps(guides=(guide,))
    assert guide.calls == 22


# -- churn -----------------------------------------------------------------------------------------------------------


def test_gamma_saturates() -> None:
    limit = GAMMA_MAX * 22
    assert pytest.approx(math.sqrt(2) - 1) == GAMMA_MAX
    for one, other, below in zip(steps(churn=limit * 1.001), steps(churn=1e6), steps(churn=limit / 2), strict=True):
        assert same_bits(one, other)
        if one.noise is not None:
            assert one.sigma_hat == pytest.approx(math.sqrt(2) * one.sigma)
            assert below.sigma_hat == pytest.approx((1 + GAMMA_MAX / 2) * one.sigma)


def test_noise_of_a_step_is_the_numbered_noise_at_the_size_of_the_paper() -> None:
    """S_churn 1 at N = 22 already adds noise of 0.3 sigma a step."""
    for step in steps(churn=1.0)[:-1]:
        assert step.noise is not None
        expected = step.sigma * math.sqrt((1 + 1 / 22) ** 2 - 1)
        assert expected == pytest.approx(0.3 * step.sigma, rel=0.02)
        torch.testing.assert_close(step.noise, expected * Noise(7)(step.index, step.x))


def test_noise_only_inside_its_levels() -> None:
    low, high = SIGMAS[15].item(), SIGMAS[4].item()
    noisy = [step.index for step in steps(churn=5.0, s_min=low, s_max=high) if step.noise is not None]
    assert noisy == list(range(4, 16)), "both ends included"


def all_same(one: list[Step], other: list[Step]) -> bool:
    return all(same_bits(a, b) for a, b in zip(one, other, strict=True))


def test_no_churn_is_the_deterministic_path_to_the_bit() -> None:
    plain = steps()
    assert all(step.noise is None for step in plain)
    assert all_same(steps(churn=0.0, s_noise=3.0), plain)
    assert all_same(steps(churn=torch.zeros(COUNT)), plain)
    assert all_same(steps(churn=1e6, s_min=100.0), plain)


def test_churn_of_each_particle() -> None:
    """Zeros among others are deterministic to the bit, the same value for all is that float to the bit."""
    churn = torch.tensor([0.0, 5.0, 40.0] * 4, dtype=torch.float64)
    mixed = steps(churn=churn)
    for value in (0.0, 5.0, 40.0):
        rows = churn == value
        for one, other in zip(mixed, steps(churn=value), strict=True):
            for name in ("x", "denoised", "drift", "correction"):
                part, whole = getattr(one, name), getattr(other, name)
                assert part is whole is None or part[rows].numpy().tobytes() == whole[rows].numpy().tobytes()
    uniform = torch.full((COUNT,), 5.0, dtype=torch.float64)
    for one, other in zip(steps(churn=uniform), steps(churn=5.0), strict=True):
        assert all(
            a is b is None or a.numpy().tobytes() == b.numpy().tobytes()
            for a, b in ((getattr(one, n), getattr(other, n)) for n in ("x", "noise", "denoised", "drift"))
        )


GAUSSIAN = Gaussian()


def recursion(t: list[float], mean: float, variance: float, churn: float, s_noise: float) -> list[tuple[float, float]]:
    """Mean and variance of the scheme's states on GAUSSIAN: its step is linear in x and z."""
    gamma, found = min(churn / (len(t) - 1), GAMMA_MAX), [(mean, variance)]
    for here, after in pairwise(t):
        raised = here * (1 + gamma)
        slope, slope_after = (level / (GAUSSIAN.variance + level**2) for level in (raised, after))
        factor = 1 + (after - raised) * slope
        if after:
            factor = 1 + (after - raised) * (slope + slope_after * factor) / 2
        mean = GAUSSIAN.mean + factor * (mean - GAUSSIAN.mean)
        variance = factor**2 * (variance + s_noise**2 * (raised**2 - here**2))
        found.append((mean, variance))
    return found


@pytest.mark.parametrize(("churn", "s_noise"), [(3.0, 1.0), (1e6, 1.007)])
def test_churned_it_has_the_moments_of_its_own_scheme(churn: float, s_noise: float) -> None:
    sigmas = edm(12, 20.0, 0.05)
    x = GAUSSIAN.states(20.0) + 7.0  # off centre, so that the mean has a way to go
    taken = list(heun(GAUSSIAN.denoise, x, sigmas, noise=Noise(1), churn=churn, s_noise=s_noise))
    expected = recursion(sigmas.tolist(), GAUSSIAN.mean + 7.0, GAUSSIAN.marginal(20.0)[1], churn, s_noise)
    for step, (mean, variance) in zip(taken, expected, strict=True):
        assert_moments(step.x, mean, variance)


def test_churned_its_bias_falls_with_second_order() -> None:
    """In the variance at the last level above 0; the last step, to 0, is the same for every N."""
    _, exact = GAUSSIAN.marginal(0.05)
    errors = [
        recursion(edm(count, 10.0, 0.05).tolist(), *GAUSSIAN.marginal(10.0), 5.0, 1.0)[-2][1] - exact
        for count in (64, 128, 256, 512)
    ]
    assert orders(errors)[-2:] == pytest.approx([2, 2], abs=0.1), errors


# -- replay, independence --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", CHURNS[:4], ids=str)
def test_taken_up_at_any_step_it_goes_on_with_the_same_bits(own: dict[str, Any]) -> None:
    whole = steps(**own)
    for step in whole:
        again = list(
            heun(TinyMixture().denoise, step.x, SIGMAS, noise=Noise(7), start=step.index, carry=step.carry, **own)
        )
        assert all_same(again, whole[step.index :])


@pytest.mark.parametrize("churn", [0.0, 5.0])
def test_a_particle_does_not_depend_on_the_others(churn: float) -> None:
    many, few = steps(latents(500), churn=churn), steps(latents(10), churn=churn)
    for one, other in zip(many, few, strict=True):
        torch.testing.assert_close(one.x[:10], other.x, rtol=0, atol=1e-10)
    rows = [4, 9, 2]
    picked = list(heun(TinyMixture().denoise, latents(10)[rows], SIGMAS, noise=Noise(7, rows), churn=churn))
    torch.testing.assert_close(picked[-1].x, few[-1].x[rows], rtol=0, atol=1e-10)


# -- what it converges to --------------------------------------------------------------------------------------------


def gaussian(x: Tensor, sigma: float | Tensor, mean: float = 0.5, variance: float = 0.25) -> Tensor:
    """The denoiser of N(mean, variance)."""
    squared = torch.as_tensor(per_particle(sigma, x)) ** 2
    return mean + (x - mean) * (variance / (variance + squared))


def test_convergence_is_of_second_order() -> None:
    """On one Gaussian, x - mean is proportional to sqrt(variance + sigma^2) along the ODE."""
    x = torch.linspace(-20, 20, 9, dtype=torch.float64)[:, None]
    ends, errors = (10.0, 0.05), []
    for count in (16, 32, 64, 128):
        taken = list(heun(gaussian, x, edm(count, *ends), noise=Noise(0)))
        exact = 0.5 + (x - 0.5) * math.sqrt((0.25 + ends[1] ** 2) / (0.25 + ends[0] ** 2))
        errors.append((taken[-2].x - exact).abs().max().item())
    orders = [math.log2(coarse / fine) for coarse, fine in pairwise(errors)]
    assert errors[-1] < 1e-3
    assert orders[-2:] == pytest.approx([2, 2], abs=0.15), errors


def test_without_levels_in_between_it_is_one_step_of_euler() -> None:
    x = torch.tensor([[3.0], [-2.0]], dtype=torch.float64)
    taken = list(heun(gaussian, x, edm(1, 5.0, 0.1), noise=Noise(0)))
    torch.testing.assert_close(taken[-1].x, gaussian(x, 5.0))


@pytest.mark.parametrize("churn", [0.0, 20.0, 1e6])
def test_drawn_points_follow_the_data(churn: float) -> None:
    """Every coordinate of 3000 draws against the distribution of the mixture itself."""
    sigmas = edm(60, 80.0, 0.002)
    x = Noise(3)(LATENT, torch.empty(3000, 2, dtype=torch.float64)) * 80.0
    drawn = [step.x for step in heun(TinyMixture().denoise, x, sigmas, noise=Noise(3), churn=churn)][-1].numpy()
    for axis in (0, 1):
        parts = [(w, stats.norm(c[axis], math.sqrt(VARIANCE))) for w, c in zip(WEIGHTS, CENTRES, strict=True)]
        result = stats.kstest(drawn[:, axis], lambda v, parts=parts: sum(w * part.cdf(v) for w, part in parts))
        assert result.pvalue > 0.01


def test_only_the_state_decides_the_shape() -> None:
    """Pictures go through as points do."""
    x = Noise(1)(LATENT, torch.empty(3, 2, 4, 5, dtype=torch.float64)) * 10
    taken = list(heun(gaussian, x, edm(4, 10.0, 0.1), noise=Noise(1), churn=torch.tensor([0.0, 1.0, 2.0])))
    flat = list(heun(gaussian, x.flatten(1), edm(4, 10.0, 0.1), noise=Noise(1), churn=torch.tensor([0.0, 1.0, 2.0])))
    torch.testing.assert_close(taken[-1].x.flatten(1), flat[-1].x)
