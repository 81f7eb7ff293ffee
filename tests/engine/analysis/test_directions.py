"""Where a moved digit is and how well it was kept: known moves are found, the same digit costs nothing."""
# spec: A6

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.analysis import directions
from engine.data import digits, mnist, moving, sequences
from engine.data.digits import INNER
from engine.data.sets import CircleSettings

CIRCLE = torch.from_numpy(moving.CIRCLE)


def frames(places: np.ndarray) -> Tensor:
    """Bundled digits, one a row of places [N, 2], in the engine's range [N, 1, 32, 32]."""
    margin = moving.WALL
    pictures = digits.bundled()[0][: len(places), 0, margin : margin + INNER, margin : margin + INNER]
    return torch.from_numpy(moving.render(pictures, places[:, None])).float() / 127.5 - 1


def blob(row: float, column: float) -> Tensor:
    """Ink [1, 32, 32] in the shape of a Gaussian of deviation 3 about that point, from the middle."""
    axis = torch.arange(32, dtype=torch.float64) - 15.5
    return torch.exp(-((axis[:, None] - row) ** 2 + (axis - column) ** 2) / 18)[None]


def test_the_move_of_a_digit_is_its_place_and_costs_nothing() -> None:
    places = np.random.default_rng(0).integers(-moving.WALL, moving.WALL + 1, size=(60, 2))
    before, after = (directions.ink(frames(where)) for where in (np.zeros_like(places), places))
    torch.testing.assert_close(directions.moves(before, after), torch.from_numpy(places).double())
    assert directions.quality(before, after).max() < 1e-20


def test_a_move_by_parts_of_a_pixel_costs_next_to_nothing() -> None:
    before, after = blob(0, 0), blob(2.3, -1.6)
    assert directions.moves(before, after)[0].tolist() == pytest.approx([2.3, -1.6], abs=0.01)
    assert directions.quality(before, after).item() < 1e-3 * before.square().sum().item()


def test_another_digit_costs_much() -> None:
    ink = directions.ink(frames(np.zeros((200, 2), dtype=np.int64)))
    assert directions.quality(ink, ink.roll(1, 0)).mean() > 10


def test_an_empty_picture_costs_the_whole_digit() -> None:
    ink = directions.ink(frames(np.zeros((5, 2), dtype=np.int64)))
    empty = directions.ink(torch.full((5, 1, 32, 32), -1.0))
    assert directions.centroids(empty).isnan().all()
    torch.testing.assert_close(directions.quality(ink, empty), ink.square().sum(dim=(1, 2)))
    torch.testing.assert_close(directions.quality(empty, ink), ink.square().sum(dim=(1, 2)))
    assert (directions.quality(empty, empty) == 0).all()
    assert (directions.landed(directions.moves(ink, empty), torch.zeros(1, 2), 100) == -1).all()


# spec: D3
def test_moves_of_the_data_land_where_they_went() -> None:
    generator = np.random.default_rng(1)
    places = moving.circle(generator, 400)
    before, after = (directions.ink(frames(places[:, t])) for t in range(2))
    landed = directions.landed(directions.moves(before, after), torch.from_numpy(moving.CIRCLE), 1.0)
    assert (moving.CIRCLE[landed] == places[:, 1]).all()


def test_what_lands_beside_a_place_is_told() -> None:
    moves = torch.tensor([[0.0, 7.6], [0.0, 5.9], [-7.0, 0.9], [0.0, 0.0]])
    assert directions.landed(moves, torch.from_numpy(moving.CIRCLE), 1.0).tolist() == [0, -1, 2, -1]


def test_a_faint_background_is_no_ink() -> None:
    clean = frames(np.tile([[0, 7]], (20, 1)))
    faint = clean + 0.2 * torch.rand(clean.shape, generator=torch.Generator().manual_seed(0))
    away = directions.centroids(directions.ink(faint)) - directions.centroids(directions.ink(clean))
    assert away.norm(dim=1).max() < 0.5


# spec: A6
@pytest.mark.parametrize("source", ["bundled", "mnist"])
def test_all_eight_directions_are_counted_right_on_ten_thousand_frames_of_the_data(source: sequences.Source) -> None:
    if source == "mnist" and mnist.find() is None:
        pytest.skip("MNIST is not here")
    generator = np.random.default_rng(2)
    pool, places = sequences.pictures(source), moving.circle(generator, 10_000)
    drawn = moving.render(pool[generator.integers(len(pool), size=len(places))], places)
    before, after = (directions.ink(torch.from_numpy(drawn[:, t : t + 1]).float() / 127.5 - 1) for t in range(2))
    counted = directions.assigned(directions.moves(before, after), CIRCLE)
    assert set(counted.tolist()) == set(range(8))
    assert (moving.CIRCLE[counted] == places[:, 1]).all(axis=1).mean() >= 0.999
    assert directions.quality(before, after).max() < 1e-20


# spec: A6
def test_the_data_set_of_the_model_is_counted_right() -> None:
    if mnist.find() is None:
        pytest.skip("MNIST is not here")
    x0, cond = (torch.from_numpy(part) for part in CircleSettings().open().batch(3, 0, 500) if part is not None)
    counted = directions.assigned(directions.moves(directions.ink(cond), directions.ink(x0)), CIRCLE)
    moved = [cond.roll(tuple(place), (2, 3)) for place in moving.CIRCLE.tolist()]
    exact = torch.stack([(each == x0).flatten(1).all(1) for each in moved], 1)
    assert exact.sum(1).eq(1).all()
    assert (counted == exact.long().argmax(1)).all()


# spec: A6
@given(
    angle=st.floats(0, 360, allow_nan=False),
    length=st.floats(directions.STILL + 1e-6, 30),
    count=st.integers(1, 8),
)
def test_the_direction_is_the_nearest_in_angle(angle: float, length: float, count: int) -> None:
    move = length * torch.tensor([[-math.sin(math.radians(angle)), math.cos(math.radians(angle))]], dtype=torch.float64)
    toward = CIRCLE[:count]
    angles = [math.degrees(math.atan2(-row, column)) for row, column in toward.tolist()]
    apart = [abs((angle - each + 180) % 360 - 180) for each in angles]
    found = int(directions.assigned(move, toward))
    assert apart[found] <= min(apart) + 1e-6


# spec: A6
def test_what_does_not_move_has_no_direction() -> None:
    moves = torch.tensor([[0.0, 0.6], [0.0, 0.4], [0.3, -0.3], [0.0, 0.0], [math.nan, math.nan], [-9.0, 8.0]])
    assert directions.assigned(moves, CIRCLE).tolist() == [0, -1, -1, -1, -1, 1]
    assert directions.assigned(moves[:, [0, 1]], torch.tensor([[0, 3], [0, -3]])).tolist() == [0, -1, -1, -1, -1, 0]


# spec: A6
@given(number=st.integers(0, 1796), row=st.integers(-8, 8), column=st.integers(-8, 8))
@settings(max_examples=30)
def test_the_score_is_nothing_on_a_copy_moved_by_whole_pixels(number: int, row: int, column: int) -> None:
    pictures = sequences.pictures("bundled")[[number]]
    before, after = (
        directions.ink(torch.from_numpy(moving.render(pictures, np.array([[place]]))).float() / 127.5 - 1)
        for place in ((0, 0), (row, column))
    )
    assert 0 <= directions.quality(before, after).item() < 1e-20  # rounding alone, of a digit's 30
    assert directions.moves(before, after)[0].tolist() == pytest.approx([row, column], abs=1e-9)


# spec: A6
@given(row=st.floats(-6, 6), column=st.floats(-6, 6))
@settings(max_examples=30)
def test_the_score_is_small_on_a_copy_moved_by_parts_of_a_pixel(row: float, column: float) -> None:
    before, after = blob(0, 0), blob(row, column)
    assert directions.quality(before, after).item() < 2e-3 * before.square().sum().item()


# spec: A6
def test_a_black_picture_scores_the_ink_of_the_digit() -> None:
    if mnist.find() is None:
        pytest.skip("MNIST is not here")
    pool = sequences.pictures("mnist")[::5]
    given = moving.render(pool, np.zeros((len(pool), 1, 2), dtype=np.int64))
    ink = directions.ink(torch.from_numpy(given).float() / 127.5 - 1)
    assert directions.quality(ink, torch.zeros_like(ink)).mean().item() == pytest.approx(
        24.45, abs=1
    )  # 0.22 is the standard error
