"""Levels: two rows of pictures over the trajectory, for any sampler; a click goes there."""
# spec: A1

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import theme
from app.state import State
from app.views.canvas import Canvas
from app.views.levels_strip import COLUMNS, LevelsStrip, spread
from app.views.numerals import significant
from engine.analysis.pictures import to_uint8
from tests.app.views.stage import TinyPictures, colour, draw, staged
from tests.engine.tiny import TinyMixture


@pytest.mark.parametrize("last", [1, 6, 9, 10, 22, 1000])
@pytest.mark.parametrize("stride", [1, 2, 8])
def test_columns_are_spread_evenly_over_the_steps_that_are_kept(last: int, stride: int) -> None:
    indices = spread(last, stride)
    assert (indices[0], indices[-1]) == (0, last)
    assert len(indices) <= COLUMNS
    assert all(index % stride == 0 for index in indices[:-1])
    assert np.ptp(np.diff(indices)) <= 2 * stride
    if stride == 1:
        assert len(indices) == min(COLUMNS, last + 1)


def shown(qtbot: QtBot, state: State) -> LevelsStrip:
    strip = LevelsStrip(state)
    qtbot.addWidget(strip, before_close_func=lambda _: strip.hide())
    strip.resize(700, strip.sizeHint().height())
    strip.show()
    return strip


@pytest.fixture
def state(qapp: object) -> State:
    state = staged(TinyPictures(), schedule={"steps": 20})
    draw(state, TinyPictures())
    return state


def middle(strip: LevelsStrip, column: int, row: int) -> tuple[int, int]:
    """A point inside the top left pixel of that picture, 4 x 6 pixels."""
    place = strip.place(column, row)
    return place.left() + place.width() // 12, place.top() + place.height() // 8


@pytest.mark.parametrize("particle", [0, 3])
def test_each_column_is_a_step_noisy_above_and_estimate_below(qtbot: QtBot, state: State, particle: int) -> None:
    strip = shown(qtbot, state)
    state.select([particle])
    trajectory = strip.trajectory
    assert trajectory is not None
    for column, index in enumerate(strip.indices):
        step = trajectory[index]
        assert step is not None
        estimate = step.x if step.denoised is None else step.denoised
        limit = 1 + 2 * step.sigma
        for row, grey in enumerate((to_uint8(step.x.numpy(), -limit, limit), to_uint8(estimate.numpy()))):
            seen = colour(strip, *middle(strip, column, row))
            assert seen.red() == grey[particle, 0, 0]
    assert strip.accessibleDescription() == ", ".join(
        f"σ {significant(trajectory.sigmas[index])}" for index in strip.indices
    )


def test_a_click_moves_the_playhead_there_and_frames_the_column(qtbot: QtBot, state: State) -> None:
    strip = shown(qtbot, state)
    state.set_playhead(0)
    accent = QColor(theme.scheme().accent)
    for column in (3, 8):
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.place(column, 1).center())
        assert state.playhead == strip.indices[column]
        edge = strip.place(column, 1)
        assert colour(strip, edge.left() - 1, edge.center().y()) == accent
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(1, strip.place(0, 0).center().y()))
    assert state.playhead == strip.indices[8]


def test_between_two_columns_a_line_stands_where_the_playhead_is(qtbot: QtBot, state: State) -> None:
    strip = shown(qtbot, state)
    at = next(index for index in range(20) if index not in strip.indices)
    state.set_playhead(at)
    line = strip._playhead(strip.indices, at)
    before, after = (strip.indices.index(index) for index in (at - 1, at + 1))
    assert strip.place(before, 0).center().x() < line.left() < strip.place(after, 0).center().x()
    assert colour(strip, line.left(), line.center().y()) == QColor(theme.scheme().accent)


def test_levels_of_a_model_with_steps_are_told_by_t(qtbot: QtBot, state: State) -> None:
    levels = np.geomspace(0.001, 100, 1000)
    state.add_models(replace(state.model, levels=levels))
    strip = shown(qtbot, state)
    assert strip.trajectory is not None
    labels = [strip.label(index) for index in strip.indices]
    assert labels[-1] == "t 0"
    for label, index in zip(labels[:-1], strip.indices, strict=False):
        sigma = strip.trajectory.sigmas[index]
        assert abs(np.log(levels[int(label[2:]) - 1] / sigma)) <= np.log(levels[1] / levels[0])


def test_steps_that_have_not_arrived_are_empty_frames(qtbot: QtBot, qapp: object) -> None:
    state = staged(TinyPictures(), schedule={"steps": 20})
    draw(state, TinyPictures(), steps=4)
    strip = shown(qtbot, state)
    state.set_playhead(0)
    last = strip.place(9, 0)
    assert colour(strip, last.center().x(), last.center().y()) == strip.palette().window().color()
    draw(state, TinyPictures())
    assert colour(strip, last.center().x(), last.center().y()) != strip.palette().window().color()


def test_what_was_dropped_for_memory_has_no_column(qtbot: QtBot, qapp: object) -> None:
    state = staged(TinyPictures(), schedule={"steps": 20})
    trajectory = draw(state, TinyPictures(), budget=20_000)
    assert trajectory.stride > 1
    strip = shown(qtbot, state)
    assert all(trajectory[index] is not None for index in strip.indices)


def test_the_canvas_shows_it_for_pictures_when_asked(qtbot: QtBot, state: State) -> None:
    canvas = Canvas(state)
    qtbot.addWidget(canvas, before_close_func=lambda _: canvas.hide())
    canvas.resize(700, 600)
    canvas.show()
    assert not canvas.strip.isVisible()
    QTest.mouseClick(canvas.choices.levels, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    qtbot.waitUntil(lambda: canvas.strip.isVisible() and canvas.strip.geometry().bottom() <= canvas.figure.height())
    canvas.choices.levels.toggle()
    qtbot.waitUntil(lambda: not canvas.strip.isVisible())


def test_points_have_no_strip(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    draw(state, TinyMixture())
    canvas = Canvas(state)
    qtbot.addWidget(canvas, before_close_func=lambda _: canvas.hide())
    canvas.choices.levels.setChecked(True)
    canvas.show()
    canvas.refresh()
    assert not canvas.strip.isVisible()
    assert not canvas.choices.levels.isVisible()
    assert canvas.strip.sizeHint().isValid()


def test_points_in_place_of_the_pictures_leave_it_empty(qtbot: QtBot, state: State) -> None:
    strip = shown(qtbot, state)
    draw(state, TinyMixture())
    assert strip.trajectory is None
    assert strip.indices == []
    assert not strip.grab().isNull()
