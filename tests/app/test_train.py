"""The Train workspace in the whole window, by the keys and buttons a user has."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from app.train import Train
from app.window import Window
from engine.checkpoints import save
from engine.data.sets import SCurveSettings
from engine.models import catalogue
from engine.models.mixture import Mixture
from engine.training.library import entries, entry_of
from tests.app.controls.looks import pick, row, write
from tests.app.opened import opened, settle, wait


def click(button: QAbstractButton) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def opened_train(window: Window) -> Train:
    """The workspace after Ctrl+5."""
    QTest.keySequence(window, QKeySequence("Ctrl+5"))
    settle(window)
    assert window.train is not None
    assert window.train.middle.isVisible()
    return window.train


@pytest.fixture
def train(window: Window) -> Train:
    """The workspace with a small training of an S-curve chosen by hand."""
    train = opened_train(window)
    pick(train.controls.data.sets, "An S-curve")
    for name, text in (("network.width", "16"), ("network.layers", "2"), ("batch", "64"), ("preview_every", "50")):
        write(row(train.controls, name), text)
    settle(window)
    return train


def test_it_is_built_when_it_is_first_shown(window: Window) -> None:
    assert window.train is None
    train = opened_train(window)
    assert window.canvas.isHidden() or not window.canvas.isVisible()
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    assert window.canvas.isVisible()
    assert opened_train(window) is train


def test_one_trains_pauses_and_goes_on_by_buttons(window: Window, train: Train) -> None:
    view = train.middle
    click(view.main)
    wait(lambda: "step" in view.line and train.training.report is not None and train.training.report.step > 60)
    assert view.main.text() == "Pause"
    click(view.main)
    wait(lambda: view.main.text() == "Resume")
    (entry,) = entries(catalogue.TRAININGS)
    assert f"step {entry.step:,} of" in view.line
    assert entry.config.data == SCurveSettings()
    click(view.main)
    wait(lambda: train.training.report is not None and train.training.report.step > entry.step)
    click(view.keep)
    wait(lambda: any(info.source == "trained on an S-curve" for info in window.state.models))
    settle(window)
    assert row(train.controls, "steps").box.isEnabled()


def test_the_half_trained_model_is_drawn_in_explore(window: Window, train: Train) -> None:
    click(train.middle.main)
    wait(lambda: train.middle.explore.isVisible())
    click(train.middle.explore)
    wait(lambda: window.canvas.isVisible())
    assert window.controls.model.choice.currentText().startswith(f"{train.training.config.name}, step")
    wait(lambda: (t := window.state.drawing("current").trajectory) is not None and t.complete)
    assert train.training.status == "running"
    assert window.state.model.data_shape == (2,)


def test_undo_and_keys_belong_to_the_workspace_that_is_shown(window: Window) -> None:
    window.state.change("change ρ", schedule={"rho": 3.0})
    train = opened_train(window)
    pick(train.controls.data.sets, "An S-curve")
    QTest.keySequence(window, QKeySequence("Ctrl+Z"))
    assert train.training.config.data.name != "s-curve-2d"
    assert window.state.run.schedule.values()["rho"] == 3.0
    train.middle.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert not window.timeline.playing
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    QTest.keySequence(window, QKeySequence("Ctrl+Z"))
    assert window.state.run.schedule.values()["rho"] == 7.0


def test_a_model_that_is_opened_is_shown(window: Window, train: Train, tmp_path: Path) -> None:
    path = save(tmp_path / "point", Mixture([[1.0]], [[[0.01]]], [1.0], label="point"))
    window.files.open(path)
    settle(window)
    assert window.state.model.name == path.stem
    assert window.canvas.isVisible()


def test_escape_cancels_drawing_and_not_the_training(window: Window, train: Train) -> None:
    click(train.middle.main)
    wait(lambda: train.training.status == "running")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    before = train.training.report
    wait(lambda: train.training.report is not before)
    assert train.training.status == "running"


def test_what_was_trained_is_there_at_the_next_start(qapp: object, tmp_path: Path) -> None:
    with opened() as window:
        train = opened_train(window)
        train.training.change(
            "short", data={"name": "s-curve-2d"}, network={"kind": "mlp", "width": 8}, batch=64, microbatch=64, steps=30
        )
        settle(window)
        click(train.middle.main)
        wait(lambda: train.training.report is not None and train.training.report.step > 5)
    kept = entries(catalogue.TRAININGS)
    assert [entry.config.steps for entry in kept] == [30]
    with opened() as window:
        train = opened_train(window)
        assert [entry.folder for entry in train.training.entries] == [kept[0].folder]
        train.side.open_wanted.emit(train.training.entries[0])
        wait(lambda: train.training.status in ("paused", "finished"))
        click(train.middle.main)
        wait(lambda: train.training.status == "finished")
        settle(window)
        name = f"{kept[0].folder.name}-30"
        assert name in [info.name for info in window.state.models]
    found = entry_of(kept[0].folder)
    assert found is not None
    assert found.finished
    assert name in [info.name for info in catalogue.offered()]
