"""Moving digits: where they go, and that frames show them there."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import moving

COUNT = 4000


# spec: D3
def test_circle_goes_from_the_middle_to_eight_places_alike() -> None:
    places = moving.circle(np.random.default_rng(0), 8 * COUNT)
    assert (places[:, 0] == 0).all()
    found, counts = np.unique(places[:, 1], axis=0, return_counts=True)
    assert len(found) == 8
    assert counts == pytest.approx(np.full(8, COUNT), rel=0.1)
    angles = np.sort(np.arctan2(-moving.CIRCLE[:, 0], moving.CIRCLE[:, 1]))
    assert np.diff(angles) == pytest.approx(np.full(7, np.pi / 4))
    assert np.hypot(*moving.CIRCLE.T) == pytest.approx(np.full(8, 7), abs=0.08)


# spec: D4
@pytest.mark.parametrize("p_right", [0.5, 0.7, 1.0])
def test_horizontal_turns_at_the_wall_and_draws_at_the_centre(p_right: float) -> None:
    places = moving.horizontal(np.random.default_rng(0), COUNT, p_right)
    assert places.shape == (COUNT, moving.LENGTH, 2)
    assert (places[..., 0] == 0).all()
    column, step = places[..., 1], np.diff(places[..., 1])
    assert set(np.unique(column)) == {-8, -4, 0, 4, 8}
    assert (abs(step) == moving.SPEED).all()
    inner, before, after = column[:, 1:-1], step[:, :-1], step[:, 1:]
    assert (after[abs(inner) == moving.WALL] == -before[abs(inner) == moving.WALL]).all()
    assert (after[abs(inner) == moving.SPEED] == before[abs(inner) == moving.SPEED]).all()
    for side in (-1, 1):  # whichever side it comes from
        drawn = after[(inner == 0) & (np.sign(before) == side)]
        assert (drawn > 0).mean() == pytest.approx(p_right, abs=0.03)


# spec: D2
def test_free_directions_keep_their_velocity_up_to_the_wall() -> None:
    places = moving.free_directions(np.random.default_rng(0), COUNT)
    assert abs(places).max() == moving.WALL
    step = np.diff(places, axis=1)
    wall: np.ndarray = np.any(moving.at_wall(places), axis=2)
    free = ~wall[:, 1:-1] & ~wall[:, 2:]
    assert (step[:, 1:][free] == step[:, :-1][free]).all()
    assert free.mean() > 0.2
    leaving = moving.at_wall(places[:, :-1]) & wall[:, :-1, None]
    assert (step[leaving] * np.sign(places[:, :-1][leaving]) < 0).all()
    first = step[wall[:, :-1] & ~wall[:, 1:]]
    assert {tuple(velocity) for velocity in first} == {tuple(velocity) for velocity in moving.VELOCITIES}


def test_a_free_path_is_determined_by_three_frames_unless_it_is_at_the_wall() -> None:
    places = moving.free_directions(np.random.default_rng(1), COUNT)
    a, b, c, d = (places[:, t] for t in range(4))
    free = ~(moving.at_wall(a) | moving.at_wall(b) | moving.at_wall(c)).any(axis=1)
    expected = np.clip(c + (c - b), -moving.WALL, moving.WALL)
    assert (d[free] == expected[free]).all()
    assert free.sum() > 100


def test_frames_show_the_digit_where_it_is() -> None:
    digits = np.random.default_rng(0).integers(1, 255, size=(3, 16, 16), dtype=np.uint8)
    places = np.array([[[0, 0], [8, -8]], [[-8, 8], [1, 0]], [[0, -5], [5, 5]]])
    frames = moving.render(digits, places)
    assert frames.shape == (3, 2, 32, 32)
    for n in range(3):
        for t in range(2):
            row, column = 8 + places[n, t]
            assert (frames[n, t, row : row + 16, column : column + 16] == digits[n]).all()
            assert (frames[n, t] > 0).sum() == 256


def test_windows_are_runs_from_anywhere() -> None:
    places = np.arange(16)[None, :, None] * np.ones((500, 1, 2), dtype=int)
    taken = moving.windows(np.random.default_rng(0), places, 4)
    assert (np.diff(taken, axis=1) == 1).all()
    assert set(taken[:, 0, 0]) == set(range(13))
