"""Experiments on the worker: begun, stopped, gone on with, opened and exported, while views come first. # spec: S14"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication

from app.bridge import Bridge
from app.experimenter import Experimenter
from app.state import Activity, State
from app.studies import Studies, Study
from engine.experiments import export
from engine.models.catalogue import named
from engine.run import ModelReference, Run
from tests.app.opened import wait
from tests.app.studied import OTHER, TINY, kept


class Stage:
    """State, bridge and experimenter without a window, with what they said."""

    def __init__(self, home: Path) -> None:
        info = named("ring")
        self.state = State(Run(model=info.reference), info)
        self.bridge = Bridge(self.state)
        self.studies = Studies([(TINY, TINY.plan), (OTHER, OTHER.plan)], QUndoStack())
        self.experimenter = Experimenter(self.studies, self.state, self.bridge, home)
        self.complaints: list[str] = []
        self.messages: list[str] = []
        self.activities: list[Activity] = []
        self.state.complaint.connect(self.complaints.append)
        self.state.message.connect(self.messages.append)
        self.state.activity_changed.connect(self.activities.extend)

    @property
    def study(self) -> Study:
        return self.studies.chosen

    @property
    def done(self) -> int:
        return 0 if self.study.report is None else self.study.report.done

    def settle(self) -> None:
        wait(lambda: self.bridge.idle)

    def begin(self, stuck: int) -> None:
        """Measure all before the cell that never ends, and be at that one."""
        self.study.change("stuck", stuck=stuck)
        self.studies.start_wanted.emit()
        wait(lambda: self.done == stuck)


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "home")
    yield made
    made.bridge.close()


def test_an_experiment_stops_and_goes_on_where_it_was(stage: Stage, tmp_path: Path) -> None:
    stage.begin(stuck=7)
    assert stage.study.status == "running"
    stage.studies.pause_wanted.emit()
    assert stage.study.status == "pausing"
    wait(lambda: not stage.study.busy)
    stage.settle()
    assert stage.done == 7
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "home" / "tiny").iterdir()}
    stage.study.change("stuck", stuck=-1)
    stage.studies.start_wanted.emit()
    stage.settle()
    assert stage.study.status == "idle"
    assert stage.done == 12
    assert all(path.stat().st_mtime_ns == time for path, time in written.items())
    assert stage.study.report is not None
    assert list(stage.study.report.rows) == kept(tmp_path / "elsewhere")


def test_the_status_line_says_how_far_it_is_and_its_cancel_pauses(stage: Stage) -> None:
    stage.begin(stuck=4)
    wait(lambda: any("left" in activity.label and activity.done == 4 for activity in stage.activities))
    shown = stage.activities[-1]
    assert (shown.done, shown.total) == (4, 12)
    stage.state.cancel_wanted.emit(shown.id)
    wait(lambda: not stage.study.busy)
    stage.settle()
    assert (stage.done, stage.study.status) == (4, "idle")


def test_a_view_is_drawn_while_an_experiment_runs(stage: Stage) -> None:
    stage.begin(stuck=2)
    stage.state.change("seed", latents={"seed": 5})
    wait(lambda: (t := stage.state.drawing("current").trajectory) is not None and t.complete)
    assert stage.study.status == "running"


def test_a_second_experiment_waits_for_its_turn(stage: Stage) -> None:
    first, second = stage.studies.all
    stage.begin(stuck=3)
    stage.studies.choose(second)
    stage.studies.start_wanted.emit()
    assert second.status == "waiting"
    stage.studies.choose(first)
    stage.studies.pause_wanted.emit()
    stage.settle()
    assert second.report is not None
    assert (first.status, second.status, second.report.done) == ("idle", "idle", 12)


def test_a_cell_that_cannot_be_measured_is_one_sentence_and_the_others_stay(stage: Stage) -> None:
    stage.study.change("fails", fails=3)
    stage.studies.start_wanted.emit()
    stage.settle()
    assert (stage.study.status, stage.done) == ("failed", 3)
    assert stage.study.problem == "This cell cannot be measured: choose another kind."
    assert stage.complaints == [stage.study.problem]


def test_a_plan_without_cells_says_so_where_it_is_made(stage: Stage) -> None:
    stage.study.change("steps", steps=())
    stage.settle()
    assert (stage.study.status, stage.study.problem) == ("failed", "There are no steps: name some.")
    stage.studies.undo.undo()
    stage.settle()
    assert (stage.study.status, stage.study.problem) == ("idle", "")
    assert stage.study.report is not None


def test_a_model_that_is_not_here_is_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.models.find", lambda reference, offered=(): None)
    stage.studies.start_wanted.emit()
    stage.settle()
    assert stage.complaints == ["The model 'ring' is not here: open its checkpoint, then go on."]


def test_a_cell_opens_in_explore_and_undo_brings_back_what_was_there(stage: Stage, tmp_path: Path) -> None:
    rows = kept(tmp_path / "home" / "tiny", cells=1)
    stage.experimenter.look(stage.study)
    stage.settle()
    before, explored = stage.state.run, []
    stage.experimenter.explored.connect(lambda: explored.append(True))
    stage.studies.open_wanted.emit(rows[2].key)
    assert stage.state.run == rows[2].cell.run
    assert explored == [True]
    stage.settle()
    stage.state.undo.undo()
    assert stage.state.run == before
    stage.settle()


def test_what_the_experiment_shows_of_a_cell_is_opened(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as two of its hundred groups."""
    monkeypatch.setattr(TINY, "shown", lambda cell, plan: cell.run.replace(latents={"count": 3}))
    rows = kept(tmp_path / "home" / "tiny", cells=1)
    stage.experimenter.look(stage.study)
    stage.settle()
    stage.studies.open_wanted.emit(rows[0].key)
    assert stage.state.run == rows[0].cell.run.replace(latents={"count": 3})
    stage.settle()
    stage.state.undo.clear()


def test_a_large_cell_does_not_start_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("app.state", "app.bridge"):
        monkeypatch.setattr(f"{module}.STARTS_ALONE", 10)
    stage.experimenter.look(stage.study)
    stage.settle()
    assert stage.study.report is not None
    row = stage.study.report.rows[3]
    stage.studies.open_wanted.emit(row.key)
    assert stage.state.held == row.cell.run


def test_a_cell_of_a_model_that_is_gone_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.experimenter.look(stage.study)
    stage.settle()
    assert stage.study.report is not None
    before = stage.state.run
    monkeypatch.setattr("engine.models.find", lambda reference, offered=(): None)
    stage.studies.open_wanted.emit(stage.study.report.rows[0].key)
    assert stage.complaints == ["The model 'ring' is not here: open its checkpoint first."]
    assert stage.state.run == before
    assert isinstance(before.model, ModelReference)


def test_table_and_figure_are_written_and_nothing_is_replaced(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "DRAWINGS", ())
    monkeypatch.setattr(export.files, "__defaults__", (export.TABLES, None))
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "tiny.csv").write_text("something else")
    kept(tmp_path / "home" / "tiny")
    stage.experimenter.look(stage.study)
    stage.settle()
    stage.experimenter.export(folder)
    stage.settle()
    assert (folder / "tiny.csv").read_text() == "something else"
    with (folder / "tiny-2.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 12
    assert stage.messages == ["Exported tiny-2.csv, tiny.json to paper."]


def test_a_folder_that_refuses_is_one_sentence(stage: Stage, tmp_path: Path) -> None:
    kept(tmp_path / "home" / "tiny", cells=1)
    stage.experimenter.look(stage.study)
    stage.settle()
    (tmp_path / "file").write_text("no folder")
    stage.experimenter.export(tmp_path / "file")
    stage.settle()
    assert len(stage.complaints) == 1
    assert stage.messages == []
