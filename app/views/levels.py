"""Levels: the schedule as a picture, sigma over the steps on a log axis, with others beside it; or abar over t.

Placed by `controls.schedule` under its rows; opens large in a window of its own that shows the same.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import IconButton
from app.state import State
from app.views.chart import COMPARED, PINNED, beside, problem
from app.views.levels_plot import Choices, LevelsPlot
from engine.run import Run
from engine.settings import DDPMSchedule

LARGE = (720, 480)
"""Width and height of the window of its own, in points, as it opens."""


class LevelsView(QWidget):
    """The picture over its switches. Two that share their `choices` show the same; the first one opens the second."""

    def __init__(self, state: State, choices: Choices | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._large = state, choices is not None
        self._choices = choices or Choices(self)
        self.window_of_its_own: QDialog | None = None
        self.plot = LevelsPlot(state, self._choices)
        self.compare = QToolButton()
        self.compare.setText("Compare")
        self.compare.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.compare.setToolTip("Draw other schedules beside this one, at as many steps and for the same model.")
        self.compare.setAccessibleName("Compare with other schedules")
        self.menu = QMenu(self.compare)
        self.menu.setToolTipsVisible(True)
        self.compare.setMenu(self.menu)
        self.entries = {name: self._entry(name) for name in (*COMPARED, PINNED)}
        self.menu.aboutToShow.connect(self._offer)
        self.over_t = QToolButton()
        self.over_t.setText("ᾱ over t")
        self.over_t.setCheckable(True)
        self.over_t.setToolTip("What is left of the data over the steps t of the DDPM: ᾱ and √ᾱ, and the steps taken.")
        self.over_t.setAccessibleName("Show what is left of the data over t")
        self.over_t.toggled.connect(self._choices.show_over_t)
        self.enlarge = IconButton("enlarge", "Enlarge the schedule", "Open this picture in a window of its own.")
        self.enlarge.clicked.connect(self.open_large)
        self.enlarge.setVisible(not self._large)
        self._lay_out()
        self._choices.changed.connect(self._show)
        state.run_changed.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.compare)
        row.addWidget(self.over_t)
        row.addStretch(1)
        row.addWidget(self.enlarge)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(10, 8, 10, 8) if self._large else (0, 4, 0, 0))
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.plot)
        if self._large:
            self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _entry(self, name: str) -> QAction:
        action = QAction("A's schedule" if name == PINNED else name, self)
        action.setCheckable(True)
        action.toggled.connect(partial(self._choices.compare, name))
        self.menu.addAction(action)
        return action

    def _offer(self) -> None:
        """Offer what can be drawn beside the current schedule; why the others cannot stands in their tooltips."""
        found = beside(self._state)
        for name, action in self.entries.items():
            reason = problem(*found[name]) if name in found else "No Run is pinned as A: pin this one with A | B."
            action.setEnabled(not reason)
            action.setToolTip(reason)

    def _show(self, _: Run | None = None) -> None:
        discrete = isinstance(self._state.run.schedule, DDPMSchedule)
        self.over_t.setVisible(discrete)
        self.over_t.setChecked(self._choices.over_t)
        self.compare.setEnabled(not (discrete and self._choices.over_t))
        for name, action in self.entries.items():
            action.setChecked(name in self._choices.compared)

    def open_large(self) -> None:
        """Show the picture in a window of its own, which follows whatever changes."""
        if self.window_of_its_own is None:
            self.window_of_its_own = QDialog(self.window())
            self.window_of_its_own.setWindowTitle("Schedule")
            self.window_of_its_own.resize(*LARGE)
            column = QVBoxLayout(self.window_of_its_own)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(LevelsView(self._state, self._choices))
        self.window_of_its_own.show()
        self.window_of_its_own.raise_()
        self.window_of_its_own.activateWindow()
