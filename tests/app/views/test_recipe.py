"""Recipe view: the Run as text, and what lands on the clipboard. # spec: -"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.state import State
from app.views.recipe import Recipe
from engine import recipe
from engine.run import parse
from tests.app.views.stage import staged


@pytest.fixture
def state(qapp: object) -> State:
    return staged(sampler={"churn": 5.0})


def shown(qtbot: QtBot, state: State) -> Recipe:
    view = Recipe(state)
    qtbot.addWidget(view)
    view.resize(300, 320)
    view.show()
    view.header.click()
    return view


def test_the_text_follows_the_run(qtbot: QtBot, state: State) -> None:
    view = shown(qtbot, state)
    assert "S_churn  5" in view.view.toPlainText()
    assert state.run.digest[:12] in view.view.toPlainText()
    state.change("change S_churn", sampler={"churn": 7.5})
    assert "S_churn  7.5" in view.view.toPlainText()
    state.undo.undo()
    assert "S_churn  5" in view.view.toPlainText()


def test_a_pinned_run_is_compared(qtbot: QtBot, state: State) -> None:
    view = shown(qtbot, state)
    state.pin(state.run, state.model)
    assert "the same Run" in view.view.toPlainText()
    state.change("change S_churn", sampler={"churn": 0.0})
    assert view.view.toPlainText().endswith("churn 5 | churn 0")
    state.pin(None)
    assert "A | B" not in view.view.toPlainText()


def test_the_buttons_copy_and_say_so(qtbot: QtBot, state: State) -> None:
    view = shown(qtbot, state)
    copied = {}
    for button in view.findChildren(QPushButton):
        if button.text() in ("JSON", "Command", "Python"):
            with qtbot.waitSignal(state.message) as said:
                qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            assert said.args[0].startswith("Copied the ")
            copied[button.text()] = QGuiApplication.clipboard().text()
    assert parse(copied["JSON"]) == state.run
    assert copied["Command"] == recipe.as_command(state.run)
    assert copied["Python"] == recipe.as_python(state.run)


def test_it_is_closed_at_first(qtbot: QtBot, state: State) -> None:
    view = Recipe(state)
    qtbot.addWidget(view)
    view.show()
    assert not view.view.isVisible()
    assert view.sizeHint().height() < 60
    qtbot.mouseClick(view.header, Qt.MouseButton.LeftButton)
    assert view.view.isVisible()
