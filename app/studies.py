"""Studies: what the page of experiments shows. Controls change it, `app.experimenter` fills it, views only read it.

No torch, no maths. What is edited of a plan goes through the workspace's undo.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.undo import ChangeValue
from engine.experiments.experiment import Experiment, Row
from engine.settings import Frozen

if TYPE_CHECKING:
    from engine.experiments.live import Report

Status = Literal["idle", "waiting", "running", "pausing", "failed"]
"""What the worker does about an experiment; `waiting` is for its turn."""

BUSY: frozenset[Status] = frozenset({"waiting", "running", "pausing"})


class Study(QObject):
    """One experiment with the plan being edited, what is known of that plan, and what is done about it."""

    plan_changed = Signal(object)  # the plan, also on undo and redo
    changed = Signal()  # another status, problem or report

    def __init__(self, experiment: Experiment[Any], plan: Frozen, undo: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self.experiment = experiment
        self.plan = plan
        self.status: Status = "idle"
        self.problem = ""
        self.report: Report | None = None
        self.speed: float | None = None  # cost a second, as it was seen last
        self._undo = undo
        self._gesture = 0

    @property
    def busy(self) -> bool:
        """Whether the worker is at it; its plan then stays as it is."""
        return self.status in BUSY

    @property
    def seconds_left(self) -> float | None:
        """What the cells still to come take, about: by the speed seen last, else on one core."""
        if self.report is None:
            return None
        return self.report.cost_left / self.speed if self.speed else self.report.seconds

    def change(self, text: str, **fields: Any) -> None:
        """Change fields of the plan, undoably; changes of one gesture merge when `text` is the same.

        Raises `pydantic.ValidationError` for a value that the plan refuses; it then stays as it was, as it does while
        the study is `busy`.
        """
        self.take(text, type(self.plan).model_validate({**self.plan.model_dump(), **fields}))

    def take(self, text: str, plan: Frozen) -> None:
        """Edit `plan` from now on, undoably."""
        if plan != self.plan and not self.busy:
            self._undo.push(ChangeValue(self.apply, text, self.plan, plan, self._gesture))

    def end_gesture(self) -> None:
        """A slider was let go or a number confirmed: the next change is an undo step of its own."""
        self._gesture += 1

    def apply(self, plan: Frozen) -> None:
        """Set the plan without an undo step. Only for undo commands."""
        self.plan = plan
        self.report = None
        self.set_status("idle")
        self.plan_changed.emit(plan)

    def set_status(self, status: Status, problem: str = "") -> None:
        """Say what is done about it, with a sentence where that failed."""
        rested = not self.busy
        self.status, self.problem = status, problem
        if rested and self.busy:
            self._undo.clear()  # or undo would change what is being carried out
        self.changed.emit()

    def set_report(self, report: Report) -> None:
        """Replace what is known, unless it is of another plan."""
        if report.plan == self.plan:
            self.report = report
            self.speed = report.speed or self.speed
            self.changed.emit()

    def row(self, key: str | None) -> Row | None:
        """The first row of the table with that key."""
        rows = self.report.rows if self.report is not None else ()
        return next((row for row in rows if row.key == key), None)


class Studies(QObject):
    """All experiments, the one that is chosen, and the cell of it that is selected."""

    chosen_changed = Signal(object)  # Study
    changed = Signal(object)  # Study of which something changed
    selection_changed = Signal(object)  # key | None

    start_wanted = Signal()  # measure the cells of the chosen one that are still to come
    pause_wanted = Signal()
    open_wanted = Signal(str)  # key: the cell's Run, in Explore
    export_wanted = Signal()

    def __init__(
        self, plans: Iterable[tuple[Experiment[Any], Frozen]], undo: QUndoStack, parent: QObject | None = None
    ) -> None:
        """`plans` are the experiments, at least one, each with the plan to begin with; `undo` takes their changes."""
        super().__init__(parent)
        self.undo = undo
        self.all = [Study(experiment, plan, undo, self) for experiment, plan in plans]
        self.chosen = self.all[0]
        self.selected: str | None = None
        for study in self.all:
            study.changed.connect(lambda study=study: self.changed.emit(study))
            study.plan_changed.connect(lambda _, study=study: self.choose(study))

    def choose(self, study: Study) -> None:
        """Show that one."""
        if study is not self.chosen:
            self.chosen = study
            self.select(None)
            self.chosen_changed.emit(study)

    def select(self, key: str | None) -> None:
        """Select a cell of the chosen experiment, or none."""
        if key != self.selected:
            self.selected = key
            self.selection_changed.emit(key)
