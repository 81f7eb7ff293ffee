"""Cells: what the panels of a figure share: cells that are hovered, selected and opened, and how their values read.

Used by `curves`, `matrix`, `mosaic`, the table and whoever names a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from app.safely import safely
from app.views.numerals import significant
from app.views.painted import Painted
from engine.experiments.experiment import Experiment, Row, Value
from engine.figures.figure import Key, Panel

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


def spelled(experiment: Experiment[Any], column: str, value: Value) -> str:
    """A value of that column as people read it: three digits of what is measured, a place as it is; "–" for none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:g}".replace("-", "−") if column in experiment.places else significant(value)
    return f"{value:,}".replace("-", "−") if isinstance(value, int) else value


def heading(experiment: Experiment[Any], column: str) -> str:
    """The name of a column, with its unit."""
    unit = experiment.units.get(column)
    return f"{column} ({unit})" if unit else column


def described(experiment: Experiment[Any], row: Row) -> str:
    """A row in one line: the cell's place and what was measured of it."""
    texts = []
    for column, value in row.columns.items():
        unit = experiment.units.get(column)
        texts.append(f"{column} {spelled(experiment, column, value)}" + (f" {unit}" if unit else ""))
    return " · ".join(texts if row.measured else [*texts, "still to come"])


class CellView(Painted):
    """A panel whose marks stand for cells in lines of keys. A click selects, a double click or Enter opens, the arrow
    keys go to the next one; `hovered` tells the key under the pointer, or None.
    """

    chosen = Signal(str)
    opened = Signal(str)
    hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.marked: Key = None
        self.under: Key = None
        self.corner: QWidget | None = None  # stands beside the panel's title
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_panel(self, panel: Any) -> None:
        """Show this panel, of the kind that the view is for."""
        raise NotImplementedError

    @property
    def keys(self) -> Sequence[Sequence[Key]]:
        """The keys of what is shown, in lines."""
        raise NotImplementedError

    def place(self, key: Key) -> QPoint | None:
        """Where the first mark of that cell stands in the widget; None where there is none."""
        raise NotImplementedError

    def key_at(self, spot: QPoint) -> Key:
        """The cell whose mark stands there."""
        raise NotImplementedError

    def mark(self, key: Key) -> None:
        """Mark that cell as the selected one, or none."""
        if key != self.marked:
            self.marked = key
            self.refresh()

    def needed(self, width: int) -> int:
        """How high what is shown stands in a widget of that width."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show another mark."""
        self.update()

    def _hover(self, key: Key) -> None:
        if key != self.under:
            self.under = key
            self.setCursor(Qt.CursorShape.ArrowCursor if key is None else Qt.CursorShape.PointingHandCursor)
            self.hovered.emit(key)
            self.refresh()

    # -- events --------------------------------------------------------------------------------------------------

    @safely
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.key_at(event.position().toPoint()))

    @safely
    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        key = self.key_at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and key is not None:
            self.chosen.emit(key)

    @safely
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        key = self.key_at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and key is not None:
            self.opened.emit(key)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.marked is not None:
            self.opened.emit(self.marked)
        elif key in _STEPS:
            self._go(*_STEPS[key])
        else:
            super().keyPressEvent(event)

    def _go(self, down: int, right: int) -> None:
        """Select the next cell in that direction, over places that have none; the first one where none is selected."""
        known = {(line, number): key for line, row in enumerate(self.keys) for number, key in enumerate(row) if key}
        here = next((place for place, key in known.items() if key == self.marked), None)
        if here is None:
            ahead = list(known)
        else:
            ahead = [
                (line, number)
                for line, number in known
                if (number == here[1] and (line - here[0]) * down > 0)
                or (line == here[0] and (number - here[1]) * right > 0)
            ]
            ahead.sort(key=lambda place: abs(place[0] - here[0]) + abs(place[1] - here[1]))
        if ahead:
            self.chosen.emit(known[ahead[0]])


def titled(panel: Panel) -> str:
    """What a screen reader says of a panel."""
    return f"{panel.title}, {type(panel).__name__.lower()}"
