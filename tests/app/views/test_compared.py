"""Published beside here: a table that is read, selected and copied. # spec: S14"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.state import State
from app.views.compared import ComparedGroup
from engine.experiments.experiment import Compared
from tests.app.views.stage import on_screen, staged

SHORT = [Compared("p < 0.5", "0.4168", "0.48", "Another model."), Compared("p = 0.9", "0.9944", "0.93")]
LONG = [Compared("gradient", "L2 far larger than IoU", "RBF 3.7 in step 0")]


@pytest.fixture
def state() -> State:
    return staged()


@pytest.fixture
def group(qtbot: QtBot, state: State) -> ComparedGroup:
    return on_screen(qtbot, ComparedGroup(state.message), state, 280, 300)


def read(group: ComparedGroup) -> list[str]:
    """What stands in the table, cell by cell."""
    document = QTextDocument()
    document.setHtml(group.label.text())
    return [line for line in document.toPlainText().splitlines() if line]


def test_short_numbers_stand_beside_what_they_are_about(group: ComparedGroup) -> None:
    group.show_comparison(SHORT)
    assert read(group) == [
        *["published", "here"],
        *["p < 0.5", "0.4168", "0.48", "Another model."],
        *["p = 0.9", "0.9944", "0.93"],
    ]
    assert group.label.text().count("<tr>") == 4


def test_long_texts_stand_below_it(group: ComparedGroup) -> None:
    group.show_comparison(LONG)
    assert read(group) == ["published", "here", "gradient", "L2 far larger than IoU", "RBF 3.7 in step 0"]
    assert group.label.text().count("<tr>") == 3
    assert group.label.sizeHint().width() <= 280


def test_nothing_published_nothing_shown(group: ComparedGroup) -> None:
    group.show_comparison([])
    assert not group.isVisible()
    group.show_comparison(SHORT)
    assert group.isVisible()


def test_it_is_copied_as_a_table(group: ComparedGroup, state: State) -> None:
    said: list[str] = []
    state.message.connect(said.append)
    group.show_comparison(SHORT)
    QTest.mouseClick(group.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().split("\n") == [
        "\tpublished\there",
        "p < 0.5\t0.4168\t0.48\tAnother model.",
        "p = 0.9\t0.9944\t0.93",
    ]
    assert said
