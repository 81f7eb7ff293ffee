"""Painted: a widget that draws itself, shows its focus, and says what the pointer rests on. Base of sheets, strips."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QFocusEvent, QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.safely import safely


class Painted(QWidget):
    """A subclass paints, with its focus, and says what stands at a point of it."""

    def tip(self, place: QPoint) -> str:
        """What the pointer rests on there, in words; nothing where the widget's own tooltip does."""
        return ""

    @safely
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    @safely
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    @safely
    def event(self, event: QEvent) -> bool:
        """Show the tip."""
        if isinstance(event, QHelpEvent) and (said := self.tip(event.pos())):
            QToolTip.showText(event.globalPos(), said, self)
            return True
        return super().event(event)
