"""Grid: how pictures are laid out, what colours they get, and selecting among them. # spec: A1"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.state import State
from app.views.grid import KEPT, GridView
from app.views.layout import GAP, SMALLEST, arrange
from app.views.shown import Pictures, shrunk
from tests.app.views.drawn import colour, drawn

LEFT, CTRL, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@example(300, 15, 174, 892, 832)
@given(st.integers(1, 300), st.integers(8, 300), st.integers(8, 300), st.integers(200, 2000), st.integers(200, 2000))
def test_every_picture_has_a_place_of_its_own_inside_the_width(
    count: int, width: int, height: int, across: int, down: int
) -> None:
    layout = arrange(count, QSize(width, height), QSize(across, down))
    cells = [layout.cell(p) for p in range(count)]
    assert all(cell.left() >= 0 and cell.right() < across for cell in cells)
    assert cells[-1].bottom() < max(down, layout.height)
    for one, following in pairwise(cells):
        assert not one.adjusted(0, 0, GAP - 1, GAP - 1).intersects(following)
    assert max(layout.size.width(), layout.size.height()) >= SMALLEST // 2


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_small_pictures_get_whole_screen_pixels(ratio: float) -> None:
    layout = arrange(10, QSize(32, 32), QSize(700, 500), ratio)
    assert layout.columns == 4
    pixels = layout.size.width() * ratio / 32
    assert abs(pixels - round(pixels)) * 32 <= ratio
    assert layout.size.width() >= 128


@pytest.fixture
def state() -> State:
    return drawn("digits-ideal", latents={"count": 12}, schedule={"steps": 3})


def shown(qtbot: QtBot, state: State, values: np.ndarray, limit: float = 1.0, signed: bool = False) -> GridView:
    grid = GridView(state, "particles")
    qtbot.addWidget(grid)
    grid.resize(500, 400)
    grid.show_pictures(Pictures(values, limit, signed))
    grid.show()
    return grid


def click(grid: GridView, particle: int, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(grid.viewport(), LEFT, modifier, grid.cell(particle).center())


def test_grey_pictures_run_from_black_to_white_and_are_cut_beyond(qtbot: QtBot, state: State) -> None:
    values = np.array([-3.0, -1.0, 0.0, 1.0, 3.0]).reshape(5, 1, 1, 1) * np.ones((5, 1, 8, 8))
    grid = shown(qtbot, state, values)
    seen = [colour(grid, grid.cell(p).center()).red() for p in range(5)]
    assert seen == [0, 0, 128, 255, 255]


def test_colour_pictures_keep_their_channels(qtbot: QtBot, state: State) -> None:
    values = -np.ones((3, 3, 8, 8))
    for particle in range(3):
        values[particle, particle] = 1
    grid = shown(qtbot, state, values)
    names = [colour(grid, grid.cell(p).center()).name() for p in range(3)]
    assert names == ["#ff0000", "#00ff00", "#0000ff"]


def test_signed_pictures_show_zero_neutral_and_both_signs_apart(qtbot: QtBot, state: State) -> None:
    values = np.array([-2.0, 0.0, 2.0]).reshape(3, 1, 1, 1) * np.ones((3, 1, 8, 8))
    grid = shown(qtbot, state, values, limit=2.0, signed=True)
    low, zero, high = (colour(grid, grid.cell(p).center()) for p in range(3))
    map_ = theme.diverging()
    assert [low, zero, high] == [QColor(*map(int, map_[i])) for i in (0, 128, 255)]


def test_pixels_stay_sharp_and_upright(qtbot: QtBot, state: State) -> None:
    values = -np.ones((1, 1, 4, 4))
    values[0, 0, 0, 3] = 1
    grid = shown(qtbot, state, values)
    cell = grid.cell(0)
    step = cell.width() // 4
    image = grid.grab().toImage()
    edge = cell.left() + 3 * step
    assert image.pixelColor(edge - 1, cell.top() + step // 2).red() == 0
    assert image.pixelColor(edge, cell.top() + step // 2).red() == 255
    assert image.pixelColor(edge, cell.top() + step).red() == 0


def test_click_selects_ctrl_adds_and_removes_shift_takes_the_range(qtbot: QtBot, state: State) -> None:
    grid = shown(qtbot, state, np.zeros((12, 1, 8, 8)))
    click(grid, 5)
    assert state.selection == (5,)
    click(grid, 2, CTRL)
    assert state.selection == (2, 5)
    click(grid, 2, CTRL)
    assert state.selection == (5,)
    click(grid, 5, CTRL)
    assert state.selection == (5,)
    click(grid, 8, SHIFT)
    assert state.selection == (5, 6, 7, 8)
    QTest.mouseClick(grid.viewport(), LEFT, NONE, QPoint(1, 1))
    assert state.selection == (5, 6, 7, 8)


def test_selected_pictures_are_framed_in_the_accent(qtbot: QtBot, state: State) -> None:
    grid = shown(qtbot, state, np.zeros((12, 1, 8, 8)))
    state.select([4])
    beside = grid.cell(4).center() - QPoint(grid.cell(4).width() // 2 + 2, 0)
    assert colour(grid, beside) == QColor(theme.scheme().accent)
    state.select([5])
    assert colour(grid, beside) != QColor(theme.scheme().accent)


def test_up_and_down_move_on_and_left_and_right_are_left_to_the_timeline(qtbot: QtBot, state: State) -> None:
    grid = shown(qtbot, state, np.zeros((12, 1, 8, 8)))
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert state.selection == (1,)
    QTest.keyClick(grid, Qt.Key.Key_Up)
    QTest.keyClick(grid, Qt.Key.Key_Up)
    assert state.selection == (0,)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert state.selection == (0,)


def test_hovering_shows_the_number_of_a_particle(qtbot: QtBot, state: State) -> None:
    grid = shown(qtbot, state, np.zeros((12, 1, 8, 8)))
    plain = grid.grab().toImage().copy(grid.cell(7))
    QTest.mouseMove(grid.viewport(), grid.cell(7).center())
    qtbot.waitUntil(lambda: grid.grab().toImage().copy(grid.cell(7)) != plain)


def test_a_thousand_pictures_scroll_downwards_and_never_sideways(qtbot: QtBot) -> None:
    state = drawn("digits-ideal", latents={"count": 1000}, schedule={"steps": 1})
    values = np.broadcast_to(np.linspace(-1, 1, 1000)[:, None, None, None], (1000, 1, 8, 8))
    grid = shown(qtbot, state, values)
    assert grid.horizontalScrollBar().maximum() == 0
    assert grid.verticalScrollBar().maximum() > 0
    assert grid.particle_at(grid.cell(3).center()) == 3
    place = QPointF(grid.viewport().rect().center())
    turn = QWheelEvent(
        place, place, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(grid.viewport(), turn)
    assert grid.verticalScrollBar().value() > 0
    state.select([999])
    assert grid.viewport().rect().contains(grid.cell(999))
    assert colour(grid, grid.cell(999).center()).red() == 255


def test_sheets_that_are_compared_have_one_layout_and_scroll_alike(qtbot: QtBot, state: State) -> None:
    values = np.zeros((300, 1, 8, 8), np.float32)
    leader, other = shown(qtbot, state, values), shown(qtbot, state, values)
    other.resize(900, 300)
    other.follow(leader)
    assert leader._layout is not None
    assert other._layout is not None
    assert other._layout.columns == leader._layout.columns
    leader.resize(300, 300)
    assert other._layout.columns == leader._layout.columns
    leader.verticalScrollBar().setValue(3 * leader.verticalScrollBar().singleStep())
    assert other.verticalScrollBar().value() == 3 * other.verticalScrollBar().singleStep()
    other.verticalScrollBar().setValue(0)
    assert leader.verticalScrollBar().value() == 0


def test_large_pictures_are_averaged_down_to_the_screen_and_small_ones_left_alone() -> None:
    values = np.arange(2 * 8 * 12, dtype=np.float32).reshape(2, 1, 8, 12)
    assert shrunk(values, 7) is values
    np.testing.assert_allclose(shrunk(values, 6), values.reshape(2, 1, 4, 2, 6, 2).mean(axis=(3, 5)))
    np.testing.assert_allclose(shrunk(values, 3), values.reshape(2, 1, 2, 4, 3, 4).mean(axis=(3, 5)))
    assert shrunk(values[..., :7, :11], 5).shape == (2, 1, 3, 5)


def test_groups_stand_in_frames_with_what_is_known_of_them_above(qtbot: QtBot, state: State) -> None:
    plain = shown(qtbot, state, np.ones((12, 1, 8, 8)))
    assert plain._layout is not None
    assert not plain._layout.framed
    grid = GridView(state, "particles")
    qtbot.addWidget(grid)
    grid.resize(500, 400)
    grid.show_pictures(Pictures(np.ones((12, 1, 8, 8)), 1.0, False, 6, ("group 0 · 7 modes", "group 1 · 3 modes")))
    grid.show()
    assert grid._layout is not None
    frame = grid._layout.frame(0)
    assert colour(grid, QPoint(frame.left(), frame.center().y())) == QColor(theme.scheme().line)
    words = grid.grab().toImage().copy(frame.adjusted(2, 2, -2, 18 - frame.height()))
    grid.show_pictures(Pictures(np.ones((12, 1, 8, 8)), 1.0, False, 6, ("group 0 · 6 modes", "group 1 · 3 modes")))
    assert grid.grab().toImage().copy(frame.adjusted(2, 2, -2, 18 - frame.height())) != words
    click(grid, 7)
    assert state.selection == (7,)
    grid.show_pictures(Pictures(np.ones((12, 1, 8, 8)), 1.0, False, 4))
    assert grid._layout.block == 4


@pytest.mark.parametrize(("kept", "again"), [(KEPT, 255), (0, 0)])
def test_pixels_seen_before_are_kept_within_bounds(
    qtbot: QtBot, state: State, monkeypatch: pytest.MonkeyPatch, kept: int, again: int
) -> None:
    monkeypatch.setattr("app.views.grid.KEPT", kept)
    values = np.ones((1, 1, 8, 8))
    sheet = shown(qtbot, state, values)
    one, other = (Pictures(each, 1.0, False, source=name) for each, name in ((values, "one"), (-values, "other")))
    for pictures in (one, other):
        sheet.show_pictures(pictures)
        sheet.grab()
    values *= -1.0  # what is converted anew shows this
    sheet.show_pictures(one)
    assert colour(sheet, sheet.cell(0).center()).red() == again


def test_pixels_are_not_kept_where_scale_or_size_differ(qtbot: QtBot, state: State) -> None:
    values = np.full((1, 1, 8, 8), 0.0)
    sheet = shown(qtbot, state, values)
    for limit, value in ((1.0, 1.0), (2.0, 1.0)):
        values[:] = value
        sheet.show_pictures(Pictures(values, limit, False, source="one"))
        assert colour(sheet, sheet.cell(0).center()).red() == (255 if limit == 1.0 else 191)
    sheet.resize(sheet.width() // 2, sheet.height())
    values[:] = -2.0
    assert colour(sheet, sheet.cell(0).center()).red() == 0
