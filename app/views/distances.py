"""Distances: how far the particles of a group are from each other at the playhead's step, as their kernel measures it.
Made by `group_panel.GroupPanel`, which says what to show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from app import theme
from app.safely import safely
from app.views.images import image
from app.views.numerals import significant, tabular
from app.views.pane import ScaleBar
from app.views.track import round_stride

if TYPE_CHECKING:
    from app.views.shown import Array

LARGEST = 320
"""Points beyond which the matrix does not grow."""

HINT = "Distance of the particle of the row to that of the column. Hover to read it, click to select both."


class DistanceMap(QWidget):
    """The matrix as colours from 0 to its largest value, with the particles' numbers where there is room; `chosen`
    carries the two particles of the cell that was clicked.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._particles = range(0)
        self._distances: Array = np.empty((0, 0))
        self._selected: tuple[int, ...] = ()
        self._image = QImage()
        self.setFont(tabular(self.font(), -1))
        self.setMouseTracking(True)
        self.setAccessibleName("Distances inside the group")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def furthest(self) -> float:
        """The largest distance."""
        return float(np.nanmax(self._distances, initial=0.0))

    def show_distances(self, particles: range, distances: Array, selected: tuple[int, ...]) -> None:
        """Show those between `particles`, or the first of them [B, B], and mark the selected ones."""
        if distances is not self._distances:
            self._distances = distances
            self._image = self._colours()
        self._particles, self._selected = particles[: len(distances)], selected
        self.setAccessibleDescription(f"particles {particles[0]} to {self._particles[-1]}, 0 to {self.furthest:.3g}")
        self.update()

    def told(self, spot: QPoint) -> str:
        """What stands at that point: "3, 7: 0.42"; nothing outside."""
        pair = self.pair(spot)
        if pair is None:
            return ""
        row, column = (particle - self._particles[0] for particle in pair)
        return f"{pair[0]}, {pair[1]}: {significant(float(self._distances[row, column]))}"

    def pair(self, spot: QPoint) -> tuple[int, int] | None:
        """The particles of the row and of the column at that point."""
        area, pitch = self._area(), self._pitch()
        if not self._particles or not area.contains(QPointF(spot)):
            return None
        last = len(self._particles) - 1
        row, column = (min(int(gap / pitch), last) for gap in (spot.y() - area.top(), spot.x() - area.left()))
        return self._particles[row], self._particles[column]

    def place(self, row: int, column: int) -> QPoint:
        """The middle of the cell of those two particles."""
        first, pitch = self._particles[0], self._pitch()
        middle = QPointF((column - first + 0.5) * pitch, (row - first + 0.5) * pitch)
        return (self._area().topLeft() + middle).toPoint()

    # -- events --------------------------------------------------------------------------------------------------

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        pair = self.pair(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and pair is not None:
            self.chosen.emit(pair)

    @safely
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            text = self.told(event.pos())
            QToolTip.showText(event.globalPos(), f"{text}\n{HINT}" if text else HINT, self)
            return True
        return super().event(event)

    # -- layout --------------------------------------------------------------------------------------------------

    def _gutter(self) -> int:
        """Room for the numbers of the particles."""
        return self.fontMetrics().horizontalAdvance("0" * len(str(self._particles.stop))) + 6

    def _area(self) -> QRectF:
        gutter = self._gutter()
        top = self.fontMetrics().height() + 2
        side = min(self.width() - gutter, self.height() - top, LARGEST)
        return QRectF(gutter, top, side, side)

    def _pitch(self) -> float:
        return self._area().width() / max(1, len(self._particles))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return min(width - self._gutter(), LARGEST) + self.fontMetrics().height() + 3

    def sizeHint(self) -> QSize:
        return QSize(220, self.heightForWidth(220))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 100)

    # -- painting ------------------------------------------------------------------------------------------------

    def _colours(self) -> QImage:
        parts = np.nan_to_num(self._distances / (self.furthest or 1.0))
        drawn = image(theme.sequential()[(255 * parts).round().astype(np.uint8)])
        return drawn.convertToFormat(QImage.Format.Format_RGB32)  # fast to draw

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._particles:
            return
        colours, area = theme.scheme(), self._area()
        painter = QPainter(self)
        painter.drawImage(area, self._image)
        painter.setPen(QColor(colours.muted))
        for rect, text in self._numbers():
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QPen(QColor(colours.accent), 2))
        pitch = self._pitch()
        for particle in self._selected:
            if particle in self._particles:
                at = (particle - self._particles[0]) * pitch
                painter.drawRect(QRectF(area.left() + at, area.top() + at, pitch, pitch))

    def _numbers(self) -> list[tuple[QRectF, str]]:
        """The numbers of the rows and columns, as many as there is room for."""
        area, pitch, metrics = self._area(), self._pitch(), self.fontMetrics()
        wide, high = self._gutter(), metrics.height()
        texts = []
        for number, particle in enumerate(self._particles):
            middle = (number + 0.5) * pitch
            if number % round_stride(wide / pitch) == 0:
                texts.append((QRectF(area.left() + middle - wide / 2, 0, wide, high), str(particle)))
            if number % round_stride(high / pitch) == 0:
                texts.append((QRectF(0, area.top() + middle - high / 2, wide - 4, high), str(particle)))
        return texts


class Distances(QWidget):
    """The matrix with its scale and the bandwidth h below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.map = DistanceMap(self)
        self.bandwidth = QLabel(self)
        self.bandwidth.setFont(self.map.font())
        self.bandwidth.setToolTip("The bandwidth h of the kernel exp(−distance / h) at this step.")
        self.scale = ScaleBar(self)
        self.part = QLabel(self)
        self.part.setObjectName("muted")
        self.part.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.bandwidth, 1)
        row.addWidget(self.scale)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.map)
        column.addLayout(row)
        column.addWidget(self.part)

    def show_distances(self, particles: range, distances: Array, h: float, selected: tuple[int, ...]) -> None:
        """Show the distances [B, B] of the first of `particles`, and the bandwidth."""
        self.map.show_distances(particles, distances, selected)
        self.bandwidth.setText(f"h {significant(h)}")
        self.scale.show_scale(theme.sequential(), "0", significant(self.map.furthest))
        left_out = len(particles) - len(distances)
        self.part.setVisible(left_out > 0)
        self.part.setText(f"The first {len(distances)} of {len(particles)} particles.")
