"""The ideal denoiser against a float64 transcription with plain distances, and against autograd."""
# spec: A11

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
from engine.models import load
from engine.models.ideal import IdealDenoiser
from engine.models.mixture import Mixture


def transcription(data: Tensor, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """D and -2 sigma^2 log mean exp(-|x - y|^2 / 2 sigma^2), from the differences themselves, in float64."""
    data, x = data.double().flatten(1), x.double().flatten(1)
    squared = torch.stack([(point - data).square().sum(1) for point in x])
    logits = -squared / (2 * sigma**2)
    smoothed = -2 * sigma**2 * (logits.logsumexp(1) - math.log(len(data)))
    return logits.softmax(1) @ data, smoothed


@pytest.fixture(scope="module")
def digits() -> IdealDenoiser:
    model = load("digits-ideal")
    assert isinstance(model, IdealDenoiser)
    return model


def exact(model: IdealDenoiser) -> Tensor:
    """The data of a model of bytes in float64."""
    return torch.from_numpy(model.arrays["data"]).double() / 127.5 - 1


def noised(model: IdealDenoiser, sigma: float, count: int = 8) -> Tensor:
    """Data points with noise of that level, float64."""
    generator = torch.Generator().manual_seed(round(1e4 * sigma))
    data = exact(model)
    chosen = data[torch.randint(len(data), (count,), generator=generator)]
    return chosen + sigma * torch.randn(chosen.shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("sigma", [1e-4, 0.002, 0.02, 0.3, 1.0, 3.0, 20.0, 80.0, 1e4])
def test_digits_are_denoised_exactly_and_in_float32_to_2e_5(digits: IdealDenoiser, sigma: float) -> None:
    x = noised(digits, sigma)
    expected, _ = transcription(exact(digits), x, sigma)
    torch.testing.assert_close(digits.denoise(x, sigma).flatten(1), expected, rtol=0, atol=1e-10)
    assert (digits.denoise(x.float(), sigma).double().flatten(1) - expected).abs().max() < 2e-5


@given(seed=st.integers(0, 2**32), log_sigma=st.floats(-3, 3))
@settings(deadline=None, max_examples=50)
def test_float32_is_the_exact_answer_to_a_nearby_question(seed: int, log_sigma: float) -> None:
    """Half-way between two data points D turns on x's last digits; it then is D of an x within the stated distance."""
    generator = torch.Generator().manual_seed(seed)
    data = torch.randn(2, 300, generator=generator)
    model, sigma = IdealDenoiser(data.numpy()), 10**log_sigma
    share = torch.rand(1, generator=generator).item() * 0.02 + 0.49
    x = (share * data[:1] + (1 - share) * data[1:]) + 0.1 * torch.randn(1, 300, generator=generator)
    found = model.denoise(x, sigma).double()
    along = (data[1] - data[0]).double()
    centred = data.double() - data.double().mean(0)
    reach = 2e-6 * max(x.double().sub(data.double().mean(0)).norm().item(), centred.norm(dim=1).max().item())
    bounds = [
        transcription(data, x.double() + sign * reach * along / along.norm(), sigma)[0] @ along for sign in (-1, 1)
    ]
    slack = 1e-6 * along.norm().item() * data.norm().item()
    assert bounds[0].item() - slack <= (found @ along).item() <= bounds[1].item() + slack


def test_at_sigma_0_it_is_the_nearest_data_point(digits: IdealDenoiser) -> None:
    x = noised(digits, 0.1, 5).float()
    nearest = torch.cdist(x.flatten(1), digits.modes.flatten(1)).argmin(1)
    torch.testing.assert_close(digits.denoise(x, 0.0), digits.modes[nearest], rtol=0, atol=1e-6)
    torch.testing.assert_close(digits.denoise(x, 1e-30), digits.modes[nearest], rtol=0, atol=1e-6)


def test_at_large_sigma_it_is_the_mean(digits: IdealDenoiser) -> None:
    x = torch.randn(3, 1, 32, 32)
    torch.testing.assert_close(
        digits.denoise(x * 1e6, 1e9), digits.modes.mean(0).expand(3, -1, -1, -1), rtol=0, atol=1e-5
    )


def test_coordinates_that_never_vary_take_no_part(digits: IdealDenoiser) -> None:
    frame = torch.ones(32, 32, dtype=torch.bool)
    frame[8:24, 8:24] = False
    x = torch.randn(4, 1, 32, 32)
    denoised = digits.denoise(x, 0.5)
    assert (denoised[:, 0, frame] == -1).all()
    moved = x + 100 * frame
    assert torch.equal(digits.denoise(moved, 0.5), denoised)


@pytest.mark.parametrize("sigma", [0.05, 0.7, 10.0])
def test_half_the_gradient_of_the_smoothed_distance_is_sigma_eps(digits: IdealDenoiser, sigma: float) -> None:
    x = noised(digits, sigma).requires_grad_()
    smoothed = digits.smoothed_squared_distance(x, sigma)
    (gradient,) = torch.autograd.grad(smoothed.sum(), x)
    torch.testing.assert_close(gradient / 2, x - digits.denoise(x, sigma), rtol=1e-9, atol=1e-9)
    _, expected = transcription(exact(digits), x.detach(), sigma)
    torch.testing.assert_close(smoothed.detach(), expected, rtol=1e-10, atol=1e-10)


def test_the_smoothed_distance_falls_to_the_distance(digits: IdealDenoiser) -> None:
    x = torch.randn(3, 1, 32, 32, dtype=torch.float64)
    nearest = torch.cdist(x.flatten(1), exact(digits).flatten(1)).square().amin(1)
    torch.testing.assert_close(digits.smoothed_squared_distance(x, 1e-3), nearest, rtol=1e-6, atol=1e-4)


def test_the_density_is_that_of_a_mixture_without_width() -> None:
    data = np.random.default_rng(0).standard_normal((6, 3))
    data[:, 1] = 0.25
    ideal = IdealDenoiser(data)
    mixture = Mixture(data, np.zeros((6, 3, 3)), np.ones(6))
    x, sigmas = torch.randn(70, 3, dtype=torch.float64), torch.rand(70, dtype=torch.float64) + 0.1
    for sigma in (0.3, 5.0, sigmas):
        torch.testing.assert_close(ideal.log_density(x, sigma), mixture.log_density(x, sigma), rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(ideal.denoise(x, sigma), mixture.denoise(x, sigma), rtol=1e-10, atol=1e-10)
    assert ideal.sigma_data == pytest.approx(mixture.sigma_data, rel=1e-6)


def test_gradients_flow_through_the_denoiser() -> None:
    data = np.random.default_rng(0).standard_normal((5, 2))
    model = IdealDenoiser(data)
    x = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: model.denoise(x, 0.8), (x,))


@given(order=st.permutations(range(40)), count=st.integers(1, 40), seed=st.integers(0, 3), single=st.booleans())
@settings(deadline=None, max_examples=15)
def test_a_particles_bits_depend_on_nothing_else(
    digits: IdealDenoiser, order: list[int], count: int, seed: int, single: bool
) -> None:
    dtype = torch.float32 if single else torch.float64
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(40, 1, 32, 32, dtype=dtype, generator=generator)
    sigma = torch.rand(40, dtype=dtype, generator=generator) + 0.1
    denoise = in_blocks(digits, digits.block, dtype)
    chosen = order[:count]
    assert torch.equal(denoise(x, sigma)[chosen], denoise(x[chosen], sigma[chosen]))


def test_the_block_suits_the_size(digits: IdealDenoiser) -> None:
    assert digits.block == 16
    assert IdealDenoiser(np.random.default_rng(0).random((5000, 1024), dtype=np.float32)).block == 64


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 0), (np.float64, 1e-7)])
def test_modes_are_the_data(dtype: type[np.floating], tolerance: float) -> None:
    data = np.random.default_rng(0).random((4, 3, 2)).astype(dtype)
    torch.testing.assert_close(IdealDenoiser(data).modes, torch.from_numpy(data).float(), rtol=0, atol=tolerance)


def test_bytes_stand_for_minus_one_to_one() -> None:
    model = IdealDenoiser(np.array([[0, 255], [255, 51]], dtype=np.uint8))
    torch.testing.assert_close(model.modes, torch.tensor([[-1.0, 1.0], [1.0, -0.6]]), rtol=0, atol=1e-7)
    torch.testing.assert_close(model.denoise(torch.tensor([[-0.9, 0.9]]), 0.01), torch.tensor([[-1.0, 1.0]]))


def test_one_data_point_is_always_the_answer() -> None:
    model = IdealDenoiser(np.array([[0.5, -0.5]]))
    x = torch.randn(3, 2)
    assert torch.equal(model.denoise(x, 2.0), torch.tensor([[0.5, -0.5]]).expand(3, 2))
    expected = Mixture([[0.5, -0.5]], np.zeros((1, 2, 2)), [1]).log_density(x, 2.0)
    torch.testing.assert_close(model.log_density(x, 2.0), expected)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (np.array([[0.0, math.nan]]), "finite"),
        (np.array([[1, 2]]), "int64"),
        (np.zeros((0, 2)), "shape"),
        (np.zeros(3), "data_shape"),
    ],
)
def test_what_is_no_data_set_is_refused(data: np.ndarray, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        IdealDenoiser(data)
