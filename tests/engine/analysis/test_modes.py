"""Which mode a particle is in, how good it is there, how many modes a group has found: on particles that are known."""
# spec: G6, A2, A6

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats  # type: ignore[import-untyped]
from torch import Tensor

from engine.analysis.modes import NOWHERE, Reader, found, reader
from engine.data import digits
from engine.data.moving import CIRCLE
from engine.models.catalogue import ModelInfo, mixture_of, named
from engine.models.mixture import Mixture
from engine.noise import Noise


def reader_of(name: str, condition: Tensor | None = None) -> Reader:
    made = reader(named(name), condition)
    assert made is not None
    return made


def bundled(count: int) -> Tensor:
    """So many of the bundled digits, in [-1, 1]."""
    return torch.from_numpy(digits.bundled()[0][:count]).float() / 127.5 - 1


def circle(count: int = 24) -> tuple[Tensor, Tensor]:
    """Digits in the middle, the condition [count, 1, 32, 32], and the same ones moved to one place after the other."""
    condition = bundled(count)
    moved = [frame.roll(tuple(CIRCLE[p % 8].tolist()), (1, 2)) for p, frame in enumerate(condition)]
    return condition, torch.stack(moved)


@pytest.mark.parametrize("name", ["ring", "mixture-1d", "asymmetric-2d", "bimodal-2d"])
def test_each_centre_is_in_its_mode_and_best_there(name: str) -> None:
    mixture: Mixture = named(name).build()  # type: ignore[assignment]
    read = reader_of(name)
    labels, quality = read.read(mixture.modes)
    assert read.names == tuple(map(str, range(1, len(mixture.modes) + 1)))
    assert labels.tolist() == list(range(len(mixture.modes)))
    assert quality.tolist() == [1] * len(mixture.modes)


def test_the_quality_is_the_share_of_its_mode_that_lies_farther_out() -> None:
    """On the ring exp(-r^2 / 2 v), on a line 2 Phi(-r / sd); NOWHERE is never said."""
    away = torch.tensor([[1 + 0.05, 0.0], [1.0, 0.2], [1 + 3.0, 0.0]], dtype=torch.float64)
    labels, quality = reader_of("ring").read(away)
    assert labels.tolist() == [0, 0, 0]
    expected = [math.exp(-(r**2) / (2 * 0.005)) for r in (0.05, 0.2, 3.0)]
    assert quality.tolist() == pytest.approx(expected, rel=1e-9)
    labels, quality = reader_of("mixture-1d").read(torch.tensor([[-1.5], [1.6]]))
    assert labels.tolist() == [0, 2]
    expected = [2 * stats.norm.sf(0.25 / 0.25), 2 * stats.norm.sf(0.1 / 0.1667)]
    assert quality.tolist() == pytest.approx(expected, rel=1e-6)


def test_of_exact_samples_the_quality_is_uniform() -> None:
    mixture: Mixture = named("ring").build()  # type: ignore[assignment]
    labels, quality = reader_of("ring").read(mixture.sample(Noise(1), 2000))
    assert stats.kstest(quality.numpy(), "uniform").pvalue > 0.01
    assert (labels.bincount(minlength=10) > 150).all()


@pytest.mark.parametrize("name", ["mixture-1d-ddpm", "symmetric-2d-ddpm"])
def test_a_model_trained_on_a_mixture_is_read_by_it(name: str) -> None:
    info, exact = named(name), named(name.removesuffix("-ddpm"))
    assert mixture_of(info) == mixture_of(exact) == exact
    x0 = exact.build().modes.float()  # type: ignore[attr-defined]
    assert reader_of(name).read(x0)[0].tolist() == list(range(len(x0)))


@pytest.mark.parametrize("name", ["digits", "digits-ideal"])
def test_digits_are_read_by_the_classifier(name: str) -> None:
    read = reader_of(name)
    got, quality = read.read(bundled(200))
    assert read.names == tuple("0123456789")
    assert got.dtype == torch.int64
    assert quality.dtype == torch.float64
    right = got == torch.from_numpy(digits.bundled()[1][:200])
    assert right.double().mean() > 0.9
    assert ((quality >= 0.1) & (quality <= 1)).all()
    assert quality[right].mean() > quality[~right].mean()


# spec: D3
def test_a_digit_is_in_the_place_that_it_jumped_to() -> None:
    condition, x0 = circle()
    read = reader_of("circle", condition)
    labels, quality = read.read(x0)
    assert len(read.names) == len(CIRCLE) == 8
    assert labels.tolist() == list(range(8)) * 3
    np.testing.assert_allclose(quality, 1, atol=1e-6)


@pytest.mark.parametrize("place", range(8))
def test_the_places_bear_the_arrows_of_their_directions(place: int) -> None:
    """Rows count down: the first arrow points right, the third one up."""
    up, down = {-1: "↖", 0: "↑", 1: "↗"}, {-1: "↙", 0: "↓", 1: "↘"}
    arrows = {-1: up, 0: {-1: "←", 1: "→"}, 1: down}
    condition, _ = circle(1)
    row, column = np.sign(CIRCLE[place])
    assert reader_of("circle", condition).names[place] == arrows[row][column]


def test_what_is_nowhere_belongs_to_no_mode() -> None:
    condition, x0 = circle(3)
    between = torch.roll(condition[1:2], (3, 3), (2, 3))
    labels, quality = reader_of("circle", condition).read(torch.cat([torch.full_like(x0[:1], -1), between, x0[2:]]))
    assert labels[:2].tolist() == [NOWHERE, NOWHERE]
    assert labels[2] != NOWHERE
    assert quality[0] == pytest.approx(0, abs=1e-9), "nothing of it is left"
    assert quality[1] > 0.9, "it is a digit, though in no place"


def test_quality_is_from_0_to_1() -> None:
    condition, x0 = circle(20)
    noise = torch.rand(x0.shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    _, quality = reader_of("circle", condition).read(noise)
    assert ((quality >= 0) & (quality <= 1)).all()


def test_where_no_modes_are_known_there_is_no_reader() -> None:
    circle_info = named("circle")
    nothing: list[tuple[ModelInfo, Tensor | None]] = [
        (named("faces"), None),
        (named("s-curve-2d"), None),
        (circle_info, None),
        (replace(circle_info, data="free-directions"), circle(1)[0]),
    ]
    assert [reader(info, condition) for info, condition in nothing] == [None] * 4


def test_modes_of_each_group_are_counted_once_and_nowhere_is_none() -> None:
    labels = torch.tensor([3, 3, 3, 0, 1, NOWHERE, NOWHERE, NOWHERE, NOWHERE, 2, 5])
    assert found(labels, 3).tolist() == [1, 2, 0, 2], "the last group has two"
    assert found(labels, 11).tolist() == [5]
    assert found(labels, 1).tolist() == [1] * 5 + [0] * 4 + [1] * 2
