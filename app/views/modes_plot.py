"""Modes over the steps: how many a group holds as it forms, and how good its particles are. Made by
`group_panel.GroupPanel`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.state import Side, State
from app.views.groups import Group, look
from app.views.norms import StepPlot, axis, legend, lines, on_axis, scale
from app.views.pace import CALM, Pace

if TYPE_CHECKING:
    from engine.analysis.groups import Readings

_UNREAD = (math.nan, math.nan, math.nan)


class Course:
    """Modes of one group, the mean of them over all groups, and its quality, over the steps; grows as they are read."""

    def __init__(self, readings: Readings, particles: range) -> None:
        self.source = (readings, particles)
        self._at: dict[int, tuple[float, float, float]] = {}

    def series(self) -> tuple[list[float], ...]:
        """One list each, a number for every Step that has arrived; NaN where it was not read."""
        readings, particles = self.source
        steps = range(readings.trajectory.available)
        for index in steps:
            reading = readings[index]
            if reading is not None and index not in self._at:
                found, quality = len(reading.members(particles)), reading.mean_quality(particles)
                self._at[index] = (found, readings.mean_found(index), quality)
        rows = [self._at.get(index, _UNREAD) for index in steps]
        return tuple([row[part] for row in rows] for part in range(3))


class ModesPlot(StepPlot):
    """Modes above, quality below, both from 0; A dashed, independent draws dotted, the playhead."""

    SIZE, SMALLEST = (14, 8), (10, 8)

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self._courses: dict[Side, Course] = {}
        self.setAccessibleName("Plot of the modes and the quality of the group over the steps")
        self.setToolTip(
            "Modes of the group in what the model expects at each step, and the mean quality of its particles there. "
            "Dotted: what independent, uniform draws hold on average."
        )
        state.readings_changed.connect(Pace(self, self._changed, CALM).ask)

    def courses(self) -> dict[Side, Course]:
        """What is plotted of A and of B, as far as it was read."""
        groups = look(self._state)
        self._courses = {side: self._course(group) for side, group in groups.items() if _counts(group)}
        return self._courses

    def _course(self, group: Group) -> Course:
        before, source = self._courses.get(group.side), (group.readings, group.particles)
        assert group.readings is not None
        return before if before is not None and before.source == source else Course(group.readings, group.particles)

    # -- the backdrop --------------------------------------------------------------------------------------------

    def _draw(self, painter: QPainter) -> None:
        courses = self.courses()
        if "current" not in courses:
            return
        readings, _ = courses["current"].source
        unit, across = self.fontMetrics().height(), axis(self, self._state)
        height = 0.5 * (self.height() - 2.2 * unit)
        modes = QRectF(across.left, 1.2 * unit, across.right - across.left, height)
        quality = modes.translated(0, height + unit)
        count = len(readings.names)
        self._draw_frame(painter, modes, "modes", str(count))
        self._draw_frame(painter, quality, "quality", "1")
        dotted = QPen(QColor(theme.scheme().muted), 1, Qt.PenStyle.DotLine)
        painter.setPen(dotted)
        y = _linear(count, modes)(readings.independent)
        painter.drawLine(QPointF(modes.left(), y), QPointF(modes.right(), y))
        entries = [("independent", dotted)]
        for side, course in courses.items():
            style = Qt.PenStyle.DashLine if side == "pinned" else Qt.PenStyle.SolidLine
            own, mean, good = course.series()
            pen = QPen(QColor(theme.scheme().text), 1.4, style)
            thin = QPen(QColor(theme.scheme().muted), 1, style)
            if any(a != b for a, b in zip(own, mean, strict=True) if a == a):
                self._draw_curve(painter, side, mean, modes, count, thin)
                entries += [("mean", thin)] if side == "current" else []
            self._draw_curve(painter, side, own, modes, count, pen)
            self._draw_curve(painter, side, good, quality, 1, pen)
            entries += [("A", pen)] if side == "pinned" else []
        legend(painter, modes, entries)

    def _draw_frame(self, painter: QPainter, frame: QRectF, name: str, high: str) -> None:
        scale(painter, frame, "0", high)
        unit = painter.fontMetrics().height()
        gutter = QRectF(0, frame.top(), frame.left() - 0.4 * unit, frame.height())
        painter.drawText(gutter, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(QColor(theme.scheme().line))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())

    def _draw_curve(
        self, painter: QPainter, side: Side, series: Sequence[float], frame: QRectF, high: float, pen: QPen
    ) -> None:
        trajectory, places = on_axis(self._state, side)
        if trajectory is None:
            return
        across = axis(self, self._state)
        painter.setPen(pen)
        for line in lines([across.x(place) for place in places], series, _linear(high, frame), frame.width()):
            painter.drawPolyline(line)


def _counts(group: Group) -> bool:
    return group.readings is not None and bool(group.readings.names)


def _linear(high: float, frame: QRectF) -> Callable[[float], float]:
    """What gives the pixel of a value from 0 to `high`."""
    return lambda value: frame.bottom() - value / high * (frame.height() - 2)
