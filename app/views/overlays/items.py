"""Items: what a map was fitted to, small and pale, in the colour of their class, with its name. Made by `map_plot`."""

from __future__ import annotations

import html

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from app import theme
from engine.analysis.basemap import NAMED, Basemap, apart
from engine.analysis.colours import CATEGORIES

PALE = 0.4
"""Opacity of an item."""

SYMBOLS = ("o", "s", "d")
"""The marks of the first classes, of those after as many as there are colours, and of those after them."""


class Items:
    """One scatter item a class, since pyqtgraph draws points of one style fastest."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._map: Basemap | None = None
        self._points: list[tuple[int, pg.ScatterPlotItem]] = []
        self._names: list[pg.TextItem] = []

    def show_map(self, shown: Basemap) -> None:
        """Draw the items of that map."""
        if shown is self._map:
            return
        for item in (*(points for _, points in self._points), *self._names):
            self._plot.removeItem(item)
        self._map, self._points, self._names = shown, [], []
        size = 4 if len(shown) <= 10_000 else 2.5
        for label in np.unique(shown.labels).tolist():
            symbol = SYMBOLS[max(label, 0) // len(CATEGORIES) % len(SYMBOLS)]
            points = pg.ScatterPlotItem(
                pos=shown.coordinates[shown.labels == label], pxMode=True, size=size, pen=None, symbol=symbol
            )
            points.setZValue(1)
            self._plot.addItem(points)
            self._points.append((label, points))
        if len(shown.names) <= NAMED:
            crowns = shown.crowns()
            places = apart({label: (*crown, shown.names[label]) for label, crown in crowns.items()}, shown.extent)
            for label, place in places.items():
                name = pg.TextItem(anchor=(0.5, 0.9))
                words = html.escape(shown.names[label])
                if places != crowns:  # some stand away from what they name: say whose they are by colour
                    words = f"<span style='color: {theme.category(label).name()}'>●</span> {words}"
                name.setHtml(words)
                name.setPos(*place)
                name.setZValue(55)  # above the particles, which gather there
                self._plot.addItem(name, ignoreBounds=True)
                self._names.append(name)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        colours = theme.scheme()
        for label, points in self._points:
            colour = QColor(colours.muted) if label < 0 else theme.category(label)
            colour.setAlphaF(PALE)
            points.setBrush(colour)
        backing = QColor(colours.base)
        backing.setAlphaF(0.6)
        for name in self._names:
            name.setColor(colours.text)
            name.fill = pg.mkBrush(backing)
