"""The condition: which of the examples that a model carries the particles are given. Shown for models that need one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app import theme
from app.controls.group import Group
from app.state import State
from app.views.images import image
from app.views.panel import coordinates
from engine.analysis.pictures import is_picture, side_by_side, to_uint8
from engine.models.catalogue import ModelInfo
from engine.run import Run

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

HEIGHT, WIDEST = 36, 104
"""Height of a thumbnail and its greatest width, in points."""

_MARGIN = 3  # points around a thumbnail, where the frame of the chosen one is


class ConditionGroup(Group):
    """The model's examples to choose from, and a switch that gives each particle its own."""

    def __init__(self, state: State) -> None:
        super().__init__("Condition")
        self._state = state
        self.strip = Strip()
        self.each = QCheckBox("Each its own")
        self.each.setToolTip("Particle p is given example p, beginning anew after the last, instead of all the same.")
        self.body.addWidget(self.strip)
        self.body.addWidget(self.each)
        self.strip.itemSelectionChanged.connect(self._choose)
        self.each.toggled.connect(lambda on: self._change("each" if on else max(0, self.strip.currentRow())))
        state.model_changed.connect(self._fill)
        state.run_changed.connect(self._show)
        self._fill(state.model)
        self._show(state.run)

    def _fill(self, model: ModelInfo) -> None:
        with QSignalBlocker(self.strip):
            self.strip.fill(None if model.cond_shape is None else model.examples(), model.data_shape)

    def _show(self, run: Run) -> None:
        example = run.condition.example
        with QSignalBlocker(self.strip), QSignalBlocker(self.each):
            self.each.setChecked(example == "each")
            self.strip.clearSelection()
            if isinstance(example, int):
                self.strip.setCurrentRow(example)

    def _choose(self) -> None:
        if self.strip.selectedItems():
            self._change(self.strip.currentRow())
        else:  # one is always chosen
            self._show(self._state.run)

    def _change(self, example: int | Literal["each"]) -> None:
        self._state.end_gesture()
        self._state.change("choose the condition", condition={"example": example})
        self._state.end_gesture()


class Strip(QListWidget):
    """Examples of a condition as thumbnails in rows, as high as they need; frames of a sequence side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(Thumbnail(self))
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName("Examples of the condition")
        self.setToolTip("What all particles are given, chosen from the examples that the model carries.")

    def fill(self, examples: Array | None, data_shape: tuple[int, ...]) -> None:
        """Show these examples [K, *cond_shape] of a model of that data, or none."""
        self.clear()
        for number, example in enumerate(() if examples is None else examples):
            item = QListWidgetItem(self)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"example {number}")
            item.setToolTip(f"Example {number}")
            if is_picture(data_shape):
                item.setData(
                    Qt.ItemDataRole.DecorationRole,
                    QPixmap.fromImage(image(to_uint8(side_by_side(example, data_shape[0])))),
                )
            else:
                item.setText(coordinates(example))
        self._fit()

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
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(theme.scheme().accent), 2))
            painter.drawRect(place.adjusted(1, 1, -1, -1))
        painter.restore()
