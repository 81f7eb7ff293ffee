"""Loss: the loss over the steps on a log axis, as it comes and smoothed, with a mark at each preview.

Made by `training.TrainingView`. The plot is built when it is first shown, since that takes longer than all else here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.safely import safely
from app.views.numerals import significant, tabular

if TYPE_CHECKING:
    from engine.training.live import Curve

NEAR = 10.0
"""Pixels within which a click meets the mark of a preview."""

FAINT = 0.6
"""Opacity of the loss as it comes."""

_FEWEST = 10  # steps that the axis spans at least
_DRAWN = 250  # points of the running mean, about
_APART = {"left": 22, "bottom": 64}  # pixels between two written values, at least
_LADDERS: tuple[tuple[float, ...], ...] = (
    (1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9),
    (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
    (1, 1.5, 2, 3, 5, 7),
    (1, 2, 5),
    (1, 3),
    (1,),
)


def rungs(low: float, high: float, length: float, apart: float) -> list[float]:
    """Round values from `low` to `high` (both above 0), as many as stand `apart` pixels apart on a log axis of
    `length` pixels.
    """
    decade = length / max(math.log10(high / low), 1e-9)
    fitting = (
        ladder for ladder in _LADDERS if min(math.log10(b / a) for a, b in pairwise((*ladder, 10.0))) * decade >= apart
    )
    ladder = next(fitting, _LADDERS[-1])
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = (rung * 10.0**power for power in powers for rung in ladder)
    return [value for value in values if low <= value * (1 + 1e-9) and value <= high * (1 + 1e-9)]


def span(losses: np.ndarray) -> tuple[float, float]:
    """The decimal logarithms between which the plot shows these losses [K], whole tenths, so that it seldom moves."""
    tenths = 10 * np.log10(losses[np.isfinite(losses) & (losses > 0)])
    if not tenths.size:
        return -1.0, 0.0
    return math.floor(tenths.min() - 0.2) / 10, math.ceil(tenths.max() + 0.2) / 10


def reach(step: int, steps: int) -> int:
    """Where the axis ends after `step` of `steps` steps: 10, 20, 50, 100 and so on, at `steps` at most."""
    power = int(10 ** math.floor(math.log10(max(step, _FEWEST))))
    return min(next(power * rung for rung in (1, 2, 5, 10) if power * rung >= step), steps)


class Scale(pg.AxisItem):
    """An axis with thousands parted by commas; where `logarithmic`, the plot's numbers are decimal logarithms."""

    def __init__(self, orientation: str, logarithmic: bool) -> None:
        super().__init__(orientation)
        self.logarithmic = logarithmic
        self.enableAutoSIPrefix(False)
        self.setStyle(hideOverlappingLabels=False)
        self.setTickDensity(0.7)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Where values are written."""
        if not self.logarithmic:
            levels: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
            return levels
        values = rungs(10.0**low, 10.0**high, size, _APART[self.orientation])
        return [(1.0, [math.log10(value) for value in values])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """What is written there."""
        return [f"{10.0**value if self.logarithmic else value:,.10g}" for value in values]


class LossPlot(QWidget):
    """The plot under a line that explains it and tells what is under the pointer.

    A click on a preview's mark tells its step by `chosen`. Wheel and drag zoom and pan, a double click shows all again.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot: pg.PlotWidget | None = None
        self._steps = self._losses = self._smooth = np.empty(0)
        self._total = _FEWEST
        self._previews: Sequence[int] = ()
        self._marked: int | None = None
        self._span: tuple[float, float] | None = None
        self._held = False
        self.legend = QLabel()
        self.readout = QLabel()
        self.readout.setFont(tabular(self.font()))
        self.readout.setObjectName("muted")
        self.logarithmic = QCheckBox("log steps")
        self.logarithmic.setToolTip("Stretch the first steps: a log axis for the steps too.")
        self.logarithmic.setAccessibleName("Log axis for the steps")
        self.logarithmic.toggled.connect(self._scale)
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 10, 2)
        head.setSpacing(14)
        head.addWidget(self.legend)
        head.addStretch(1)
        head.addWidget(self.readout)
        head.addWidget(self.logarithmic)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self.setMinimumSize(240, 130)
        self.setAccessibleName("Loss over the steps")
        self.setToolTip("Wheel and drag zoom and pan, a double click shows all. A click on a ring marks that preview.")
        self._restyle()

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_curve(self, curve: Curve, steps: int, previews: Sequence[int]) -> None:
        """Show this curve of a training of `steps` steps with previews at those steps."""
        if not curve.steps.size or curve.steps[-1] < self._last or steps != self._total:  # another training
            self._span, self._held = None, False
        self._steps, self._losses, self._smooth = curve.steps, curve.loss, curve.smooth
        self._total, self._previews = steps, previews
        low, high = span(self._losses)
        if self._span is not None:  # it only grows, since means over longer stretches spread less
            low, high = min(low, self._span[0]), max(high, self._span[1])
        self._span = (low, high) if self._steps.size else None
        if self._steps.size:
            mean = significant(float(self._smooth[-1]))
            self.setAccessibleDescription(f"Running mean {mean} at step {self._last:,}")
        self._draw()

    def mark(self, step: int | None) -> None:
        """Mark that preview's step, or none."""
        self._marked = step
        self._draw_marks()

    def fit(self) -> None:
        """Show the whole curve, and all that comes."""
        self._held = False
        self._draw()

    def place(self, step: int) -> QPointF:
        """Where the smoothed loss after `step` steps stands in the plot widget now. The plot must have been shown."""
        assert self.plot is not None
        scene = self._box.mapViewToScene(QPointF(self._x(step), self._height(step)))
        return QPointF(self.plot.mapFromScene(scene))

    @property
    def _last(self) -> int:
        """Steps done."""
        return int(self._steps[-1]) if self._steps.size else 0

    @property
    def _reached(self) -> list[int]:
        """The steps of the previews that the curve has reached."""
        return [step for step in self._previews if 0 < step <= self._last]

    @property
    def _stride(self) -> int:
        """Which of the points of the running mean are drawn: enough for a thick line, which takes long to paint."""
        return max(1, len(self._steps) // _DRAWN)

    def _x(self, step: float) -> float:
        return math.log10(step) if self.logarithmic.isChecked() else step

    def _index(self, step: float) -> int:
        """The stretch of steps that holds this one."""
        return min(int(np.searchsorted(self._steps, step)), len(self._steps) - 1)

    def _height(self, step: float) -> float:
        loss = float(self._smooth[self._index(step)])
        return math.log10(loss) if loss > 0 else math.nan

    # -- drawing -------------------------------------------------------------------------------------------------

    @safely
    def showEvent(self, event: QShowEvent) -> None:
        """Build the plot the first time."""
        if self.plot is None:
            self._build()
        super().showEvent(event)

    def _build(self) -> None:
        self._bottom = Scale("bottom", self.logarithmic.isChecked())
        self.plot = pg.PlotWidget(axisItems={"left": Scale("left", True), "bottom": self._bottom})
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item: pg.PlotItem = self.plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setContentsMargins(4, 4, 28, 4)  # the last number is centred at the right end
        item.setLabel("left", "loss")
        item.setLabel("bottom", "step")
        item.getAxis("left").setWidth(56)  # fixed, so that other numbers do not shift the plot
        self._box: pg.ViewBox = item.getViewBox()
        self._box.disableAutoRange()
        self._box.setLimits(xMin=-1, yMin=-12, yMax=12, minYRange=0.02)
        self._raw, self._mean = (pg.PlotCurveItem(antialias=True, connect="finite") for _ in range(2))
        self._dots, self._spot = pg.ScatterPlotItem(size=6), pg.ScatterPlotItem(size=10)
        self._line, self._pointer = pg.InfiniteLine(), pg.InfiniteLine()
        for thing in (self._raw, self._mean, self._pointer, self._line, self._dots, self._spot):
            item.addItem(thing, ignoreBounds=True)
        self._pointer.hide()
        scene = self.plot.scene()
        scene.sigMouseMoved.connect(self._hover)
        scene.sigMouseClicked.connect(self._clicked)
        self._box.sigRangeChangedManually.connect(self._hold)
        self.plot.viewport().installEventFilter(self)
        self._column.addWidget(self.plot, 1)
        self._restyle()
        self._draw()

    def _scale(self, logarithmic: bool) -> None:
        if self.plot is not None:
            self._bottom.logarithmic = logarithmic
            self._bottom.picture = None
            self.fit()

    def _draw(self) -> None:
        if self.plot is None:
            return
        x = np.log10(self._steps) if self.logarithmic.isChecked() else self._steps
        few = slice((len(x) - 1) % self._stride, None, self._stride)  # up to the last one
        self._raw.setData(x, _logarithms(self._losses))
        self._mean.setData(x[few], _logarithms(self._smooth)[few])
        self._draw_marks()
        if not self._held and self._span is not None:
            ends = (self._x(1), self._x(reach(self._last, self._total)))
            self._box.setLimits(xMax=1.1 * self._x(self._total))
            self._box.setRange(xRange=ends, yRange=self._span, padding=0.01)

    def _draw_marks(self) -> None:
        if self.plot is None:
            return
        reached = self._reached
        self._dots.setData([self._x(step) for step in reached], [self._height(step) for step in reached])
        marked = [step for step in reached if step == self._marked]
        self._spot.setData([self._x(step) for step in marked], [self._height(step) for step in marked])
        self._line.setVisible(bool(marked))
        for step in marked:
            self._line.setValue(self._x(step))

    def _restyle(self) -> None:
        colours = theme.scheme()
        faint = QColor(colours.muted)
        faint.setAlphaF(FAINT)
        mixed = f"rgba({faint.red()}, {faint.green()}, {faint.blue()}, {FAINT})"
        self.legend.setText(
            f'<span style="color: {colours.text}">━</span> running mean &nbsp; '
            f'<span style="color: {mixed}">━</span> as it comes &nbsp; '
            f'<span style="color: {colours.text}">○</span> preview'
        )
        if self.plot is None:
            return
        self.plot.setBackground(colours.base)
        for name in ("left", "bottom"):
            axis = self.plot.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(colours.line))
            axis.setTextPen(pg.mkPen(colours.muted))
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._mean.setPen(pg.mkPen(colours.text, width=1.6))
        self._dots.setPen(pg.mkPen(colours.text, width=1.4))
        self._dots.setBrush(pg.mkBrush(colours.base))
        self._spot.setPen(pg.mkPen(colours.accent))
        self._spot.setBrush(pg.mkBrush(colours.accent))
        self._line.setPen(pg.mkPen(colours.accent, width=1.5))
        self._pointer.setPen(pg.mkPen(colours.line, width=1))

    # -- events --------------------------------------------------------------------------------------------------

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._restyle()

    @safely
    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Forget what was under the pointer once it has left the plot."""
        if event.type() is QEvent.Type.Leave:
            self._pointer.hide()
            self.readout.clear()
        return False

    def _hold(self) -> None:
        self._held = True

    def _step_at(self, scene: QPointF) -> float:
        x = self._box.mapSceneToView(scene).x()
        return float(10.0 ** min(x, 9.0)) if self.logarithmic.isChecked() else float(x)

    def _hover(self, scene: QPointF) -> None:
        inside = self._box.sceneBoundingRect().contains(scene) and bool(self._steps.size)
        self._pointer.setVisible(inside)
        if not inside:
            self.readout.clear()
            return
        index = self._index(self._step_at(scene))
        step, loss, smooth = int(self._steps[index]), float(self._losses[index]), float(self._smooth[index])
        self._pointer.setValue(self._x(step))
        self.readout.setText(f"step {step:,}: loss {significant(loss)}, running mean {significant(smooth)}")

    def _clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self.fit()
            return
        pixel, x = self._box.viewPixelSize()[0], self._box.mapSceneToView(event.scenePos()).x()
        pixels = {step: abs(self._x(step) - x) / pixel for step in self._reached}
        nearest = min(pixels, key=pixels.__getitem__, default=None)
        if nearest is not None and pixels[nearest] <= NEAR:
            self.chosen.emit(nearest)


def _logarithms(losses: np.ndarray) -> np.ndarray:
    """Decimal ones; NaN where a loss has none."""
    return np.log10(np.where(losses > 0, losses, np.nan))
