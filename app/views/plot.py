"""Plot: what the plane and the line share: a plot in the window's colours, picking, and the overlays' switches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.state import State
from app.views.overlays.origin import Array

NEAR = 14.0
"""Pixels within which a click meets a particle."""

STALE = 0.25
"""Opacity of a field that belongs to another noise level, until the right one has arrived."""

SWITCHES = {
    "density": ("Density", "Shade the density of the noisy data at this σ, by its square root."),
    "score": ("Score", "Arrows along the score (D − x) / σ², the way particles go as the noise falls."),
    "paths": ("Paths", "The way particles came, strong, and the way to come, faint."),
    "modes": ("Modes", "Crosses at the centres of the data's density."),
    "raw": ("Raw x", "Draw x itself instead of x / √(1 + σ²)."),
}
"""The overlays' switches: label and tooltip."""


class Switches(QObject):
    """Which overlays are drawn, for all panes alike."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on = {name: name != "raw" for name in SWITCHES}

    def __getitem__(self, name: str) -> bool:
        return self._on[name]

    def set(self, name: str, on: bool) -> None:
        """Draw that overlay, or leave it out."""
        if self._on[name] != on:
            self._on[name] = on
            self.changed.emit()


class Plot(QWidget):
    """One plot. A click on a particle selects it, with Ctrl adds or removes it; Up and Down select the next one."""

    def __init__(self, state: State, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._positions: Array = np.empty((0, 2))
        self.plot = pg.PlotWidget()
        self.item: pg.PlotItem = self.plot.getPlotItem()
        self.box: pg.ViewBox = self.item.getViewBox()
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        self.box.disableAutoRange()
        self.item.getAxis("left").setWidth(56)  # fixed, so that other numbers do not shift the plot
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 120)
        self.setAccessibleName(name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.item.setContentsMargins(4, 4, 8, 4)
        layout.addWidget(self.plot)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        self.style_axes()

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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
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

    def _clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not len(self._positions):
            return
        if event.double():
            self.fit()
            return
        place = self.box.mapSceneToView(event.scenePos())
        unit = self.box.viewPixelSize()
        distances = np.hypot(*((self._positions - (place.x(), place.y())) / unit).T)
        nearest = int(distances.argmin())
        if distances[nearest] > NEAR:
            return
        chosen = self._state.selection
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
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
