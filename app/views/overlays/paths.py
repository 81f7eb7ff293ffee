"""Paths: the lines along which particles came, strong, and along which they will go, faint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg

from app.views.overlays import origin
from app.views.overlays.origin import Array
from engine.analysis.colours import ORIGINS
from engine.analysis.parts import array
from engine.analysis.plane import FEW, POINTS, followed

if TYPE_CHECKING:
    from engine.trajectory import Trajectory


class History:
    """The states of a trajectory at the Steps at hand, gathered once as they arrive."""

    def __init__(self, trajectory: Trajectory) -> None:
        self.trajectory = trajectory
        self.indices: list[int] = []
        self.states: list[Array] = []
        self._seen = 0

    def update(self) -> None:
        """Gather the Steps that arrived since."""
        for index in range(self._seen, self.trajectory.available):
            step = self.trajectory[index]
            if step is not None:
                self.indices.append(index)
                self.states.append(array(step.x))
        self._seen = self.trajectory.available

    @property
    def latents(self) -> Array:
        """The unit-variance latents [N, D]."""
        return self.states[0] / self.trajectory.sigmas[0]


class Paths:
    """Two curves a colour of origin: the past and the future of the particles that are followed."""

    def __init__(self, plot: pg.PlotItem, axes: int) -> None:
        self._axes = axes
        self._past = [pg.PlotCurveItem(skipFiniteCheck=True) for _ in range(ORIGINS)]
        self._future = [pg.PlotCurveItem(skipFiniteCheck=True) for _ in range(ORIGINS)]
        for item in (*self._past, *self._future):
            item.setZValue(20)
            plot.addItem(item, ignoreBounds=True)
        self._lines: list[Array] = []
        self._few = True
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        for past, future, colour in zip(self._past, self._future, origin.colours(self._axes), strict=True):
            colour.setAlphaF(0.9 if self._few else 0.5)
            past.setPen(pg.mkPen(colour, width=1.4 if self._few else 1))
            colour.setAlphaF(0.3 if self._few else 0.15)
            future.setPen(pg.mkPen(colour, width=1))

    def load(self, lines: Array, classes: Array, selection: tuple[int, ...]) -> int:
        """Take `lines` [T, N, 2]; how many particles of them are followed, the selected ones always."""
        count = lines.shape[1]
        which = np.zeros(count, bool)
        which[followed(lines.shape[0], count)] = True
        which[[p for p in selection[:100] if p < count]] = True
        chosen = [which & (classes == number) for number in range(ORIGINS)]
        self._lines = [np.ascontiguousarray(lines[:, own].swapaxes(0, 1)) for own in chosen]
        few = bool(which.sum() <= FEW)
        if few != self._few:
            self._few = few
            self.restyle()
        smooth = lines.shape[0] * int(which.sum()) <= POINTS // 4
        for item in (*self._past, *self._future):
            item.opts["antialias"] = smooth
        return int(which.sum())

    def split(self, corner: int) -> None:
        """Draw the paths up to that corner strong and from there on faint."""
        for past, future, lines in zip(self._past, self._future, self._lines, strict=True):
            _draw(past, lines[:, : corner + 1])
            _draw(future, lines[:, corner:])

    def hide(self) -> None:
        """Draw none."""
        for item in (*self._past, *self._future):
            item.setData([], [])


def _draw(item: pg.PlotCurveItem, lines: Array) -> None:
    """Lines [n, T, 2] as one curve, interrupted between them."""
    if lines.shape[0] == 0 or lines.shape[1] < 2:
        item.setData([], [])
        return
    joined = np.ones(lines.shape[:2], np.int32)
    joined[:, -1] = 0
    flat = lines.reshape(-1, 2)
    item.setData(flat[:, 0], flat[:, 1], connect=joined.reshape(-1), skipFiniteCheck=True)
