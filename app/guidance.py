"""The Guidance workspace: what it adds to the panels of Explore. Made by the window when it is first shown."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QTabWidget

from app.bridge import Bridge
from app.controls.guidance import GuidanceGroup
from app.controls.panel import Panel
from app.reader import Reader
from app.state import State
from app.views.group_panel import GroupPanel
from app.workspaces import GUIDANCE


class Guidance:
    """Its controls in `panel`, its page about the selected particle's group in `side`, and what reads the modes."""

    def __init__(self, state: State, bridge: Bridge, panel: Panel, side: QTabWidget, parent: QObject) -> None:
        self._side = side
        self._active, self._tab = False, 0
        self.controls = GuidanceGroup(state)
        self.reader = Reader(state, bridge, parent)
        self.group = GroupPanel(state)
        panel.add(GUIDANCE, self.controls)

    def set_active(self, on: bool) -> None:
        """Show what is Guidance's own, and read groups; or leave the panels to Explore."""
        if on == self._active:
            return
        self._active = on
        self.reader.set_active(on)
        if on:
            self._side.insertTab(0, self.group, "Group")
            self._side.setTabToolTip(0, "The modes, distances and norms of the selected particle's group.")
            self._side.setCurrentIndex(self._tab)
        else:
            self._tab = self._side.currentIndex()
            self._side.removeTab(0)
