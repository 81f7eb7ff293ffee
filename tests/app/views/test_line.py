"""Line: trajectories of 1-D data between the prior and the data. # spec: S2, A8"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.state import State
from app.views.canvas import Canvas
from app.views.line import DifferenceLine, LineView
from tests.app.views.drawn import answer, drawn, pin, saw

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def shown(qtbot: QtBot, state: State, width: int = 640) -> tuple[Canvas, LineView]:
    canvas = Canvas(state)
    qtbot.addWidget(canvas)
    canvas.resize(width, 520)
    canvas.show()
    for _ in range(3):
        QApplication.processEvents()
    view = canvas.panes["current"].view
    assert isinstance(view, LineView)
    return canvas, view


def picture(view: LineView) -> QImage:
    QApplication.processEvents()
    return view.grab().toImage()


def place(view: LineView, x: float, y: float) -> QPoint:
    return view.plot.mapTo(view, view.plot.mapFromScene(view.box.mapViewToScene(QPointF(x, y))))


def test_all_steps_and_all_particles_are_in_sight_from_noise_to_data(qtbot: QtBot) -> None:
    state = drawn("mixture-1d", latents={"count": 50})
    _, view = shown(qtbot, state)
    (left, right), (low, high) = view.box.viewRange()
    assert left < 0
    assert right > 8
    for index, sigma in enumerate(saw(state, "current").sigmas):
        step = saw(state, "current")[index]
        assert step is not None
        scaled = step.x.numpy() / np.hypot(1, sigma)
        assert low < scaled.min() <= scaled.max() < high
    assert high < 8


def test_the_playhead_and_the_particles_stand_at_the_step(qtbot: QtBot) -> None:
    state = drawn("mixture-1d")
    _, view = shown(qtbot, state)
    for index in (0, 3, 8):
        state.set_playhead(index)
        column = place(view, index, 0).x()
        assert view.plot.mapTo(view, view.pixel(0).toPoint()).x() == pytest.approx(column, abs=1)
        seen = picture(view)
        near = [seen.pixelColor(x, y) for x in range(column - 1, column + 2) for y in range(30, 60)]
        assert theme.scheme().accent in [colour.name() for colour in near]


def test_density_is_shaded_and_can_be_left_out(qtbot: QtBot) -> None:
    state = drawn("mixture-1d", latents={"count": 1})
    asked = answer(state, "mixture-1d")
    canvas, view = shown(qtbot, state)
    QTest.mouseClick(canvas.choices.overlays["paths"], LEFT)
    state.set_playhead(0)
    qtbot.waitUntil(lambda: picture(view).pixelColor(place(view, 7, 1.5)).name() != theme.scheme().base)
    assert len(asked) == 1
    empty = picture(view).pixelColor(place(view, 7.9, 0.7)).lightness()
    assert empty > picture(view).pixelColor(place(view, 7.9, 1.5)).lightness()
    QTest.mouseClick(canvas.choices.overlays["density"], LEFT)
    assert picture(view).pixelColor(place(view, 7, 1.5)).name() == theme.scheme().base


def test_raw_values_follow_the_playhead(qtbot: QtBot) -> None:
    state = drawn("mixture-1d", latents={"count": 50})
    canvas, view = shown(qtbot, state)
    axis = view.item.getAxis("left")
    assert axis.labelText == "x / √(1 + σ²)"
    QTest.mouseClick(canvas.choices.overlays["raw"], LEFT)
    QApplication.processEvents()
    assert axis.labelText == "x"
    state.set_playhead(0)
    assert view.box.viewRange()[1][1] > 100
    state.set_playhead(8)
    assert view.box.viewRange()[1][1] < 4


def test_deterministic_trajectories_keep_their_order(qtbot: QtBot) -> None:
    state = drawn("mixture-1d", latents={"count": 20}, schedule={"steps": 40})
    _, view = shown(qtbot, state)
    orders = []
    for index in (0, 20, 40):
        state.set_playhead(index)
        orders.append(sorted(range(20), key=lambda p: view.pixel(p).y()))
    assert orders[0] == orders[1] == orders[2]


def test_click_selects_a_trajectorys_particle(qtbot: QtBot) -> None:
    state = drawn("mixture-1d", latents={"count": 3}, schedule={"steps": 8})
    state.set_playhead(0)
    _, view = shown(qtbot, state)
    QTest.mouseClick(view.plot.viewport(), LEFT, NONE, view.pixel(2).toPoint())
    QApplication.processEvents()
    assert state.selection == (2,)


def test_the_difference_is_drawn_over_the_steps_of_b(qtbot: QtBot) -> None:
    state = drawn("mixture-1d", sampler={"churn": 5.0})
    pin(state, "mixture-1d", sampler={"churn": 0.0}, schedule={"steps": 5})
    canvas, _ = shown(qtbot, state, width=1000)
    view = canvas.panes["difference"].view
    assert isinstance(view, DifferenceLine)
    a, b = saw(state, "pinned")[5], saw(state, "current")[8]
    assert a is not None
    assert b is not None
    at_end = [view.box.mapSceneToView(view.plot.mapToScene(view.pixel(p).toPoint())).y() for p in range(6)]
    np.testing.assert_allclose(at_end, (b.x - a.x)[:, 0].numpy(), atol=0.05)
