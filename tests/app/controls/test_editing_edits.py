"""The list of the Run's edits: worked on by a click or Enter, taken away by the cross or Delete."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine import recipe
from engine.settings.edits import Edit, Intensity, Move, Transfer
from tests.app.controls.edited import Opened, click, opened

EDITS: tuple[Edit, ...] = (
    Intensity(kind="intensity", strength=0.1),
    Transfer(kind="transfer", particles=(2,), source=4, step=1),
    Move(particle=3, to=(0.0,), step=2),
)


def listed(shown: Opened) -> list[str]:
    """The lines of the list."""
    view = shown.groups.edits.list
    return [view.topLevelItem(place).text(0) for place in range(view.topLevelItemCount())]  # type: ignore[union-attr]


def click_line(shown: Opened, place: int, column: int = 0) -> None:
    """Click a line's text, or its cross."""
    view = shown.groups.edits.list
    spot = view.visualRect(view.model().index(place, column)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def give(shown: Opened, edits: tuple[Edit, ...] = EDITS) -> None:
    shown.state.change("edits", latents={"edits": edits})


def test_each_edit_is_a_line_in_words(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    group = shown.groups.edits
    assert group.empty.isVisible()
    assert not group.list.isVisible()
    assert not group.clear.isVisible()
    give(shown)
    assert listed(shown) == [recipe.edited(edit) for edit in EDITS]
    assert group.list.isVisible()
    assert group.clear.isVisible()
    assert not group.empty.isVisible()


def test_a_click_works_on_an_edit(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    give(shown)
    click_line(shown, 1)
    assert shown.editing.index == 1
    assert (shown.state.selection, shown.state.playhead) == ((2,), 1)
    assert shown.groups.edit.transfer.isVisible()
    assert not shown.groups.edit.intensity.isVisible()
    assert shown.groups.edits.list.currentIndex().row() == 1


def test_a_click_on_a_move_goes_where_it_is(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    give(shown)
    click_line(shown, 2)
    assert (shown.state.selection, shown.state.playhead) == ((3,), 2)


def test_a_key_works_on_an_edit_and_takes_it_away(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    give(shown)
    click_line(shown, 1)
    QTest.keyClick(shown.groups.edits.list, Qt.Key.Key_Up)
    QTest.keyClick(shown.groups.edits.list, Qt.Key.Key_Return)
    assert shown.editing.index == 0
    assert shown.groups.edit.intensity.strength.box.value() == 0.1
    QTest.keyClick(shown.groups.edits.list, Qt.Key.Key_Delete)
    assert shown.edits == EDITS[1:]


def test_the_cross_takes_its_edit_away_undoably(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    give(shown)
    for place in (2, 0):
        before = shown.edits
        click_line(shown, place, 1)
        assert shown.edits == tuple(edit for edit in before if edit is not before[place])
        assert listed(shown) == [recipe.edited(edit) for edit in shown.edits]
    shown.state.undo.undo()
    shown.state.undo.undo()
    assert shown.edits == EDITS


def test_all_are_taken_away_with_what_is_kept_outside(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    give(shown)
    shown.editing.add(np.full((32, 32), 255, np.uint8), "all")
    shown.editing.keep_outside("locked")
    click(shown.groups.edits.clear)
    assert (shown.edits, shown.state.run.region.outside) == ((), "free")
    shown.state.undo.undo()
    assert (shown.edits, shown.state.run.region.outside) == (EDITS, "locked")


def test_a_long_list_scrolls_and_shows_the_edit_worked_on(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    give(shown, tuple(Intensity(kind="intensity", strength=0.1, particles=(0,), step=step) for step in range(4)) * 5)
    view = shown.groups.edits.list
    assert view.verticalScrollBar().maximum() > 0
    assert shown.editing.index == 16
    assert view.viewport().rect().contains(view.visualRect(view.model().index(16, 0)))
