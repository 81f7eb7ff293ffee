"""Crosses: the particles on a map, B's as crosses, A's as rings, the selected ones with their numbers and the ways they
came. Made by `map_plot`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from app import theme
from app.views.overlays.origin import Array

NUMBERED = 30
"""Selected particles whose number and way are drawn, at most."""


class Crosses:
    """The particles of one Step; NaN stands for one that has no place."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._trail = pg.PlotCurveItem(connect="finite", antialias=True)
        self._rings = pg.ScatterPlotItem(pxMode=True, size=9, symbol="o", brush=None)
        self._crosses = pg.ScatterPlotItem(pxMode=True, size=11, symbol="x")
        self._selected = pg.ScatterPlotItem(pxMode=True, size=15, symbol="x")
        self._numbers = [pg.TextItem(anchor=(-0.2, 0.9)) for _ in range(NUMBERED)]
        for height, item in enumerate((self._trail, self._rings, self._crosses, self._selected, *self._numbers)):
            item.setZValue(45 + min(height, 4))
            plot.addItem(item, ignoreBounds=True)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        colours = theme.scheme()
        for item, colour in ((self._crosses, colours.text), (self._selected, colours.accent)):
            item.setPen(pg.mkPen(colours.base, width=1))
            item.setBrush(pg.mkBrush(colour))
        self._rings.setPen(pg.mkPen(colours.text, width=1.5))
        faint = QColor(colours.accent)
        faint.setAlphaF(0.45)
        self._trail.setPen(pg.mkPen(faint, width=1.5))
        for number in self._numbers:
            number.setColor(colours.accent)

    def place(self, current: Array, pinned: Array | None, selection: Sequence[int]) -> None:
        """Draw B's particles at `current` [N, 2] and A's at `pinned` [M, 2], if A is there."""
        chosen = np.zeros(len(current), bool)
        chosen[[p for p in selection if p < len(current)]] = True
        finite = _placed(current)
        self._crosses.setData(pos=current[finite & ~chosen])
        self._selected.setData(pos=current[finite & chosen])
        self._rings.setData(pos=[] if pinned is None else pinned[_placed(pinned)])
        named = [p for p in selection if p < len(current) and finite[p]][:NUMBERED]
        for place, number in enumerate(self._numbers):
            number.setVisible(place < len(named))
            if place < len(named):
                number.setText(str(named[place]))
                number.setPos(*current[named[place]])

    def follow(self, ways: Array) -> None:
        """Draw the ways [T, n, 2] that n particles came."""
        lines = np.full((ways.shape[1], len(ways) + 1, 2), np.nan)  # a gap after each
        lines[:, :-1] = ways.swapaxes(0, 1)
        self._trail.setData(*lines.reshape(-1, 2).T)

    def dim(self, opacity: float) -> None:
        """Draw all of it that faintly, because it is of another Step."""
        for item in (self._trail, self._rings, self._crosses, self._selected, *self._numbers):
            item.setOpacity(opacity)


def _placed(points: Array) -> Array:
    """Which of points [N, 2] have a place."""
    return np.asarray(np.isfinite(points).all(axis=1))
