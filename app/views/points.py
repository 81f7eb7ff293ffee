"""Points: samples in one or two dimensions as a small picture before the data. Called by `previews`."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app import theme

Array = np.ndarray[Any, np.dtype[Any]]

BINS = 12
"""Bins of a histogram."""

MARGIN = 0.12
"""Room around the data, by their extent."""


class Frame:
    """The part of the line or of the plane that all pictures show, so that they can be compared."""

    def __init__(self, points: Array) -> None:
        """Around `points` [N, 1] or [N, 2]."""
        finite = points[np.isfinite(points).all(axis=1)]
        low, high = (finite.min(axis=0), finite.max(axis=0)) if len(finite) else (np.array([-1.0]), np.array([1.0]))
        middle = (low + high) / 2
        half = max(float((high - low).max()) / 2, 1e-6) * (1 + 2 * MARGIN)
        self.low, self.high = middle - half, middle + half

    def places(self, points: Array, area: QRectF) -> list[QPointF]:
        """Where points [N, 2] that lie inside stand in `area`."""
        share = (points - self.low) / (self.high - self.low)
        inside = share[((share >= 0) & (share <= 1)).all(axis=1)]
        return [QPointF(area.left() + x * area.width(), area.bottom() - y * area.height()) for x, y in inside.tolist()]

    def shares(self, points: Array) -> Array:
        """The shares [BINS] of points [N, 1] in the bins of a histogram."""
        counts, _ = np.histogram(points, BINS, (float(self.low[0]), float(self.high[0])))
        shares: Array = counts / max(len(points), 1)
        return shares


def draw_data(painter: QPainter, area: QRectF, frame: Frame, data: Array) -> None:
    """The data [N, 1] or [N, 2], faint."""
    colour = QColor(theme.scheme().muted)
    if data.shape[1] == 2:
        colour.setAlphaF(0.35)
        _dots(painter, frame.places(data, area), colour, 1.6)
    else:
        colour.setAlphaF(0.3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(_stairs(area, frame.shares(data), _tallest(frame, data)))


def draw_samples(painter: QPainter, area: QRectF, frame: Frame, samples: Array, data: Array | None) -> None:
    """Samples [N, 1] or [N, 2] before `data`, on the scale of both."""
    colour = QColor(theme.scheme().text)
    if samples.shape[1] == 2:
        _dots(painter, frame.places(samples, area), colour, 3.2)
        return
    painter.setPen(QPen(colour, 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(_stairs(area, frame.shares(samples), _tallest(frame, samples if data is None else data)))


def _dots(painter: QPainter, places: list[QPointF], colour: QColor, width: float) -> None:
    painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(places)


def _tallest(frame: Frame, points: Array) -> float:
    """The share that reaches the top: few samples rise well above the data's."""
    return max(2 * float(frame.shares(points).max()), 1e-6)


def _stairs(area: QRectF, shares: Array, tallest: float) -> QPolygonF:
    """The outline of a histogram."""
    heights = [area.bottom() - min(1.0, share / tallest) * area.height() for share in shares.tolist()]
    width = area.width() / BINS
    corners = [QPointF(area.left() + (bin_ + side) * width, y) for bin_, y in enumerate(heights) for side in (0, 1)]
    return QPolygonF([area.bottomLeft(), *corners, area.bottomRight()])
