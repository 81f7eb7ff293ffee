"""Examples: what a data set looks like, small: pictures, sequences frame by frame, or points.

Placed by the Train workspace's controls. It draws what it is given and changes nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.safely import safely
from app.views.images import image
from app.views.numerals import significant, tabular
from engine.analysis.pictures import to_uint8

Array = np.ndarray[Any, np.dtype[Any]]

SIDE, SMALL = 38, 31
"""Points that a picture takes, and one of a sequence of more than two frames."""

FRAME_GAP, APART, GAP = 1, 3, 5  # between the frames of a sequence, before the frame to be drawn, between examples
PLOT = 130  # height of a plot of points
BARS = 50
DIMMED = 0.3


class Examples(QWidget):
    """Two rows of pictures or three of sequences, as many as the width holds; or a scatter or a histogram of points.

    The height does not depend on the width, so that a scroll bar that comes and goes cannot make it waver.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames: list[list[QImage]] = []
        self._points: Array | None = None
        self._dimmed = False
        self.setAccessibleName("Examples of the data")

    @property
    def dimmed(self) -> bool:
        """Whether these are about to be replaced."""
        return self._dimmed

    def show_examples(self, x0: Array, cond: Array | None) -> None:
        """Show x0 [N, C, H, W] in [-1, 1], each after the frames of its condition [N, F C, H, W], or points [N, d]."""
        if x0.ndim == 2:
            self._points, self._frames = x0, []
            text = f"{len(x0)} points"
        else:
            channels, height, width = x0.shape[1:]
            sequences = x0 if cond is None else np.concatenate([cond, x0], axis=1)
            pixels = to_uint8(sequences.reshape(len(x0), -1, channels, height, width))
            self._points, self._frames = None, [[image(frame) for frame in sequence] for sequence in pixels]
            text = f"{len(x0)} pictures" if cond is None else f"{len(x0)} sequences of {pixels.shape[1]} frames"
        self.setAccessibleDescription(text)
        self.setFixedHeight(PLOT if self._points is not None else self._rows * (self._side + GAP) - GAP)
        self.update()

    def set_dimmed(self, dimmed: bool) -> None:
        """Draw them faintly, because others are on their way."""
        self._dimmed = dimmed
        self.update()

    @property
    def _side(self) -> int:
        return SIDE if len(self._frames[0]) <= 2 else SMALL

    @property
    def _rows(self) -> int:
        return 2 if len(self._frames[0]) == 1 else 3

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setOpacity(DIMMED if self._dimmed else 1.0)
        if self._frames:
            self._paint_pictures(painter)
        elif self._points is not None and self._points.shape[1] == 1:
            self._paint_histogram(painter, self._points[:, 0])
        elif self._points is not None:
            self._paint_scatter(painter, self._points)

    def _paint_pictures(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frames, side = len(self._frames[0]), self._side
        width = frames * side + ((frames - 2) * FRAME_GAP + APART if frames > 1 else 0)
        pitch = width + (GAP if frames == 1 else 2 * GAP)
        columns = max(1, (self.width() - width) // pitch + 1)
        for number, sequence in enumerate(self._frames[: columns * self._rows]):
            row, column = divmod(number, columns)
            x, y = float(column * pitch), float(row * (side + GAP))
            for frame, picture in enumerate(sequence):
                if frame:
                    x += side + (APART if frame == frames - 1 else FRAME_GAP)
                painter.drawImage(QRectF(x, y, side, side), picture)

    def _paint_scatter(self, painter: QPainter, points: Array) -> None:
        """The first two coordinates, on one scale for both."""
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        size = np.maximum(high - low, 1e-9)
        space = self._space()
        scale = min(space.width() / size[0], space.height() / size[1])
        centre = space.center()
        places = (points[:, :2] - (low + high) / 2) * (scale, -scale) + (centre.x(), centre.y())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(theme.scheme().text)
        colour.setAlpha(110)
        painter.setPen(QPen(colour, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints([QPointF(x, y) for x, y in places.tolist()])
        half = scale * float(size[0]) / 2
        self._write_ends(painter, centre.x() - half, centre.x() + half, low[0], high[0])

    def _paint_histogram(self, painter: QPainter, values: Array) -> None:
        counts, edges = np.histogram(values, BARS)
        space = self._space()
        width, unit = space.width() / BARS, space.height() / max(1, counts.max())
        for bar, count in enumerate(counts.tolist()):
            place = QRectF(space.left() + bar * width, space.bottom() - count * unit, width - 1, count * unit)
            painter.fillRect(place, QColor(theme.scheme().muted))
        self._write_ends(painter, space.left(), space.right(), edges[0], edges[-1])

    def _space(self) -> QRectF:
        """Where points are drawn: above the numerals of their range, whose half stands out at either end."""
        return QRectF(self.rect()).adjusted(18, 4, -18, -self.fontMetrics().height() - 4)

    def _write_ends(self, painter: QPainter, left: float, right: float, low: float, high: float) -> None:
        """The range of the first coordinate below its ends."""
        painter.setFont(tabular(self.font(), -1))
        painter.setPen(QColor(theme.scheme().muted))
        height = self.fontMetrics().height()
        for x, value in ((left, low), (right, high)):
            place = QRectF(x - 30, self.height() - height, 60, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, significant(float(value)))
