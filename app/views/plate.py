"""Plate: one picture with its name above it and lines of text below. Used by the page of futures."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.views.numerals import tabular

SMALLEST = 96
"""Points of a picture's side at least."""


class Plate(QWidget):
    """A square picture of at most `largest` points a side; a dashed square stands where there is none."""

    def __init__(self, name: str, tip: str, largest: int, lines: int = 1, parent: QWidget | None = None) -> None:
        """There is room for so many `lines` below."""
        super().__init__(parent)
        self.name, self.lines = name, ("",) * lines
        self._largest = largest
        self._image: QImage | None = None
        self.setFont(tabular(self.font(), -1))
        self.setToolTip(tip)
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_image(self, image: QImage | None, *lines: str) -> None:
        """Show that picture, or none, over these lines."""
        self._image = image
        self.lines = (*lines, *self.lines[len(lines) :])
        self.setAccessibleDescription(" ".join(lines))
        self.update()

    def rename(self, name: str) -> None:
        """Say what the picture is."""
        self.name = name
        self.setAccessibleName(name)
        self.update()

    @property
    def image(self) -> QImage | None:
        """What is shown."""
        return self._image

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return min(width, self._largest) + self._text

    def sizeHint(self) -> QSize:
        return QSize(self._largest, self._largest + self._text)

    def minimumSizeHint(self) -> QSize:
        return QSize(SMALLEST, SMALLEST + self._text)

    @property
    def _line(self) -> int:
        return self.fontMetrics().height()

    @property
    def _text(self) -> int:
        return (1 + len(self.lines)) * self._line + 6

    @property
    def _picture(self) -> QRect:
        """Where the picture stands; a pixel of it takes a whole number of the screen's where there is room."""
        side, ratio = max(1, min(self.width(), self.height() - self._text, self._largest)), self.devicePixelRatioF()
        if self._image is not None and side * ratio >= self._image.width():
            side = int(side * ratio // self._image.width() * self._image.width() / ratio)
        return QRect(0, self._line + 2, side, side)

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        colours, place = theme.scheme(), self._picture
        painter = QPainter(self)
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRect(0, 0, self.width(), self._line), Qt.AlignmentFlag.AlignLeft, self.name)
        if self._image is None:
            painter.setPen(QPen(QColor(colours.line), 1, Qt.PenStyle.DashLine))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        else:
            shrinks = self._image.width() > place.width() * self.devicePixelRatioF()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
            painter.drawImage(place, self._image)
        painter.setPen(QColor(colours.text))
        below = QRect(0, place.bottom() + 3, self.width(), self._line)
        for line in self.lines:
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, line)
            below.translate(0, self._line)
