"""The Explore workspace put together: controls, canvas over timeline, and the inspector. Made by the window at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from app.controls.panel import Panel
from app.maps import Maps
from app.state import State
from app.views.beside import Beside
from app.views.canvas import Canvas
from app.views.inspector import Inspector
from app.views.map import MapView
from app.views.recipe import Recipe
from app.views.timeline import Timeline


class Explore:
    """Its three panels, which Latents and Guidance show too and add to. What the current Run looks like stands on
    `stage`: the canvas, or what takes its place, under a `note` where there is something to say, the map `beside` it.
    """

    def __init__(self, state: State, maps: Maps) -> None:
        self.controls = Panel(state)
        self.canvas = Canvas(state)
        self.timeline = Timeline(state)
        self.note, self.stage = QLabel(), QStackedWidget()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(8, 6, 8, 0)
        self.note.hide()
        self.stage.addWidget(self.canvas)
        self.beside = Beside(self.stage, lambda: MapView(state, maps))
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.note)
        column.addWidget(self.beside, 1)
        self.middle = QSplitter(Qt.Orientation.Vertical)
        for number, half in enumerate((upper, self.timeline)):
            self.middle.addWidget(half)
            self.middle.setCollapsible(number, False)
        self.middle.setStretchFactor(0, 1)
        particle = QWidget()
        column = QVBoxLayout(particle)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Inspector(state), 1)
        column.addWidget(Recipe(state))
        self.side = QTabWidget()
        self.side.setDocumentMode(True)
        self.side.tabBar().setAutoHide(True)
        self.side.tabBar().setAccessibleName("Particle or group")
        self.side.tabBar().setDrawBase(False)
        self.side.addTab(particle, "Particle")
        self.side.setTabToolTip(0, "The selected particle at this step, and the Run as text.")
