"""Experimenter: what the Analysis workspace asks of the worker, and what the worker tells of it. Owned by the window.

An experiment is a job of the worker's: views are drawn between two of its pieces of work, and each cell is kept when it
is finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.state import State
from app.studies import Studies, Study
from engine import models
from engine.errors import InputError
from engine.experiments.experiment import Context
from engine.figures.sheet import Paper
from engine.run import ModelReference
from engine.spelled import duration
from engine.worker import ENDS, Event, Lane, Task

if TYPE_CHECKING:
    from engine.experiments.live import Report
    from engine.models import Model

RESULTS = platformdirs.user_data_path("latent-loupe", appauthor=False) / "experiments"
"""Where the window keeps what was measured, each experiment in a folder of its own."""


class Experimenter(QObject):
    """Looks at plans, carries experiments out, opens and exports what came of them; fills the `Studies`."""

    explored = Signal()  # a cell's Run was made the current one: time to look at it

    def __init__(
        self, studies: Studies, state: State, bridge: Bridge, home: Path, parent: QObject | None = None
    ) -> None:
        """`home` is the folder in which measured cells are kept."""
        super().__init__(parent)
        self._studies, self._state, self._bridge, self._home = studies, state, bridge, home
        self._tasks: dict[Study, int] = {}
        studies.start_wanted.connect(self.start)
        studies.pause_wanted.connect(self.pause)
        studies.open_wanted.connect(self.open)
        for study in studies.all:
            study.plan_changed.connect(lambda _, study=study: self.look(study))

    # -- requests ------------------------------------------------------------------------------------------------

    def look(self, study: Study) -> None:
        """Read what was measured of the study's plan."""
        experiment, plan, folder = study.experiment, study.plan, self._folder(study)

        def work(_: Task) -> Iterator[Report]:
            from engine.experiments.live import look

            yield look(experiment, plan, folder)

        self._bridge.submit(Lane.INTERACTIVE, f"study {experiment.name}", work, partial(self._handle_look, study, plan))

    def start(self) -> None:
        """Measure the cells of the chosen experiment's plan that are still to come."""
        study = self._studies.chosen
        if study.busy:
            return
        experiment, plan, folder = study.experiment, study.plan, self._folder(study)
        offered = tuple(self._state.models)

        def load(reference: ModelReference) -> Model:
            info = models.find(reference, offered)
            if info is None:
                raise InputError(f"The model {reference.label!r} is not here: open its checkpoint, then go on.")
            return self._bridge.load(info)

        def work(task: Task) -> Iterator[Report]:
            from engine.experiments.live import watch

            yield from watch(experiment, plan, folder, Context(load, task.interrupted))

        study.set_status("waiting")
        handle = partial(self._handle_experiment, study)
        self._tasks[study] = self._bridge.submit(Lane.JOBS, experiment.name, work, handle, experiment.name)

    def pause(self) -> None:
        """Stop the chosen experiment before its next evaluation; the cells that are finished stay."""
        study = self._studies.chosen
        if study.busy:
            study.set_status("pausing")
            self._bridge.cancel(self._tasks[study])

    def open(self, key: str) -> None:
        """Make what the experiment shows of that cell the current Run."""
        study, state = self._studies.chosen, self._state
        row = study.row(key)
        if row is None:
            return
        run = study.experiment.shown(row.cell, study.plan)
        model = models.find(run.model, state.models)
        if model is None:
            state.complaint.emit(f"The model {run.model.label!r} is not here: open its checkpoint first.")
            return
        state.open_run(f"open a cell of {study.experiment.name}", run, model)
        self.explored.emit()

    def export(self, folder: Path, paper: Paper | None = None) -> None:
        """Write the tables and the figure, on that paper if any, of the chosen experiment into `folder`."""
        study = self._studies.chosen
        experiment, report = study.experiment, study.report
        if report is None:
            return

        def work(_: Task) -> Iterator[list[str] | None]:
            from engine.experiments import export

            names = []
            for path in export.files(experiment, report.plan, report.rows, folder, paper=paper):
                names.append(path.name)
                yield None
            yield names

        handle = partial(self._handle_export, folder)
        self._bridge.submit(Lane.JOBS, "export", work, handle, f"exporting {experiment.name}")

    def _folder(self, study: Study) -> Path:
        return self._home / study.experiment.name

    # -- results -------------------------------------------------------------------------------------------------

    def _handle_look(self, study: Study, plan: object, event: Event) -> None:
        if event.kind == "item":
            study.set_report(event.payload)
        elif event.kind == "failed" and study.plan == plan:
            study.set_status("failed", event.payload)

    def _handle_experiment(self, study: Study, event: Event) -> None:
        if event.kind == "started":
            study.set_status("running")
        elif event.kind == "item":
            self._advance(event.id, study, event.payload)
            study.set_report(event.payload)
        elif event.kind in ENDS:
            study.set_status("failed" if event.kind == "failed" else "idle", event.payload or "")
            self._bridge.complain_of(event)
            if event.kind != "finished":
                self.look(study)  # the last cells may not have been told of

    def _handle_export(self, folder: Path, event: Event) -> None:
        if event.kind == "item":
            self._state.message.emit(f"Exported {', '.join(event.payload)} to {folder.name}.")
        self._bridge.complain_of(event)

    def _advance(self, task: int, study: Study, told: Report) -> None:
        """Say in the status line how far it is."""
        progress = told.progress
        assert progress is not None
        left = f", {duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
        self._bridge.advance(task, progress.done, progress.total, f"{study.experiment.name}{left}")
