"""Levels plot: the noise levels of a schedule as a picture, with the playhead on it. Made by `levels.LevelsView`.

What stays while the playhead moves is painted once, so that a scrub costs a line and a dot.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.state import State
from app.views.chart import Chart, Line, over_steps, over_t
from app.views.loss import rungs
from app.views.norms import Backdrop
from app.views.numerals import tabular
from app.views.track import DENSE, round_stride
from engine.errors import InputError
from engine.run import Run
from engine.settings import DDPMSchedule

GUTTER = 3.4
"""Room for the numbers at the left, in lines of text."""

ZERO = 1.2
"""How far below the lowest level 0 stands, in lines of text."""


class Choices(QObject):
    """What the picture shows, the same in the panel and in the large window."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.compared: frozenset[str] = frozenset()
        self.over_t = False

    def compare(self, name: str, on: bool) -> None:
        """Draw that schedule beside the current one, or leave it out."""
        self.compared = self.compared | {name} if on else self.compared - {name}
        self.changed.emit()

    def show_over_t(self, on: bool) -> None:
        """Show abar over t, for a schedule that has steps t."""
        self.over_t = on
        self.changed.emit()


class LevelsPlot(QAbstractSlider):
    """The picture. Its value is the playhead: a click, a drag or the arrow keys move it."""

    def __init__(self, state: State, choices: Choices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._choices = state, choices
        self._chart: Chart | str | None = None
        self._charted: Run | None = None
        self._pointed: int | None = None
        self._backdrop = Backdrop(self, self._draw)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFont(tabular(self.font(), -1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Noise levels over the steps")
        self.setToolTip("The noise level σ of each step: drag, click, or use ← and → to move the playhead.")
        self._follow()
        self.valueChanged.connect(state.set_playhead)
        state.playhead_changed.connect(self._follow)
        for signal in (state.run_changed, state.pinned_changed, choices.changed):
            signal.connect(self._changed)

    def _follow(self) -> None:
        with QSignalBlocker(self):
            self.setRange(0, self._state.run.schedule.steps)
            self.setValue(self._state.playhead)
        self.setAccessibleDescription(self.reading)
        self.update()

    def _changed(self) -> None:
        self._chart = None
        self._pointed = None
        self._follow()
        self.updateGeometry()
        self._backdrop.clear()

    @property
    def chart(self) -> Chart | str:
        """What is drawn, or the sentence why nothing can be."""
        if self._chart is None or self._charted is not self._state.run:  # the playhead may move before a Run is told
            self._charted = self._state.run
            t = self._choices.over_t and isinstance(self._state.run.schedule, DDPMSchedule)
            try:
                self._chart = over_t(self._state) if t else over_steps(self._state, self._choices.compared)
            except InputError as error:
                self._chart = str(error)
        return self._chart

    @property
    def reading(self) -> str:
        """What is written above the picture: the step under the pointer, else the one under the playhead."""
        chart = self.chart
        if isinstance(chart, str):
            return ""
        return chart.reading(self._state.playhead if self._pointed is None else self._pointed)

    # -- input ---------------------------------------------------------------------------------------------------

    def _step(self, event: QMouseEvent) -> int | None:
        chart = self.chart
        return None if isinstance(chart, str) else chart.step(_Place(self, chart).value(event.position().x()))

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        step = self._step(event)
        if event.button() is Qt.MouseButton.LeftButton and step is not None:
            self.setSliderDown(True)
            self.setValue(step)

    @safely
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointed = self._step(event)
        if self.isSliderDown() and self._pointed is not None:
            self.setValue(self._pointed)
        self.update()

    @safely
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    @safely
    def leaveEvent(self, event: QEvent) -> None:
        self._pointed = None
        self.update()

    @safely
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel."""
        event.ignore()

    # -- size ----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        unit = self.fontMetrics().height()
        return QSize(18 * unit, (13 + len(self._legend())) * unit)

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * self.fontMetrics().height(), self.sizeHint().height())

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._backdrop.clear()

    def _legend(self) -> list[list[Line]]:
        """The curves by rows of names, as many in each as there is room for; none for a curve that stands alone."""
        chart, rows, room = self.chart, list[list[Line]](), 0.0
        if isinstance(chart, str) or len(chart.lines) == 1:
            return []
        for line in chart.lines:
            width = self._entry(line)
            if not rows or width > room:
                rows.append([])
                room = self.width()
            rows[-1].append(line)
            room -= width
        return rows

    def _entry(self, line: Line) -> float:
        """The width of a curve's name with its sample."""
        return 3.2 * self.fontMetrics().height() + self.fontMetrics().horizontalAdvance(line.label)

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._backdrop.paint(painter)
        chart = self.chart
        if isinstance(chart, str):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, unit, place = theme.scheme(), self.fontMetrics().height(), _Place(self, chart)
        painter.setPen(QColor(colours.text))
        painter.drawText(QRectF(place.frame.left(), 0, self.width(), unit), Qt.AlignmentFlag.AlignLeft, self.reading)
        if self._pointed is not None:
            painter.setPen(QPen(QColor(colours.muted), 1.2))
            painter.drawEllipse(place.point(chart.x[self._pointed], chart.y[self._pointed]), 0.4 * unit, 0.4 * unit)
        spot, accent = place.point(chart.x[self._state.playhead], chart.y[self._state.playhead]), QColor(colours.accent)
        painter.setPen(QPen(accent, 1.5))
        painter.drawLine(QPointF(spot.x(), place.frame.top()), QPointF(spot.x(), place.frame.bottom()))
        if self.hasFocus():
            painter.setBrush(QColor(colours.window))
            painter.drawEllipse(spot, 0.5 * unit, 0.5 * unit)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawEllipse(spot, 0.3 * unit, 0.3 * unit)

    def _draw(self, painter: QPainter) -> None:
        """All but the playhead and what is under the pointer."""
        chart, colours = self.chart, theme.scheme()
        painter.setPen(QColor(colours.muted))
        if isinstance(chart, str):
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(8, 8, -8, -8), flags, chart)
            return
        place = _Place(self, chart)
        painter.fillRect(place.frame, QColor(colours.base))
        self._draw_band(painter, chart, place)
        self._draw_axes(painter, chart, place)
        painter.setClipRect(place.frame.adjusted(-4, -4, 4, 4))
        for line in reversed(chart.lines):
            self._draw_line(painter, line, place)
        painter.setClipping(False)
        self._draw_legend(painter)

    def _draw_band(self, painter: QPainter, chart: Chart, place: _Place) -> None:
        if chart.band is None:
            return
        low, high = (min(max(level, chart.low), chart.high) for level in chart.band)
        band = QRectF(place.frame)
        band.setTop(place.point(0, high).y())
        band.setBottom(place.point(0, low).y())
        painter.fillRect(band, QColor(theme.scheme().raised))
        name = f"trained: {self._state.model.name}"
        text = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(band.width()) - 8)
        painter.drawText(band.adjusted(4, 2, -4, -2), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)

    def _draw_axes(self, painter: QPainter, chart: Chart, place: _Place) -> None:
        colours, unit, frame = theme.scheme(), self.fontMetrics().height(), place.frame
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, frame.left() - 5, unit), right, chart.up)
        painter.drawText(QRectF(0, frame.bottom() + 2, frame.left() - 0.8 * unit, unit), right, chart.across)
        for value in place.heights():
            y = place.point(0, value).y()
            painter.setPen(QPen(QColor(colours.line), 0.6))
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            painter.setPen(QColor(colours.muted))
            painter.drawText(QRectF(0, y - unit / 2, frame.left() - 5, unit), right, f"{value:g}")
        for value in place.steps():
            below = QRectF(place.point(value, chart.low).x() - 3 * unit, frame.bottom() + 2, 6 * unit, unit)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{value:,}")
        painter.setPen(QColor(colours.line))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())

    def _draw_line(self, painter: QPainter, line: Line, place: _Place) -> None:
        """The curve, about a point a pixel, and its dots where they stand apart."""
        colour = _colour(line)
        stride = max(1, int(len(line.x) / place.frame.width()))
        points = [place.point(x, y) for x, y in zip(line.x[::stride], line.y[::stride], strict=True)]
        painter.setPen(QPen(colour, 1.4, line.style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([*points, place.point(line.x[-1], line.y[-1])]))
        if place.frame.width() / len(line.dots) < DENSE:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for dot in line.dots:
            painter.drawEllipse(place.point(line.x[dot], line.y[dot]), 2.2, 2.2)

    def _draw_legend(self, painter: QPainter) -> None:
        unit, rows = self.fontMetrics().height(), self._legend()
        for row, lines in enumerate(rows):
            x, y = 0.3 * unit, self.height() - (len(rows) - row) * unit
            for line in lines:
                painter.setPen(QPen(_colour(line), 1.6, line.style))
                painter.drawLine(QPointF(x, y + unit / 2), QPointF(x + 2 * unit, y + unit / 2))
                painter.setPen(QColor(theme.scheme().muted))
                painter.drawText(QPointF(x + 2.3 * unit, y + 0.8 * unit), line.label)
                x += self._entry(line)

    def place(self, step: int) -> QPointF:
        """Where that step of the current schedule stands in the picture now. Needs a chart."""
        chart = self.chart
        assert isinstance(chart, Chart)
        return _Place(self, chart).point(chart.x[step], chart.y[step])


class _Place:
    """Where the numbers of a chart stand in the picture."""

    def __init__(self, plot: LevelsPlot, chart: Chart) -> None:
        self._chart, self._unit = chart, plot.fontMetrics().height()
        below = (1.4 + len(plot._legend())) * self._unit
        self.frame = QRectF(
            GUTTER * self._unit,
            1.5 * self._unit,
            max(1.0, plot.width() - (GUTTER + 0.8) * self._unit),
            max(1.0, plot.height() - 1.5 * self._unit - below),
        )

    def point(self, x: float, y: float) -> QPointF:
        """The pixel of a place on the axes; 0 on a log axis stands below the lowest level."""
        chart, frame = self._chart, self.frame
        if chart.logarithmic and y <= 0:
            height = frame.bottom() - 0.4 * self._unit
        elif chart.logarithmic:
            height = frame.top() + self._room * math.log(chart.high / y) / math.log(chart.high / chart.low)
        else:
            height = frame.top() + self._room * (chart.high - y) / (chart.high - chart.low)
        return QPointF(frame.left() + frame.width() * x / chart.last, height)

    def value(self, pixel: float) -> float:
        """The place on the axis across that stands at a pixel."""
        return (pixel - self.frame.left()) / self.frame.width() * self._chart.last

    @property
    def _room(self) -> float:
        """Pixels from the highest value to the lowest, but 0 on a log axis."""
        return self.frame.height() - ((ZERO + 0.4) * self._unit if self._chart.logarithmic else 0)

    def heights(self) -> list[float]:
        """The values written at the left, none touching another."""
        chart, apart = self._chart, 1.3 * self._unit
        if not chart.logarithmic:
            return [0.0, 0.5, 1.0]
        values = rungs(chart.low, chart.high, self._room, apart)
        return [0.0, *values[:: math.ceil(len(values) * apart / (self._room + apart))]]

    def steps(self) -> list[int]:
        """The steps, or t, written below."""
        chart = self._chart
        widest = (2 + len(f"{chart.last:,.0f}")) * 0.6 * self._unit
        stride = round_stride(widest * chart.last / self.frame.width())
        return list(range(0, int(chart.last) + 1, stride))


def _colour(line: Line) -> QColor:
    return QColor(theme.scheme().text) if line.colour is None else theme.category(line.colour)
