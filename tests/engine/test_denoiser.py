"""Evaluation in blocks of one size, and the watch that counts evaluations and stops before one."""
# spec: L1

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.denoiser import Watched, in_blocks, per_particle
from engine.errors import Interrupted
from tests.engine.tiny import TinyMixture


class Matmul:
    """A model whose every output mixes 40 inputs through a matrix, as a network does; records what it is given."""

    data_shape: tuple[int, ...] = (40,)
    cond_shape: tuple[int, ...] | None = (40,)
    sigma_min, sigma_max, sigma_data = 0.002, 80.0, 0.5
    block, dtype = 8, torch.float32

    def __init__(self) -> None:
        self.weight = torch.randn(40, 40, generator=torch.Generator().manual_seed(0))
        self.calls: list[tuple[Tensor, Tensor, Tensor | None]] = []

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        assert isinstance(sigma, Tensor)
        self.calls.append((x, sigma, cond))
        added = x if cond is None else x + cond
        return torch.tanh(added @ self.weight.to(x.dtype)) / (1 + sigma[:, None])


def points(count: int) -> Tensor:
    return torch.randn(count, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@given(st.integers(0, 40), st.integers(1, 17))
def test_every_block_has_one_size(count: int, block: int) -> None:
    model, x = Matmul(), points(count)
    denoised = in_blocks(model, block, torch.float64)(x, 0.5)
    assert {len(part) for part, _, _ in model.calls} <= {block}
    assert len(model.calls) == -(-count // block)
    assert torch.allclose(denoised, Matmul().denoise(x, torch.full((count,), 0.5)), rtol=1e-12, atol=1e-12)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 17))
def test_bits_of_a_particle_depend_neither_on_the_count_nor_on_the_company(one: int, other: int, block: int) -> None:
    denoise, few = in_blocks(Matmul(), block, torch.float32), min(one, other)
    x, strangers = points(one), points(other) * 3
    strangers[:few] = x[:few]
    assert torch.equal(denoise(x, 0.5)[:few], denoise(strangers, 0.5)[:few])


def test_precision_is_the_models_and_the_result_that_of_the_state() -> None:
    model = Matmul()
    denoised = in_blocks(model, 4, torch.float32)(points(6), 0.5)
    assert denoised.dtype == torch.float64
    assert all(part.dtype == level.dtype == torch.float32 for part, level, _ in model.calls)


@pytest.mark.parametrize("level", [0.5, torch.tensor(0.5), torch.tensor([0.5])], ids=["float", "scalar", "one"])
def test_one_level_for_all(level: float | Tensor) -> None:
    denoise = in_blocks(Matmul(), 4, torch.float64)
    assert torch.equal(denoise(points(6), level), denoise(points(6), torch.full((6,), 0.5)))


def test_a_level_for_each_goes_with_its_particle() -> None:
    levels = torch.arange(1, 7, dtype=torch.float64)
    together = in_blocks(Matmul(), 4, torch.float64)(points(6), levels)
    for p in range(6):
        alone = in_blocks(Matmul(), 4, torch.float64)(points(6)[p : p + 1], levels[p].item())
        assert torch.allclose(together[p], alone[0], rtol=1e-12)


def test_the_condition_goes_with_its_particle() -> None:
    model, cond = Matmul(), points(6) * 2
    denoised = in_blocks(model, 4, torch.float32, cond)(points(6), 0.5)
    assert all(frames is not None and frames.shape == (4, 40) for _, _, frames in model.calls)
    assert all(frames is not None and frames.dtype == torch.float32 for _, _, frames in model.calls)
    expected = Matmul().denoise(points(6).float(), torch.full((6,), 0.5), cond.float())
    torch.testing.assert_close(denoised.float(), expected)


@given(st.integers(1, 20), st.integers(1, 9))
def test_one_condition_for_all_reaches_every_block_in_one_layout(count: int, block: int) -> None:
    model = Matmul()
    in_blocks(model, block, torch.float32, torch.ones(40).expand(count, 40))(points(count), 0.5)
    assert len({frames.stride() for _, _, frames in model.calls if frames is not None}) == 1
    assert len(model.calls) == -(-count // block)


def test_gradients_flow_through_a_padded_block_with_its_condition() -> None:
    x, cond = points(6).requires_grad_(), points(6) * 2
    gradients = [
        torch.autograd.grad(in_blocks(Matmul(), block, torch.float64, cond)(x, 0.5).sum(), x)[0] for block in (4, 6)
    ]
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().min() > 0


def test_per_particle_levels_multiply_pictures() -> None:
    x = torch.ones(3, 1, 2, 2, dtype=torch.float64)
    scaled = per_particle(torch.tensor([1.0, 2.0, 3.0]), x) * x
    assert scaled[:, 0, 0, 0].tolist() == [1.0, 2.0, 3.0]
    assert scaled.dtype == torch.float64
    assert per_particle(2.0, x) == 2.0


def test_watched_counts_and_shows_each_result() -> None:
    shown: list[Tensor] = []
    watched = Watched(TinyMixture().denoise, observe=shown.append)
    results = [watched(torch.ones(2, 2, dtype=torch.float64), sigma) for sigma in (1.0, 2.0)]
    assert watched.evaluations == 2
    assert all(torch.equal(a, b) for a, b in zip(shown, results, strict=True))


def test_what_is_shown_holds_no_graph() -> None:
    shown: list[Tensor] = []
    x = torch.ones(2, 2, dtype=torch.float64, requires_grad=True)
    assert Watched(TinyMixture().denoise, observe=shown.append)(x, 1.0).requires_grad
    assert not shown[0].requires_grad


def test_watched_stops_before_an_evaluation() -> None:
    made: list[int] = []
    asked = iter([False, False, True])
    watched = Watched(TinyMixture(lambda x: made.append(len(x))).denoise, lambda: next(asked))
    x = torch.ones(2, 2, dtype=torch.float64)
    watched(x, 1.0)
    watched(x, 1.0)
    with pytest.raises(Interrupted):
        watched(x, 1.0)
    assert (len(made), watched.evaluations) == (2, 2)


def test_a_large_batch_stops_between_its_blocks() -> None:
    model = Matmul()
    denoise = in_blocks(model, 4, torch.float32, interrupted=lambda: len(model.calls) == 3)
    with pytest.raises(Interrupted):
        denoise(points(40), 1.0)
    assert len(model.calls) == 3
