"""The control panel of the Train workspace: the model's name and the groups of its configuration, in a column."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel

from app.bind import Row, bind
from app.controls.group import Column
from app.controls.rows import TextRow
from app.controls.training.data import DataGroup
from app.controls.training.fitting import held
from app.controls.training.loss import LossGroup
from app.controls.training.network import NetworkGroup
from app.controls.training.optimiser import OptimiserGroup
from app.training import TrainingState
from engine.training.config import Training

FIXED = "These settings stand fixed until this training is finished, stopped and kept, or set aside."
NAMES = "Begin the name with a letter or a digit; then spaces, dots, hyphens and underscores may stand in it too."


class TrainingPanel(Column):
    """All that a configuration can be changed by; only a note where it is being trained."""

    mnist_folder_wanted = Signal()

    def __init__(self, state: TrainingState) -> None:
        super().__init__()
        self._state = state
        self.name = TextRow("Name", Training.model_fields["name"].description or "", NAMES)
        self.name.setObjectName("name")
        self.data = DataGroup(state)
        self.network = NetworkGroup(state)
        self.loss = LossGroup(state)
        self.optimiser = OptimiserGroup(state)
        self.fixed = QLabel(FIXED)
        self.fixed.setObjectName("muted")
        self.fixed.setWordWrap(True)
        self.name.setContentsMargins(4, 0, 2, 0)  # in line with the rows of the groups
        self.stack("Training controls", self.fixed, self.name, self.data, self.network, self.loss, self.optimiser)
        bind(held(state), self.name, "", "name")  # in its place by now: it may show itself
        self._align()
        self.data.mnist_folder_wanted.connect(self.mnist_folder_wanted)
        state.status_changed.connect(self._enable)
        self._enable()

    def _align(self) -> None:
        """Give all titles the width of the longest."""
        rows = self.findChildren(Row)
        width = max(row.label.sizeHint().width() for row in rows)
        for row in rows:
            row.label.setFixedWidth(width)

    def _enable(self) -> None:
        """Let the rows be changed only while that has a meaning."""
        self.fixed.setVisible(not self._state.editable)
        for row in self.findChildren(Row):
            row.setEnabled(self._state.editable)
