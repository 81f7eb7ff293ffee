"""TrainingState: what the Train workspace shows. Controls change it, `app.trainer` fills it, views only read it.

No torch, no maths. The configuration being edited has an undo history of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.undo import ChangeValue
from engine.training.config import Training
from engine.training.library import Entry

if TYPE_CHECKING:
    from engine.training.live import Report
    from engine.training.look import Look

Status = Literal["idle", "starting", "running", "pausing", "paused", "finished", "failed"]
"""What the training does: `idle` is none, so that the configuration can be edited; `pausing` ends with it saved."""

BUSY: frozenset[Status] = frozenset({"starting", "running", "pausing"})
"""While the worker is at it."""

Measures = Mapping[str, tuple[str, str]]
"""What was measured of the model, by name: the model's value and the data's, as text."""


class TrainingState(QObject):
    """The configuration being edited with a look at it, the training under way, and the trainings kept here."""

    config_changed = Signal(object)  # Training: the one being edited, also on undo and redo
    look_changed = Signal()  # another look, or the sentence in its place
    status_changed = Signal(str)  # Status
    reported = Signal(object)  # engine.training.live.Report
    measures_changed = Signal()
    entries_changed = Signal()

    start_wanted = Signal()  # train `config`, or go on with it
    pause_wanted = Signal()
    keep_wanted = Signal()  # stop, and keep the model as it is now
    aside_wanted = Signal()  # leave what is paused, to choose another
    explore_wanted = Signal()  # the model as it is now, in Explore, while it trains on
    measure_wanted = Signal()
    download_wanted = Signal()  # MNIST

    def __init__(self, config: Training, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self.undo.setUndoLimit(1000)
        self.config = config
        self.status: Status = "idle"
        self.problem = ""
        self.look: Look | None = None
        self.look_problem = ""
        self.report: Report | None = None
        self.measures: Measures = {}
        self.measuring = False
        self.entries: list[Entry] = []
        self._gesture = 0

    # -- the configuration ---------------------------------------------------------------------------------------

    @property
    def editable(self) -> bool:
        """Whether the configuration can be changed: not while it is trained or waits to be trained on."""
        return self.status in ("idle", "finished", "failed")

    def change(self, text: str, **groups: Any) -> None:
        """Change the configuration as `Training.replace` does, undoably; changes of one gesture merge when `text` is
        the same. Raises `pydantic.ValidationError` for a value that it refuses; it then stays as it was, as it does
        while it is not `editable`.
        """
        config = self.config.replace(**groups)
        if config != self.config and self.editable:  # a row that is disabled may still tell what was being typed
            self.undo.push(ChangeValue(self.take, text, self.config, config, self._gesture))

    def end_gesture(self) -> None:
        """A slider was let go or a number confirmed: the next change is an undo step of its own."""
        self._gesture += 1

    def take(self, config: Training) -> None:
        """Make `config` the one being edited, without an undo step."""
        self.config = config
        self.config_changed.emit(config)

    # -- what the worker tells -----------------------------------------------------------------------------------

    def set_status(self, status: Status, problem: str = "") -> None:
        """Say what the training does, with a sentence where it failed."""
        self.status, self.problem = status, problem
        if not self.editable:
            self.undo.clear()  # or undo would change what is being trained
        self.status_changed.emit(status)

    def set_look(self, look: Look | None, problem: str = "") -> None:
        """Replace what is known of the configuration being edited."""
        self.look, self.look_problem = look, problem
        self.look_changed.emit()

    def set_report(self, report: Report | None) -> None:
        """Replace what is known of the training."""
        self.report = report
        self.reported.emit(report)

    def set_measures(self, measures: Measures, measuring: bool = False) -> None:
        """Replace what was measured; `measuring` while more is on its way."""
        self.measures, self.measuring = measures, measuring
        self.measures_changed.emit()

    def set_entries(self, entries: list[Entry]) -> None:
        """Replace the list of trainings kept here."""
        self.entries = entries
        self.entries_changed.emit()
