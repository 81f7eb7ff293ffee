"""The panel as a whole: name, loss, optimiser, undo, and what is fixed while a model trains."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QSlider, QWidget

from app.bind import Row
from app.controls.training.panel import FIXED, NAMES, TrainingPanel
from app.training import Status, TrainingState
from engine.models.betas import PRESETS, CosineBetas
from engine.training.config import DDPMLoss, EDMLoss
from tests.app.controls.looks import look_at, pick, row, write


def test_a_name_is_taken_or_refused_in_a_sentence(panel: TrainingPanel, state: TrainingState) -> None:
    write(panel.name, "my faces 2")
    assert state.config.name == "my faces 2"
    write(panel.name, "../faces")
    assert state.config.name == panel.name.line.text() == "my faces 2"
    assert panel.name.note.text() == NAMES
    assert panel.name.note.isVisible()
    write(panel.name, "")
    assert state.config.name == "my faces 2"
    write(panel.name, "faces")
    assert not panel.name.note.isVisible()


def test_losses_show_their_own_rows(panel: TrainingPanel, state: TrainingState) -> None:
    mean, betas = row(panel, "loss.mean"), row(panel, "loss.betas")
    write(mean, "-0.5")
    write(row(panel, "loss.deviation"), "1")
    assert state.config.loss == EDMLoss(mean=-0.5, deviation=1)
    pick(row(panel, "loss.name"), "DDPM")
    assert state.config.loss == DDPMLoss()
    assert (mean.isVisible(), betas.isVisible()) == (False, True)
    pick(betas, "Low2DSymMix")
    pick(row(panel, "loss.weighting"), "bound")
    assert state.config.loss == DDPMLoss(betas=PRESETS["Low2DSymMix"], weighting="bound")
    pick(betas, "Cosine")
    assert state.config.loss == DDPMLoss(betas=CosineBetas(), weighting="bound")
    state.change("other", loss={"betas": PRESETS["Celeb64"].model_copy(update={"steps": 77}).model_dump()})
    assert betas.choice.currentIndex() == -1


def test_every_preset_of_betas_is_shown_by_its_name(panel: TrainingPanel, state: TrainingState) -> None:
    for name, betas in PRESETS.items():
        state.change("choose", loss={"name": "ddpm", "betas": betas.model_dump()})
        assert name in row(panel, "loss.betas").choice.currentText().split(", ")


def test_the_training_is_set_in_numbers(panel: TrainingPanel, state: TrainingState) -> None:
    typed = {"steps": "3000", "batch": "96", "optimiser.learning_rate": "2e-4", "optimiser.warm_up": "50"}
    for name, text in {**typed, "preview_every": "250", "seed": "7"}.items():
        write(row(panel, name), text)
    pick(row(panel, "average"), "0.999")
    pick(row(panel, "precision"), "bfloat16")
    config = state.config
    assert (config.steps, config.batch, config.microbatch) == (3000, 96, 4)
    assert (config.optimiser.learning_rate, config.optimiser.warm_up) == (2e-4, 50)
    assert (config.preview_every, config.seed, config.average, config.precision) == (250, 7, 0.999, "bfloat16")


def test_a_drag_is_one_undo_step(panel: TrainingPanel, state: TrainingState) -> None:
    before, slider = state.config, row(panel, "steps").slider
    slider.setSliderDown(True)
    for position in (300, 500, 700):
        slider.setValue(position)
    slider.setSliderDown(False)
    assert state.config.steps == row(panel, "steps").span.value(700)
    write(row(panel, "steps"), "4321")
    state.undo.undo()
    assert state.config.steps == row(panel, "steps").span.value(700)
    state.undo.undo()
    assert state.config == before
    assert row(panel, "steps").box.text() == str(before.steps)


def test_undo_and_redo_reach_the_window_from_a_line(panel: TrainingPanel, state: TrainingState) -> None:
    undo = state.undo.createUndoAction(panel)
    undo.setShortcut("Ctrl+Z")
    panel.addAction(undo)
    panel.activateWindow()
    write(panel.name, "other")
    QTest.keyClick(panel.name.line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert state.config.name == panel.name.line.text() == "new"
    QTest.keyClicks(panel.name.line, "er")
    QTest.keyClick(panel.name.line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert panel.name.line.text() == "new", "what is being typed is undone first"
    assert state.config.name == "new"


@pytest.mark.parametrize("status", ["starting", "running", "pausing", "paused"])
def test_settings_are_fixed_while_a_model_trains(panel: TrainingPanel, state: TrainingState, status: Status) -> None:
    look_at(state)
    rows = [each for each in panel.findChildren(Row) if each.isVisible()]
    assert all(each.isEnabled() for each in rows)
    assert not panel.fixed.isVisible()
    state.set_status(status)
    assert not any(each.isEnabled() for each in rows)
    assert panel.fixed.isVisible()
    assert panel.fixed.text() == FIXED
    assert panel.data.examples.isEnabled()
    state.set_status("finished")
    assert all(each.isEnabled() for each in rows)
    assert not panel.fixed.isVisible()


def test_neither_undo_nor_what_is_being_typed_changes_what_is_trained(
    panel: TrainingPanel, state: TrainingState
) -> None:
    write(row(panel, "steps"), "3000")
    config = state.config
    panel.name.line.setFocus()
    QTest.keyClicks(panel.name.line, "typed")
    state.set_status("starting")
    state.undo.undo()
    assert state.config == config
    state.set_status("finished")
    write(row(panel, "steps"), "4000")
    state.undo.undo()
    assert state.config == config


@pytest.mark.parametrize("name", ["digits", "horizontal", "faces", "mixture", "s-curve-2d", "folder"])
def test_nothing_needs_to_be_scrolled_sideways(panel: TrainingPanel, state: TrainingState, name: str) -> None:
    data = {"name": name} | ({"path": "a folder with a long name " * 4} if name == "folder" else {})
    state.change("choose", data=data, loss={"name": "ddpm"})
    panel.resize(250, 500)
    state.set_look(None, "a sentence of some length, because " * 4)
    QApplication.processEvents()
    assert panel.verticalScrollBar().isVisible()
    assert panel.widget().minimumSizeHint().width() <= panel.viewport().width()


def test_every_control_is_named_explained_and_reached_by_key(panel: TrainingPanel) -> None:
    kinds = (QAbstractSpinBox, QComboBox, QLineEdit, QSlider, QAbstractButton)
    found = [each for kind in kinds for each in panel.findChildren(kind) if _is_ours(each)]
    assert len(found) > 30
    for control in found:
        assert control.accessibleName() or isinstance(control, QAbstractButton), control
        assert control.toolTip(), control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control.accessibleName()


def _is_ours(widget: QWidget) -> bool:
    """Not what Qt's own widgets consist of."""
    return not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox)) and "qt_" not in widget.objectName()
