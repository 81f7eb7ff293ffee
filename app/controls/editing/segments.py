"""Segments: one of a few values, each a button, side by side. Used by the groups of Latents, the pages of Analysis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.bind import Row

MARGIN = 3
"""Points on either side of a narrow button's text, at least."""


def narrow(button: QPushButton) -> None:
    """Let a button become as narrow as its text, where styles want it wider."""
    button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 2 * MARGIN)


class Segments(QWidget):
    """Buttons for the values `items`, by what people call them, with a tooltip each. `name` is what is chosen.

    Not one of Qt's exclusive groups, in which the Tab key stops at the chosen button alone.
    """

    chosen = Signal(object)  # the value, also where it is the one that is shown

    def __init__(self, name: str, items: Mapping[str, Any], tips: Mapping[Any, str]) -> None:
        super().__init__()
        self._name = name
        self._tips: Mapping[Any, str] = {}
        self.value: Any = None
        self.buttons: dict[Any, QPushButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self.offer(items, tips)

    def offer(self, items: Mapping[str, Any], tips: Mapping[Any, str]) -> None:
        """Offer these values in place of those before."""
        for button in self.buttons.values():
            button.hide()
            button.deleteLater()
        self.buttons, self._tips = {}, tips
        for text, value in items.items():
            button = self.buttons[value] = QPushButton()
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setToolTip(tips[value])
            button.clicked.connect(lambda _=False, value=value: self._choose(value))
            self.set_text(value, text)
            self._row.addWidget(button, 1)
        self.set_value(self.value)

    def set_value(self, value: Any) -> None:
        """Show `value` without telling that it was chosen."""
        self.value = value
        for each, button in self.buttons.items():
            button.setChecked(each == value)

    def set_text(self, value: Any, text: str) -> None:
        """Call a value `text`."""
        self.buttons[value].setText(text)
        self.buttons[value].setAccessibleName(f"{self._name}: {text}")
        narrow(self.buttons[value])

    def refuse(self, value: Any, reason: str) -> None:
        """Grey a value for a reason, which becomes its tooltip; without one it can be chosen."""
        self.buttons[value].setEnabled(not reason)
        self.buttons[value].setToolTip(reason or self._tips[value])

    def _choose(self, value: Any) -> None:
        self.set_value(self.value)  # what is shown is what holds, not what was clicked
        self.chosen.emit(value)


class SegmentRow(Row):
    """Segments behind a title."""

    def __init__(self, title: str, tooltip: str, items: Mapping[str, Any], tips: Mapping[Any, str]) -> None:
        self.segments = Segments(title, items, tips)
        super().__init__(title, tooltip, self.segments)
        self.segments.chosen.connect(self.changed)

    def set_value(self, value: Any) -> None:
        """Show `value` without telling that it changed."""
        self.segments.set_value(value)
