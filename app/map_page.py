"""The page of the map in the Analysis workspace: its three panels. Made by `app.analysis` when it is first shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QUndoStack
from PySide6.QtWidgets import QSplitter

from app.controls.group import Column
from app.controls.map import FitGroup, MapGroup
from app.controls.model import ModelGroup
from app.maps import FitPlan, Maps
from app.state import State
from app.views.inspector import Inspector
from app.views.map import MapView
from app.views.timeline import Timeline
from engine.settings.maps import MapSettings


class MapPage:
    """The map's controls left, the map over a timeline of its own in the middle, the selected particle right."""

    def __init__(self, state: State, maps: Maps, undo: QUndoStack, parent: QObject) -> None:
        """`undo` takes the changes of the settings of the next map."""
        self.plan = FitPlan(MapSettings(), undo, parent)
        self.controls = Column()
        self.model, self.map, self.fit = ModelGroup(state), MapGroup(maps), FitGroup(maps, self.plan)
        self.controls.stack("Map", self.model, self.map, self.fit)
        self.view, self.timeline = MapView(state, maps), Timeline(state)
        self.middle = QSplitter(Qt.Orientation.Vertical)
        for number, half in enumerate((self.view, self.timeline)):
            self.middle.addWidget(half)
            self.middle.setCollapsible(number, False)
        self.middle.setStretchFactor(0, 1)
        self.side = Inspector(state)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for panel in (self.controls, self.middle, self.side):  # the canvas's key for it holds on the canvas alone
            play = QShortcut(QKeySequence("Space"), panel, context=within)
            play.activated.connect(self.timeline.toggle_play)
