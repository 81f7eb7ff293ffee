"""Strokes by the mouse and by a pen: what they paint, that one is one undo step, and what may come in between."""

# spec: L3

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.editing import Editing
from app.state import State
from app.tools.paint import Painter
from app.views.easel import Easel
from engine import painting
from engine.mask import Mask
from engine.painting import Stroke
from engine.settings.edits import Intensity
from tests.app.views.strokes import (
    ALT,
    MOVE,
    NO_BUTTON,
    PRESS,
    RELEASE,
    RIGHT,
    SHIFT,
    easel,
    mouse,
    painted_state,
    pen,
    stroke,
)

SHAPE = (12, 16)
EMPTY = np.zeros(SHAPE, np.uint8)
TABLET_PRESS, TABLET_MOVE = QEvent.Type.TabletPress, QEvent.Type.TabletMove
TABLET_RELEASE = QEvent.Type.TabletRelease


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Easel]:
    state = painted_state()
    yield easel(qtbot, state)
    state.undo.clear()


def editing(shown: Easel) -> Editing:
    """What is worked on."""
    return shown._editing


def state(shown: Easel) -> State:
    """The state of the easel."""
    return shown._editing.state


def pixels(shown: Easel) -> Mask:
    """The mask in use, as the Run has it."""
    return editing(shown).pixels()


def boxed(rows: tuple[int, int], columns: tuple[int, int]) -> Mask:
    """A mask with a rectangle of whole pixels."""
    found = EMPTY.copy()
    found[slice(*rows), slice(*columns)] = 255
    return found


# -- tools -------------------------------------------------------------------------------------------------------


def test_a_stroke_is_that_of_the_engine_along_the_points_of_the_mouse(shown: Easel) -> None:
    editing(shown).set_tool(size=3.0, soft=0.4)
    points = [(2.5, 2.5), (6.0, 7.25), (13.0, 4.0)]
    stroke(shown, *points)
    wanted = Stroke(EMPTY, 3.0, 0.4)
    for point in points:
        wanted.to(*point)
    assert np.array_equal(pixels(shown), wanted.mask)
    assert wanted.mask.any()


def test_between_two_events_of_the_mouse_no_pixel_is_left_out(shown: Easel) -> None:
    editing(shown).set_tool(size=2.0)
    stroke(shown, (1.5, 6.0), (14.5, 6.0))
    assert (pixels(shown)[5:7, 1:15] == 255).all()


def test_the_eraser_the_right_button_alt_and_the_end_of_a_pen_wipe(shown: Easel) -> None:
    work = editing(shown)
    work.add(np.full(SHAPE, 255, np.uint8), "full")
    work.set_tool(size=2.0)
    stroke(shown, (0.5, 2.0), (15.5, 2.0), button=RIGHT)
    stroke(shown, (0.5, 5.0), (15.5, 5.0), modifiers=ALT)
    pen(shown, TABLET_PRESS, (0.5, 8.0), 1.0, eraser=True)
    pen(shown, TABLET_RELEASE, (15.5, 8.0), 1.0, eraser=True)
    QApplication.processEvents()
    work.set_tool(tool="eraser")
    stroke(shown, (0.5, 11.0), (15.5, 11.0))
    for row in (2, 5, 8, 11):
        assert not pixels(shown)[row - 1 : row + 1, 1:15].any()
    assert (pixels(shown)[[3, 6, 9]] == 255).all()


def test_shift_draws_a_straight_line_from_where_the_stroke_began(shown: Easel) -> None:
    editing(shown).set_tool(size=2.0)
    stroke(shown, (2.5, 3.0), (8.5, 10.0), (13.5, 3.0), modifiers=SHIFT)
    assert (pixels(shown)[2:4, 3:13] == 255).all()
    assert not pixels(shown)[5:].any()


@pytest.mark.parametrize("end", [(9.9, 7.1), (9.1, 7.9)])
def test_a_rectangle_covers_the_pixels_from_that_under_one_corner_to_that_under_the_other(
    shown: Easel, end: tuple[float, float]
) -> None:
    editing(shown).set_tool(tool="rectangle")
    stroke(shown, (3.2, 2.9), (1.0, 1.0), end)
    assert np.array_equal(pixels(shown), boxed((2, 8), (3, 10)))


def test_a_rectangle_may_be_drawn_from_any_corner_and_wiped(shown: Easel) -> None:
    editing(shown).set_tool(tool="rectangle")
    stroke(shown, (9.5, 7.5), (3.5, 2.5))
    stroke(shown, (5.5, 4.5), (7.5, 4.5), button=RIGHT)
    wanted = boxed((2, 8), (3, 10))
    wanted[4, 5:8] = 0
    assert np.array_equal(pixels(shown), wanted)


@pytest.mark.parametrize(("end", "rows"), [((9.5, 6.5), (6, 13)), ((9.5, 4.5), (0, 7))])
def test_shift_makes_a_rectangle_a_square(shown: Easel, end: tuple[float, float], rows: tuple[int, int]) -> None:
    editing(shown).set_tool(tool="rectangle")
    stroke(shown, (3.5, 6.5), end, modifiers=SHIFT)
    assert np.array_equal(pixels(shown), boxed(rows, (3, 10)))


def test_an_ellipse_is_that_of_the_engine_and_with_shift_a_circle(shown: Easel) -> None:
    editing(shown).set_tool(tool="ellipse", soft=0.3)
    stroke(shown, (2.5, 3.5), (12.5, 7.5))
    wanted = painting.ellipse(EMPTY, (2, 3), (13, 8), soft=0.3)
    assert np.array_equal(pixels(shown), wanted)
    editing(shown).use("")
    stroke(shown, (2.5, 3.5), (8.5, 4.5), modifiers=SHIFT)
    assert np.array_equal(pixels(shown), painting.ellipse(EMPTY, (2, 3), (9, 10), soft=0.3))


def test_fill_takes_one_click_and_the_way_the_mouse_goes_then_does_nothing(shown: Easel) -> None:
    editing(shown).add(boxed((0, 12), (8, 9)), "line")
    editing(shown).set_tool(tool="fill")
    stroke(shown, (2.5, 2.5), (12.5, 2.5))
    assert np.array_equal(pixels(shown), boxed((0, 12), (0, 9)))
    assert state(shown).undo.undoText() == "fill"


def test_a_stroke_that_leaves_the_picture_comes_back(shown: Easel) -> None:
    editing(shown).set_tool(size=2.0)
    stroke(shown, (4.0, 4.0), (4.0, -6.0), (12.0, -6.0), (12.0, 4.0))
    assert (pixels(shown)[:4, 3:5] == 255).all()
    assert (pixels(shown)[:4, 11:13] == 255).all()
    assert not pixels(shown)[:, 6:10].any()


def test_the_pressure_of_a_pen_widens_the_stroke(shown: Easel) -> None:
    editing(shown).set_tool(size=6.0)
    pen(shown, TABLET_PRESS, (2.0, 6.0), 0.1)
    pen(shown, TABLET_MOVE, (14.0, 6.0), 1.0)
    pen(shown, TABLET_RELEASE, (14.0, 6.0), 0.0)
    QApplication.processEvents()
    widths = (pixels(shown) > 127).sum(0)
    assert widths[2] < widths[8] < widths[13]


# -- undo, and the pace ------------------------------------------------------------------------------------------


def test_a_stroke_is_one_undo_step_however_often_the_run_followed(qtbot: QtBot, shown: Easel) -> None:
    undo = state(shown).undo
    mouse(shown, PRESS, (2.0, 4.0))
    for column in (4.0, 8.0, 12.0):
        with qtbot.waitSignal(state(shown).run_changed, timeout=5000):
            mouse(shown, MOVE, (column, 4.0))
    mouse(shown, RELEASE, (14.0, 4.0))
    stroke(shown, (2.0, 9.0), (14.0, 9.0))
    assert [undo.text(index) for index in range(undo.count())] == ["brush stroke", "brush stroke"]
    undo.undo()
    assert pixels(shown)[4].any()
    assert not pixels(shown)[9].any()
    undo.undo()
    assert not state(shown).run.latents.edits


def test_every_easel_shows_a_stroke_at_once_and_the_run_follows_later(qtbot: QtBot, shown: Easel) -> None:
    painter, changes = shown._painter, []
    other = easel(qtbot, state(shown), painter)
    state(shown).run_changed.connect(changes.append)
    before = other.grab().toImage()
    mouse(shown, PRESS, (2.0, 4.0))
    for column in range(3, 14):
        mouse(shown, MOVE, (column, 4.0))
    assert not changes
    assert other.grab().toImage() != before
    assert painter.pixels[4, 8] == 255
    mouse(shown, RELEASE, (14.0, 4.0))
    QApplication.processEvents()
    assert len(changes) == 1
    assert pixels(shown)[4, 8] == 255


def test_the_next_stroke_may_begin_before_the_run_has_the_last_one(shown: Easel) -> None:
    for row in (3.0, 9.0):
        mouse(shown, PRESS, (2.0, row))
        mouse(shown, RELEASE, (12.0, row))
    QApplication.processEvents()
    assert state(shown).undo.count() == 2
    assert pixels(shown)[3, 8] == pixels(shown)[9, 8] == 255


def test_a_stroke_where_all_is_painted_begins_an_edit_that_is_not_there(shown: Easel) -> None:
    stroke(shown, (4, 4), (12, 4))
    QApplication.processEvents()
    painted = state(shown).masks
    editing(shown).remove(0)
    assert not state(shown).run.latents.edits
    stroke(shown, (4, 4), (12, 4))
    QApplication.processEvents()
    assert state(shown).masks == painted
    assert [edit.kind for edit in state(shown).run.latents.edits] == ["intensity"]


def test_a_stroke_that_changes_nothing_is_no_undo_step(shown: Easel) -> None:
    stroke(shown, (2.0, 4.0), (9.0, 4.0), button=RIGHT)
    stroke(shown, (200.0, 4.0), (300.0, 4.0))
    assert state(shown).undo.count() == 0
    assert not state(shown).masks.masks


@pytest.mark.parametrize("followed", [False, True])
def test_escape_takes_a_stroke_back_and_the_rest_of_it_does_nothing(qtbot: QtBot, shown: Easel, followed: bool) -> None:
    stroke(shown, (2.0, 2.0), (12.0, 2.0))
    before = state(shown).situation
    mouse(shown, PRESS, (2.0, 9.0))
    mouse(shown, MOVE, (8.0, 9.0))
    if followed:
        qtbot.waitUntil(lambda: state(shown).situation != before)
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    mouse(shown, MOVE, (12.0, 9.0))
    mouse(shown, RELEASE, (12.0, 9.0))
    QApplication.processEvents()
    assert state(shown).situation == before
    assert not shown._painter.pixels[9].any()
    assert not shown._painter.busy


def test_undo_from_elsewhere_in_the_middle_of_a_stroke_ends_it(qtbot: QtBot, shown: Easel) -> None:
    stroke(shown, (2.0, 2.0), (12.0, 2.0))
    mouse(shown, PRESS, (2.0, 9.0))
    mouse(shown, MOVE, (8.0, 9.0))
    qtbot.waitUntil(lambda: pixels(shown)[9].any())
    state(shown).undo.undo()
    mouse(shown, MOVE, (12.0, 9.0))
    mouse(shown, RELEASE, (12.0, 9.0))
    QApplication.processEvents()
    assert not pixels(shown)[9].any()
    assert pixels(shown)[2].any()
    assert state(shown).undo.canRedo()


def test_a_stroke_stays_with_the_particle_and_the_step_at_which_it_began(qtbot: QtBot, shown: Easel) -> None:
    editing(shown).configure(at_playhead=True)
    state(shown).set_playhead(2)
    mouse(shown, PRESS, (2.0, 4.0))
    for playhead in (3, 4, 5):
        state(shown).set_playhead(playhead)
        state(shown).select([playhead - 3])
        with qtbot.waitSignal(state(shown).run_changed, timeout=5000):
            mouse(shown, MOVE, (2.0 * playhead, 4.0))
    mouse(shown, RELEASE, (12.0, 4.0))
    QApplication.processEvents()
    (edit,) = state(shown).run.latents.edits
    assert (edit.step, edit.targets) == (2, (0,))
    assert editing(shown).particles == (2,)


def test_another_control_may_change_the_run_in_the_middle_of_a_stroke(shown: Easel) -> None:
    mouse(shown, PRESS, (2.0, 4.0))
    mouse(shown, MOVE, (6.0, 4.0))
    state(shown).change("seed", latents={"seed": 7})
    mouse(shown, MOVE, (12.0, 4.0))
    mouse(shown, RELEASE, (12.0, 4.0))
    QApplication.processEvents()
    assert state(shown).run.latents.seed == 7
    assert (pixels(shown)[4, 2:12] == 255).all()
    assert len(state(shown).run.latents.edits) == 1


def test_a_button_let_go_where_nobody_told_ends_the_stroke(shown: Easel) -> None:
    mouse(shown, PRESS, (2.0, 4.0))
    mouse(shown, MOVE, (12.0, 9.0), held=NO_BUTTON)
    mouse(shown, MOVE, (12.0, 4.0))
    QApplication.processEvents()
    assert not pixels(shown)[9].any()
    assert not shown._painter.busy


def test_a_second_button_neither_begins_nor_ends_a_stroke(shown: Easel) -> None:
    mouse(shown, PRESS, (2.0, 4.0))
    mouse(shown, PRESS, (3.0, 4.0), RIGHT)
    mouse(shown, RELEASE, (3.0, 4.0), RIGHT)
    mouse(shown, MOVE, (12.0, 4.0))
    mouse(shown, RELEASE, (12.0, 4.0))
    QApplication.processEvents()
    assert (pixels(shown)[4, 2:12] == 255).all()


def test_hiding_the_easel_ends_the_stroke_and_keeps_it(shown: Easel) -> None:
    mouse(shown, PRESS, (2.0, 4.0))
    mouse(shown, MOVE, (9.0, 4.0))
    shown.hide()
    QApplication.processEvents()
    assert (pixels(shown)[4, 2:9] == 255).all()
    assert not shown._painter.busy


def test_the_painter_is_idle_without_a_stroke(qtbot: QtBot) -> None:
    one = painted_state()
    painter = Painter(Editing(one, one), one)
    painter.to(3.0, 3.0)
    painter.end()
    assert painter.cancel() is False
    assert not painter.pixels.any()


def test_what_follows_a_stroke_at_once_finds_it_in_the_run(qtbot: QtBot) -> None:
    state = painted_state()
    painter = Painter(Editing(state, state), state)
    painter.begin(3.0, 3.0)
    painter.end()
    painter.editing.set("change λ", strength=-0.25)
    (edit,) = state.run.latents.edits
    assert isinstance(edit, Intensity)
    assert (edit.strength, edit.mask) == (-0.25, painter.editing.used)
    assert edit.mask is not None
    assert not painter.busy
    state.undo.clear()
