"""Points as small pictures."""

from __future__ import annotations

import numpy as np

from engine.analysis.scatter import SIDE, picture

SQUARE = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
BLUE, GREY, WHITE = (0, 114, 178), (205, 205, 205), (255, 255, 255)


def places(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows and columns of the pixels of that colour, [K, 2]."""
    return np.argwhere((pixels == colour).all(axis=2))


def test_points_stand_where_they_are_with_y_upwards() -> None:
    pixels = picture(np.array([[1.0, 1.0]]), SQUARE)
    rows, columns = places(pixels, BLUE).T
    assert len(rows) == 4
    assert rows.max() < SIDE * 0.2
    assert columns.min() > SIDE * 0.8
    assert len(places(pixels, GREY)) == 12  # one of the four squares is behind the point


def test_what_is_beyond_or_not_finite_is_left_out() -> None:
    points = np.array([[50.0, 0], [0, -50], [np.nan, 0], [0, np.inf], [1e300, 0]])
    assert not len(places(picture(points, SQUARE), BLUE))


def test_one_scale_for_both_axes() -> None:
    flat = SQUARE * (1, 0.1)
    rows, columns = places(picture(flat, flat), BLUE).T
    assert np.ptp(columns) > 8 * (np.ptp(rows) - 1)


def test_on_a_line_bars_stand_where_the_points_are() -> None:
    behind = np.linspace(-1, 1, 200)[:, None]
    pixels = picture(np.full((50, 1), 0.9), behind)
    assert places(pixels, BLUE)[:, 1].min() > SIDE * 0.8
    assert places(pixels, GREY)[:, 1].min() < SIDE * 0.2
    assert not len(places(picture(np.full((50, 1), np.nan), behind), BLUE))
