"""Line: trajectories of 1-D data over time, the prior at the left, the data at the right. Made by `canvas.Canvas`.

The noise shrinks from some hundred to nothing on the way, so x is drawn as x / sqrt(1 + sigma^2), the
variance-preserving coordinate, in which every level is as wide as the data or as one; x itself is a switch away.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from app import theme
from app.state import SIDES, Side, State
from app.tools.move import Point
from app.views.numerals import significant
from app.views.overlays.fields import Fields
from app.views.overlays.origin import Array
from app.views.overlays.particles import Moved, Particles
from app.views.overlays.paths import History, Paths
from app.views.overlays.shading import Density
from app.views.plot import STALE, Plot, Switches
from engine.analysis.colours import origins
from engine.analysis.compare import difference
from engine.analysis.field import Field, FieldRequest, between
from engine.analysis.plane import EDGE, PRIOR, line_reach
from engine.settings.edits import Move

RESOLUTION = 256
COLUMNS = 400
"""Noise levels of the shaded density, at most (where the schedule itself has no more)."""

TICK = 62
"""Pixels from one written noise level to the next, at least."""


class Timeline1D(Plot):
    """A plot whose horizontal axis is the steps of a schedule, with the playhead on it."""

    def __init__(self, state: State, name: str, switches: Switches, parent: QWidget | None = None) -> None:
        super().__init__(state, name, parent)
        self._switches = switches
        self._history: dict[Side, History] = {}
        self._playhead = pg.InfiniteLine(angle=90, movable=False)
        self._playhead.setZValue(15)
        self.item.addItem(self._playhead, ignoreBounds=True)
        self._held = False
        self.box.sigRangeChangedManually.connect(self._hold)

    def restyle(self) -> None:
        super().restyle()
        self._playhead.setPen(pg.mkPen(theme.scheme().accent, width=1.5))

    def fit(self) -> None:
        self._held = False
        self.refresh()

    def _hold(self) -> None:
        self._held = True

    def gather(self, side: Side) -> History | None:
        """What has arrived of that side's trajectory; None before its first step."""
        trajectory = self._state.drawing(side).trajectory
        if trajectory is None or not trajectory.available:
            return None
        if side not in self._history or self._history[side].trajectory is not trajectory:
            self._history[side] = History(trajectory)
        self._history[side].update()
        return self._history[side]

    def mark_levels(self, sigmas: list[float]) -> None:
        """Write the noise levels of some steps under the axis."""
        last = len(sigmas) - 1
        ticks = max(1, min(last, int(self.box.width() / (1 + 2 * EDGE) / TICK)))
        chosen = sorted({round(last * i / ticks) for i in range(ticks + 1)})
        self.item.getAxis("bottom").setTicks([[(i, significant(sigmas[i])) for i in chosen]])

    def span(self, low: float, high: float, last: int) -> None:
        """Show all steps and these values, unless the user chose what to see."""
        if not self._held and self.held is None:
            margin = EDGE * last + 0.5
            self.box.setRange(QRectF(-margin, low, last + 2 * margin, high - low), padding=0)


class LineView(Timeline1D):
    """One side: density over time, prior and data at its ends, trajectories and particles."""

    def __init__(
        self, state: State, side: Side, fields: Fields, switches: Switches, parent: QWidget | None = None
    ) -> None:
        super().__init__(state, f"Trajectories, {side}", switches, parent)
        self._side = side
        self._fields = fields
        self._loaded: tuple[object, ...] = ()
        self._lines: Array = np.empty((0, 0, 2))
        self._classes: Array = np.empty(0, np.intp)
        self._field: Field | None = None
        self._density = Density(self.item)
        self._paths = Paths(self.item, axes=1)
        self._ends = [pg.PlotCurveItem(fillLevel="enclosed", skipFiniteCheck=True, antialias=True) for _ in range(2)]
        for curve in self._ends:
            self.item.addItem(curve, ignoreBounds=True)
        self._moved = Moved(self.item)
        self._particles = Particles(self.item, axes=1)
        if side == "current":
            self.let_move()
        self.restyle()

    def restyle(self) -> None:
        super().restyle()
        for overlay in (self._density, self._paths, self._moved, self._particles):
            overlay.restyle()
        fill = QColor(theme.scheme().muted)
        fill.setAlphaF(0.3)
        for curve in self._ends:
            curve.setPen(pg.mkPen(theme.scheme().muted, width=1.2))
            curve.setBrush(fill)

    def refresh(self) -> None:
        history = self.gather(self._side)
        if history is None:
            return
        sigmas, index = history.trajectory.sigmas, self._state.index(self._side)
        raw = self._switches["raw"]
        self.label("x" if raw else "x / √(1 + σ²)", "noise level σ, from the prior to the data")
        self._load(history, raw)
        low, high = self._values(history, index, raw)
        self.mark_levels(sigmas)
        self.span(low, high, len(sigmas) - 1)
        self._playhead.setValue(index)
        if self._switches["paths"]:
            self._paths.split(int(np.searchsorted(history.indices, index, side="right")) - 1)
        else:
            self._paths.hide()
        if index in history.indices:
            self._positions = self._lines[history.indices.index(index)]
            self.follow_mouse()
            self._particles.place(self._positions, self._classes, self._state.selection)
        moves = [edit for edit in history.trajectory.run.latents.edits if isinstance(edit, Move)]
        self._moved.mark([(e.step, e.to[0] / _scales([sigmas[e.step]], raw)[0]) for e in moves])
        self._draw_field(history, (low, high), raw)

    def locate(self, place: QPointF) -> tuple[Point, tuple[float, ...]]:
        trajectory, index = self._state.drawing("current").trajectory, self._state.index("current")
        assert trajectory is not None
        y = self.box.mapSceneToView(place).y()
        scale = _scales([trajectory.sigmas[index]], self._switches["raw"])[0]
        return (float(index), y), (float(y * scale),)

    def _load(self, history: History, raw: bool) -> None:
        """Lay the trajectories out as lines [T, N, 2] when they, the selection or the coordinate changed."""
        form = (history, len(history.states), self._state.selection, raw)
        if form == self._loaded:
            return
        self._loaded = form
        steps = np.array(history.indices, float)
        scale = _scales([history.trajectory.sigmas[i] for i in history.indices], raw)
        values = np.stack(history.states)[..., 0] / scale[:, None]
        self._lines = np.stack([np.broadcast_to(steps[:, None], values.shape), values], axis=-1)
        self._classes = origins(history.latents)
        self._paths.load(self._lines, self._classes, self._state.selection)

    def _values(self, history: History, index: int, raw: bool) -> tuple[float, float]:
        """The values to show: all there are, scaled; or, of x itself, those at the playhead, as the plane does."""
        places: list[int] | slice = slice(None)
        if raw:
            places = [i for i, step in enumerate(history.indices) if step >= index][:1] or [-1]
        reach = line_reach(self._lines[places, :, 1], 1e-3 if raw else PRIOR)
        return -reach, reach

    def _draw_field(self, history: History, values: tuple[float, float], raw: bool) -> None:
        sigmas = history.trajectory.sigmas
        last = len(sigmas) - 1
        parts = max(1, COLUMNS // last)
        request = FieldRequest(
            history.trajectory.run.model, between(sigmas, parts), (values,), RESOLUTION, scaled=not raw
        )
        self._field = self._fields.want(self._side, [request]) or self._field
        shown = self._field is not None and self._field.density is not None and self._switches["density"]
        right = self._field is not None and self._field.request == request
        for item in (self._density, *self._ends):
            item.setVisible(shown)
            item.setOpacity(1.0 if right else STALE)
        if shown and right and self._field is not None and self._field.density is not None:
            (low, high), half = self._field.request.bounds[0], 0.5 / parts
            density = self._field.density
            self._density.shade(density.T, QRectF(-half, low, last + 2 * half, high - low))
            heights = low + (high - low) * (np.arange(RESOLUTION) + 0.5) / RESOLUTION
            width = EDGE * last
            self._ends[0].setData(-half - width * density[0], heights, skipFiniteCheck=True)
            self._ends[1].setData(last + half + width * density[-1], heights, skipFiniteCheck=True)


class DifferenceLine(Timeline1D):
    """B - A of each particle over B's steps, A taken at the level nearest to B's."""

    def __init__(self, state: State, switches: Switches, parent: QWidget | None = None) -> None:
        super().__init__(state, "Difference of the trajectories, B − A", switches, parent)
        self._paths = Paths(self.item, axes=1)
        self._zero = pg.InfiniteLine(pos=0, angle=0, pen=pg.mkPen(theme.scheme().line, style=Qt.PenStyle.DashLine))
        self.item.addItem(self._zero, ignoreBounds=True)
        self._particles = Particles(self.item, axes=1)
        self.restyle()

    def restyle(self) -> None:
        super().restyle()
        self._paths.restyle()
        self._particles.restyle()

    def refresh(self) -> None:
        a, b = (self.gather(side) for side in SIDES)
        if a is None or b is None:
            return
        sigmas, index = b.trajectory.sigmas, self._state.index("current")
        same = a.trajectory.sigmas == sigmas
        nearest = [step if same else a.trajectory.nearest(sigmas[step]) for step in b.indices]
        places = [(i, a.indices.index(step)) for i, step in enumerate(nearest) if step in a.indices]
        if not places:
            return
        raw = self._switches["raw"]
        self.label("x of B − x of A" if raw else "(x of B − x of A) / √(1 + σ²)", "noise level σ of B")
        scale = _scales([sigmas[b.indices[i]] for i, _ in places], raw)
        values = np.stack([difference(b.states[i], a.states[j])[:, 0] for i, j in places]) / scale[:, None]
        steps = np.array([b.indices[i] for i, _ in places], float)
        lines = np.stack([np.broadcast_to(steps[:, None], values.shape), values], axis=-1)
        classes = origins(b.latents)[: values.shape[1]]
        self._paths.load(lines, classes, self._state.selection)
        corner = int(np.searchsorted(steps, index, side="right")) - 1
        self._paths.split(corner)
        self._positions = lines[corner]
        self._particles.place(self._positions, classes, self._state.selection)
        reach = 1.15 * (float(np.abs(values).max(initial=0.0)) or 1.0)
        self.mark_levels(sigmas)
        self.span(-reach, reach, len(sigmas) - 1)
        self._playhead.setValue(index)


def _scales(sigmas: list[float], raw: bool) -> Array:
    """What x is divided by at each level to be drawn."""
    return np.ones(len(sigmas)) if raw else np.hypot(1.0, np.array(sigmas))
