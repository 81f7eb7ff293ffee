"""Curves: points with error bars on common axes, joined or not, and levels to compare with. A panel of
`figure.FigureView`.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app import theme
from app.safely import safely
from app.views.cells import CellView
from app.views.loss import Scale
from engine.analysis.colours import CATEGORIES
from engine.figures.figure import Curve, Key, Lines

Array = np.ndarray[Any, np.dtype[Any]]

NEAR = 12.0
"""Pixels within which the pointer meets a point."""

HEIGHT = 320

_SYMBOLS = (("o", "●"), ("s", "■"), ("t1", "▲"), ("d", "◆"))
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
_LONGEST_BAR = 10.0  # a bar whose lower end is not above 0 ends at that part of the value on a log axis


class CurvesView(CellView):
    """A plot under the names of its curves. The selected cell's points stand in a ring."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel: Lines | None = None
        self._keys: list[list[Key]] = []
        self._flat: list[Key] = []
        self._positions: Array = np.empty((0, 2))
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self._axes = {side: Scale(side, False) for side in ("left", "bottom")}
        self.plot = pg.PlotWidget(axisItems=self._axes)
        self.item: pg.PlotItem = self.plot.getPlotItem()
        self.box: pg.ViewBox = self.item.getViewBox()
        self._ring, self._halo = pg.ScatterPlotItem(size=17), pg.ScatterPlotItem(size=15)
        self._lay_out()

    def _lay_out(self) -> None:
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        self.item.setContentsMargins(4, 4, 28, 4)  # the last number is centred at the right end
        self._axes["left"].setWidth(62)  # fixed, so that other numbers do not shift the plot
        self.box.disableAutoRange()
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # The wheel scrolls the figure, and the points under the pointer are found as in every other panel.
        self.plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.legend)
        column.addWidget(self.plot, 1)

    def needed(self, width: int) -> int:
        return max(HEIGHT, width // 4) + self.legend.heightForWidth(width)

    def show_panel(self, panel: Lines) -> None:
        """Show these curves."""
        self._panel = panel
        self._keys = [[*curve.keys, *[None] * (len(curve.x) - len(curve.keys))] for curve in panel.curves]
        self._flat = [key for keys in self._keys for key in keys]
        for side, label, logarithmic in (
            ("left", panel.y_label, panel.log_y),
            ("bottom", panel.x_label, panel.log_x),
        ):
            self._axes[side].logarithmic = logarithmic
            self._axes[side].picture = None
            self._axes[side].setLabel(label)
        self._draw()

    @property
    def keys(self) -> Sequence[Sequence[Key]]:
        """The keys of the points, a line a curve."""
        return self._keys

    def place(self, key: Key) -> QPoint | None:
        """Where the first point of that cell stands."""
        place = next((p for own, p in zip(self._flat, self._positions, strict=True) if own == key), None)
        if place is None or not np.isfinite(place).all():
            return None
        scene = self.box.mapViewToScene(QPointF(*place))
        return QPoint(self.plot.mapFromScene(scene)) + QPoint(self.plot.pos())

    def key_at(self, spot: QPoint) -> Key:
        """The cell of the point nearest to there."""
        known = [number for number, key in enumerate(self._flat) if key is not None]
        places = self._positions[known]
        seen = np.isfinite(places).all(axis=1) if known else np.empty(0, bool)
        if not seen.any():
            return None
        here = self.box.mapSceneToView(self.plot.mapToScene(spot - self.plot.pos()))
        distances = np.hypot(*((places - (here.x(), here.y())) / self.box.viewPixelSize()).T)
        nearest = int(np.where(seen, distances, np.inf).argmin())
        return self._flat[known[nearest]] if distances[nearest] <= NEAR else None

    # -- drawing -------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        """Draw everything anew, in the colours of the scheme in use."""
        panel = self._panel
        if panel is None:
            return
        colours = theme.scheme()
        self.item.clear()
        self.plot.setBackground(colours.base)
        for axis in self._axes.values():
            axis.setPen(pg.mkPen(colours.line))
            axis.setTextPen(pg.mkPen(colours.muted))
        corners = [self._draw_curve(number, curve) for number, curve in zip(panel.hues, panel.curves, strict=True)]
        positions = [
            np.stack([_along(curve.x, panel.log_x), _along(curve.y, panel.log_y)], 1) for curve in panel.curves
        ]
        self._positions = np.concatenate(positions) if positions else np.empty((0, 2))
        for level in panel.levels:
            corners.append(self._draw_level(level.label, _along([level.y], panel.log_y)[0]))
        for item in (self._halo, self._ring):
            self.item.addItem(item, ignoreBounds=True)
        self._fit(np.concatenate(corners) if corners else np.empty((0, 2)))
        self.legend.setText(self._legend_text())
        self.refresh()

    def _draw_curve(self, number: int, curve: Curve) -> Array:
        """Draw that curve; the points, ends of error bars included, that must be in sight [K, 2]."""
        assert self._panel is not None
        log_y = self._panel.log_y
        x, y = _along(curve.x, self._panel.log_x), _along(curve.y, log_y)
        colour, own = theme.category(number), number // len(CATEGORIES)
        ends = np.stack([x, y], 1)
        if curve.error is not None:
            above = curve.error if curve.above is None else curve.above
            values, down, up = (np.asarray(each, float) for each in (curve.y, curve.error, above))
            least = values / _LONGEST_BAR if log_y else np.full_like(values, -np.inf)
            low, high = _along(np.maximum(values - down, least), log_y), _along(values + up, log_y)
            there = np.isfinite(low) & np.isfinite(high) & np.isfinite(x)
            bars = pg.ErrorBarItem(
                x=x[there], y=y[there], top=(high - y)[there], bottom=(y - low)[there], pen=pg.mkPen(colour, width=1)
            )
            self.item.addItem(bars, ignoreBounds=True)
            ends = np.concatenate([ends, np.stack([x, low], 1), np.stack([x, high], 1)])
        if curve.joined:
            pen = pg.mkPen(colour, width=1.8, style=_DASHES[own % len(_DASHES)])
            self.item.addItem(pg.PlotCurveItem(x, y, pen=pen, antialias=True, connect="finite"), ignoreBounds=True)
        symbol = _SYMBOLS[own % len(_SYMBOLS)][0]
        seen = np.isfinite(x) & np.isfinite(y)
        dots = pg.ScatterPlotItem(
            x[seen], y[seen], symbol=symbol, size=8, brush=colour, pen=pg.mkPen(theme.scheme().base, width=1)
        )
        self.item.addItem(dots, ignoreBounds=True)
        return ends

    def _draw_level(self, label: str, y: float) -> Array:
        if math.isfinite(y):
            muted = theme.scheme().muted
            line = pg.InfiniteLine(
                y,
                angle=0,
                pen=pg.mkPen(muted, width=1, style=Qt.PenStyle.DashLine),
                label=label,
                labelOpts={"position": 0.98, "color": muted, "anchors": [(1, 1), (1, 1)]},
            )
            self.item.addItem(line, ignoreBounds=True)
        return np.array([[math.nan, y]])

    def _fit(self, corners: Array) -> None:
        """Show all of these points [K, 2], a NaN among whose coordinates leaves the other one."""
        ranges = []
        for values in corners.T:
            known = values[np.isfinite(values)]
            low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
            ranges.append((low, high) if high > low else (low - 0.5, high + 0.5))
        if ranges:
            self.box.setRange(xRange=ranges[0], yRange=ranges[1], padding=0.06)

    def _legend_text(self) -> str:
        assert self._panel is not None
        entries = []
        for number, curve in zip(self._panel.hues, self._panel.curves, strict=True):
            symbol = _SYMBOLS[number // len(CATEGORIES) % len(_SYMBOLS)][1]
            name = html.escape(curve.label).replace(" ", "&nbsp;").replace("-", "&#8209;")
            entries.append(f'<span style="color: {theme.category(number).name()}">{symbol}</span>&nbsp;{name}')
        return " &nbsp; ".join(entries)

    def refresh(self) -> None:
        """Draw rings about the points of the selected cell and of the one under the pointer."""
        colours = theme.scheme()
        for item, key, pen in (
            (self._ring, self.marked, pg.mkPen(colours.accent, width=3)),
            (self._halo, self.under, pg.mkPen(colours.text, width=1)),
        ):
            places = [place for own, place in zip(self._flat, self._positions, strict=True) if own == key is not None]
            places = [place for place in places if np.isfinite(place).all()]
            item.setData(pos=np.array(places).reshape(-1, 2), pen=pen, brush=None)

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._draw()


def _along(values: Sequence[float] | Array, logarithmic: bool) -> Array:
    """Where values stand on an axis; NaN where they have no logarithm."""
    array = np.asarray(values, float)
    if not logarithmic:
        return array
    return np.log10(np.where(array > 0, array, np.nan))
