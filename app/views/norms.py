"""Norms: the thin plot of one norm over the steps, and what it shares with the track above it.

Made by `timeline.Timeline`. What stays while the playhead moves is painted once, so that a scrub costs one line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.state import SIDES, Side, State
from app.views.numerals import significant, tabular
from app.views.pace import CALM, Pace
from engine.trajectory import Trajectory

NORMS = {
    "drift": ("‖d‖ drift", "Norm of the ODE drift d = (x − D) / σ at each step."),
    "correction": ("‖d′‖ corrector", "Norm of the second drift d′, evaluated at the next level σ."),
    "x": ("‖x‖ state", "Norm of the noisy state x at each step."),
    "denoised": ("‖D‖ estimate", "Norm of the estimate D(x; σ) of x₀ at each step."),
    "noise": ("‖n‖ noise", "Norm of the fresh noise added at each step."),
    "guidance": ("‖g‖ guidance", "Norm of what guides added to the drift at each step."),
}
"""The norms to choose from: name in a Step, label, tooltip."""


GUTTER = 4.7
"""Room for labels at the left, in lines of text: "0.000700" fits."""

SPREAD = 1.1
"""The ends of the plot's axis are this factor apart at least."""


@dataclass(frozen=True)
class Axis:
    """Where the steps 0 .. last stand between two pixels of a widget."""

    last: int
    left: float
    right: float

    @property
    def spacing(self) -> float:
        """Pixels from one step to the next."""
        return (self.right - self.left) / max(self.last, 1)

    def x(self, step: float) -> float:
        """The pixel of a step, or of a place between two."""
        return self.left + step * self.spacing

    def step(self, x: float) -> int:
        """The step nearest to a pixel."""
        return max(0, min(self.last, round((x - self.left) / self.spacing)))


def axis(widget: QWidget, state: State) -> Axis:
    """The axis of every row of the timeline: room for labels at the left, for half a label at the right."""
    unit = widget.fontMetrics().height()
    return Axis(state.run.schedule.steps, GUTTER * unit, max(widget.width() - 1.2 * unit, (GUTTER + 1.3) * unit))


def on_axis(state: State, side: Side) -> tuple[Trajectory | None, Sequence[float]]:
    """The trajectory of a side and the place of each of its levels on the axis of the current Run.

    None while the current Run has another number of steps than what is drawn. A's levels stand where B has the same
    sigma, between B's steps on a log scale.
    """
    current, trajectory = state.drawing("current").trajectory, state.drawing(side).trajectory
    if current is None or current.last != state.run.schedule.steps or trajectory is None:
        return None, ()
    if trajectory.sigmas == current.sigmas:
        return trajectory, range(len(current.sigmas))
    places = np.interp(-np.log(trajectory.sigmas[:-1]), -np.log(current.sigmas[:-1]), range(current.last))
    return trajectory, [*places.tolist(), float(current.last)]


def shown_step(state: State) -> int:
    """The step that the views show: the playhead's, or the last one that has arrived of it."""
    return state.index("current") if on_axis(state, "current")[0] is not None else state.playhead


class Backdrop:
    """What of a widget stays while the playhead moves, painted once into a pixmap."""

    def __init__(self, widget: QWidget, draw: Callable[[QPainter], None]) -> None:
        self._widget = widget
        self._draw = draw
        self._pixmap: QPixmap | None = None

    def clear(self) -> None:
        """Draw it again at the next paint."""
        self._pixmap = None
        self._widget.update()

    def paint(self, painter: QPainter) -> None:
        """Put it into the widget's paint event."""
        ratio = self._widget.devicePixelRatioF()
        size = self._widget.size() * ratio
        if self._pixmap is None or self._pixmap.size() != size:
            self._pixmap = QPixmap(size)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._pixmap)
            inner.setFont(self._widget.font())
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw(inner)
            inner.end()
        painter.drawPixmap(0, 0, self._pixmap)


class Curve:
    """One norm of one trajectory: the mean over particles, by default all, and one particle's, growing as Steps arrive;
    NaN for none.
    """

    def __init__(self, trajectory: Trajectory, name: str, particle: int, among: slice = slice(None)) -> None:
        self.source = (trajectory, name, particle, among)
        self.mean: list[float] = []
        self.own: list[float] = []

    def after(self, before: Curve | None) -> Curve:
        """This curve, or the one `before` it if that is of the same, up to the last Step that arrived."""
        curve = before if before is not None and before.source == self.source else self
        curve._grow()
        return curve

    def _grow(self) -> None:
        trajectory, name, particle, among = self.source
        for norm in trajectory.norms(name)[len(self.mean) :]:
            self.mean.append(math.nan if norm is None else norm[among].mean().item())
            there = None if norm is None or not 0 <= particle < len(norm) else norm[particle].item()
            self.own.append(math.nan if there is None else there)


class StepPlot(QWidget):
    """A plot over the steps: `_draw` paints what stays while the playhead moves, the playhead stands over it.

    `SIZE` and `SMALLEST` are its width and height, in lines of text.
    """

    SIZE: ClassVar[tuple[int, int]] = (20, 4)
    SMALLEST: ClassVar[tuple[int, int]] = (12, 3)

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._backdrop = Backdrop(self, self._draw)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFont(tabular(self.font(), -1))
        for signal in (state.run_changed, state.drawing_changed, state.pinned_changed, state.selection_changed):
            signal.connect(self._changed)
        state.step_arrived.connect(Pace(self, self._changed, CALM).ask)
        state.playhead_changed.connect(self._move)

    def _draw(self, painter: QPainter) -> None:
        raise NotImplementedError

    def _changed(self) -> None:
        self._backdrop.clear()

    def _move(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(*self.SIZE) * self.fontMetrics().height()

    def minimumSizeHint(self) -> QSize:
        return QSize(*self.SMALLEST) * self.fontMetrics().height()

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._backdrop.clear()

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._backdrop.paint(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.scheme().accent), 1.5))
        x = axis(self, self._state).x(shown_step(self._state))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))


class Norms(StepPlot):
    """The plot: mean over the particles, the selected particle in the accent colour, A dashed, both muted as they were
    before the edits, and the playhead.
    """

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.name = "drift"
        self._curves: dict[Side, Curve] = {}
        self.choose(self.name)

    def choose(self, name: str) -> None:
        """Plot another of `NORMS`."""
        self.name = name
        self.setAccessibleName(f"Plot of the norm {NORMS[name][0]} over the steps")
        self.setToolTip(f"{NORMS[name][1]} The mean over particles, and the selected one; log scale.")
        self._backdrop.clear()

    def curves(self) -> dict[Side, Curve]:
        """What is plotted of A and B up to the last Step that arrived, and of B before its edits once that is whole."""
        particle = self._state.selection[0] if self._state.selection else -1
        curves: dict[Side, Curve] = {}
        sides: tuple[Side, ...] = ("before", *SIDES) if self._edited() else SIDES
        for side in sides:
            trajectory, _ = on_axis(self._state, side)
            if trajectory is None:
                continue
            curves[side] = Curve(trajectory, self.name, particle).after(self._curves.get(side))
        self._curves = curves
        return curves

    def _edited(self) -> bool:
        """Whether it is known how the current Run went before its edits, and it went another way."""
        before, run = self._state.drawing("before").trajectory, self._state.run
        return before is not None and before.complete and before.run == run.unedited != run

    # -- the backdrop --------------------------------------------------------------------------------------------

    def _draw(self, painter: QPainter) -> None:
        colours, unit = theme.scheme(), self.fontMetrics().height()
        across = axis(self, self._state)
        frame = QRectF(across.left, unit, across.right - across.left, self.height() - unit - 0.5)
        painter.setPen(QColor(colours.line))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        curves = self.curves()
        values = [v for curve in curves.values() for v in (*curve.mean, *curve.own) if v > 0 and math.isfinite(v)]
        if not values:
            if curves:
                painter.setPen(QColor(colours.muted))
                painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, f"{NORMS[self.name][0]}: none in this Run")
            return
        low, high = extent(min(values), max(values))
        for side, curve in curves.items():
            pixels = [across.x(place) for place in on_axis(self._state, side)[1]]
            style = Qt.PenStyle.DashLine if side == "pinned" else Qt.PenStyle.SolidLine
            for series, colour in ((curve.mean, colours.text), (curve.own, colours.accent)):
                before = side == "before"
                painter.setPen(QPen(QColor(colours.muted if before else colour), 1 if before else 1.4, style))
                for line in lines(pixels, series, logarithmic(low, high, frame), frame.width()):
                    painter.drawPolyline(line)
        scale(painter, frame, significant(low), significant(high))
        self._draw_legend(painter, frame)

    def _draw_legend(self, painter: QPainter, frame: QRectF) -> None:
        colours = theme.scheme()
        entries = [("mean", QPen(QColor(colours.text), 1.4))]
        if self._state.selection:
            entries.append((f"particle {self._state.selection[0]}", QPen(QColor(colours.accent), 1.4)))
        if "before" in self._curves:
            entries.append(("before", QPen(QColor(colours.muted), 1)))
        if "pinned" in self._curves:
            entries.append(("A", QPen(QColor(colours.text), 1.4, Qt.PenStyle.DashLine)))
        legend(painter, frame, entries)


def scale(painter: QPainter, frame: QRectF, low: str, high: str) -> None:
    """The ends of a frame's scale, left of it."""
    unit = painter.fontMetrics().height()
    painter.setPen(QColor(theme.scheme().muted))
    gutter = frame.adjusted(0, -0.5 * unit, 0, 0)
    gutter.setLeft(0)
    gutter.setRight(frame.left() - 0.4 * unit)
    right = Qt.AlignmentFlag.AlignRight
    painter.drawText(gutter, right | Qt.AlignmentFlag.AlignTop, high)
    painter.drawText(gutter, right | Qt.AlignmentFlag.AlignBottom, low)


def legend(painter: QPainter, frame: QRectF, entries: Sequence[tuple[str, QPen]]) -> None:
    """Names with their lines above a frame, to its right end."""
    unit, x = painter.fontMetrics().height(), frame.right() - 6  # free of a playhead at the end
    for text, pen in reversed(entries):
        x -= painter.fontMetrics().horizontalAdvance(text)
        painter.setPen(QColor(theme.scheme().muted))
        painter.drawText(QPointF(x, frame.top() - 0.2 * unit), text)
        painter.setPen(pen)
        y = frame.top() - 0.5 * unit
        painter.drawLine(QPointF(x - 1.5 * unit, y), QPointF(x - 0.3 * unit, y))
        x -= 2.2 * unit


def extent(low: float, high: float) -> tuple[float, float]:
    """The ends of a log axis, `SPREAD` apart at least, so that what hardly changes looks so."""
    missing = math.sqrt(max(1.0, SPREAD * low / high))
    return low / missing, high * missing


def logarithmic(low: float, high: float, frame: QRectF) -> Callable[[float], float]:
    """What gives the pixel of a value on a log axis; NaN where there is none."""
    top, room = frame.top() + 2, frame.height() - 5
    span = math.log(high / low)
    return lambda value: top + room * math.log(high / value) / span if 0 < value < math.inf else math.nan


def lines(
    pixels: Sequence[float], series: Sequence[float], height: Callable[[float], float], width: float
) -> list[QPolygonF]:
    """The pieces of a series, parted where a value has no finite height, at most two points a pixel of `width`."""
    stride = max(1, int(len(series) / (2 * width)))
    points = [QPointF(pixels[i], height(series[i])) for i in range(0, len(series), stride)]
    return [QPolygonF(list(piece)) for there, piece in groupby(points, lambda p: math.isfinite(p.y())) if there]
