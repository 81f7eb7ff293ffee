"""Menus and keys: every action has a text, keys are unique, undo is by key, and the list of keys is complete."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QPushButton, QRadioButton, QToolButton

from app import actions
from app.bind import ValueRow
from app.window import Window


def test_no_two_actions_share_a_key(window: Window) -> None:
    keys = Counter(
        sequence.toString() for action in window.findChildren(QAction) for sequence in action.shortcuts() if sequence
    )
    assert [key for key, number in keys.items() if number > 1] == []


def test_every_entry_stands_in_its_menu(window: Window) -> None:
    texts = {action.text() for menu in window.menuBar().actions() for action in menu.menu().actions()}
    for entry in actions.table(window):
        assert entry.text is None or entry.text in texts or entry.text in {"Undo", "Redo"}


def test_undo_and_redo_by_key_name_what_they_do(window: Window) -> None:
    window.state.change("change ρ", schedule={"rho": 3.0})
    undo = next(action for action in window.findChildren(QAction) if action.text().startswith("Undo"))
    assert undo.text() == "Undo change ρ"
    assert undo.isEnabled()
    QTest.keySequence(window, QKeySequence("Ctrl+Z"))
    assert window.state.run.schedule.values()["rho"] == 7.0
    QTest.keySequence(window, QKeySequence("Ctrl+Y"))
    assert window.state.run.schedule.values()["rho"] == 3.0


def test_space_plays(window: Window) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.timeline.playing
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert not window.timeline.playing


@pytest.mark.parametrize("kind", [QPushButton, QRadioButton, QCheckBox, QToolButton])
def test_space_presses_the_button_that_has_the_focus(window: Window, kind: type[QAbstractButton]) -> None:
    button = kind(window.centralWidget())
    button.setCheckable(True)
    button.show()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert button.isChecked()
    assert not window.timeline.playing


def test_arrows_move_the_slider_that_has_the_focus(window: Window) -> None:
    slider = window.findChild(ValueRow, "schedule.rho").slider
    slider.setFocus()
    before, playhead = slider.value(), window.state.playhead
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert slider.value() < before
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert slider.value() == 0
    assert window.state.playhead == playhead


@pytest.mark.parametrize("particle", [0, 1, 9])
def test_a_digit_selects_the_particle_with_that_number(window: Window, particle: int) -> None:
    window.state.select([2])
    window.canvas.setFocus()
    QTest.keyClick(window, Qt.Key(Qt.Key.Key_0 + particle))
    assert window.state.selection == (particle,)


def test_the_list_of_keys_names_each(window: Window) -> None:
    listed = " ".join(keys for keys, _ in actions.keys_text(window))
    for key in ("Ctrl+O", "Ctrl+E", "Space", "Home", "Ctrl+Z", "0 … 9"):
        assert key in listed
