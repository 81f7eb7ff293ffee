"""Where a moved digit is and how well it was kept: known moves are found, the same digit costs nothing."""
# spec: A6

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.analysis import directions
from engine.data import digits, moving
from engine.data.digits import INNER


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
