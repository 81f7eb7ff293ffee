"""Card: a picture and a few lines beside the mouse, about what it points at. Made by the map's plot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.views.numerals import tabular

SIDE = 72
"""Points of the longer side of the picture."""

GAP = 14
"""Points between the mouse and the card."""


class Card(QFrame):
    """Hidden until there is something to say; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.picture, self.words = QLabel(), QLabel()
        self.words.setFont(tabular(self.font()))
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 8, 6)
        row.addWidget(self.picture)
        row.addWidget(self.words, 1, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def tell(self, place: QPoint, lines: Sequence[str], picture: QImage | None) -> None:
        """Show these lines and that picture beside `place` of the parent, inside of it."""
        self.words.setText("\n".join(lines))
        self.picture.setVisible(picture is not None)
        if picture is not None:
            scaled = picture.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio)
            self.picture.setPixmap(QPixmap.fromImage(scaled))
        self.adjustSize()
        room = self._around.size()
        x = place.x() + GAP
        if x + self.width() > room.width():
            x = place.x() - GAP - self.width()
        y = min(place.y() + GAP, room.height() - self.height())
        self.move(max(0, x), max(0, y))
        self.show()
        self.raise_()
