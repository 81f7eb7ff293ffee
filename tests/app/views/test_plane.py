"""Plane: what is in sight at each noise level, the overlays, and selecting among particles. # spec: S2, A1, A4"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.state import Drawing, State
from app.views.canvas import Canvas
from app.views.numerals import significant
from app.views.plane import PlaneView
from engine.analysis.field import FieldRequest
from engine.analysis.plane import POINTS
from tests.app.views.drawn import answer, drawn, pin, saw, trajectory

LEFT, CTRL, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def shown(qtbot: QtBot, state: State, width: int = 640) -> tuple[Canvas, PlaneView]:
    canvas = Canvas(state)
    qtbot.addWidget(canvas)
    canvas.resize(width, 520)
    canvas.show()
    for _ in range(3):
        QApplication.processEvents()
    view = canvas.panes["current"].view
    assert isinstance(view, PlaneView)
    return canvas, view


def picture(view: PlaneView) -> QImage:
    QApplication.processEvents()
    return view.grab().toImage()


def reach(view: PlaneView) -> float:
    (_, high), _ = view.box.viewRange()
    return float(high)


def turn_wheel(view: PlaneView) -> None:
    place = QPointF(view.plot.viewport().rect().center())
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(view.plot.viewport(), event)
    QApplication.processEvents()


def click(view: PlaneView, particle: int, modifier: Any = NONE) -> None:
    place = view.pixel(particle).toPoint()
    QTest.mouseClick(view.plot.viewport(), LEFT, modifier, place)
    QApplication.processEvents()


def test_all_particles_are_in_sight_at_every_noise_level_on_one_unit_a_pixel(qtbot: QtBot) -> None:
    state = drawn("ring", latents={"count": 40})
    _, view = shown(qtbot, state)
    for index in range(9):
        state.set_playhead(index)
        (left, right), (low, high) = view.box.viewRange()
        step = saw(state, "current")[index]
        assert step is not None
        x = step.x.numpy()
        assert ((x > (left, low)) & (x < (right, high))).all(axis=1).mean() > 0.9
        across, down = view.box.viewPixelSize()
        assert across == pytest.approx(down, rel=1e-6)
    assert reach(view) < 3


def test_the_view_depends_on_the_noise_level_alone(qtbot: QtBot) -> None:
    state = drawn("ring", latents={"count": 40})
    _, view = shown(qtbot, state)
    state.set_playhead(2)
    wide = view.box.viewRange()
    state.set_playhead(8)
    narrow = view.box.viewRange()
    assert narrow != wide
    state.set_playhead(2)
    assert view.box.viewRange() == wide
    growing = trajectory(state.run, "ring")
    growing.available = 1
    state.set_playhead(8)
    state.set_drawing("current", Drawing(growing, running=True))
    QApplication.processEvents()
    assert view.box.viewRange() == narrow


def test_zooming_stops_following_and_fit_starts_it_again(qtbot: QtBot) -> None:
    state = drawn("ring")
    canvas, view = shown(qtbot, state)
    whole = reach(view)
    turn_wheel(view)
    zoomed = reach(view)
    assert zoomed < whole
    assert not canvas.choices.follow.isChecked()
    state.set_playhead(0)
    assert reach(view) == pytest.approx(zoomed)
    canvas.fit()
    QApplication.processEvents()
    assert reach(view) > 100
    assert canvas.choices.follow.isChecked()
    QTest.mouseClick(canvas.choices.follow, LEFT)
    state.set_playhead(8)
    assert reach(view) > 100


def test_the_view_comes_back_from_particles_that_guidance_threw_far_out(qtbot: QtBot) -> None:
    state = drawn("ring", guidance={"k_pg": 0.5})
    state.set_playhead(8)
    answer(state, "ring")
    canvas, view = shown(qtbot, state)
    assert reach(view) > 30
    state.set_drawing("current", Drawing(trajectory(state.run.replace(guidance={"k_pg": 0.0}), "ring")))
    QApplication.processEvents()
    assert reach(view) < 3
    state.set_drawing("current", Drawing(trajectory(state.run.replace(guidance={"k_pg": 0.003}), "ring")))
    QApplication.processEvents()
    wide = reach(view)
    assert wide > 2.2
    state.set_drawing("current", Drawing(trajectory(state.run.replace(guidance={"k_pg": 0.0}), "ring")))
    QApplication.processEvents()
    assert reach(view) == wide, "what is a little wide stays, so that nothing shifts while a slider is dragged"
    canvas.fit()
    QApplication.processEvents()
    assert reach(view) < 2.2


def test_compared_planes_zoom_together(qtbot: QtBot) -> None:
    state = drawn("ring")
    pin(state, "ring", latents={"seed": 3})
    canvas, view = shown(qtbot, state, width=1000)
    turn_wheel(view)
    other, between = canvas.panes["pinned"].view, canvas.panes["difference"].view
    assert np.allclose(other.box.viewRange()[0], view.box.viewRange()[0], rtol=1e-3)  # type: ignore[union-attr]
    assert np.allclose(between.box.viewRange()[0], view.box.viewRange()[0], rtol=1e-3)  # type: ignore[union-attr]


def test_click_selects_a_particle_and_ctrl_adds_one(qtbot: QtBot) -> None:
    state = drawn("symmetric-2d", latents={"count": 5})
    _, view = shown(qtbot, state)
    click(view, 3)
    assert state.selection == (3,)
    click(view, 1, CTRL)
    assert state.selection == (1, 3)
    click(view, 1, CTRL)
    assert state.selection == (3,)
    ring = view.pixel(3).toPoint() + QPoint(7, 0)
    around = picture(view).copy(ring.x() - 2, ring.y() - 2, 5, 5)
    accent = theme.scheme().accent
    assert any(around.pixelColor(x, y).name() == accent for x in range(5) for y in range(5))
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert state.selection == (4,)


def test_density_is_shaded_where_the_modes_are(qtbot: QtBot) -> None:
    state = drawn("symmetric-2d", latents={"count": 1})
    answer(state, "symmetric-2d")
    canvas, view = shown(qtbot, state)
    for name in ("score", "paths", "modes"):
        QTest.mouseClick(canvas.choices.overlays[name], LEFT)
    canvas.fit()
    qtbot.waitUntil(lambda: picture(view).pixelColor(_place(view, 5.0, -5.0)).name() != theme.scheme().base)
    seen = picture(view)
    assert seen.pixelColor(_place(view, 0.0, 0.0)).name() == theme.scheme().base
    QTest.mouseClick(canvas.choices.overlays["density"], LEFT)
    free = [(5.0, -5.0), (-5.0, 5.0), (5.0, 5.0), (-5.0, -5.0)]
    bare = picture(view)
    assert sum(bare.pixelColor(_place(view, *mode)).name() == theme.scheme().base for mode in free) >= 3


@pytest.mark.parametrize("overlay", ["density", "score", "paths", "modes"])
def test_each_overlay_can_be_left_out(qtbot: QtBot, overlay: str) -> None:
    state = drawn("ring")
    asked = answer(state, "ring")
    canvas, view = shown(qtbot, state)
    qtbot.waitUntil(lambda: len(asked) >= 9)
    before = picture(view)
    QTest.mouseClick(canvas.choices.overlays[overlay], LEFT)
    assert picture(view) != before
    QTest.mouseClick(canvas.choices.overlays[overlay], LEFT)
    assert picture(view) == before


def test_every_levels_field_is_asked_for_once_and_ahead_of_the_playhead(qtbot: QtBot) -> None:
    state = drawn("ring")
    asked = answer(state, "ring")
    shown(qtbot, state)
    qtbot.waitUntil(lambda: {request.sigmas[0] for request in asked} == set(saw(state, "current").sigmas))
    QApplication.processEvents()
    before = len(asked)
    for index in (0, 5, 2, 8, 1):
        state.set_playhead(index)
        QApplication.processEvents()
    assert len(asked) == before
    assert len(set(asked)) == before


def test_a_field_of_another_level_is_dimmed_until_the_right_one_is_there(qtbot: QtBot) -> None:
    state = drawn("ring")
    waiting: list[FieldRequest] = []
    state.field_wanted.connect(waiting.append)
    _, view = shown(qtbot, state)
    assert not view._density.isVisible()
    _reply(state, waiting[-1])
    QApplication.processEvents()
    assert view._density.isVisible()
    assert view._density.opacity() == 1.0
    state.set_playhead(6)
    assert view._density.opacity() < 0.5
    _reply(state, next(r for r in reversed(waiting) if r.sigmas == (saw(state, "current").sigmas[6],)))
    QApplication.processEvents()
    assert view._density.opacity() == 1.0


def test_of_very_many_particles_only_some_paths_are_drawn_and_the_selected_ones(qtbot: QtBot) -> None:
    state = drawn("ring", latents={"count": 4000}, schedule={"steps": 20})
    canvas, view = shown(qtbot, state)
    assert "paths of" in canvas.panes["current"].title.text()
    assert 0 < view._followed * 21 <= POINTS + 21
    followed = view._followed
    state.select([3998])
    QApplication.processEvents()
    assert view._followed >= followed


def test_scrubbing_moves_particles_along_their_paths(qtbot: QtBot) -> None:
    state = drawn("bimodal-2d", latents={"count": 3})
    _, view = shown(qtbot, state)
    first = view.pixel(0)
    state.set_playhead(2)
    assert view.pixel(0) != first
    seen = picture(view)
    state.set_playhead(3)
    assert picture(view) != seen


def guided(**settings: Any) -> State:
    """Six particles of the ring that push each other, in the middle of their way."""
    state = drawn("ring", guidance={"k_pg": 2.0, "bandwidth": "sigma"}, **settings)
    state.set_playhead(4)
    return state


def arrows(view: PlaneView, name: str) -> np.ndarray[Any, np.dtype[Any]]:
    """From the tail to the tip of each arrow [N, 2]."""
    x, y = view._forces._curves[name].getData()
    return np.column_stack([x[1::6] - x[::6], y[1::6] - y[::6]])


def test_forces_are_on_with_guidance_and_off_without(qtbot: QtBot) -> None:
    state = drawn("ring")
    canvas, view = shown(qtbot, state)
    assert not canvas.choices.overlays["forces"].isChecked()
    assert not view._forces.legend.isVisible()
    state.change("k_PG", guidance={"k_pg": 2.0})
    state.set_drawing("current", Drawing(trajectory(state.run, "ring")))
    state.set_playhead(4)
    QApplication.processEvents()
    assert canvas.choices.overlays["forces"].isChecked()
    assert view._forces.legend.isVisible()
    before = picture(view)
    QTest.mouseClick(canvas.choices.overlays["forces"], LEFT)
    assert picture(view) != before
    QTest.mouseClick(canvas.choices.overlays["forces"], LEFT)
    state.change("k_PG", guidance={"k_pg": 0.0})
    QApplication.processEvents()
    assert not canvas.choices.overlays["forces"].isChecked()
    state.undo.clear()


def test_forces_point_where_they_push_to_scale_with_each_other(qtbot: QtBot) -> None:
    state = guided()
    _, view = shown(qtbot, state)
    step = saw(state, "current")[4]
    assert step is not None
    assert step.drift is not None
    assert step.guidance is not None
    scales = [-arrows(view, name) / getattr(step, name).numpy() for name in ("drift", "guidance")]
    assert np.concatenate(scales) == pytest.approx(scales[0][0, 0])
    assert view._forces._told == (
        f"−d ≤ {significant(float(step.drift.norm(dim=1).max()))}\n"
        f"−g ≤ {significant(float(step.guidance.norm(dim=1).max()))}"
    )
    assert len(arrows(view, "drift")) == 6
    state.set_playhead(8)
    assert not len(arrows(view, "drift"))
    assert not view._forces.legend.isVisible()


def test_compared_forces_have_one_scale(qtbot: QtBot) -> None:
    state = guided()
    pin(state, "ring", guidance={"k_pg": 0.0}, latents={"seed": 3})
    canvas, view = shown(qtbot, state, width=1000)
    other = canvas.panes["pinned"].view
    assert isinstance(other, PlaneView)
    one, two = (saw(state, side)[4] for side in ("current", "pinned"))
    assert one is not None
    assert two is not None
    assert one.drift is not None
    assert two.drift is not None
    scales = [arrows(view, "drift") / one.drift.numpy(), arrows(other, "drift") / two.drift.numpy()]
    assert np.concatenate(scales) == pytest.approx(scales[0][0, 0])
    assert not len(arrows(other, "guidance"))


def test_forces_are_drawn_beside_a_run_that_has_pictures(qtbot: QtBot) -> None:
    state = guided()
    pin(state, "digits-ideal", guidance={"k_pg": 0.0})
    _, view = shown(qtbot, state, width=1000)
    assert len(arrows(view, "drift")) == 6


def test_of_many_particles_those_of_the_selected_group_have_arrows(qtbot: QtBot) -> None:
    state = guided(latents={"count": 1000, "group": 10})
    _, view = shown(qtbot, state)
    state.select([437])
    QApplication.processEvents()
    step = saw(state, "current")[4]
    assert step is not None
    x, _ = view._forces._curves["guidance"].getData()
    assert x[::6].tolist() == step.x[430:440, 0].tolist()


def _place(view: PlaneView, x: float, y: float) -> QPoint:
    """Where that point of the plane stands in the view's picture."""
    scene = view.box.mapViewToScene(QPointF(x, y))
    return view.plot.mapTo(view, view.plot.mapFromScene(scene))


def _reply(state: State, request: FieldRequest) -> None:
    from engine.analysis.field import compute
    from engine.models import catalogue

    state.field_arrived.emit(compute(request, catalogue.named("ring").build()))
