"""The page of futures in the Analysis workspace: its state, its forecaster, its three panels. Made when it is shown."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QLabel, QTabWidget, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.controls.futures import FuturesPanel
from app.forecaster import Forecaster
from app.futures import FuturesState
from app.safely import safely
from app.state import State
from app.views.filmstrip import Filmstrip
from app.views.futures import FuturesView
from app.views.looked import LookedView
from app.views.rollout import RolloutView


class FuturesPage(QObject):
    """Choices in `controls`, the filmstrip over futures and rollout in `middle`, what is looked at in `side`.

    Futures are asked for while `middle` is seen; what was drawn stays when it is not.
    """

    explored = Signal()  # a Run was made the current one: time to look at it
    changed = Signal()  # a choice was made or undone: time to show the page

    def __init__(self, state: State, bridge: Bridge, undo: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self.futures = FuturesState(undo, self)
        self.forecaster = Forecaster(self.futures, state, bridge, self)
        self.controls = FuturesPanel(self.futures)
        self.side = LookedView(self.futures, state)
        self.strip = Filmstrip(self.futures)
        self.note = QLabel()
        self.forecast, self.rollout = FuturesView(self.futures), RolloutView(self.futures)
        self.tabs = QTabWidget()
        self.middle = QWidget()
        self._lay_out()
        self.forecaster.explored.connect(self.explored)
        self.futures.choices_changed.connect(lambda _: self.changed.emit())
        self.futures.start_wanted.connect(lambda: self.tabs.setCurrentWidget(self.rollout))
        self.futures.refused.connect(self._refuse)
        self.strip.chosen.connect(self.futures.choose_last)
        self.middle.installEventFilter(self)

    @safely
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Draw what is chosen while it is seen."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.forecaster.set_active(event.type() is QEvent.Type.Show)
        return False

    def _refuse(self, reason: str) -> None:
        self.note.setText(reason)
        self.note.setVisible(bool(reason))

    def _lay_out(self) -> None:
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.note.hide()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("One frame ahead, or several")
        self.tabs.addTab(self.forecast, "Futures")
        self.tabs.addTab(self.rollout, "Rollout")
        self.tabs.setTabToolTip(
            0, "Many next frames of the same given ones, their mean, their spread and their places."
        )
        self.tabs.setTabToolTip(1, "Several frames ahead: each is drawn from those that were drawn before.")
        column = QVBoxLayout(self.middle)
        column.setContentsMargins(10, 6, 0, 0)
        column.setSpacing(2)
        for widget in (self.strip, self.note):
            column.addWidget(widget)
        column.addWidget(self.tabs, 1)
        self.middle.setAccessibleName("Futures of a sequence")
