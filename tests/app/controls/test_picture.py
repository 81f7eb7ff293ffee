"""The picture to start from: by number, by file, none again; each choice one undo step. In the real window."""
# spec: A1

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from app.controls.picture import PictureGroup
from app.window import Window
from engine import picture
from engine.data import digits, items
from engine.run import PictureReference
from tests.app.opened import settle
from tests.app.test_files import drop


def click(window: Window, button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(window)


def group(window: Window) -> PictureGroup:
    return window.controls.picture


def type_number(window: Window, number: int) -> None:
    box = group(window).item.box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, str(number))
    QTest.keyClick(box, Qt.Key.Key_Return)
    settle(window)


def chosen(window: Window) -> PictureReference:
    reference = window.state.run.latents.picture
    assert reference is not None
    return reference


def shown(*widgets: QWidget) -> list[bool]:
    return [widget.isVisible() for widget in widgets]


def test_an_item_of_the_data_is_noised_and_one_undo_step_brings_all_back(window: Window) -> None:
    before, parts = window.state.run, group(window)
    assert shown(parts.chosen, parts.item, parts.take) == [False, False, True]
    assert not parts.clear.isEnabled()
    click(window, parts.take)
    type_number(window, 17)
    assert (chosen(window).label, window.state.run.sampler.name) == ("digits 17", "noising")
    assert shown(parts.chosen, parts.item) == [True, True]
    assert parts.about.text() == "digits 17"
    drawn = window.state.drawing("current").trajectory
    assert drawn is not None
    x0 = digits.bundled()[0][17] / 127.5 - 1
    last = drawn[drawn.last]
    assert last is not None
    assert np.abs(last.x.numpy() - x0).max() < 1e-12
    assert window.canvas.strip.isVisible()
    window.state.undo.undo()
    assert chosen(window).label == "digits 0"
    window.state.undo.undo()
    assert window.state.run == before
    assert shown(parts.chosen, parts.item) == [False, False]


def test_the_thumbnail_is_the_clean_picture(window: Window) -> None:
    click(window, group(window).take)
    pixels = group(window).thumbnail.pixmap().toImage()
    digit = digits.bundled()[0][0][0]
    row, column = np.unravel_index(digit.argmax(), digit.shape)
    assert pixels.pixelColor(2 * int(column), 2 * int(row)).lightness() == digit.max()


def test_clearing_goes_back_to_noise_and_to_the_sampler_from_before(window: Window) -> None:
    window.state.change("churn", sampler={"churn": 3.0})
    before = window.state.run
    click(window, group(window).take)
    click(window, group(window).clear)
    assert window.state.run == before
    window.state.undo.undo()
    assert chosen(window).label == "digits 0"


def test_another_picture_leaves_a_sampler_that_was_chosen_since(window: Window) -> None:
    click(window, group(window).take)
    window.state.change("SDEdit", sampler={"name": "heun"}, schedule={"sigma_max": 1.0})
    type_number(window, 5)
    assert (chosen(window).label, window.state.run.sampler.name) == ("digits 5", "heun")
    click(window, group(window).clear)
    assert (window.state.run.latents.picture, window.state.run.sampler.name) == (None, "heun")


def test_a_drag_over_the_numbers_is_one_undo_step(window: Window) -> None:
    click(window, group(window).take)
    steps, slider = window.state.undo.count(), group(window).item.slider
    slider.setSliderDown(True)
    for place in (100, 300, 500):
        slider.setValue(place)
        settle(window)
    slider.setSliderDown(False)
    settle(window)
    assert window.state.undo.count() == steps + 1
    assert items.of(window.state.model).number(chosen(window).label) == round(0.5 * 1796)  # type: ignore[union-attr]


@pytest.mark.parametrize("way", ["drop", "button"])
def test_a_file_of_another_size_is_cropped_and_it_says_so(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.full((40, 90, 3), 200, np.uint8)).save(path)
    if way == "drop":
        drop(window, path)
        settle(window)
    else:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
        click(window, group(window).open)
    assert chosen(window).label == "photo.jpg"
    assert picture.values(chosen(window), (1, 32, 32)).mean() == pytest.approx(200 / 127.5 - 1, abs=0.02)
    about = group(window).about.text()
    assert about == "photo.jpg\n90 × 40 pixels, cropped about the middle and resampled to 32 × 32."
    assert not group(window).item.isVisible()
    assert window.files._paths() == [str(path)]


def test_a_picture_that_carries_a_run_opens_it_when_dropped_and_is_one_by_the_button(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.embed import write_png

    path, carried = tmp_path / "figure.png", window.state.run.replace(latents={"seed": 5})
    write_png(path, np.zeros((40, 40), np.uint8), carried)
    drop(window, path)
    settle(window)
    assert window.state.run == carried
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    click(window, group(window).open)
    assert chosen(window).label == "figure.png"


def test_a_file_that_is_no_picture_is_said_and_changes_nothing(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = tmp_path / "notes.png", window.state.run
    path.write_text("no picture")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    click(window, group(window).open)
    assert window.banner.text.text().startswith("notes.png cannot be read as a picture")
    assert window.state.run == before


def test_a_saved_run_brings_its_picture_along(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import attachments

    click(window, group(window).take)
    saved = window.state.run
    window.files.save_run(tmp_path / "run.json", saved)
    window.state.undo.undo()
    monkeypatch.setattr(attachments, "_stored", {})
    window.files.open(tmp_path / "run.json")
    settle(window)
    assert window.state.run == saved
    assert group(window).item.box.value() == 0
    assert window.state.drawing("current").error is None


def test_a_model_of_other_data_starts_from_noise_and_one_of_points_has_no_group(window: Window) -> None:
    window.state.change("little", latents={"count": 1}, schedule={"steps": 2})
    click(window, group(window).take)
    named = {info.name: info for info in window.state.models}
    window.state.choose(named["digits"])
    assert chosen(window).label == "digits 0"
    window.state.choose(named["ring"])
    assert (window.state.run.latents.picture, window.state.run.sampler.name) == (None, "heun")
    assert not group(window).isVisible()
    window.state.choose(named["circle"])
    assert group(window).isVisible()
    assert not group(window).take.isEnabled()
    assert "not at hand" in group(window).take.toolTip()
    settle(window)


def test_a_picture_dropped_on_a_model_of_points_is_refused(window: Window, tmp_path: Path) -> None:
    ring = next(info for info in window.state.models if info.name == "ring")
    window.state.choose(ring)
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "p.png")
    drop(window, tmp_path / "p.png")
    settle(window)
    assert "by models of pictures only" in window.banner.text.text()
    assert window.state.run.latents.picture is None
