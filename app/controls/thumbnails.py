"""Thumbnails: frames or coordinates to choose one of, in rows as high as they need. Used by the condition's group."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app import theme
from app.safely import safely
from app.views.images import image
from app.views.panel import coordinates
from engine.analysis.pictures import is_picture, side_by_side, to_uint8

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

HEIGHT, WIDEST = 36, 104
"""Height of a thumbnail and its greatest width, in points."""

MOST = 16
"""Thumbnails of one strip at most: all of them are always in sight."""

FRAMED = Qt.ItemDataRole.UserRole
"""The role that says of an item whether it has a frame without being chosen."""

_MARGIN = 3  # points around a thumbnail, where the frame of the chosen one is


class Strip(QListWidget):
    """Thumbnails in rows, as high as they need; frames of a sequence side by side. One is chosen, or none."""

    def __init__(self, name: str, tooltip: str) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(Thumbnail(self))
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(name)
        self.setToolTip(tooltip)

    def fill(self, values: Array | None, data_shape: tuple[int, ...], told: Callable[[int], str]) -> None:
        """Show the first of these values [K, *cond_shape] of a model of that data, or none.

        `told` says what each one is.
        """
        self.clear()
        for number, value in enumerate(() if values is None else values[:MOST]):
            item = QListWidgetItem(self)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, told(number))
            item.setToolTip(told(number))
            if is_picture(data_shape):
                item.setData(
                    Qt.ItemDataRole.DecorationRole,
                    QPixmap.fromImage(image(to_uint8(side_by_side(value, data_shape[0])))),
                )
            else:
                item.setText(coordinates(value))
        self._fit()

    def choose(self, number: int | None, framed: Collection[int] = ()) -> None:
        """Choose that one, if it is among those shown, and frame those as well, without telling."""
        before = self.blockSignals(True)
        self.clearSelection()
        if number is not None and number < self.count():
            self.setCurrentRow(number)
        for each in range(self.count()):
            self.item(each).setData(FRAMED, each in framed)
        self.blockSignals(before)
        self.viewport().update()

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep all thumbnails in sight."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        cell = self.sizeHintForIndex(self.model().index(0, 0)) if self.count() else QSize(1, 0)
        columns = max(1, self.width() // cell.width())
        self.setGridSize(cell)
        self.setFixedHeight(-(-self.count() // columns) * cell.height())


class Thumbnail(QStyledItemDelegate):
    """A picture, or coordinates, with a frame in the accent colour where it is chosen."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """The picture at its size on the screen, with room for the frame."""
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        inside = QSize(WIDEST, option.fontMetrics.height())
        if picture is not None:
            inside = picture.size().scaled(WIDEST, HEIGHT, Qt.AspectRatioMode.KeepAspectRatio)
        return inside + QSize(2 * _MARGIN, 2 * _MARGIN)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw it."""
        place = QRect(option.rect.topLeft(), self.sizeHint(option, index))
        inside = place.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        painter.save()
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(inside, picture)
        else:
            painter.setPen(QColor(theme.scheme().text))
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, index.data())
        if option.state & QStyle.StateFlag.State_Selected or index.data(FRAMED):
            painter.setPen(QPen(QColor(theme.scheme().accent), 2))
            painter.drawRect(place.adjusted(1, 1, -1, -1))
        painter.restore()
