"""Learned: the right of the Train workspace: what the model learned so far, and the trainings kept on this machine.

Placed by the window. It reads `TrainingState` and asks it for measuring and exploring; which training is to be taken up
it tells by a signal of its own.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.controls.group import Column, Group
from app.training import BUSY, TrainingState
from app.views.numerals import tabular
from app.views.training import EXPLORE_TIP, push_button
from engine.training.library import Entry

NO_MODEL = "There is no model to measure yet: start a training, or open one below."
NOT_MEASURED = "Nothing is measured yet. Measure now draws samples and sets their numbers beside the data's."
SNAPSHOT = (
    "Use in Explore opens the model as it is now: a snapshot of the moving average of its weights, which draws better "
    "than the weights themselves. The training goes on."
)

LINES = 8
"""Trainings in sight, at least."""


class Learned(Column):
    """Measures of the model beside the data's, and the trainings; `open_wanted` carries the `Entry` to take up."""

    open_wanted = Signal(object)

    def __init__(self, state: TrainingState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.empty = _note()
        self.table = QWidget()
        self.table.setAccessibleName("Measures of the model and of the data")
        self._rows = QGridLayout(self.table)
        self.measure = push_button("Measure now", "Draw samples of the model as it is now and measure them.")
        self.explore = push_button("Use in Explore", EXPLORE_TIP)
        self.trainings = QTreeWidget()
        self.none_kept = _note("No training was begun here yet.")
        self.open = push_button("Open", "Show the chosen training; it can then be trained on.")
        self._lay_out()
        self.measure.clicked.connect(self._measure)
        self.explore.clicked.connect(state.explore_wanted)
        self.open.clicked.connect(self._open)
        self.trainings.itemActivated.connect(self._open)
        self.trainings.itemSelectionChanged.connect(self._offer)
        state.measures_changed.connect(self._show_measures)
        state.entries_changed.connect(self._show_entries)
        state.status_changed.connect(self._offer)
        state.reported.connect(self._offer)
        self._show_measures()
        self._show_entries()

    # -- measures ------------------------------------------------------------------------------------------------

    def _show_measures(self) -> None:
        for label in self.table.findChildren(QLabel):
            self._rows.removeWidget(label)
            label.hide()
            label.deleteLater()
        measures = self._state.measures
        if measures:
            heads = (("model", "Samples of the model."), ("data", "As many examples of the data."))
            for column, (text, tip) in enumerate(heads, 1):
                self._rows.addWidget(_note(text, tip), 0, column, Qt.AlignmentFlag.AlignRight)
        for row, (name, values) in enumerate(measures.items(), 1):
            self._rows.addWidget(_note(name), row, 0)
            for column, value in enumerate(values, 1):
                number = QLabel(value)
                number.setFont(tabular(number.font()))
                self._rows.addWidget(number, row, column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        told = (f"{name}: model {own}, data {theirs}" for name, (own, theirs) in measures.items())
        self.table.setAccessibleDescription("; ".join(told))
        self._offer()

    def _measure(self) -> None:
        self.measure.setText("measuring…")
        self.measure.setEnabled(False)
        self._state.measure_wanted.emit()

    # -- trainings -----------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> Entry | None:
        """The training that is selected in the list."""
        items = self.trainings.selectedItems()
        entry: Entry | None = items[0].data(0, Qt.ItemDataRole.UserRole) if items else None
        return entry

    def _show_entries(self) -> None:
        before, entries = self.chosen, self._state.entries
        self.trainings.clear()
        for entry in entries:
            item = QTreeWidgetItem([entry.folder.name, _progress(entry)])
            item.setData(0, Qt.ItemDataRole.UserRole, entry)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            item.setFont(1, tabular(QFont(self.font())))
            for column in range(2):
                item.setToolTip(column, f"{entry.config.data.label}, in {entry.folder}")
            self.trainings.addTopLevelItem(item)
            item.setSelected(before is not None and before.folder == entry.folder)
        self.trainings.setVisible(bool(entries))
        self.open.setVisible(bool(entries))
        self.none_kept.setVisible(not entries)
        self._offer()

    def _open(self) -> None:
        if self.open.isEnabled():
            self.open_wanted.emit(self.chosen)

    # -- what can be done ----------------------------------------------------------------------------------------

    def _offer(self) -> None:
        state = self._state
        begun = state.report is not None and state.report.step > 0
        self.empty.setText(NOT_MEASURED if begun else NO_MODEL)
        self.empty.setVisible(not state.measures)
        self.table.setVisible(bool(state.measures))
        self.measure.setText("measuring…" if state.measuring else "Measure now")
        self.measure.setEnabled(begun and not state.measuring)
        self.explore.setEnabled(begun)
        busy = state.status in BUSY
        self.open.setEnabled(self.chosen is not None and not busy)
        tip = "Pause the training under way before opening another one." if busy else "Show the chosen training."
        self.open.setToolTip(tip)

    # -- construction --------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._rows.setContentsMargins(0, 0, 0, 4)
        self._rows.setHorizontalSpacing(14)
        self._rows.setColumnStretch(0, 1)
        learned, kept = Group("Learned so far"), Group("Trainings here")
        learned.header.setToolTip("Show or hide what was measured of the model.")
        kept.header.setToolTip("Show or hide the trainings that are kept on this machine.")
        buttons = QHBoxLayout()
        buttons.addWidget(self.measure, 1)
        buttons.addWidget(self.explore, 1)
        for widget in (self.table, self.empty):
            learned.body.addWidget(widget)
        learned.body.addLayout(buttons)
        learned.body.addWidget(_note(SNAPSHOT))
        self.trainings.setHeaderLabels(["Name", "Steps"])
        self.trainings.setRootIsDecorated(False)
        self.trainings.setUniformRowHeights(True)
        self.trainings.setFrameShape(QFrame.Shape.NoFrame)
        self.trainings.setAccessibleName("Trainings kept here")
        self.trainings.setToolTip("The trainings that were begun here, the last one first. A double click opens one.")
        self.trainings.setMinimumHeight((LINES + 1) * round(1.5 * self.fontMetrics().height()))
        header = self.trainings.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for own in (self.none_kept, self.trainings, self.open):
            kept.body.addWidget(own)
        self.stack("What the model learned", learned, kept)


def _note(text: str = "", tip: str = "") -> QLabel:
    """Muted text."""
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(not tip)
    label.setToolTip(tip)
    return label


def _progress(entry: Entry) -> str:
    """ "7,068 of 20,000" or "20,000, finished"."""
    return f"{entry.step:,}, finished" if entry.finished else f"{entry.step:,} of {entry.config.steps:,}"
