"""What holds for every kernel of particle guidance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode

from engine.guidance.kernels import KERNELS
from engine.guidance.kernels.base import forces
from engine.settings.guidance import KERNEL_NAMES
from tests.engine.guidance.kernels.references import DISTANCES, FRAMES, KINDS, PLANE, SUITED, autograd, particles, scale


def test_each_name_of_the_settings_has_a_kernel() -> None:  # spec: G2
    assert set(KERNELS) == set(KERNEL_NAMES)


@pytest.mark.parametrize(("name", "shape"), SUITED)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_gradient_is_that_of_the_definition(
    name: str, shape: tuple[int, ...], kind: str, size: int
) -> None:  # spec: G4
    x = particles(kind, 2, size, shape)
    h = scale(name, x)
    gradient = KERNELS[name].gradient(x, h)
    assert gradient.shape == x.shape
    assert_close(gradient, autograd(name, x, h), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("name", "shape"), SUITED)
@pytest.mark.parametrize("kind", KINDS)
def test_value_is_that_of_the_definition_and_autograd_of_it_agrees(
    name: str, shape: tuple[int, ...], kind: str
) -> None:  # spec: G4
    x = particles(kind, 2, 5, shape).requires_grad_()
    h = scale(name, x.detach())
    value = KERNELS[name].value(x, h)
    reference = (-DISTANCES[name](x.detach().flatten(2), x.detach().flatten(2)) / h).exp()
    assert_close(value.detach(), reference, rtol=1e-10, atol=1e-10)
    (both,) = torch.autograd.grad(value.sum(), x)
    assert_close(both / 2, KERNELS[name].gradient(x.detach(), h), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("name", "shape"), SUITED)
@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_finite_and_close(name: str, shape: tuple[int, ...], kind: str) -> None:  # spec: G4
    x = particles(kind, 2, 6, shape, torch.float32)
    h = scale(name, x)
    gradient = KERNELS[name].gradient(x, h)
    assert gradient.dtype == KERNELS[name].value(x, h).dtype == torch.float32
    exact = KERNELS[name].gradient(x.double(), h)
    assert_close(gradient.double(), exact, rtol=0, atol=2e-3 * max(float(exact.abs().max()), 1.0))


@pytest.mark.parametrize(("name", "shape"), SUITED)
def test_a_bandwidth_for_each_group_is_that_of_the_group_alone(name: str, shape: tuple[int, ...]) -> None:  # spec: G3
    x = particles("random", 3, 4, shape)
    widths = scale(name, x) * torch.tensor([0.5, 1.0, 2.0])
    kernel = KERNELS[name]
    alone = [kernel.gradient(x[g : g + 1], float(widths[g])) for g in range(3)]
    assert torch.equal(kernel.gradient(x, widths), torch.cat(alone))
    assert_close(kernel.value(x, widths)[2], kernel.value(x[2:], float(widths[2]))[0])


@pytest.fixture(params=[1, pytest.param(2, marks=pytest.mark.slow)])
def threads(request: pytest.FixtureRequest) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize(("name", "shape"), SUITED)
def test_the_bits_of_a_group_do_not_depend_on_the_others(name: str, shape: tuple[int, ...]) -> None:  # spec: L1
    many, size = (3000, 7) if shape == PLANE else (300, 3)
    many = {"mahalanobis": 300, "features": 7}.get(name, many)
    x = particles("random", many, size, shape) - 0.5
    h = scale(name, x)
    whole, distance = KERNELS[name].gradient(x, h), KERNELS[name].distance(x)
    for first, count in ((0, 1), (4, 1), (0, 7), (many - 2, 2)):
        part = x[first : first + count].clone()
        assert torch.equal(KERNELS[name].gradient(part, h), whole[first : first + count])
        assert torch.equal(KERNELS[name].distance(part), distance[first : first + count])


@pytest.mark.parametrize(("name", "shape"), SUITED)
def test_nothing_comes_of_a_bandwidth_that_is_tiny_or_huge(name: str, shape: tuple[int, ...]) -> None:  # spec: G4
    x = particles("empty", 2, 6, shape)
    for h in (1e-12, 1e-200, 1e200):
        gradient = KERNELS[name].gradient(x, h)
        assert_close(gradient, torch.zeros_like(x), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("name", "shape"), [suited for suited in SUITED if suited[0] != "mahalanobis"])
@pytest.mark.parametrize("far", [1.0, 0.05])
def test_two_particles_repel(name: str, shape: tuple[int, ...], far: float) -> None:  # spec: G1
    """Against the gradient, as a step to lower sigma takes it, the two become less alike."""
    x = particles("random", 1, 2, shape)
    x[:, 1] = x[:, 0] + far * (x[:, 1] - x[:, 0])
    kernel, h = KERNELS[name], scale(name, x)
    gradient = kernel.gradient(x, h)
    step = 1e-3 * far / gradient.abs().max()
    assert kernel.distance(x - step * gradient)[0, 0, 1] > kernel.distance(x)[0, 0, 1]


@pytest.mark.parametrize("name", ["rbf", "l1", "mahalanobis"])
@pytest.mark.parametrize("shape", [PLANE, FRAMES])
def test_each_of_two_particles_is_pushed_away_from_the_other(name: str, shape: tuple[int, ...]) -> None:  # spec: G1
    x = particles("random", 1, 2, shape)
    gradient = KERNELS[name].gradient(x, scale(name, x))
    apart = x[0, 0] - x[0, 1]
    assert float(-(gradient[0, 0] * apart).sum()) > 0
    assert float(-(gradient[0, 1] * apart).sum()) < 0


@given(
    name=st.sampled_from(["rbf", "l1", "mahalanobis"]),
    seed=st.integers(0, 2**31),
    size=st.integers(1, 12),
    values=st.sampled_from([1, 2, 3, 16, 17, 40]),
)
def test_kernels_of_differences_push_no_group_as_a_whole(name: str, seed: int, size: int, values: int) -> None:
    x = torch.randn(2, size, values, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    gradient = KERNELS[name].gradient(x, float(values))
    assert_close(gradient.sum(1), torch.zeros(2, values, dtype=torch.float64), rtol=0, atol=1e-12)


@given(
    name=st.sampled_from(["rbf", "iou", "l1", "mahalanobis", "angular"]),
    seed=st.integers(0, 2**31),
    size=st.integers(1, 12),
    h=st.floats(1e-3, 1e3),
)
def test_value_is_a_similarity(name: str, seed: int, size: int, h: float) -> None:
    x = torch.rand(2, size, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    value = KERNELS[name].value(x, h)
    assert torch.equal(value, value.mT)
    assert torch.equal(value.diagonal(dim1=1, dim2=2), torch.ones(2, size, dtype=torch.float64))
    assert float(value.min()) >= 0
    assert float(value.max()) <= 1


class _Largest(TorchDispatchMode):
    """The most values that any result of an operation has."""

    values = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.values = max(self.values, result.untyped_storage().nbytes() // result.element_size())
        return result


@pytest.mark.parametrize("name", ["rbf", "iou", "l1", "mahalanobis"])
def test_no_tensor_holds_all_values_of_all_pairs(name: str) -> None:  # spec: G4
    x = particles("random", 1, 64, FRAMES)
    with _Largest() as largest:
        KERNELS[name].gradient(x, 100.0)
    assert largest.values <= 1.5 * x.numel()


def test_forces_meet_each_pair_once() -> None:
    """Of particles that stand at powers of two, so that a sum tells its terms: each one meets all others."""
    for size in range(1, 9):
        x = 2.0 ** torch.arange(size, dtype=torch.float64).reshape(size, 1, 1)
        met: list[float] = []

        def act(apart: torch.Tensor, _: int, met: list[float] = met) -> tuple[torch.Tensor, None]:
            met.extend(apart.abs().flatten().tolist())
            return apart, None

        expected = size * x - x.sum()
        assert torch.equal(forces(x, act), expected)
        assert len(met) == len(set(met)) == size * (size - 1) // 2
