"""Training on the worker: begun, paused, gone on with, kept and looked at, while the rest of the window works."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtWidgets import QApplication

from app import trainer as module
from app.bridge import Bridge
from app.state import State
from app.trainer import SNAPSHOTS, Trainer
from app.training import TrainingState
from engine import resources
from engine.errors import InputError
from engine.models.catalogue import named
from engine.run import Run
from engine.training.config import FILE, Training
from engine.training.library import entry_of
from engine.training.state import State as Learner
from engine.training.train import start, train
from tests.app.opened import wait
from tests.engine.training import small


def config(**changes: Any) -> Training:
    """A small training that is saved when it stops, not after each step."""
    return small.config(**{"save_minutes": 5, **changes})


class Stage:
    """State, bridge and trainer without a window, with what they said."""

    def __init__(self, home: Path) -> None:
        info = named("ring")
        self.home = home
        self.state = State(Run(model=info.reference), info)
        self.bridge = Bridge(self.state)
        self.training = TrainingState(config(steps=100_000, preview_every=50))
        self.trainer = Trainer(self.training, self.state, self.bridge, home)
        self.complaints: list[str] = []
        self.statuses: list[str] = []
        self.state.complaint.connect(self.complaints.append)
        self.training.status_changed.connect(self.statuses.append)

    @property
    def step(self) -> int:
        return self.training.report.step if self.training.report is not None else 0

    def run_to(self, step: int) -> None:
        """Train at least up to that step and go on."""
        self.training.start_wanted.emit()
        wait(lambda: self.step >= step)

    def pause(self) -> None:
        self.training.pause_wanted.emit()
        wait(lambda: self.training.status == "paused")


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.trainer.close()
    made.bridge.close()


def test_what_is_told_grows_until_it_is_paused(stage: Stage) -> None:
    stage.run_to(120)
    assert stage.training.status == "running"
    report = stage.training.report
    assert report is not None
    assert [preview.step for preview in report.previews][:2] == [50, 100]
    stage.training.pause_wanted.emit()
    assert stage.training.status == "pausing"
    wait(lambda: stage.training.status == "paused")
    assert stage.statuses == ["starting", "running", "pausing", "paused"]
    entry = entry_of(stage.home / "small")
    assert entry is not None
    assert entry.step >= 120
    assert stage.training.entries == [entry]
    assert not stage.training.editable


def test_a_paused_training_goes_on_and_ends_with_the_losses_it_would_have_had(stage: Stage, tmp_path: Path) -> None:
    stage.training.take(config(steps=300))
    stage.run_to(10)
    stage.pause()
    stage.training.start_wanted.emit()
    wait(lambda: stage.training.status == "finished")
    whole = start(config(steps=300), tmp_path / "whole")
    for _ in train(whole, tmp_path / "whole"):
        pass
    assert start(config(steps=300), stage.home / "small").losses == pytest.approx(whole.losses, rel=1e-3)
    assert stage.training.editable


def test_the_end_of_a_training_offers_its_model(stage: Stage) -> None:
    stage.training.take(config(steps=20))
    stage.training.start_wanted.emit()
    wait(lambda: any(info.name == "small-20" for info in stage.state.models))
    assert stage.training.status == "finished"
    assert (stage.home / "small" / "small-20.safetensors").exists()
    assert stage.state.model.name == "ring"


def test_stop_and_keep_frees_the_configuration_and_offers_the_model(stage: Stage) -> None:
    stage.run_to(10)
    stage.training.keep_wanted.emit()
    wait(lambda: any(info.name.startswith("small-") for info in stage.state.models))
    assert stage.training.status == "idle"
    kept = next(info for info in stage.state.models if info.name.startswith("small-"))
    assert kept.build().data_shape == (1,)


def test_a_snapshot_is_drawn_while_the_training_goes_on(stage: Stage) -> None:
    explored = []
    stage.trainer.explored.connect(lambda: explored.append(stage.state.model.name))
    stage.run_to(60)
    stage.training.explore_wanted.emit()
    wait(lambda: explored)
    assert explored[0].startswith("small, step ")
    drawing = stage.state.drawing("current")
    wait(lambda: (t := stage.state.drawing("current").trajectory) is not None and t.complete)
    assert drawing.error is None
    before = stage.step
    wait(lambda: stage.step > before)
    assert stage.training.status == "running"


def test_a_training_on_disk_is_taken_up_where_it_stands(stage: Stage) -> None:
    training = config(name="old", steps=30, preview_every=10, save_minutes=0)
    state = start(training, stage.home / "old")
    for progress in train(state, stage.home / "old"):
        if progress.step == 20 and progress.saved:
            break
    stage.trainer.refresh()
    stage.trainer.take_up(stage.training.entries[0])
    wait(lambda: stage.training.status == "paused")
    assert stage.training.config == training
    assert stage.step == 20
    stage.training.start_wanted.emit()
    wait(lambda: stage.training.status == "finished")
    assert stage.step == 30


def test_another_configuration_of_the_same_name_is_trained_beside_it(stage: Stage) -> None:
    for seed in (0, 1):
        stage.training.take(config(steps=5, seed=seed))
        stage.training.start_wanted.emit()
        wait(lambda: stage.training.status == "finished")
        wait(lambda: stage.bridge.idle)
    assert sorted(path.parent.name for path in stage.home.glob(f"*/{FILE}")) == ["small", "small-2"]
    assert {"small-5", "small-2-5"} <= {info.name for info in stage.state.models}


def test_a_loss_that_is_not_finite_is_told_in_a_sentence(stage: Stage) -> None:
    stage.training.take(
        config(
            optimiser={"learning_rate": 1.0, "clip": 1e6, "warm_up": 0},
            loss={"name": "edm", "mean": 20.0, "deviation": 10.0},
        )
    )
    stage.training.start_wanted.emit()
    wait(lambda: stage.training.status in ("failed", "finished"))
    assert "no longer finite" in stage.training.problem


def test_closing_in_the_middle_keeps_the_training(qapp: QApplication, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.run_to(30)
    stage.bridge.close()
    entry = entry_of(tmp_path / "small")
    assert entry is not None
    assert entry.step >= 30


def test_a_look_says_what_is_wrong_or_shows_the_data(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.trainer.look()
    wait(lambda: stage.training.look is not None)
    assert stage.training.look is not None
    assert stage.training.look.x0.shape == (1000, 1)
    monkeypatch.setattr("engine.data.mnist.find", lambda folder=None: None)
    stage.training.change("data", data={"name": "digits"}, network={"kind": "unet"})
    wait(lambda: stage.training.look_problem)
    assert "MNIST" in stage.training.look_problem
    stage.training.undo.undo()
    wait(lambda: stage.training.look is not None)
    assert stage.training.look_problem == ""


def test_measures_arrive_while_it_is_paused(stage: Stage) -> None:
    stage.run_to(10)
    stage.pause()
    stage.training.measure_wanted.emit()
    assert stage.training.measuring
    wait(lambda: not stage.training.measuring)
    assert stage.training.measures
    assert stage.complaints == []


def test_a_download_that_fails_says_why_and_one_that_works_offers_mnist(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []
    stage.trainer.fetched.connect(lambda: fetched.append(True))
    monkeypatch.setattr(
        module, "DOWNLOAD", [sys.executable, "-c", "import sys; print(1, 2); sys.exit('No mirror answers: try again.')"]
    )
    stage.training.download_wanted.emit()
    wait(lambda: stage.complaints)
    assert stage.complaints == ["No mirror answers: try again."]
    monkeypatch.setattr(module, "DOWNLOAD", [sys.executable, "-c", "print(1024, 2048); print('MNIST is in a folder.')"])
    stage.training.download_wanted.emit()
    wait(lambda: fetched)
    assert len(stage.complaints) == 1


def test_a_download_can_be_cancelled_from_the_status_line(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    stage.state.activity_changed.connect(lambda activities: shown.append(activities))
    monkeypatch.setattr(
        module, "DOWNLOAD", [sys.executable, "-c", "import time; print(1, 2, flush=True); time.sleep(600)"]
    )
    stage.training.download_wanted.emit()
    wait(lambda: shown and shown[-1] and shown[-1][0].label.startswith("downloading"))
    stage.state.cancel_wanted.emit(shown[-1][0].id)
    wait(lambda: not shown[-1])
    assert stage.complaints == []


def test_measures_of_one_training_are_not_told_of_another(stage: Stage) -> None:
    stage.run_to(10)
    stage.training.keep_wanted.emit()
    wait(lambda: stage.training.status == "idle")
    stage.training.measure_wanted.emit()
    stage.training.take(config(seed=1, steps=20))
    stage.training.start_wanted.emit()
    assert not stage.training.measuring
    wait(lambda: stage.training.status == "finished")
    wait(lambda: stage.bridge.idle)
    assert stage.training.measures == {}
    assert stage.complaints == []


def test_pausing_at_once_leaves_a_way_on_and_a_way_out(stage: Stage) -> None:
    stage.training.start_wanted.emit()
    stage.training.pause_wanted.emit()
    wait(lambda: stage.training.status in ("idle", "paused"))
    stage.training.aside_wanted.emit()
    assert stage.training.editable
    stage.run_to(10)


def test_a_training_set_aside_is_kept(stage: Stage) -> None:
    stage.run_to(10)
    stage.pause()
    stage.training.aside_wanted.emit()
    assert stage.training.editable
    assert stage.training.report is None
    (entry,) = stage.training.entries
    stage.trainer.take_up(entry)
    wait(lambda: stage.training.status == "paused")
    assert stage.step == entry.step >= 10


def test_a_disk_that_refuses_is_told_and_the_work_is_still_at_hand(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.run_to(10)
    with monkeypatch.context() as patch:
        patch.setattr("engine.training.state.write_atomically", refuse)
        stage.training.pause_wanted.emit()
        wait(lambda: stage.training.status == "failed")
    assert stage.training.problem == "The disk is full: free some space."
    before = stage.step
    stage.run_to(before + 1)
    stage.pause()
    entry = entry_of(stage.home / "small")
    assert entry is not None
    assert entry.step > before


def refuse(*_: object, **__: object) -> None:
    raise InputError("The disk is full: free some space.")


def test_a_training_that_cannot_be_opened_leaves_nothing_of_the_one_before(stage: Stage) -> None:
    stage.run_to(10)
    stage.pause()
    whole = stage.training.entries[0]
    folder = stage.home / "other"
    shutil.copytree(whole.folder, folder)
    other = dataclasses.replace(whole, folder=folder)
    (folder / FILE).write_bytes((folder / FILE).read_bytes()[:-8])
    stage.trainer.take_up(other)
    wait(lambda: stage.complaints)
    assert "damaged" in stage.complaints[0]
    assert stage.training.report is None
    assert stage.training.status == "idle"


def test_only_the_newest_snapshots_stay_on_offer(stage: Stage) -> None:
    stage.run_to(10)
    explored = []
    stage.trainer.explored.connect(lambda: explored.append(stage.state.model))
    for number in range(1, SNAPSHOTS + 3):
        stage.run_to(stage.step + 1)
        stage.training.explore_wanted.emit()
        wait(lambda number=number: len(explored) == number)  # type: ignore[misc]
    offered = [info for info in stage.state.models if info in explored]
    assert offered == explored[-SNAPSHOTS:]
    stage.state.undo.undo()
    assert stage.state.model == explored[-2]


def test_a_training_goes_on_from_what_it_saved_where_the_gpu_fails(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_failure", None)
    advance = Learner.advance
    failed: list[Learner] = []

    def failing(state: Learner) -> Iterator[None]:
        yield from advance(state)
        if state.step == 11 and not failed:
            failed.append(state)
            raise RuntimeError("CUDA error: device-side assert triggered")

    monkeypatch.setattr(Learner, "advance", failing)
    # As where it is on a GPU: a training of another device than the one in use is read from its file again.
    monkeypatch.setattr(module, "device", lambda: torch.device("meta" if failed else "cpu"))
    stage.training.take(config(steps=40))
    stage.training.start_wanted.emit()
    wait(lambda: stage.training.status in ("finished", "failed"))
    assert stage.training.status == "finished"
    whole = start(config(steps=40), tmp_path / "whole")
    for _ in train(whole, tmp_path / "whole"):
        pass
    assert start(config(steps=40), stage.home / "small").losses == pytest.approx(whole.losses, rel=1e-3)
