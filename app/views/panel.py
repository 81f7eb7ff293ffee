"""Panel and Readings: one part of a Step as a picture or as coordinates, and numbers by name. Made by the inspector.

Both are painted in one go and keep their size while their content changes, so a scrub lays nothing out again.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.views.numerals import significant, tabular
from app.views.shown import shrunk
from engine.analysis.colours import lookup
from engine.analysis.pictures import to_uint8

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

LARGEST = 200
"""Points beyond which a panel's picture does not grow."""


@dataclass(frozen=True)
class Content:
    """What a panel shows: `values` [C, H, W], [H, W] or [d], drawn from -limit to limit, and lines of text under them.

    Without values the text stands in their place.
    """

    lines: tuple[str, ...]
    values: Array | None = None
    limit: float = 1.0
    signed: bool = False


class Panel(QWidget):
    """A part of a Step with its name above it. `aspect` is height by width of its picture, None for coordinates."""

    def __init__(self, name: str, tip: str, aspect: float | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._aspect = aspect
        self._content = Content(())
        self._image: QImage | None = None
        self.setFont(tabular(self.font(), -1))
        self.setAccessibleName(name)
        self.setToolTip(tip)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_content(self, content: Content) -> None:
        """Show this from the next paint on."""
        self._content = content
        self._image = None
        self.setAccessibleDescription(" ".join(content.lines))
        self.update()

    @property
    def content(self) -> Content:
        """What is shown."""
        return self._content

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        unit = self.fontMetrics().height()
        return 3 * unit if self._aspect is None else 3 * unit + 4 + self._picture(width).height()

    def sizeHint(self) -> QSize:
        return QSize(9 * self.fontMetrics().height(), self.heightForWidth(9 * self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(5 * self.fontMetrics().height(), self.fontMetrics().height())

    def _picture(self, width: int) -> QRect:
        side = min(width, LARGEST)
        return QRect(0, self.fontMetrics().height() + 2, side, round(side * (self._aspect or 0)))

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._image = None

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._image = None

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        colours, unit = theme.scheme(), self.fontMetrics().height()
        painter = QPainter(self)
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRect(0, 0, self.width(), unit), Qt.AlignmentFlag.AlignLeft, self._name)
        if self._aspect is None:
            self._paint_point(painter, QRect(0, unit, self.width(), 2 * unit))
            return
        place = self._picture(self.width())
        if self._content.values is None:
            painter.setPen(QPen(QColor(colours.line), 1, Qt.PenStyle.DashLine))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
            painter.setPen(QColor(colours.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place.adjusted(4, 4, -4, -4), flags, "\n".join(self._content.lines))
            return
        if self._image is None:
            self._image = _image(self._content, place.width() * self.devicePixelRatioF())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._image.width() > place.width())
        painter.drawImage(place, self._image)
        below = QRect(0, place.bottom() + 2, self.width(), unit)
        for line, colour in zip(self._content.lines, (colours.text, colours.muted), strict=False):
            painter.setPen(QColor(colour))
            fitting = self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, fitting)
            below.translate(0, unit)

    def _paint_point(self, painter: QPainter, place: QRect) -> None:
        """The coordinates and, for a direction, an arrow along it beside the name."""
        values, colours = self._content.values, theme.scheme()
        painter.setPen(QColor(colours.muted if values is None else colours.text))
        text = " ".join(self._content.lines) if values is None else coordinates(values)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, text)
        if values is not None and self._content.signed and values.size <= 2:
            unit = painter.fontMetrics().height()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            x = painter.fontMetrics().horizontalAdvance(self._name) + 0.8 * unit
            _arrow(painter, QPointF(x, 0.5 * unit), 0.42 * unit, values)


class Readings(QWidget):
    """Numbers by name in one column a side, their places fixed by `names`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, Sequence[str]]] = []
        self.setFont(tabular(self.font()))
        self.setAccessibleName("Numbers of the selected particle at this step")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: list[tuple[str, Sequence[str]]]) -> None:
        """Show these rows of a name and one text a side."""
        resized = len(rows) != len(self._rows)
        self._rows = rows
        self.setAccessibleDescription("; ".join(f"{name} {' | '.join(texts)}" for name, texts in rows))
        if resized:
            self.updateGeometry()
        self.update()

    @property
    def rows(self) -> list[tuple[str, Sequence[str]]]:
        """What is shown."""
        return self._rows

    def sizeHint(self) -> QSize:
        return QSize(10 * self._line, len(self._rows) * self._line)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @property
    def _line(self) -> int:
        return round(1.25 * self.fontMetrics().height())

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.scheme()
        painter = QPainter(self)
        for row, (name, texts) in enumerate(self._rows):
            top, start = row * self._line, round(0.4 * self.width())
            painter.setPen(QColor(colours.muted))
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRect(0, top, start, self._line), left, name)
            painter.setPen(QColor(colours.text))
            width = (self.width() - start) // max(len(texts), 1)
            for column, text in enumerate(texts):
                painter.drawText(QRect(start + column * width, top, width, self._line), left, text)


def coordinates(values: Array) -> str:
    """ "(1.25, −0.500)", "−0.333", or how many values there are where they are many."""
    if values.size > 3:
        return f"{values.size} values"
    text = ", ".join(significant(float(value)) for value in values.flat)
    return f"({text})" if values.size > 1 else text


def _image(content: Content, width: float) -> QImage:
    """The values in grey, in RGB or, signed, in the diverging map; signed RGB by its mean over channels.

    `width` is how many screen pixels it will take.
    """
    assert content.values is not None
    values = content.values if content.values.ndim == 3 else content.values[None]
    if content.signed or len(values) not in (1, 3):
        values = values.mean(axis=0, keepdims=True)
    pixels = np.ascontiguousarray(to_uint8(shrunk(values, width), -content.limit, content.limit))
    grey = QImage.Format.Format_Indexed8 if content.signed else QImage.Format.Format_Grayscale8
    form = grey if pixels.ndim == 2 else QImage.Format.Format_RGB888
    image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels[0].nbytes, form)
    if content.signed:
        image.setColorTable(_colours(theme.scheme().diverging))
    return image.convertToFormat(QImage.Format.Format_RGB32)  # copied, and fast to draw


@functools.cache
def _colours(name: str) -> list[int]:
    """A colour map as 0xffRRGGBB [256]."""
    return [0xFF000000 | red << 16 | green << 8 | blue for red, green, blue in lookup(name).tolist()]


def _arrow(painter: QPainter, centre: QPointF, radius: float, values: Array) -> None:
    """An arrow of fixed length along [dx, dy], or up and down for one value."""
    dx, dy = (0.0, float(values.flat[0])) if values.size == 1 else (float(v) for v in values.flat)
    length = math.hypot(dx, dy)
    if not length or not math.isfinite(length):
        return
    along = QPointF(dx / length, -dy / length) * radius
    aside = QPointF(-along.y(), along.x()) * 0.45
    tip = centre + along
    painter.setPen(QPen(QColor(theme.scheme().text), 1.4))
    painter.drawLine(centre - along, tip)
    painter.drawPolyline(QPolygonF([tip - along * 0.7 + aside, tip, tip - along * 0.7 - aside]))
