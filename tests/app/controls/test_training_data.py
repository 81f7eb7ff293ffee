"""Choosing data: what is offered, what follows from it, what is shown of it, what is said where it is not at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.controls.training.data import LOOKING
from app.controls.training.panel import TrainingPanel
from app.training import TrainingState
from engine.data.sets import DATASETS
from engine.models.networks import MLPSettings, UNetSettings
from engine.training.config import EDMLoss
from tests.app.controls.looks import look_at, pick, row, write

MISSING = "MNIST was not found: name the folder that holds its four files."


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of two pictures."""
    folder = tmp_path / "my pictures"
    folder.mkdir()
    for number in range(2):
        Image.new("RGB", (40, 40), (200, 30 * number, 0)).save(folder / f"{number}.png")
    return folder


def test_every_set_is_offered_by_its_label_and_explained(panel: TrainingPanel) -> None:
    combo = panel.data.sets.choice
    offered = [combo.itemText(place).lower() for place in range(combo.count())]
    for settings, text in zip(DATASETS.values(), offered, strict=True):
        assert text.startswith(settings.label.lower())
    assert combo.currentText() == "Toy faces"
    assert "attributes" in combo.toolTip()
    assert "MNIST" in combo.itemData(0, Qt.ItemDataRole.ToolTipRole)


def test_points_bring_an_mlp_and_pictures_a_unet_in_one_undo_step(panel: TrainingPanel, state: TrainingState) -> None:
    pick(panel.data.sets, "An S-curve")
    config = state.config
    assert (config.data.name, config.network, config.batch, config.microbatch) == (
        "s-curve-2d",
        MLPSettings(),
        1024,
        256,
    )
    assert config.loss == EDMLoss(mean=-0.8, deviation=1.6)
    assert row(panel, "network.width").isVisible()
    assert not row(panel, "network.channels").isVisible()
    pick(panel.data.sets, "Toy faces")
    assert (state.config.network, state.config.batch, state.config.microbatch) == (UNetSettings(), 64, 4)
    state.undo.undo()
    assert state.config == config
    state.undo.undo()
    assert state.config.data.name == "faces"
    assert panel.data.sets.choice.currentText() == "Toy faces"
    assert not state.undo.canUndo()


def test_a_network_chosen_for_pictures_stays_with_other_pictures(panel: TrainingPanel, state: TrainingState) -> None:
    write(row(panel, "network.channels"), "64")
    pick(panel.data.sets, "MNIST's digits, moving")
    assert state.config.network == UNetSettings(channels=64)


def test_a_set_shows_its_own_settings(panel: TrainingPanel, state: TrainingState) -> None:
    p_right, which, noise = row(panel, "data.p_right"), row(panel, "data.which"), row(panel, "data.noise")
    pick(panel.data.sets, "MNIST's digits, going")
    assert [each.isVisible() for each in (p_right, which, noise)] == [True, False, False]
    write(p_right, "0.9")
    assert state.config.data.model_dump()["p_right"] == 0.9
    pick(panel.data.sets, "A Gaussian mixture")
    assert [each.isVisible() for each in (p_right, which, noise)] == [False, True, False]
    pick(which, "bimodal-2d")
    assert state.config.data.model_dump() == {"name": "mixture", "which": "bimodal-2d"}


def test_a_folder_is_asked_for_and_named(
    panel: TrainingPanel, state: TrainingState, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["", str(pictures)])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: next(answers))
    pick(panel.data.sets, "A folder")
    assert state.config.data.name == "faces"
    assert panel.data.sets.choice.currentText() == "Toy faces"
    pick(panel.data.sets, "A folder")
    assert state.config.data.model_dump() == {"name": "folder", "path": str(pictures), "size": 32, "grey": False}
    folder = panel.data.folder
    assert folder.isVisible()
    assert folder.button.text() == "my pictures"
    QTest.keyClick(row(panel, "data.grey").check, Qt.Key.Key_Space)
    write(row(panel, "data.size"), "48")
    assert state.config.data.model_dump() == {"name": "folder", "path": str(pictures), "size": 48, "grey": True}
    look_at(state, size=3, skipped={"broken.png": "it ends too soon"})
    assert panel.data.about.text() == "2 grey pictures, 48 × 48; 1 file skipped."
    assert panel.data.about.toolTip() == "broken.png: it ends too soon"


def test_another_folder_keeps_size_and_colour(
    panel: TrainingPanel, state: TrainingState, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.change("choose", data={"name": "folder", "path": "elsewhere", "size": 64})
    asked = []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: asked.append(given[2]) or str(pictures))
    QTest.keyClick(panel.data.folder.button, Qt.Key.Key_Space)
    assert asked == ["elsewhere"]
    assert state.config.data.model_dump() == {"name": "folder", "path": str(pictures), "size": 64, "grey": False}


def test_examples_stay_dimmed_until_those_of_other_data_arrive(panel: TrainingPanel, state: TrainingState) -> None:
    examples, about = panel.data.examples, panel.data.about
    assert about.text() == LOOKING
    assert not examples.isVisible()
    look_at(state)
    assert examples.isVisible()
    assert not examples.dimmed
    assert about.text() == "Colour pictures, 32 × 32."
    pick(panel.data.sets, "An S-curve")
    assert examples.isVisible()
    assert examples.dimmed
    assert about.text() == LOOKING
    look_at(state)
    assert not examples.dimmed
    assert about.text() == "Points in the plane."


def test_a_change_elsewhere_dims_nothing(panel: TrainingPanel, state: TrainingState) -> None:
    look_at(state)
    write(row(panel, "steps"), "3000")
    assert not panel.data.examples.dimmed
    state.set_look(None, "new: network.kind: something about the network.")
    assert panel.data.examples.isVisible()
    assert not panel.data.problem.isVisible()
    assert panel.network.problem.text() == "new: network.kind: something about the network."


def test_given_frames_are_counted(panel: TrainingPanel, state: TrainingState) -> None:
    frames = np.zeros((4, 3, 8, 8), np.float32)
    look_at(state, x0=frames[:, :1], cond=frames)
    assert panel.data.about.text() == "Grey pictures, 8 × 8, each following 3 given frames."
    look_at(state, x0=frames[:, :1], cond=frames[:, :1])
    assert panel.data.about.text() == "Grey pictures, 8 × 8, each following 1 given frame."


def test_missing_mnist_can_be_downloaded_or_found(panel: TrainingPanel, state: TrainingState, qtbot: QtBot) -> None:
    data = panel.data
    look_at(state)
    pick(data.sets, "MNIST's digits")
    state.set_look(None, MISSING)
    assert data.problem.text() == MISSING
    assert data.problem.isVisible()
    assert not data.examples.isVisible()
    with qtbot.waitSignal(state.download_wanted, timeout=0):
        QTest.mouseClick(data.download, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.mnist_folder_wanted, timeout=0):
        QTest.mouseClick(data.mnist_folder, Qt.MouseButton.LeftButton)
    pick(data.sets, "An S-curve")
    assert not data.problem.isVisible(), "it is about other data"
    assert not data.download.isVisible()
    assert data.about.text() == LOOKING
    look_at(state)
    assert data.examples.isVisible()


def test_a_folder_without_pictures_says_so_without_offering_mnist(panel: TrainingPanel, state: TrainingState) -> None:
    state.change("choose", data={"name": "folder", "path": "nowhere"})
    state.set_look(None, "nowhere is no folder: choose one that holds pictures.")
    assert panel.data.problem.text() == "nowhere is no folder: choose one that holds pictures."
    assert not panel.data.download.isVisible()
