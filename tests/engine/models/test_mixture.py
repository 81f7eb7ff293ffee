"""Mixtures against an independent transcription of the formulas, integration and autograd."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.denoiser import in_blocks
from engine.errors import InputError
from engine.models import load, mixture
from engine.models.mixture import Mixture
from engine.noise import Noise


def bundled(name: str) -> Mixture:
    """A mixture of the catalogue."""
    model = load(name)
    assert isinstance(model, Mixture)
    return model


def correlated(seed: int = 0, components: int = 3, d: int = 3) -> Mixture:
    """A mixture whose covariances share no axes with the coordinates."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((components, d, d))
    return Mixture(
        rng.standard_normal((components, d)) * 3,
        factors @ factors.transpose(0, 2, 1) / d,
        rng.uniform(0.2, 1, components),
    )


def transcription(model: Mixture, x: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """D(x; sigma) and the log density, with solves and determinants, one particle and one component at a time."""
    means, covariances, weights = (model.arrays[key] for key in ("means", "covariances", "weights"))
    d = means.shape[1]
    denoised, log_densities = [], []
    for point in x:
        logs, posterior = [], []
        for mean, covariance, weight in zip(means, covariances, weights / weights.sum(), strict=True):
            noised = covariance + sigma**2 * np.eye(d)
            away = np.linalg.solve(noised, point - mean)
            _, log_determinant = np.linalg.slogdet(2 * np.pi * noised)
            logs.append(np.log(weight) - 0.5 * ((point - mean) @ away + log_determinant))
            posterior.append(mean + covariance @ away)
        share = np.exp(np.array(logs) - max(logs))
        denoised.append(share @ np.array(posterior) / share.sum())
        log_densities.append(max(logs) + np.log(share.sum()))
    return np.array(denoised), np.array(log_densities)


DIAGONAL = Mixture([[0, 1], [2, -1]], [[[1, 0], [0, 0.1]], [[0.2, 0], [0, 2]]], [1, 3])
ALIKE = Mixture([[5, 1], [7, -1], [6, 3]], np.tile(np.diag([1, 0.1]), (3, 1, 1)), [1, 3, 2])
POINTS = Mixture([[1e3, 0], [0, 1e-3]], np.zeros((2, 2, 2)), [1, 1])
MODELS = {
    "isotropic": bundled("ring"),
    "diagonal": DIAGONAL,
    "alike": ALIKE,
    "correlated": correlated(),
    "line": bundled("mixture-1d"),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("sigma", [1e-3, 0.1, 1.0, 80.0, 1e5])
def test_denoised_and_density_equal_the_transcription(name: str, sigma: float) -> None:
    model = MODELS[name]
    x = torch.randn(7, *model.data_shape, dtype=torch.float64) * (1 + sigma)
    denoised, log_density = transcription(model, x.numpy(), sigma)
    torch.testing.assert_close(model.denoise(x, sigma).numpy(), denoised, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(model.log_density(x, sigma).numpy(), log_density, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_float32_stays_within_its_precision(name: str) -> None:
    model = MODELS[name]
    x = torch.randn(50, *model.data_shape) * 2
    for sigma in (0.05, 1.0, 80.0):
        exact = model.denoise(x.double(), sigma)
        single = model.denoise(x, sigma)
        assert single.dtype == torch.float32
        torch.testing.assert_close(single.double(), exact, rtol=1e-3, atol=1e-4)


def test_one_sigma_a_particle_equals_one_for_all() -> None:
    model = correlated()
    x = torch.randn(4, 3, dtype=torch.float64)
    sigmas = torch.tensor([0.01, 0.5, 3.0, 80.0], dtype=torch.float64)
    one_by_one = torch.cat([model.denoise(x[i : i + 1], sigmas[i].item()) for i in range(4)])
    torch.testing.assert_close(model.denoise(x, sigmas), one_by_one, rtol=1e-12, atol=1e-12)
    densities = torch.cat([model.log_density(x[i : i + 1], sigmas[i].item()) for i in range(4)])
    torch.testing.assert_close(model.log_density(x, sigmas), densities, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_the_score_is_the_gradient_of_the_log_density(name: str) -> None:
    """Tweedie: (D - x) / sigma^2."""
    model = MODELS[name]
    x = torch.randn(6, *model.data_shape, dtype=torch.float64, requires_grad=True)
    (score,) = torch.autograd.grad(model.log_density(x, 0.4).sum(), x)
    torch.testing.assert_close((model.denoise(x, 0.4) - x) / 0.4**2, score, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_denoised_can_be_differentiated(name: str) -> None:
    """Against differences of its values."""
    model, x = MODELS[name], torch.randn(3, *MODELS[name].data_shape, dtype=torch.float64, requires_grad=True)
    assert model.denoise(x, 0.7).is_contiguous()
    assert torch.autograd.gradcheck(lambda moved: model.denoise(moved, 0.7), x)


@pytest.mark.parametrize("sigma", [0.0, 0.3])
def test_the_density_integrates_to_one(sigma: float) -> None:
    model = bundled("mixture-1d")
    grid = torch.linspace(-8, 8, 20_001, dtype=torch.float64)[:, None]
    assert torch.trapezoid(model.log_density(grid, sigma).exp(), grid[:, 0]).item() == pytest.approx(1, abs=1e-9)


def test_sigma_data_is_the_deviation_of_samples() -> None:
    model = correlated()
    rng = np.random.default_rng(1)
    weights = model.arrays["weights"] / model.arrays["weights"].sum()
    which = rng.choice(3, size=200_000, p=weights)
    factors = np.linalg.cholesky(model.arrays["covariances"])
    samples = model.arrays["means"][which] + np.einsum("nij,nj->ni", factors[which], rng.standard_normal((200_000, 3)))
    assert model.sigma_data == pytest.approx(np.sqrt(samples.var(axis=0).mean()), rel=0.01)


extremes = st.floats(-1e12, 1e12, allow_nan=False)


@given(x=st.lists(extremes, min_size=2, max_size=2), sigma=st.floats(1e-12, 1e9), single=st.booleans())
@settings(deadline=None, max_examples=100)
def test_denoised_is_finite_everywhere(x: list[float], sigma: float, single: bool) -> None:
    point = torch.tensor([x], dtype=torch.float32 if single else torch.float64)
    for model in (bundled("ring"), DIAGONAL, ALIKE, POINTS, Mixture([[0, 0]], np.zeros((1, 2, 2)), [1])):
        assert torch.isfinite(model.denoise(point, sigma)).all()
        assert torch.isfinite(model.log_density(point, max(sigma, 1e-3))).all()


def test_beyond_all_measure_it_stays_finite() -> None:
    for dtype, far in ((torch.float32, 1e37), (torch.float64, 1e300)):
        x = torch.tensor([[far, -far], [0, far]], dtype=dtype)
        for sigma in (1e-30, 1e-3, 1.0, 1e9):
            for model in (bundled("ring"), ALIKE, POINTS):
                assert torch.isfinite(model.denoise(x, sigma)).all()


@given(order=st.permutations(range(70)), count=st.integers(1, 70), seed=st.integers(0, 3), single=st.booleans())
@settings(deadline=None, max_examples=25)
@pytest.mark.parametrize("model", [bundled("ring"), ALIKE, correlated(d=2), correlated(components=7, d=5)])
def test_a_particles_bits_depend_on_nothing_else(
    model: Mixture, order: list[int], count: int, seed: int, single: bool
) -> None:
    dtype = torch.float32 if single else torch.float64
    x = torch.randn(70, *model.data_shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))
    sigma = torch.rand(70, dtype=dtype, generator=torch.Generator().manual_seed(seed)) + 0.1
    denoise = in_blocks(model, 33, dtype)  # not a multiple of the processor's vectors
    chosen = order[:count]
    assert torch.equal(denoise(x, sigma)[chosen], denoise(x[chosen], sigma[chosen]))


@pytest.mark.parametrize(
    ("components", "d", "block", "alike"),
    [(1, 1, 4096, 4096), (10, 2, 4096, 4096), (100, 64, 16, 1024), (64, 8, 256, 2048), (2, 2**14, 16, 16)],
)
def test_the_block_suits_the_size(components: int, d: int, block: int, alike: int) -> None:
    assert mixture._block(components, d, alike=False) == block
    assert mixture._block(components, d, alike=True) == alike


def test_pictures_keep_their_shape() -> None:
    model = Mixture(np.arange(8.0).reshape(2, 4), np.tile(np.eye(4), (2, 1, 1)), [1, 1], data_shape=(1, 2, 2))
    x = torch.zeros(3, 1, 2, 2, dtype=torch.float64)
    assert model.denoise(x, 1.0).shape == x.shape
    assert model.log_density(x, 1.0).shape == (3,)
    assert torch.equal(model.modes, torch.arange(8.0, dtype=torch.float64).reshape(2, 1, 2, 2))


def test_equal_weights_of_any_sum_are_the_same_mixture() -> None:
    x = torch.randn(5, 1, dtype=torch.float64)
    means, covariances = [[0.0], [2.0]], [[[1.0]], [[0.5]]]
    light, heavy = Mixture(means, covariances, [0.5, 0.5]), Mixture(means, covariances, [4, 4])
    torch.testing.assert_close(light.log_density(x, 1.0), heavy.log_density(x, 1.0), rtol=1e-14, atol=1e-14)


ROUND = [[[1.0, 0.0], [0.0, 1.0]]]


@pytest.mark.parametrize("name", MODELS)
def test_exact_samples_have_the_mixtures_moments_and_characteristic_function(name: str) -> None:
    model, count = MODELS[name], 40_000
    points = model.sample(Noise(7), count).numpy()
    means, covariances = model.arrays["means"], model.arrays["covariances"]
    share = model.arrays["weights"] / model.arrays["weights"].sum()
    mean = share @ means
    covariance = np.einsum("k,kij->ij", share, covariances) + (share * (means - mean).T) @ (means - mean)
    spread = np.sqrt(np.trace(covariance))
    np.testing.assert_allclose(points.mean(axis=0), mean, atol=5 * spread / math.sqrt(count))
    np.testing.assert_allclose(np.cov(points.T).reshape(covariance.shape), covariance, atol=0.04 * spread**2)
    frequency = np.full(means.shape[1], 1.5 / spread)
    exact = share @ np.exp(1j * means @ frequency - 0.5 * np.einsum("i,kij,j->k", frequency, covariances, frequency))
    assert abs(np.exp(1j * points @ frequency).mean() - exact) < 5 / math.sqrt(count)


def test_an_exact_sample_depends_on_its_seed_and_number_alone() -> None:
    model = MODELS["correlated"]
    everyone, some = model.sample(Noise(3), 50), model.sample(Noise(3, range(20, 30)), 10)
    assert torch.equal(everyone[20:30], some)
    assert not torch.equal(everyone, model.sample(Noise(4), 50))


@pytest.mark.parametrize(
    ("means", "covariances", "weights", "problem"),
    [
        ([[0.0, math.nan]], ROUND, [1], "finite"),
        ([[0.0, 0.0]], [[[1, math.inf], [math.inf, 1]]], [1], "finite"),
        ([[0.0, 0.0]], [[[1, 0.5], [0, 1]]], [1], "symmetric"),
        ([[0.0, 0.0]], [[[1, 2], [2, 1]]], [1], "positive semidefinite"),
        ([[0.0, 0.0]], [[[1, 0], [0, -1]]], [1], "positive semidefinite"),
        ([[0.0, 0.0]], ROUND, [0], "weight"),
        ([[0.0, 0.0]] * 2, ROUND * 2, [1, -1], "weight"),
        ([[0.0, 0.0]] * 2, ROUND, [1, 1], "covariances"),
        ([[0.0, 0.0]], ROUND, [1, 1], "weights"),
        (np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros(0), "means"),
        ([0.0, 0.0], ROUND, [1], "data_shape"),
    ],
)
def test_what_is_no_mixture_is_refused(means: object, covariances: object, weights: object, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Mixture(means, covariances, weights)


def test_a_flat_covariance_is_a_mixture() -> None:
    model = Mixture([[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0]]], [1])
    x: Tensor = torch.tensor([[3.0, -1.0]], dtype=torch.float64)
    torch.testing.assert_close(model.denoise(x, 1e-6), torch.tensor([[1.0, 1.0]], dtype=torch.float64))
