"""Forces: what moves each particle at a step, the ODE drift and the guidance, as arrows. Made by `plane.PlaneView`.

Both point where they push: a step goes to lower noise and moves x along -(d + g). Blue and red as in J. Kleutgens's
thesis, figure 2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from app import theme
from app.state import SIDES, State
from app.views.numerals import significant
from app.views.overlays.origin import Array
from engine.analysis.parts import array
from engine.analysis.plane import strokes

if TYPE_CHECKING:
    from engine.step import Step

PARTS = {"drift": ("−d", 0, 4), "guidance": ("−g", 5, 5)}
"""The parts of a Step that push, with their symbols and their categories in `theme`, on light and on dark."""

MOST = 300
"""Particles up to which all have arrows; of more those of the selected one's group."""


class Forces:
    """One curve of arrows for each part, to scale with each other, and a legend that says how long the longest is."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._curves = {name: pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True, antialias=True) for name in PARTS}
        for curve in self._curves.values():
            curve.setZValue(28)
            plot.addItem(curve, ignoreBounds=True)
        self.legend = pg.LegendItem(offset=(8, 8), verSpacing=-4)
        self.legend.setParentItem(plot.getViewBox())
        self._told = ""
        self.hide()
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        for name, (_, light, dark) in PARTS.items():
            self._curves[name].setPen(pg.mkPen(theme.category(dark if theme.is_dark() else light), width=2))
        ground = QColor(theme.scheme().base)
        ground.setAlphaF(0.4)  # its words are read over arrows, and particles seen through it
        self.legend.setBrush(ground)
        self.legend.setLabelTextColor(theme.scheme().text)
        for _, label in self.legend.items:
            label.setText(label.text)  # only then it takes the colour

    def draw(self, step: Step, particles: slice, strongest: float, longest: float) -> None:
        """The arrows of those particles at their places; one of norm `strongest` is `longest` units of the plot."""
        x, told = array(step.x)[particles], list[str]()
        for name, (text, *_) in PARTS.items():
            part = getattr(step, name)
            shafts = np.empty((0, 2)) if part is None else -array(part)[particles] * (longest / strongest)
            lines = strokes(x[: len(shafts)], shafts)
            self._curves[name].setData(lines[:, 0], lines[:, 1], connect="pairs", skipFiniteCheck=True)
            told += [] if part is None else [f"{text} ≤ {significant(float(_norms(array(part)).max()))}"]
        self._tell(told)

    def hide(self) -> None:
        """Draw none."""
        for curve in self._curves.values():
            curve.setData([], [])
        self._tell([])

    def _tell(self, told: list[str]) -> None:
        """Say in the legend what is drawn."""
        self.legend.setVisible(bool(told))
        if "\n".join(told) == self._told:
            return
        self._told = "\n".join(told)
        if len(told) != len(self.legend.items):
            self.legend.clear()
            for text, curve in zip(told, self._curves.values(), strict=False):
                self.legend.addItem(curve, text)
        for text, (_, label) in zip(told, self.legend.items, strict=True):
            label.setText(text)


def strongest(state: State) -> float:
    """The largest norm of what pushes a particle of the plane, of A or B, at the playhead: one scale for both."""
    steps = [step for side in SIDES if (step := state.step(side)) is not None and step.x.shape[1:] == (2,)]
    parts = [part for step in steps for name in PARTS if (part := getattr(step, name)) is not None]
    return max((float(_norms(array(part)).max()) for part in parts), default=0.0) or 1.0


def chosen(state: State, count: int, size: int) -> slice:
    """The particles that have arrows: all of few, else those of the selected one's group, as far as they are few."""
    if count <= MOST:
        return slice(0, count)
    first = (state.selection or (0,))[0] // size * size
    return slice(first, min(first + size, first + MOST, count))


def _norms(vectors: Array) -> Array:
    norms: Array = np.hypot(vectors[:, 0], vectors[:, 1])
    return norms
