"""The list of masks: made, chosen, named, copied, removed, loaded and saved by real clicks and keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.controls.editing.masks import NONE
from engine.data import faces
from engine.settings.edits import Intensity
from tests.app.controls.edited import Opened, click, opened, take


def offered(shown: Opened) -> list[str]:
    """What the list of masks says."""
    choice = shown.groups.masks.choice
    return [choice.itemText(place) for place in range(choice.count())]


def new(shown: Opened, name: str) -> None:
    """Choose a new mask from the menu."""
    (action,) = [action for action in shown.groups.masks.menu.actions() if action.text() == name]
    action.trigger()


def choose(shown: Opened, name: str) -> None:
    """Choose a mask from the opened list."""
    choice = shown.groups.masks.choice
    choice.setFocus()
    choice.showPopup()
    choice.view().setCurrentIndex(choice.model().index(choice.findText(name), 0))
    QTest.keyClick(choice.view(), Qt.Key.Key_Return)


def picture(folder: Path, height: int, width: int) -> Path:
    """A file with a picture of grey values in random order."""
    path = folder / "glasses.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)).save(path)
    return path


def load(shown: Opened, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Choose that file in the dialog."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    click(shown.groups.masks.load)


# spec: L3, D8
def test_a_new_mask_is_a_region_of_the_face(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    new(shown, "Eyes")
    assert offered(shown) == [NONE, "eyes"]
    assert shown.groups.masks.choice.currentText() == "eyes"
    inside = np.zeros((32, 32), bool)
    inside[faces.REGIONS["eyes"]] = True
    np.testing.assert_array_equal(shown.pixels, 255 * inside)


def test_what_is_new_suits_the_model(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    take(shown, "digits")
    assert [action.text() for action in shown.groups.masks.menu.actions()] == ["Empty", "Whole", "Left half", "Centre"]


def test_an_empty_mask_is_empty_and_undone_in_one_step(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    new(shown, "Mouth")
    new(shown, "Empty")
    assert offered(shown) == [NONE, "mouth", "mask"]
    assert not shown.pixels.any()
    shown.state.undo.undo()
    assert offered(shown) == [NONE, "mouth"]
    assert shown.groups.masks.choice.currentText() == "mouth"


def test_without_a_mask_the_edit_is_of_the_whole_latent(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    new(shown, "Mouth")
    choose(shown, NONE)
    assert shown.editing.mask is None
    assert shown.groups.masks.choice.currentText() == NONE
    assert not any(button.isEnabled() for button in (shown.groups.masks.rename, shown.groups.masks.save))
    choose(shown, "mouth")
    assert shown.editing.mask is not None
    assert shown.editing.mask.label == "mouth"


def test_a_mask_is_named_in_its_place_and_in_the_edits_that_have_it(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    new(shown, "Eyes")
    shown.editing.set("change λ", strength=0.1)
    masks = shown.groups.masks
    click(masks.rename)
    assert masks.name.isVisible()
    assert not masks.choice.isVisible()
    QTest.keyClicks(masks.name, "glasses")
    QTest.keyClick(masks.name, Qt.Key.Key_Return)
    assert offered(shown) == [NONE, "glasses"]
    assert masks.choice.isVisible()
    assert not masks.name.isVisible()
    (edit,) = shown.edits
    assert isinstance(edit, Intensity)
    assert edit.mask is not None
    assert edit.mask.label == "glasses"


def test_escape_leaves_the_name(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    new(shown, "Eyes")
    masks = shown.groups.masks
    click(masks.rename)
    QTest.keyClicks(masks.name, "glasses")
    QTest.keyClick(masks.name, Qt.Key.Key_Escape)
    assert offered(shown) == [NONE, "eyes"]
    assert masks.choice.isVisible()
    assert not masks.name.isVisible()


def test_a_copy_begins_as_the_mask_and_goes_its_own_way(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    new(shown, "Eyes")
    before = shown.pixels
    click(shown.groups.masks.copy)
    assert offered(shown) == [NONE, "eyes", "eyes 2"]
    np.testing.assert_array_equal(shown.pixels, before)
    click(shown.groups.tools.whole["Clear"])
    choose(shown, "eyes")
    np.testing.assert_array_equal(shown.pixels, before)


def test_a_removed_mask_leaves_the_list_and_its_edits_keep_it(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    new(shown, "Eyes")
    shown.editing.set("change λ", strength=0.1)
    click(shown.groups.masks.remove)
    assert offered(shown) == [NONE]
    (edit,) = shown.edits
    assert isinstance(edit, Intensity)
    assert edit.mask is not None
    assert edit.mask.label == "eyes"


def test_a_picture_of_the_right_size_becomes_a_mask(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = opened(qtbot)
    path = picture(tmp_path, 32, 32)
    load(shown, monkeypatch, path)
    assert offered(shown) == [NONE, "glasses"]
    np.testing.assert_array_equal(shown.pixels, np.asarray(Image.open(path)))
    assert not shown.groups.masks.question.isVisible()


@pytest.mark.parametrize("answer", ["Resample", "Cancel"])
def test_a_picture_of_another_size_is_resampled_only_if_told_to(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    shown = opened(qtbot)
    path = picture(tmp_path, 64, 64)
    load(shown, monkeypatch, path)
    question = shown.groups.masks.question
    assert offered(shown) == [NONE]
    assert question.sentence.text() == "glasses.png is 64 × 64 and the model's pictures are 32 × 32."
    click(question.answers[answer])
    assert not question.isVisible()
    if answer == "Cancel":
        assert offered(shown) == [NONE]
    else:
        blocks = np.asarray(Image.open(path)).reshape(32, 2, 32, 2).mean(axis=(1, 3))
        assert np.abs(shown.pixels - blocks).max() <= 1


def test_a_question_about_another_models_pictures_is_taken_back(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = opened(qtbot)
    load(shown, monkeypatch, picture(tmp_path, 64, 64))
    take(shown, "digits")
    assert not shown.groups.masks.question.isVisible()


def test_rubbish_is_refused_with_a_sentence(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened(qtbot)
    path = tmp_path / "rubbish.png"
    path.write_bytes(b"rubbish")
    load(shown, monkeypatch, path)
    assert offered(shown) == [NONE]
    assert len(shown.said) == 1
    assert shown.said[0].startswith("rubbish.png")


def test_a_saved_mask_is_loaded_to_the_bit(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened(qtbot)
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32), np.uint8)
    shown.editing.add(pixels, "noise")
    path = tmp_path / "saved.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    click(shown.groups.masks.save)
    assert shown.said == ["Saved saved.png."]
    click(shown.groups.tools.whole["Clear"])
    load(shown, monkeypatch, path)
    assert offered(shown) == [NONE, "noise", "saved"]
    np.testing.assert_array_equal(shown.pixels, pixels)


@pytest.mark.parametrize("answer", ["Resample", "New mask"])
def test_a_mask_in_use_that_does_not_fit_is_not_used_silently(qtbot: QtBot, answer: str) -> None:
    shown = opened(qtbot)
    shown.editing.add(np.full((16, 16), 255, np.uint8), "small")
    question = shown.groups.masks.question
    assert "16 × 16" in question.sentence.text()
    assert "32 × 32" in question.sentence.text()
    click(question.answers[answer])
    assert not question.isVisible()
    assert shown.pixels.shape == (32, 32)
    assert offered(shown) == ([NONE, "small"] if answer == "Resample" else [NONE, "small", "mask"])
    assert shown.pixels.all() == (answer == "Resample")


def test_a_mask_that_is_painted_gets_another_thumbnail(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    new(shown, "Empty")
    choice = shown.groups.masks.choice

    def middle() -> int:
        return choice.itemIcon(1).pixmap(22, 22).toImage().pixelColor(11, 11).lightness()

    assert middle() == 0
    click(shown.groups.tools.whole["All"])
    qtbot.waitUntil(lambda: middle() == 255)
