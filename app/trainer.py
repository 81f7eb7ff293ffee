"""Trainer: what the Train workspace asks of the worker, and what the worker tells of it. Owned by the window.

A training is a generator in the worker's last lane; what looks at it (previews of data, snapshots, measures) runs
between two of its items, on the same thread.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, Signal

from app.bridge import Bridge
from app.state import Activity, State
from app.training import BUSY, TrainingState
from engine import separate
from engine.models.catalogue import ModelInfo, checkpoint, describe
from engine.resources import device
from engine.training import library
from engine.training.config import Training
from engine.training.library import Entry
from engine.worker import ENDS, Event, Lane, Task

if TYPE_CHECKING:
    from engine.data.sets import Data, DataSet
    from engine.training.live import Report
    from engine.training.look import Look
    from engine.training.state import State as Learner

DOWNLOAD = [*separate.command("engine.data.download"), "--lines"]
"""The command that fetches MNIST."""

SNAPSHOTS = 8
"""Snapshots of trainings that stay on offer, the newest ones: each has the weights of its model."""

_DOWNLOAD_ID = -1


class Trainer(QObject):
    """Looks at configurations, trains them, keeps and measures models; fills the `TrainingState`."""

    explored = Signal()  # a half-trained model was chosen: time to look at it
    fetched = Signal()  # MNIST is here now

    def __init__(
        self, training: TrainingState, state: State, bridge: Bridge, home: Path, parent: QObject | None = None
    ) -> None:
        """`home` is the folder in which trainings are kept."""
        super().__init__(parent)
        self._training, self._state, self._bridge, self._home = training, state, bridge, home
        self._task = 0
        self._measuring = 0
        self._at_hand: tuple[Path, Training] | None = None
        self._keeps = False
        self._download: QProcess | None = None
        self._said = ""
        self._snapshots: list[ModelInfo] = []
        # These two are touched on the worker's thread only.
        self._learner: tuple[Path, Learner] | None = None
        self._data: tuple[Data, DataSet] | None = None
        training.start_wanted.connect(self.start)
        training.pause_wanted.connect(self.pause)
        training.keep_wanted.connect(self.keep)
        training.aside_wanted.connect(self.set_aside)
        training.explore_wanted.connect(self.explore)
        training.measure_wanted.connect(self.measure)
        training.download_wanted.connect(self.download)
        training.config_changed.connect(lambda _: self.look())

    # -- requests ------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look at the configuration being edited: examples of its data, its size, the time it takes."""
        config = self._training.config

        def work(_: Task) -> Iterator[Look | None]:
            from engine.training.look import look

            yield from look(config, self._open(config.data))

        self._bridge.submit(Lane.INTERACTIVE, "look", work, self._handle_look)

    def refresh(self) -> None:
        """List the trainings that are kept here."""
        self._training.set_entries(library.entries(self._home))

    def start(self) -> None:
        """Train the configuration, or go on with it where it was paused."""
        training, config = self._training, self._training.config
        if training.status in BUSY:
            return
        if self._at_hand is None or self._at_hand[1] != config:
            self._at_hand = library.place(config, self._home), config
            training.set_report(None)
            self._forget_measures()
        folder = self._at_hand[0]

        def work(task: Task) -> Iterator[Report | None]:
            from engine.training.live import watch

            yield from watch(self._begin(config, folder), folder, task.interrupted)

        training.set_status("starting")
        self._task = self._bridge.submit(
            Lane.TRAINING, "train", work, self._handle_training, f"training {config.name}", config.steps
        )

    def pause(self) -> None:
        """Stop training after the evaluation under way, its state saved."""
        if self._training.status in BUSY:
            self._training.set_status("pausing")
            self._bridge.cancel(self._task)

    def keep(self) -> None:
        """Stop, and keep the model as it is now among those on offer."""
        self._keeps = self._training.status in BUSY
        if self._keeps:
            self.pause()
        elif self._training.status == "paused":
            self._keep()

    def explore(self) -> None:
        """Offer the moving average as it is now, and choose it; the training goes on."""

        def work(_: Task) -> Iterator[ModelInfo]:
            if self._learner is not None:
                learner = self._learner[1]
                name = learner.config.name
                snapshot = learner.average.snapshot(f"{name}, step {learner.step}")
                yield describe(snapshot, f"{name} after {learner.step:,} steps", "A snapshot of a training.")

        self._bridge.submit(Lane.INTERACTIVE, "snapshot", work, self._handle_snapshot)

    def measure(self) -> None:
        """Measure the moving average as it is now."""
        if self._training.measuring:
            return

        def work(_: Task) -> Iterator[dict[str, tuple[str, str]] | None]:
            from engine.training.quality import quick

            if self._learner is not None:
                learner = self._learner[1]
                yield from quick(learner.average.snapshot("measured"), learner.config, learner.data)

        self._training.set_measures(self._training.measures, measuring=True)
        name = self._training.config.name
        self._measuring = self._bridge.submit(Lane.JOBS, "measure", work, self._handle_measures, f"measuring {name}")

    def _forget_measures(self) -> None:
        """Another training is at hand: what is measured of the one before is not its own."""
        self._bridge.cancel(self._measuring)
        self._measuring = 0
        self._training.set_measures({})

    def set_aside(self) -> None:
        """Leave a paused training where it is kept, so that another can be chosen."""
        if self._training.status == "paused":
            self._at_hand = None
            self._training.set_report(None)
            self._forget_measures()
            self._training.set_status("idle")

    def take_up(self, entry: Entry) -> None:
        """Make a training that is kept here the one at hand, paused where it stands."""
        training = self._training
        if training.status in BUSY:
            self._state.complaint.emit(f"{training.config.name} is being trained: pause it first.")
            return

        def work(_: Task) -> Iterator[Report]:
            from engine.training.live import report, stored

            learner = self._begin(entry.config, entry.folder)
            yield report(learner, 0.0, stored(entry.folder, learner.step))

        training.set_status("starting")
        training.set_report(None)
        training.take(entry.config)
        self._at_hand = entry.folder, entry.config
        self._forget_measures()
        handle = partial(self._handle_taken, entry)
        self._task = self._bridge.submit(Lane.JOBS, "take up", work, handle, f"opening {entry.config.name}")

    def download(self) -> None:
        """Fetch MNIST in a process of its own, so that the worker goes on."""
        if self._download is None:
            self._download = process = QProcess(self)
            process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
            process.readyRead.connect(self._downloading)
            process.finished.connect(self._downloaded)
            self._said = ""
            process.start(DOWNLOAD[0], DOWNLOAD[1:])
            self._tell_download(0, 0)

    def close(self) -> None:
        """End what does not run on the worker."""
        if self._download is not None:
            self._download.blockSignals(True)
            self._download.kill()
            self._download.waitForFinished()

    # -- on the worker -------------------------------------------------------------------------------------------

    def _open(self, settings: Data) -> DataSet:
        if self._data is None or self._data[0] != settings:
            self._data = settings, settings.open()
        return self._data[1]

    def _begin(self, config: Training, folder: Path) -> Learner:
        """The training in `folder`: the one at hand, else from its file, else a new one."""
        from engine.training.train import start

        at_hand = self._learner and (self._learner[0], self._learner[1].config, self._learner[1].device)
        if at_hand != (folder, config, device()):  # what was on a GPU that failed is lost
            self._learner = folder, start(config, folder, self._open(config.data))
        assert self._learner is not None
        return self._learner[1]

    # -- results -------------------------------------------------------------------------------------------------

    def _handle_look(self, event: Event) -> None:
        if event.kind == "item":
            self._training.set_look(event.payload)
        elif event.kind == "failed":
            self._training.set_look(None, event.payload)

    def _handle_training(self, event: Event) -> None:
        training = self._training
        if event.kind == "item":
            if training.status == "starting":
                training.set_status("running")
                self.refresh()
            self._bridge.advance(event.id, event.payload.step, event.payload.steps)
            training.set_report(event.payload)
        elif event.kind in ENDS:
            keeps, self._keeps = self._keeps or event.kind == "finished", False
            self.refresh()
            if event.kind == "cancelled":
                self._handle_paused()
            else:
                training.set_status("finished" if event.kind == "finished" else "failed", event.payload or "")
            if keeps and training.status in ("finished", "paused"):
                self._keep()

    def _handle_paused(self) -> None:
        """It is as far as what was saved says: the last steps were not told. There may be nothing of it."""
        training = self._training
        entry = next((entry for entry in training.entries if self._at_hand == (entry.folder, entry.config)), None)
        if entry is not None and training.report is not None:
            training.set_report(dataclasses.replace(training.report, step=entry.step))
        training.set_status("idle" if entry is None else "paused")

    def _keep(self) -> None:
        """Write the model as it is now and offer it."""

        def work(_: Task) -> Iterator[ModelInfo | None]:
            from engine.training.command import export

            if self._learner is not None:
                folder, learner = self._learner
                path = export(learner, folder, name=f"{folder.name}-{learner.step}")
                yield checkpoint(path.with_suffix(".json"))

        if self._training.status == "paused":
            self._training.set_status("idle")
        self._bridge.submit(Lane.JOBS, "keep", work, self._handle_kept)

    def _handle_kept(self, event: Event) -> None:
        if event.kind == "item":
            self._state.add_models(event.payload)
            self._state.message.emit(f"Kept {event.payload.name}: choose it under Model in Explore.")
        self._bridge.complain_of(event)

    def _handle_snapshot(self, event: Event) -> None:
        if event.kind == "item":
            self._state.add_models(event.payload)
            self._state.choose(event.payload, f"use {event.payload.name}")
            self._snapshots = [info for info in self._snapshots if info != event.payload] + [event.payload]
            self._state.withdraw(*self._snapshots[:-SNAPSHOTS])
            self.explored.emit()
        self._bridge.complain_of(event)

    def _handle_measures(self, event: Event) -> None:
        if event.id != self._measuring:
            return
        if event.kind == "item":
            self._training.set_measures(event.payload)
        elif event.kind in ENDS:
            self._training.set_measures(self._training.measures)
        self._bridge.complain_of(event)

    def _handle_taken(self, entry: Entry, event: Event) -> None:
        if event.kind == "item":
            self._training.set_report(event.payload)
            self._training.set_status("finished" if entry.finished else "paused")
        elif event.kind in ("failed", "cancelled"):
            self._at_hand = None
            self._training.set_status("idle")
        self._bridge.complain_of(event)

    def _tell_download(self, done: int, total: int) -> None:
        assert self._download is not None
        self._bridge.show(Activity(_DOWNLOAD_ID, "downloading MNIST, KiB", done, total), self._download.kill)

    def _downloading(self) -> None:
        assert self._download is not None
        while self._download.canReadLine():
            line = bytes(self._download.readLine().data()).decode(errors="replace").strip()
            numbers = line.split()
            if len(numbers) == 2 and all(number.isdecimal() for number in numbers):
                self._tell_download(*(int(number) >> 10 for number in numbers))
            elif line:
                self._said = line

    def _downloaded(self, code: int, how: QProcess.ExitStatus) -> None:
        assert self._download is not None
        self._downloading()
        self._download.deleteLater()
        self._download = None
        self._bridge.hide(_DOWNLOAD_ID)
        if code == 0 and how is QProcess.ExitStatus.NormalExit:
            self._state.message.emit(self._said)
            self.fetched.emit()
            self.look()
        elif how is QProcess.ExitStatus.NormalExit:
            self._state.complaint.emit(self._said or "MNIST could not be fetched: check the connection and try again.")
        else:
            self._state.message.emit("The download was cancelled; the next one goes on with the file that was missing.")
