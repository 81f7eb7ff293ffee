"""Examples as a user sees them: pictures, frames side by side, points, and faint ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app import theme
from app.views.examples import APART, GAP, PLOT, SIDE, SMALL, Examples
from tests.app.views.stage import colour


@pytest.fixture
def examples(qapp: QApplication) -> Iterator[Examples]:
    """The widget, wide enough for six pictures in a row."""
    widget = Examples()
    widget.resize(6 * (SIDE + GAP) - GAP, 1)
    yield widget
    widget.deleteLater()


def _flat(values: list[float], channels: int = 1) -> np.ndarray:
    """Pictures of one value each, [N, channels, 8, 8]."""
    return np.tile(np.array(values, np.float32)[:, None, None, None], (1, channels, 8, 8))


def test_pictures_stand_in_full_rows(examples: Examples) -> None:
    examples.show_examples(_flat([k / 6 - 1 for k in range(12)]), None)
    assert examples.height() == 2 * SIDE + GAP
    for number in range(12):
        row, column = divmod(number, 6)
        x, y = column * (SIDE + GAP) + SIDE / 2, row * (SIDE + GAP) + SIDE / 2
        assert colour(examples, x, y).red() == pytest.approx(255 * number / 12, abs=1)
    assert examples.accessibleDescription() == "12 pictures"


def test_colours_are_those_of_the_pictures(examples: Examples) -> None:
    red = _flat([-1.0] * 6, 3)
    red[:, 0] = 1
    examples.show_examples(red, None)
    assert colour(examples, SIDE / 2, SIDE / 2) == QColor(255, 0, 0)


def test_frames_of_a_sequence_stand_in_order_the_last_one_apart(examples: Examples) -> None:
    cond = np.concatenate([_flat([-1.0] * 3), _flat([-0.5] * 3)], axis=1)
    examples.show_examples(_flat([1.0] * 3), cond)
    assert examples.height() == 3 * SMALL + 2 * GAP
    middle, ground = SMALL / 2, examples.palette().window().color()
    last = 2 * SMALL + 1 + APART
    for begin in (0, last + SMALL + 2 * GAP):
        assert colour(examples, begin + middle, middle).red() == 0
        assert colour(examples, begin + SMALL + 1 + middle, middle).red() == 64
        assert colour(examples, begin + last - 2, middle) == ground
        assert colour(examples, begin + last + middle, middle).red() == 255
    assert examples.accessibleDescription() == "3 sequences of 3 frames"


def test_a_narrow_widget_shows_fewer(examples: Examples) -> None:
    examples.show_examples(_flat([-1.0] * 12), None)
    examples.resize(2 * SIDE + GAP + 10, examples.height())
    assert examples.height() == 2 * SIDE + GAP
    seen = [colour(examples, column * (SIDE + GAP) + 5, 5).red() for column in range(2)]
    assert seen == [0, 0]
    assert colour(examples, examples.width() - 2, 5) == examples.palette().window().color()


def test_dimmed_examples_are_faint(examples: Examples) -> None:
    examples.show_examples(_flat([-1.0] * 6), None)
    bright = colour(examples, 5, 5)
    examples.set_dimmed(True)
    ground = examples.palette().window().color()
    seen = colour(examples, 5, 5).lightness()
    assert min(bright.lightness(), ground.lightness()) < seen < max(bright.lightness(), ground.lightness())


def test_points_in_the_plane_stand_on_one_scale(examples: Examples) -> None:
    corners = np.array([[-1, -3], [1, -3], [-1, 3], [1, 3]], np.float32)
    examples.show_examples(np.repeat(corners, 30, axis=0), None)
    assert examples.height() == PLOT
    left, right, top, bottom = _extent(examples)
    assert (bottom - top) == pytest.approx(3 * (right - left), abs=8)
    assert (left + right) / 2 == pytest.approx(examples.width() / 2, abs=2)


def test_points_on_a_line_are_counted_in_bars(examples: Examples) -> None:
    examples.show_examples(np.array([[0.0]] * 30 + [[1.0]] * 10, np.float32), None)
    bar = QColor(theme.scheme().muted)
    image = examples.grab().toImage()
    heights = [
        sum(image.pixelColor(QPoint(x, y)) == bar for y in range(PLOT)) for x in (20, 130, examples.width() - 20)
    ]
    assert heights[0] == pytest.approx(3 * heights[2], abs=3)
    assert heights[1] == 0


def _extent(widget: Examples) -> tuple[int, int, int, int]:
    """The columns and rows, above the numerals, between which anything is drawn."""
    image, ground = widget.grab().toImage(), widget.palette().window().color()
    rows = range(widget.height() - widget.fontMetrics().height())
    drawn = [(x, y) for x in range(widget.width()) for y in rows if image.pixelColor(x, y) != ground]
    across, down = zip(*drawn, strict=True)
    return min(across), max(across), min(down), max(down)
