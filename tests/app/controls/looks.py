"""Looks without a network, and hands for the rows of a panel. Shared by the tests of the Train workspace's controls."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.bind import Row, ValueRow
from app.controls.editing.particle import ParticleRow
from app.controls.rows import ChoiceRow, TextRow
from app.training import TrainingState
from engine.training.look import Look


def look_at(state: TrainingState, **parts: Any) -> Look:
    """Give the state a Look at its configuration: real examples, made-up size and time."""
    data = state.config.data.open()
    x0, cond = data.batch(0, 0, 12)
    known = {"config": state.config, "x0": x0, "cond": cond, "size": data.size}
    found = Look(**{**known, "parameters": 1_340_000, "seconds": 7800.0, **parts})
    state.set_look(found)
    return found


def row(panel: QWidget, name: str) -> Any:
    """The row of that field."""
    found = panel.findChild(Row, name)
    assert found is not None, name
    return found


def in_sight(group: QWidget, part: str) -> dict[str, Any]:
    """The rows of a part of the Run that are visible, by their field."""
    found = group.findChildren(Row)
    return {row.objectName().removeprefix(f"{part}."): row for row in found if row.isVisible()}


def pick(row: ChoiceRow, text: str) -> None:
    """Choose the entry that begins with `text` from the opened list."""
    row.choice.setFocus()
    row.choice.showPopup()
    view, place = row.choice.view(), row.choice.findText(text, Qt.MatchFlag.MatchStartsWith)
    assert place >= 0, text
    view.setCurrentIndex(row.choice.model().index(place, 0))
    QTest.keyClick(view, Qt.Key.Key_Return)


def write(row: TextRow | ValueRow | ParticleRow, text: str) -> None:
    """Type over what stands in the row, and confirm."""
    line = row.line if isinstance(row, TextRow) else row.box
    line.setFocus()
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)
