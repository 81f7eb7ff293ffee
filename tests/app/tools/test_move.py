"""Particles moved by hand, by the mouse, in the plane and on the line; the Run goes on from there. # spec: G1, L8"""

from __future__ import annotations

from collections.abc import Iterator

import pyqtgraph as pg
import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.state import Drawing, State
from app.tools.move import LAST
from app.views.canvas import Canvas
from app.views.line import LineView
from app.views.plane import PlaneView
from engine.trajectory import Trajectory
from tests.app.views.drawn import drawn, pin, saw, trajectory

LEFT, NOTHING = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier

Shown = tuple[State, Canvas, PlaneView]


@pytest.fixture(autouse=True)
def every_move() -> Iterator[None]:
    """No move of the mouse is left out for coming soon after another."""
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", 0)
    yield
    pg.setConfigOption("mouseRateLimit", before)


@pytest.fixture
def plane(qtbot: QtBot) -> Iterator[Shown]:
    """Six particles of the ring in the middle of their way; each change of the Run is drawn at once."""
    state = drawn("ring", latents={"count": 6, "seed": 2}, schedule={"steps": 8, "sigma_max": 2.0})
    canvas, view = shown(qtbot, state, PlaneView, "ring")
    yield state, canvas, view
    state.undo.clear()


def shown(qtbot: QtBot, state: State, kind: type, name: str) -> tuple[Canvas, PlaneView]:
    state.run_changed.connect(lambda run: state.set_drawing("current", Drawing(trajectory(run, name))))
    canvas = Canvas(state)
    qtbot.addWidget(canvas)
    canvas.resize(640, 520)
    canvas.show()
    state.set_playhead(4)
    for _ in range(3):
        QApplication.processEvents()
    view = canvas.panes["current"].view
    assert isinstance(view, kind)
    return canvas, view  # type: ignore[return-value]


def send(view: PlaneView, kind: QEvent.Type, place: QPoint, button: Qt.MouseButton = LEFT) -> None:
    held = NOTHING if kind is QEvent.Type.MouseButtonRelease else LEFT
    port = view.plot.viewport()
    pressed = NOTHING if kind is QEvent.Type.MouseMove else button
    globally = QPointF(port.mapToGlobal(place))
    QApplication.sendEvent(port, QMouseEvent(kind, QPointF(place), globally, pressed, held, NONE))
    QApplication.processEvents()


def press(view: PlaneView, place: QPoint) -> None:
    send(view, QEvent.Type.MouseButtonPress, place)


def move(view: PlaneView, place: QPoint) -> None:
    send(view, QEvent.Type.MouseMove, place)


def release(view: PlaneView, place: QPoint) -> None:
    send(view, QEvent.Type.MouseButtonRelease, place)


def drag(view: PlaneView, start: QPoint, by: QPoint, *, let_go: bool = True) -> QPoint:
    """A drag in five moves; where it ends."""
    press(view, start)
    for part in range(1, 6):
        move(view, start + QPoint(by.x() * part // 5, by.y() * part // 5))
    if let_go:
        release(view, start + by)
    return start + by


def stands_at(view: PlaneView, particle: int, place: QPoint) -> bool:
    return (view.pixel(particle) - QPointF(place)).manhattanLength() < 2


def alone(view: PlaneView, state: State) -> int:
    """A particle near which there is no other."""
    x = torch.from_numpy(view._positions)
    return int((torch.cdist(x, x) + 1e9 * torch.eye(len(x))).min(1).values.argmax())


def at(whole: Trajectory, index: int) -> torch.Tensor:
    step = whole[index]
    assert step is not None
    return step.x


def test_a_dragged_particle_stands_under_the_mouse_and_the_run_goes_on_from_there(plane: Shown) -> None:
    state, _, view = plane
    before, particle = saw(state, "current"), alone(view, plane[0])
    others = [p for p in range(6) if p != particle]
    end = drag(view, view.pixel(particle).toPoint(), QPoint(60, -40), let_go=False)
    assert stands_at(view, particle, end)
    release(view, end)
    (edit,) = state.run.latents.edits
    assert (edit.step, edit.particle) == (4, particle)
    after = saw(state, "current")
    assert at(after, 4)[particle].tolist() == pytest.approx(edit.to)
    assert not torch.equal(at(after, 8)[particle], at(before, 8)[particle])
    assert torch.equal(at(after, 3), at(before, 3))
    assert torch.equal(at(after, 8)[others], at(before, 8)[others])
    assert state.selection == (particle,)
    assert state.undo.undoText() == f"move particle {particle}"


def test_one_drag_is_one_undo_step_and_a_later_one_at_the_step_takes_its_place(plane: Shown) -> None:
    state, _, view = plane
    particle = alone(view, state)
    drag(view, view.pixel(particle).toPoint(), QPoint(60, -40))
    (first,) = state.run.latents.edits
    end = drag(view, view.pixel(particle).toPoint(), QPoint(-30, -30), let_go=False)
    assert stands_at(view, particle, end)
    release(view, end)
    (second,) = state.run.latents.edits
    assert (second.step, second.particle, second.to != first.to) == (first.step, first.particle, True)
    assert state.undo.count() == 2
    state.undo.undo()
    QApplication.processEvents()
    assert view._positions[particle].tolist() == pytest.approx(first.to)
    state.undo.undo()
    assert not state.run.latents.edits


def test_particles_and_steps_are_moved_apart_from_each_other(plane: Shown) -> None:
    state, _, view = plane
    particle = alone(view, state)
    drag(view, view.pixel(particle).toPoint(), QPoint(60, -40))
    state.set_playhead(5)
    drag(view, view.pixel(particle).toPoint(), QPoint(0, 30))
    assert [edit.step for edit in state.run.latents.edits] == [4, 5]


def test_escape_puts_the_particle_back_and_the_rest_of_the_drag_does_nothing(plane: Shown) -> None:
    state, _, view = plane
    particle, run = alone(view, state), state.run
    start = view.pixel(particle).toPoint()
    press(view, start)
    move(view, start + QPoint(20, 20))
    move(view, start + QPoint(40, 20))
    assert state.run != run
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert state.run == run
    move(view, start + QPoint(60, 20))
    release(view, start + QPoint(60, 20))
    assert state.run == run
    assert stands_at(view, particle, start)


def test_at_the_last_step_nothing_moves_and_a_sentence_says_why(plane: Shown) -> None:
    state, _, view = plane
    told: list[str] = []
    state.message.connect(told.append)
    state.set_playhead(8)
    QApplication.processEvents()
    run, seen = state.run, view.box.viewRange()
    drag(view, view.pixel(alone(view, state)).toPoint(), QPoint(50, 0))
    assert told == [LAST]
    assert state.run == run
    assert view.box.viewRange() == seen


def test_a_click_selects_and_a_drag_of_empty_ground_pans(plane: Shown) -> None:
    state, _, view = plane
    run, particle = state.run, alone(view, state)
    QTest.mouseClick(view.plot.viewport(), LEFT, NONE, view.pixel(particle).toPoint())
    assert state.selection == (particle,)
    place = next(
        p for p in (QPoint(90, 60), QPoint(560, 60), QPoint(90, 400)) if view.particle_at(scene(view, p)) is None
    )
    seen = view.box.viewRange()
    drag(view, place, QPoint(40, 30))
    assert view.box.viewRange() != seen
    assert state.run == run


def test_the_cursor_says_what_can_be_moved(plane: Shown) -> None:
    state, _, view = plane
    port, particle = view.plot.viewport(), alone(view, state)
    QTest.mouseMove(port, view.pixel(particle).toPoint())
    QApplication.processEvents()
    assert port.cursor().shape() is Qt.CursorShape.OpenHandCursor
    press(view, view.pixel(particle).toPoint())
    move(view, view.pixel(particle).toPoint() + QPoint(20, 0))
    move(view, view.pixel(particle).toPoint() + QPoint(30, 0))
    assert port.cursor().shape() is Qt.CursorShape.ClosedHandCursor
    release(view, view.pixel(particle).toPoint())
    state.set_playhead(8)
    move(view, view.pixel(particle).toPoint())
    assert port.cursor().shape() is not Qt.CursorShape.OpenHandCursor


def test_the_particle_follows_the_mouse_while_its_run_is_on_the_way(qtbot: QtBot) -> None:
    state = drawn("ring", latents={"count": 6, "seed": 2}, schedule={"steps": 8, "sigma_max": 2.0})
    _, view = shown(qtbot, state, PlaneView, "ring")
    state.run_changed.disconnect()
    particle = alone(view, state)
    start = view.pixel(particle).toPoint()
    press(view, start)
    move(view, start + QPoint(30, 0))
    move(view, start + QPoint(60, 10))
    view.refresh()
    assert stands_at(view, particle, start + QPoint(60, 10))
    release(view, start + QPoint(60, 10))
    state.undo.clear()


def test_what_is_coarse_or_pinned_cannot_be_moved(plane: Shown) -> None:
    state, canvas, view = plane
    run, particle = state.run, alone(view, state)
    state.set_drawing("current", Drawing(saw(state, "current"), coarse=True))
    QApplication.processEvents()
    drag(view, view.pixel(particle).toPoint(), QPoint(30, 0))
    assert state.run == run
    state.set_drawing("current", Drawing(saw(state, "current")))
    pin(state, "ring", latents={"seed": 7})
    canvas.resize(1200, 520)
    for _ in range(3):
        QApplication.processEvents()
    other = canvas.panes["pinned"].view
    assert isinstance(other, PlaneView)
    drag(other, other.pixel(alone(other, state)).toPoint(), QPoint(30, 0))
    assert state.run == run
    canvas.fit()
    QApplication.processEvents()
    drag(view, view.pixel(particle).toPoint(), QPoint(30, 0))
    assert len(state.run.latents.edits) == 1


@pytest.mark.parametrize("raw", [False, True])
def test_on_the_line_a_particle_is_moved_up_and_down(qtbot: QtBot, raw: bool) -> None:
    state = drawn("mixture-1d", latents={"count": 4, "seed": 2}, schedule={"steps": 8, "sigma_max": 5.0})
    canvas, view = shown(qtbot, state, LineView, "mixture-1d")
    if raw:
        QTest.mouseClick(canvas.choices.overlays["raw"], LEFT)
        QApplication.processEvents()
    particle = alone(view, state)
    end = drag(view, view.pixel(particle).toPoint(), QPoint(30, -40), let_go=False)
    (edit,) = state.run.latents.edits
    assert abs(view.pixel(particle).y() - end.y()) < 2
    release(view, end)
    assert (edit.step, edit.particle) == (4, particle)
    assert at(saw(state, "current"), 4)[particle].tolist() == pytest.approx(edit.to)
    scale = 1.0 if raw else (1 + saw(state, "current").sigmas[4] ** 2) ** 0.5
    assert view._positions[particle].tolist() == pytest.approx([4.0, edit.to[0] / scale])
    state.undo.clear()


def test_a_long_click_with_an_unsteady_hand_selects(plane: Shown) -> None:
    state, _, view = plane
    run, particle = state.run, alone(view, state)
    view.plot.scene().minDragTime = 0.0  # as if the button had been down for long
    start = view.pixel(particle).toPoint()
    press(view, start)
    move(view, start + QPoint(2, 1))
    release(view, start + QPoint(2, 1))
    assert state.selection == (particle,)
    assert state.run == run


def test_a_ring_marks_the_step_at_which_a_particle_was_moved(plane: Shown) -> None:
    state, _, view = plane
    plain = view.grab().toImage()
    particle = alone(view, state)
    state.change("move", latents={"edits": [{"kind": "move", "step": 4, "particle": particle, "to": [0.0, 0.0]}]})
    QApplication.processEvents()
    rings = view._moved._rings.getData()
    assert [list(values) for values in rings] == [[0.0], [0.0]]
    assert view.grab().toImage() != plain


def scene(view: PlaneView, place: QPoint) -> QPointF:
    """The place of the scene that is shown at that pixel of the plot."""
    return QPointF(view.plot.mapToScene(place))
