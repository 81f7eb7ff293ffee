"""Plane: particles of 2-D data over the density and the score at their noise level. Made by `canvas.Canvas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QWidget

from app import theme
from app.state import SIDES, Side, State
from app.tools.move import Point
from app.views.camera import Camera, bounds, framed
from app.views.overlays import forces
from app.views.overlays.fields import Fields
from app.views.overlays.forces import Forces
from app.views.overlays.particles import Moved, Particles
from app.views.overlays.paths import History, Paths
from app.views.overlays.shading import Arrows, Density
from app.views.plot import STALE, Plot, Switches
from engine.analysis.colours import origins
from engine.analysis.field import Field, FieldRequest
from engine.analysis.parts import array
from engine.settings.edits import Move

if TYPE_CHECKING:
    from engine.run import Run
    from engine.step import Step

RESOLUTION, ARROWS = 144, 26
AHEAD = 64
"""Noise levels whose fields are asked for before they are in sight, at most."""

LONGEST = 0.14
"""The longest arrow of the forces, as a share of the height in sight."""


class Plane(Plot):
    """A plot whose two axes have one unit and whose view is the camera's."""

    def __init__(self, state: State, name: str, camera: Camera, parent: QWidget | None = None) -> None:
        super().__init__(state, name, parent)
        self._camera = camera
        self.label("x₂", "x₁")
        self.box.setAspectLocked(True)
        self.box.sigRangeChangedManually.connect(lambda _: camera.take(self.box.viewRect().normalized()))

    def look(self) -> None:
        """Show what the camera sees at the noise level of the playhead."""
        self._camera.sigma = _sigma(self._state)
        self.box.setRange(self.seen(self._camera.sigma), padding=0)
        self.box.updateMatrix()  # now: left to the next paint, it would ask for one more

    def seen(self, sigma: float) -> QRectF:
        """The part of the plane in sight at that noise level."""
        return framed(self._camera.view(sigma), self.box.width(), self.box.height())

    def fit(self) -> None:
        """Follow the noise again."""
        self._camera.fit()


class PlaneView(Plane):
    """One side: density, score, paths, particles and modes at the step under the playhead."""

    def __init__(
        self,
        state: State,
        side: Side,
        camera: Camera,
        fields: Fields,
        switches: Switches,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(state, f"Plane, {side}", camera, parent)
        self._side = side
        self._fields = fields
        self._switches = switches
        self._history: History | None = None
        self._loaded: tuple[int, tuple[int, ...]] | None = None
        self._followed = 0
        self._field: Field | None = None
        self._classes = np.empty(0, np.intp)
        self._density = Density(self.item)
        self._arrows = Arrows(self.item)
        self._paths = Paths(self.item, axes=2)
        self._modes = pg.ScatterPlotItem(pxMode=True, symbol="x", size=9)
        self._modes.setZValue(25)
        self.item.addItem(self._modes, ignoreBounds=True)
        self._forces = Forces(self.item)
        self._moved = Moved(self.item)
        self._particles = Particles(self.item, axes=2)
        if side == "current":
            self.let_move()
        self.restyle()

    def restyle(self) -> None:
        super().restyle()
        for overlay in (self._density, self._arrows, self._paths, self._forces, self._moved, self._particles):
            overlay.restyle()
        self._modes.setPen(pg.mkPen(theme.scheme().base, width=0.8))
        self._modes.setBrush(pg.mkBrush(theme.scheme().text))

    @property
    def note(self) -> str:
        count = len(self._positions)
        return f"paths of {self._followed} of {count:,}" if 0 < self._followed < count else ""

    def refresh(self) -> None:
        """Show the step under the playhead."""
        drawing = self._state.drawing(self._side)
        trajectory = drawing.trajectory
        if trajectory is None or not trajectory.available:
            return
        if self._history is None or self._history.trajectory is not trajectory:
            self._history, self._loaded = History(trajectory), None
            self._classes = np.empty(0, np.intp)
        self._history.update()
        if not len(self._classes):
            self._classes = origins(self._history.latents)
        model = trajectory.run.model.sha256
        settled = trajectory.complete and not drawing.coarse
        if self.held is None:  # the ground stands still under the mouse
            self._camera.learn(self._side, model, self._history.states[-1], settled)
        self.look()
        step = self._state.step(self._side)
        if step is not None:
            self._positions = array(step.x)
            self.follow_mouse()
            self._particles.place(self._positions, self._classes, self._state.selection)
            self._draw_forces(step, trajectory.run)
        self._moved.mark([edit.to for edit in trajectory.run.latents.edits if isinstance(edit, Move)])
        self._draw_paths(self._history, self._state.index(self._side))
        self._draw_field()

    def locate(self, place: QPointF) -> tuple[Point, tuple[float, ...]]:
        point = self.box.mapSceneToView(place)
        return (point.x(), point.y()), (point.x(), point.y())

    def _draw_forces(self, step: Step, run: Run) -> None:
        if self._switches["forces"] and step.drift is not None:
            longest = LONGEST * self._camera.view(self._camera.sigma).height()
            particles = forces.chosen(self._state, len(step.x), run.latents.group_size)
            self._forces.draw(step, particles, forces.strongest(self._state), longest)
        else:
            self._forces.hide()

    def _draw_paths(self, history: History, index: int) -> None:
        if not self._switches["paths"] or len(history.states) < 2:
            self._paths.hide()
            self._followed = 0
            return
        form = (len(history.states), self._state.selection)
        if self._loaded != form:
            self._followed = self._paths.load(np.stack(history.states), self._classes, self._state.selection)
            self._loaded = form
        self._paths.split(int(np.searchsorted(history.indices, index, side="right")) - 1)

    # -- the field -----------------------------------------------------------------------------------------------

    def _draw_field(self) -> None:
        """Shade the field of this noise level; one of another level stays, dimmed, until the right one arrives."""
        requests = self._requests()
        field = self._fields.want(self._side, requests)
        if field is not None and field is not self._field:
            self._take(field)
        self._field = field or self._field
        right = self._field is not None and _level(self._field.request) == _level(requests[0])
        known = self._field is not None and self._field.request.reference == requests[0].reference
        shaded = known and self._field is not None and self._field.density is not None
        self._density.setVisible(shaded and self._switches["density"])
        self._arrows.setVisible(known and self._switches["score"])
        self._modes.setVisible(known and self._switches["modes"])
        for overlay in (self._density, self._arrows):
            overlay.setOpacity(1.0 if right else STALE)

    def _requests(self) -> list[FieldRequest]:
        """The field wanted now, then, once the trajectory is complete, those of the steps around it."""
        assert self._history is not None
        trajectory, here = self._history.trajectory, self._state.index(self._side)
        others = range(len(trajectory.sigmas)) if trajectory.complete else ()
        nearest = sorted(others, key=lambda i: abs(i - here))[1:AHEAD]
        levels = [(trajectory.sigmas[here], _sigma(self._state))]
        levels += [(trajectory.sigmas[i], trajectory.sigmas[i]) for i in nearest]
        reference = trajectory.run.model
        return [FieldRequest(reference, (s,), bounds(self.seen(v)), RESOLUTION, ARROWS) for s, v in levels]

    def _take(self, field: Field) -> None:
        (left, right), (low, high) = field.request.bounds
        if field.density is not None:
            self._density.shade(field.density[0], QRectF(left, low, right - left, high - low))
        if field.positions is not None and field.vectors is not None:
            self._arrows.draw(field.positions[0], field.vectors[0], max(right - left, high - low) / ARROWS)
        self._modes.setData(pos=[] if field.modes is None else field.modes)
        if field.modes is not None:
            self._camera.learn_modes(self._side, field.request.reference.sha256, field.modes)


class DisplacementView(Plane):
    """A and B in one plane: a line from each particle in A, hollow, to the same particle in B, filled."""

    def __init__(self, state: State, camera: Camera, parent: QWidget | None = None) -> None:
        super().__init__(state, "Displacement from A to B", camera, parent)
        self._lines = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True, antialias=True)
        self._before = pg.ScatterPlotItem(pxMode=True, size=7, brush=None)
        for item in (self._lines, self._before):
            self.item.addItem(item, ignoreBounds=True)
        self._after = Particles(self.item, axes=2)
        self.restyle()

    def restyle(self) -> None:
        super().restyle()
        self._after.restyle()
        self._lines.setPen(pg.mkPen(theme.scheme().muted, width=1))
        self._before.setPen(pg.mkPen(theme.scheme().muted, width=1))

    def refresh(self) -> None:
        """Show both sides under the playhead."""
        a, b = (self._state.step(side) for side in SIDES)
        trajectory = self._state.drawing("current").trajectory
        self.look()
        if a is None or b is None or trajectory is None:
            return
        count = min(len(a.x), len(b.x))
        before, self._positions = array(a.x)[:count], array(b.x)[:count]
        ends = np.stack([before, self._positions], axis=1).reshape(-1, 2)
        self._lines.setData(ends[:, 0], ends[:, 1], connect="pairs", skipFiniteCheck=True)
        self._before.setData(pos=before)
        first = trajectory[0]
        if first is not None:
            classes = origins(array(first.x)[:count] / trajectory.sigmas[0])
            self._after.place(self._positions, classes, self._state.selection)


def _sigma(state: State) -> float:
    """The noise level the playhead stands on, whether its step has arrived or not."""
    trajectory = state.drawing("current").trajectory
    return 0.0 if trajectory is None else trajectory.sigmas[min(state.playhead, trajectory.last)]


def _level(request: FieldRequest) -> tuple[str, tuple[float, ...]]:
    return request.reference.sha256, request.sigmas
