"""Levels: the selected particle at levels spread over the whole trajectory, noisy above, the estimate below.

Placed by the canvas under its panes. A click moves the playhead. It is the figure of
B. Galerne's course: x_t beside the estimate of x0 for t = 1000 down to 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.state import State
from app.views import shown
from app.views.images import image
from app.views.numerals import significant, tabular
from app.views.pace import CALM, Pace
from engine.analysis.parts import SHOWN, array
from engine.analysis.pictures import to_uint8

if TYPE_CHECKING:
    from engine.trajectory import Trajectory

COLUMNS = 10
"""Levels shown, at most."""

LARGEST = 88
"""Points that a picture is wide, at most."""

GAP = 4
"""Points between two pictures."""

ROWS = ("x", "denoised")
"""The parts of a Step, from above."""


def spread(last: int, stride: int) -> list[int]:
    """`COLUMNS` Steps or fewer from 0 to `last`, as evenly as can be among each `stride`-th and the last."""
    even = np.linspace(0, last, min(COLUMNS, last + 1)).round().astype(int).tolist()
    return sorted({index if index == last else index // stride * stride for index in even})


class LevelsStrip(QWidget):
    """Two rows of pictures over levels, with the playhead as a frame around one or a line between two."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._images: dict[tuple[int, str], QImage] = {}
        self._of: tuple[object, ...] = ()
        self.setFont(tabular(self.font(), -1))
        self.setAccessibleName("Levels")
        self.setToolTip(
            "The selected particle at levels spread over all steps: the noisy state x, black to white two standard "
            "deviations of its noise, and the estimate D(x; σ) of the clean picture. Click to go to a level."
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for signal in (state.playhead_changed, state.selection_changed, state.drawing_changed, state.step_replayed):
            signal.connect(self._refresh)
        state.step_arrived.connect(Pace(self, self._refresh, CALM).ask)

    @property
    def trajectory(self) -> Trajectory | None:
        """What is shown of the current side: pictures, once there is a Step of them."""
        trajectory = self._state.drawing("current").trajectory
        if trajectory is None or not trajectory.available:
            return None
        return trajectory if shown.kind(tuple(trajectory.base(0).x.shape[1:])) == "grid" else None

    @property
    def indices(self) -> list[int]:
        """The Steps that have a column; those to come too."""
        return [] if self.trajectory is None else spread(self.trajectory.last, self.trajectory.stride)

    def label(self, index: int) -> str:
        """ "σ 2.31", or "t 500" where the model knows steps t."""
        trajectory = self.trajectory
        assert trajectory is not None
        sigma = trajectory.sigmas[index]
        model = self._state.find_model(trajectory.run.model.sha256)
        if model is None or model.levels is None:
            return f"σ {significant(sigma)}"
        return f"t {int(np.abs(np.log(model.levels / sigma)).argmin()) + 1 if sigma else 0}"

    def place(self, column: int, row: int) -> QRect:
        """Where a picture stands, in points of this widget."""
        side, unit = self._size(), self.fontMetrics().height()
        left = self._margin() + column * (side.width() + GAP)
        return QRect(left, unit + GAP + row * (side.height() + GAP), side.width(), side.height())

    # -- what is shown -------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        if self.sizeHint().height() != self.height():
            self.updateGeometry()
        self.setAccessibleDescription(", ".join(self.label(index) for index in self.indices))
        self.update()

    @safely
    def showEvent(self, event: object) -> None:
        self._refresh()

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(400, self.place(0, len(ROWS)).top())

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.sizeHint().height())

    def _margin(self) -> int:
        """The width of the names of the rows."""
        return max(self.fontMetrics().horizontalAdvance(SHOWN[name]) for name in ROWS) + 2 * GAP

    def _size(self) -> QSize:
        """The size of a picture: all columns fit."""
        shape = shown.data_shape(self._state, "current") or ()
        height, width = shape[-2:] if shown.kind(shape) == "grid" else (1, 1)
        room = (self.width() - self._margin()) // COLUMNS - GAP
        across = max(1, min(LARGEST, room, LARGEST * width // height))
        return QSize(across, max(1, round(across * height / width)))

    def _image(self, index: int, name: str) -> QImage | None:
        """A part of a Step for the selected particle, made once; None while it is not at hand."""
        trajectory = self.trajectory
        assert trajectory is not None
        particle = self._state.selection[0] if self._state.selection else 0
        of = (trajectory, particle, self.width(), self.devicePixelRatioF())
        if of != self._of:
            self._images, self._of = {}, of
        step = trajectory[index]
        if (index, name) not in self._images and step is not None and particle < len(step.x):
            tensor = step.x if name == "x" or step.denoised is None else step.denoised
            values = array(tensor[particle])
            limit = 1 + 2 * step.sigma if name == "x" else 1.0
            values = shown.shrunk(values.reshape(-1, *values.shape[-2:]), self._size().width() * of[3])
            self._images[index, name] = image(to_uint8(values, -limit, limit))
        return self._images.get((index, name))

    # -- painting and clicking -----------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        indices = self.indices
        if not indices:
            return
        colours, painter, unit = theme.scheme(), QPainter(self), self.fontMetrics().height()
        painter.setPen(QColor(colours.muted))
        for row, name in enumerate(ROWS):
            names = QRect(GAP, self.place(0, row).top(), self._margin(), self._size().height())
            painter.drawText(names, Qt.AlignmentFlag.AlignVCenter, SHOWN[name])
        here = self._state.index("current")
        for column, index in enumerate(indices):
            painter.setPen(QColor(colours.text if index == here else colours.muted))
            above = self.place(column, 0).adjusted(-GAP, -unit - GAP, GAP, 0)
            painter.drawText(above, Qt.AlignmentFlag.AlignHCenter, self.label(index))
            for row, name in enumerate(ROWS):
                self._paint(painter, self.place(column, row), self._image(index, name))
        painter.setPen(QPen(QColor(colours.accent), 2))
        painter.drawRect(self._playhead(indices, here))

    def _playhead(self, indices: list[int], here: int) -> QRect:
        """A frame around the column of Step `here`, or a line where it would be, at a distance from its neighbours."""
        columns = [self.place(column, 0).united(self.place(column, len(ROWS) - 1)) for column in range(len(indices))]
        if here in indices:
            return columns[indices.index(here)].adjusted(-1, -1, 1, 1)
        middle = round(float(np.interp(here, indices, [column.center().x() for column in columns])))
        return QRect(middle, columns[0].top(), 0, columns[0].height())

    def _paint(self, painter: QPainter, place: QRect, picture: QImage | None) -> None:
        if picture is None:
            painter.setPen(QPen(QColor(theme.scheme().line), 1, Qt.PenStyle.DashLine))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > place.width())
        painter.drawImage(place, picture)

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position())
        if index is not None:
            self._state.set_playhead(index)

    def _at(self, point: QPointF) -> int | None:
        """The Step whose column is there."""
        for column, index in enumerate(self.indices):
            if self.place(column, 0).left() <= point.x() <= self.place(column, 0).right() + GAP:
                return index
        return None
