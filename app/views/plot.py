"""Plot: what the plane and the line share: a plot in the window's colours, picking, and the overlays' switches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.safely import safely
from app.state import State
from app.tools.move import Mover, Point
from app.views.overlays.origin import Array

NEAR = 14.0
"""Pixels within which a click meets a particle."""

ADDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
"""Held while clicking, either adds a particle to those selected or takes it out."""

STALE = 0.25
"""Opacity of a field that belongs to another noise level, until the right one has arrived."""

SWITCHES = {
    "density": ("Density", "Shade the density of the noisy data at this σ, by its square root."),
    "score": ("Score", "Arrows along the score (D − x) / σ², the way particles go as the noise falls."),
    "paths": ("Paths", "The way particles came, strong, and the way to come, faint."),
    "forces": ("Forces", "What moves each particle at this step: −d, the ODE drift, blue, and −g, the guidance, red."),
    "modes": ("Modes", "Crosses at the centres of the data's density."),
    "raw": ("Raw x", "Draw x itself instead of x / √(1 + σ²)."),
}
"""The overlays' switches: label and tooltip."""


class Switches(QObject):
    """Which overlays are drawn, for all panes alike."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on = {name: name not in ("raw", "forces") for name in SWITCHES}

    def __getitem__(self, name: str) -> bool:
        return self._on[name]

    def set(self, name: str, on: bool) -> None:
        """Draw that overlay, or leave it out."""
        if self._on[name] != on:
            self._on[name] = on
            self.changed.emit()


class Box(pg.ViewBox):
    """The part of a plot in which the mouse pans, unless a drag began on a particle that can be moved."""

    dragged = Signal(QPointF)  # a particle, the mouse being at that place of the scene

    def __init__(self) -> None:
        super().__init__()
        self.mover: Mover | None = None

    @safely
    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if self.mover is not None and self.mover.drag(event):
            self.dragged.emit(event.scenePos())
        else:
            super().mouseDragEvent(event, axis)


class Plot(QWidget):
    """One plot. A click on a particle selects it, with Ctrl or Shift adds or removes it; Up and Down go on."""

    def __init__(self, state: State, name: str, parent: QWidget | None = None, box: Box | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._positions: Array = np.empty((0, 2))
        self.box = box or Box()
        self.plot = pg.PlotWidget(viewBox=self.box)
        self.item: pg.PlotItem = self.plot.getPlotItem()
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        self.box.disableAutoRange()
        self.item.getAxis("left").setWidth(56)  # fixed, so that other numbers do not shift the plot
        for inner in (self.plot, self.plot.viewport()):
            inner.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 120)
        self.setAccessibleName(name)
        self.setAccessibleDescription("Up and Down select the next particle. The wheel zooms, a drag pans, F fits.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.item.setContentsMargins(4, 4, 8, 4)
        layout.addWidget(self.plot)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        self.style_axes()

    def let_move(self) -> None:
        """Let the mouse move the particles."""
        self.box.mover = Mover(self._state, self.particle_at, self.locate)
        for moved in (self.plot.scene().sigMouseMoved, self.box.dragged):
            moved.connect(self._point)

    def _point(self, place: QPointF) -> None:
        """Show by the cursor that a particle can be moved."""
        mover = self.box.mover
        if mover is not None and mover.over(place):
            self.plot.viewport().setCursor(mover.cursor)
        else:
            self.plot.viewport().unsetCursor()

    @property
    def held(self) -> tuple[int, Point] | None:
        """The particle that the mouse is moving, and where it is."""
        return None if self.box.mover is None else self.box.mover.held

    def follow_mouse(self) -> None:
        """Put the particle that is being moved where the mouse is, wherever the last Run had it."""
        if self.held is not None:
            particle, place = self.held
            if particle < len(self._positions):
                self._positions = self._positions.copy()
                self._positions[particle] = place

    def style_axes(self) -> None:
        """Take the colours of the scheme in use."""
        colours = theme.scheme()
        self.plot.setBackground(colours.base)
        for name in ("left", "bottom"):
            axis = self.item.getAxis(name)
            axis.setPen(pg.mkPen(colours.line))
            axis.setTextPen(pg.mkPen(colours.muted))

    def label(self, left: str, bottom: str) -> None:
        """Say what the axes are."""
        self.item.setLabel("left", left)
        self.item.setLabel("bottom", bottom)

    def restyle(self) -> None:
        """Take the colours of the scheme in use; views add their overlays."""
        self.style_axes()

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.restyle()

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.box.mover is not None and self.box.mover.cancel():
            return
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or not len(self._positions):
            event.ignore()
            return
        wanted = (self._state.selection or (0,))[0] + step
        self._state.select([max(0, min(wanted, len(self._positions) - 1))])

    def pixel(self, particle: int) -> QPointF:
        """Where that particle stands in the plot widget now."""
        place = self.box.mapViewToScene(QPointF(*self._positions[particle]))
        return QPointF(self.plot.mapFromScene(place))

    def particle_at(self, place: QPointF) -> int | None:
        """The particle nearest to that place of the scene, if it is near."""
        return self.nearest(self._positions, place)

    def nearest(self, positions: Array, place: QPointF, near: float = NEAR) -> int | None:
        """Which of `positions` [N, 2] is nearest to that place of the scene, if it lies within so many pixels; NaN and
        infinity are nowhere.
        """
        here = self.box.mapSceneToView(place)
        distances = np.hypot(*((positions - (here.x(), here.y())) / self.box.viewPixelSize()).T)
        found = np.flatnonzero(distances <= near)
        return int(found[distances[found].argmin()]) if len(found) else None

    def locate(self, place: QPointF) -> tuple[Point, tuple[float, ...]]:
        """Where a particle stands in the plot that is moved to that place of the scene, and its state x there."""
        raise NotImplementedError

    def _clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not len(self._positions):
            return
        if event.double():
            self.fit()
            return
        nearest = self.particle_at(event.scenePos())
        if nearest is None:
            return
        chosen = self._state.selection
        if event.modifiers() & ADDING:
            rest = [p for p in chosen if p != nearest]
            self._state.select(rest if nearest in chosen and rest else [nearest, *rest])
        else:
            self._state.select([nearest])

    @property
    def note(self) -> str:
        """What the picture leaves out, in a few words; empty if nothing."""
        return ""

    def refresh(self) -> None:
        """Show the step under the playhead."""
        raise NotImplementedError

    def fit(self) -> None:
        """Show all there is."""
        raise NotImplementedError
