"""A picture as a latent, in the real window: by number, file, drop and clipboard; undone, cancelled, refused."""
# spec: L7

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.controls.inversion import POOR, STOCHASTIC, InversionGroup
from app.window import Window
from app.workspaces import LATENTS
from engine import picture
from engine.latents.inversion import latent_of
from engine.settings.edits import Intensity, Set
from tests.app.opened import settle
from tests.app.test_files import drop


def group(window: Window) -> InversionGroup:
    assert window.latents is not None
    return window.latents.picture


def found(window: Window, particle: int) -> Set:
    latent = latent_of(window.state.run.latents.edits, particle)
    assert latent is not None
    return latent


def click(window: Window, button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(window)


@pytest.fixture
def latents(window: Window) -> Window:
    """Three particles in the Latents workspace, the second one selected; pictures are inverted in few steps."""
    window.state.change("few", latents={"count": 3}, schedule={"steps": 12})
    window.workspaces.show(LATENTS)
    assert window.latents is not None
    window.latents.inversion.steps = 12
    window.state.select([1])
    settle(window)
    return window


def test_an_item_becomes_the_latent_of_the_selected_particle_and_comes_back(latents: Window) -> None:
    before, parts = latents.state.run, group(latents)
    assert parts.result.text() == "Particle 1 starts from noise. A picture takes its place."
    assert not parts.clear.isEnabled()
    click(latents, parts.take)
    assert found(latents, 1).latent.label == "digits 0"
    assert parts.about.text() == "digits 0\nthe latent of particle 1"
    told = parts.result.text()
    assert told == "It comes back with an error of less than 0.0005 a pixel (0 to 1)."
    assert not parts.warning.isVisible()
    drawn = latents.state.drawing("current").trajectory
    assert drawn is not None
    last = drawn[drawn.last]
    assert last is not None
    reference = found(latents, 1).picture
    assert reference is not None
    assert np.abs(last.x[1].numpy() - picture.values(reference, (1, 32, 32))).mean() < 0.01
    edits = (*latents.state.run.latents.edits, Intensity(kind="intensity", strength=0.7, particles=(1,)))
    latents.state.change("edit", latents={"edits": edits})
    settle(latents)
    assert parts.result.text() == told, "of the picture before the edit"
    latents.state.select([2])
    assert parts.result.text() == "Particle 2 starts from noise. A picture takes its place."
    latents.state.undo.undo()
    latents.state.undo.undo()
    assert latents.state.run == before
    settle(latents)


def test_another_number_replaces_it_and_none_gives_the_noise_back(latents: Window) -> None:
    before, parts = latents.state.run, group(latents)
    click(latents, parts.take)
    parts.item.slider.setSliderDown(True)
    parts.item.slider.setValue(500)
    assert found(latents, 1).latent.label == "digits 0", "while it is dragged nothing is inverted"
    parts.item.slider.setSliderDown(False)
    settle(latents)
    number = int(parts.item.box.value())
    assert number == 898
    assert found(latents, 1).latent.label == f"digits {number}"
    assert len(latents.state.run.latents.edits) == 1
    click(latents, parts.clear)
    assert latents.state.run == before


def test_more_steps_invert_it_again(latents: Window) -> None:
    parts = group(latents)
    click(latents, parts.take)
    few = found(latents, 1)
    parts.steps.box.setFocus()
    parts.steps.box.selectAll()
    QTest.keyClicks(parts.steps.box, "20")
    QTest.keyClick(parts.steps.box, Qt.Key.Key_Return)
    settle(latents)
    assert found(latents, 1).picture == few.picture
    assert found(latents, 1).latent != few.latent


def test_a_file_becomes_a_latent(latents: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropped, chosen, or copied and pasted."""
    paths = [tmp_path / f"{name}.jpg" for name in ("dropped", "chosen", "copied")]
    for path in paths:
        Image.fromarray(np.full((40, 90, 3), 40, np.uint8)).save(path)
    copied = QMimeData()
    copied.setUrls([QUrl.fromLocalFile(str(paths[2]))])
    QGuiApplication.clipboard().setMimeData(copied)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(paths[1]), ""))
    ways = (lambda: drop(latents, paths[0]), group(latents).open.click, group(latents).paste.click)
    for path, way in zip(paths, ways, strict=True):
        way()
        settle(latents)
        assert found(latents, 1).latent.label == path.name
        done = "90 × 40 pixels, cropped about the middle and resampled to 32 × 32."
        assert group(latents).about.text().endswith(done)
        assert latents.files._paths()[0] == str(path)
    assert latents.state.run.latents.picture is None
    assert not group(latents).item.isVisible()


def test_what_is_on_the_clipboard_is_pasted_by_key(latents: Window) -> None:
    image = QImage(45, 45, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.white)
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(latents, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settle(latents)
    reference = found(latents, 1).picture
    assert reference is not None
    assert reference.label == "clipboard"
    assert (picture.values(reference, (1, 32, 32)) == 1).all()


def test_in_explore_what_is_pasted_is_started_from(window: Window) -> None:
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settle(window)
    assert window.state.run.latents.picture is not None
    QGuiApplication.clipboard().setText("no picture")
    said: list[str] = []
    window.state.message.connect(said.append)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert said == ["There is no picture on the clipboard: copy one, or a picture's file, then paste it."]


def test_what_is_inverted_for_another_model_is_dropped_and_one_of_points_has_no_pictures(
    latents: Window, tmp_path: Path
) -> None:
    group(latents).take.click()
    assert group(latents).result.text() == "Inverting for particle 1 …"
    said: list[str] = []
    latents.state.message.connect(said.append)
    latents.state.choose(next(info for info in latents.state.models if info.name == "ring"))
    settle(latents)
    assert said[0] == "Another model was chosen while the picture was being inverted: choose the picture again."
    assert not group(latents).isVisible()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "p.png")
    drop(latents, tmp_path / "p.png")
    settle(latents)
    assert "A picture can become a latent of models of pictures only" in latents.banner.text.text()
    assert latents.state.run.latents.edits == ()


def test_it_can_be_cancelled_from_the_status_line(latents: Window) -> None:
    assert latents.latents is not None
    before, inversion = latents.state.run, latents.latents.inversion
    inversion.steps = 2000
    group(latents).take.click()
    settle(latents, lambda: any("inverting" in each.label for each in latents.bridge._activities.values()))
    latents.cancel()
    settle(latents)
    assert latents.state.run == before
    assert not inversion.running
    assert group(latents).result.text().startswith("Particle 1 starts from noise")


def test_how_badly_it_comes_back_is_said_with_what_to_do(latents: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = group(latents)
    assert latents.latents is not None
    click(latents, parts.take)
    latents.state.change("short", schedule={"steps": 1})
    settle(latents)
    assert (parts.warning.isVisible(), parts.warning.text()) == (True, POOR)
    latents.state.change("noise", schedule={"steps": 3}, sampler={"churn": 12.0})
    settle(latents)
    error = latents.latents.inversion.error()
    assert error is not None
    assert error[1], "noise was added"
    monkeypatch.setattr(latents.latents.inversion, "error", lambda: (0.021, True))
    latents.latents.inversion.changed.emit()
    assert (parts.warning.isVisible(), parts.warning.text()) == (True, STOCHASTIC)
    assert parts.result.text() == "It comes back with an error of 0.0210 a pixel (0 to 1)."
    monkeypatch.setattr(latents.latents.inversion, "error", lambda: (0.019, True))
    latents.latents.inversion.changed.emit()
    assert not parts.warning.isVisible()
