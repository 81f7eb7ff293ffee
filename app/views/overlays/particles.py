"""Particles: the points of one side in a plot, coloured by origin, and rings about those selected or moved by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app import theme
from app.views.overlays import origin
from app.views.overlays.origin import Array
from engine.analysis.colours import ORIGINS


class Particles:
    """One scatter item a colour, since pyqtgraph draws points of one style fastest, and one for the selection."""

    def __init__(self, plot: pg.PlotItem, axes: int) -> None:
        self._axes = axes
        self._items = [pg.ScatterPlotItem(pxMode=True) for _ in range(ORIGINS)]
        self._rings = pg.ScatterPlotItem(pxMode=True, size=15, brush=None)
        for item in (*self._items, self._rings):
            item.setZValue(30)
            plot.addItem(item, ignoreBounds=True)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        edge = QColor(theme.scheme().base)
        for item, colour in zip(self._items, origin.colours(self._axes), strict=True):
            item.setBrush(colour)
            item.setPen(pg.mkPen(edge, width=0.8))
        self._rings.setPen(pg.mkPen(theme.scheme().accent, width=2.5))

    def place(self, positions: Array, classes: Array, selection: tuple[int, ...]) -> None:
        """Draw the particles at `positions` [N, 2], with rings about those selected."""
        size = 9 if len(positions) <= 300 else 6
        for number, item in enumerate(self._items):
            own = positions[classes == number]
            item.setData(pos=own, size=size)
            item.setVisible(len(own) > 0)  # an empty one takes as long to paint
        self._rings.setData(pos=positions[[p for p in selection if p < len(positions)]])

    def hide(self) -> None:
        """Draw none."""
        for item in (*self._items, self._rings):
            item.setData(pos=[])


class Moved:
    """Broken rings at the places to which particles were moved by hand."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._rings = pg.ScatterPlotItem(pxMode=True, size=21, brush=None)
        self._rings.setZValue(27)
        plot.addItem(self._rings, ignoreBounds=True)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        self._rings.setPen(pg.mkPen(theme.scheme().text, width=1.5, style=Qt.PenStyle.DashLine))

    def mark(self, places: Sequence[Sequence[float]]) -> None:
        """Draw a ring at each of `places` [M, 2]."""
        self._rings.setData(pos=list(places))
