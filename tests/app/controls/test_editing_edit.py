"""The edit worked on, by real clicks, drags and keys: the Run has what the controls say."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.controls.editing.particle import ParticleRow
from app.views.numerals import significant
from engine.analysis.pictures import to_uint8
from engine.data import faces
from engine.models.catalogue import named
from engine.run import Run
from engine.settings.edits import Interpolate, Regional, Transfer
from tests.app.controls.edited import Opened, click, drag, opened
from tests.app.controls.looks import write
from tests.app.views.stage import TinyPictures, draw, staged


class TinyFaces(TinyPictures):
    """As `TinyPictures`, in the shape of faces."""

    data_shape = (3, 32, 32)


def the_edit(shown: Opened) -> Regional:
    """The one edit of the Run."""
    (edit,) = shown.edits
    assert isinstance(edit, Regional)
    return edit


def choose(shown: Opened, kind: str) -> None:
    click(shown.groups.edit.kinds.buttons[kind])


# spec: L2
def test_the_first_change_of_lambda_adds_an_edit_and_later_ones_change_it(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    row = shown.groups.edit.intensity.strength
    write(row, "0.1")
    assert the_edit(shown).model_dump(exclude_defaults=True) == {
        "kind": "intensity",
        "particles": (0,),
        "strength": 0.1,
    }
    write(row, "-3")  # beyond the slider's range
    assert the_edit(shown).model_dump(exclude_defaults=True) == {"kind": "intensity", "particles": (0,), "strength": -3}


# spec: L2
def test_the_whole_latents_range_is_that_of_the_thesis(qtbot: QtBot) -> None:
    span = opened(qtbot).groups.edit.intensity.strength.span
    assert (span.low, span.high) == pytest.approx((-0.16, 0.16), rel=0.01)


# spec: L2
@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize("channel", [None, 1])
def test_lambda_is_shown_in_deviations_of_the_mean(qtbot: QtBot, mask: bool, channel: int | None) -> None:
    shown = opened(qtbot)
    size = 32 * 32
    if mask:
        pixels = np.zeros((32, 32), np.uint8)
        pixels[faces.REGIONS["eyes"]] = 255
        shown.editing.add(pixels, "eyes")
        size = 7 * 16
    click(shown.groups.edit.channel.segments.buttons[channel])
    write(shown.groups.edit.intensity.strength, "0.05")
    values = size * (3 if channel is None else 1)
    expected = significant(0.05 * math.sqrt(values), 2)  # of a hard mask the deviation is 1 / sqrt of its values
    text = shown.groups.edit.intensity.moved.text
    qtbot.waitUntil(lambda: text().startswith(f"+{expected} sd"))
    assert ("mask" in text(), "G" in text()) == (mask, channel is not None)


def test_an_empty_mask_says_that_nothing_is_added(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    shown.editing.add(np.zeros((32, 32), np.uint8), "empty")
    qtbot.waitUntil(lambda: shown.groups.edit.intensity.moved.text().startswith("The mask is empty"))


# spec: L2
def test_a_drag_changes_the_run_as_it_goes_and_is_one_undo_step(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    slider = shown.groups.edit.intensity.strength.slider
    runs: list[Run] = []
    shown.state.run_changed.connect(runs.append)
    drag(slider, 10, 20, 30)
    assert len(runs) == 3
    edit = the_edit(shown)
    assert 0 < edit.strength <= 0.16  # type: ignore[attr-defined]
    drag(slider, -10)
    assert shown.state.undo.count() == 2
    shown.state.undo.undo()
    assert the_edit(shown) == edit
    shown.state.undo.undo()
    assert shown.edits == ()


def test_zero_is_met_on_the_slider(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    row = shown.groups.edit.intensity.strength
    write(row, "0.1")
    slider = row.slider
    middle = (slider.maximum() + slider.minimum()) // 2
    for near in (middle - 8, middle + 8):
        slider.setValue(near)
        assert the_edit(shown).strength == 0  # type: ignore[attr-defined]


def test_a_double_click_goes_back_to_zero(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    row = shown.groups.edit.intensity.strength
    write(row, "0.1")
    QTest.mouseDClick(row.slider, Qt.MouseButton.LeftButton)
    assert (the_edit(shown).strength, row.box.value()) == (0, 0)  # type: ignore[attr-defined]


def test_the_slider_goes_by_keys_in_both_directions_through_zero(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    slider = shown.groups.edit.intensity.strength.slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert the_edit(shown).strength > 0  # type: ignore[attr-defined]
    QTest.keyClick(slider, Qt.Key.Key_Left)
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert the_edit(shown).strength < 0  # type: ignore[attr-defined]


def test_an_edit_follows_the_selection(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    row = shown.groups.edit.intensity.strength
    write(row, "0.1")
    shown.state.select([2, 3])
    assert row.box.value() == 0
    write(row, "0.2")
    assert [edit.particles for edit in shown.edits] == [(0,), (2, 3)]  # type: ignore[attr-defined]
    shown.state.select([0])
    assert row.box.value() == 0.1
    click(shown.groups.edit.particles.segments.buttons[True])
    write(row, "0.3")
    assert [edit.targets for edit in shown.edits] == [(0,), (2, 3), None]


# spec: L8
def test_an_edit_is_of_the_latent_or_of_the_step_of_the_playhead(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    buttons = shown.groups.edit.step.segments.buttons
    shown.state.set_playhead(2)
    assert buttons[True].text() == "step 2"
    click(buttons[True])
    write(shown.groups.edit.intensity.strength, "0.1")
    assert the_edit(shown).step == 2
    shown.state.set_playhead(4)
    assert buttons[True].text() == "step 3"  # nothing follows the last step
    click(buttons[False])
    write(shown.groups.edit.intensity.strength, "0.2")
    assert [edit.step for edit in shown.edits] == [2, 0]


# spec: L2
def test_a_channel_is_chosen_by_its_name_and_changes_the_edit(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    buttons = shown.groups.edit.channel.segments.buttons
    assert [button.text() for button in buttons.values()] == ["all", "R", "G", "B"]
    write(shown.groups.edit.intensity.strength, "0.1")
    click(buttons[2])
    assert the_edit(shown).channel == 2
    assert [button.isChecked() for button in buttons.values()] == [False, False, False, True]


@pytest.mark.parametrize(("model", "names"), [("digits", []), ("ring", ["all", "x", "y"])])
def test_channels_are_those_of_the_model(qtbot: QtBot, model: str, names: list[str]) -> None:
    row = opened(qtbot, model).groups.edit.channel
    assert row.isVisible() == bool(names)
    assert [button.text() for button in row.segments.buttons.values() if button.isVisible()] == names


def test_a_channel_that_another_model_has_not_is_all_of_them(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    click(shown.groups.edit.channel.segments.buttons[2])
    write(shown.groups.edit.intensity.strength, "0.1")
    shown.state.choose(named("digits"))
    assert shown.edits == ()
    write(shown.groups.edit.intensity.strength, "0.2")
    assert the_edit(shown).channel is None
    shown.state.undo.undo()
    shown.state.undo.undo()
    assert the_edit(shown).channel == 2


# spec: L4
def test_the_first_source_chosen_makes_a_transfer(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    choose(shown, "transfer")
    rows = shown.groups.edit.transfer
    assert not rows.make.isEnabled()  # from 0 to itself
    write(rows.source, "4")
    assert the_edit(shown) == Transfer(kind="transfer", particles=(0,), source=4)
    assert not rows.make.isVisible()


# spec: L4
def test_a_transfer_is_made_by_its_button_and_goes_both_ways(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    shown.state.select([3])
    choose(shown, "transfer")
    rows = shown.groups.edit.transfer
    assert rows.make.text() == "Transfer from 0 to particle 3"
    click(rows.make)
    assert the_edit(shown) == Transfer(kind="transfer", particles=(3,), source=0)
    rows.both.click()
    assert the_edit(shown) == Transfer(kind="transfer", particles=(3,), source=0, swap=True)


# spec: L4
def test_a_transfer_is_turned_round(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    shown.state.select([3])
    choose(shown, "transfer")
    rows = shown.groups.edit.transfer
    write(rows.source, "1")
    click(rows.turn)
    assert the_edit(shown) == Transfer(kind="transfer", particles=(1,), source=3)
    assert shown.state.selection == (1,)
    assert rows.source.box.value() == 3


def test_both_ways_is_between_two(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    shown.state.select([3])
    choose(shown, "transfer")
    rows = shown.groups.edit.transfer
    rows.both.click()
    shown.state.select([3, 4])
    assert not rows.both.isEnabled()
    assert not rows.turn.isEnabled()
    click(rows.make)
    assert [edit.targets for edit in shown.edits] == [(3, 0), (3, 4)]
    assert shown.said == []


# spec: L8
def test_the_way_between_two_particles(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    shown.state.select([5])
    choose(shown, "interpolate")
    rows = shown.groups.edit.between
    click(rows.make)
    assert the_edit(shown) == Interpolate(kind="interpolate", particles=(5,), between=(0, 1), share=0.5)
    write(rows.ends[0], "2")
    write(rows.ends[1], "4")
    drag(rows.share.slider, -10, -20)
    edit = the_edit(shown)
    assert isinstance(edit, Interpolate)
    assert edit.between == (2, 4)
    assert 0 < edit.share < 0.5
    assert shown.state.undo.count() == 4


def test_the_sources_picture_is_that_at_the_playhead(qtbot: QtBot) -> None:
    shown = opened(qtbot, state=staged(TinyFaces()))
    choose(shown, "transfer")
    row = shown.groups.edit.transfer.source
    write(row, "4")
    trajectory = draw(shown.state, TinyFaces())
    for index in (1, 3):
        shown.state.set_playhead(index)
        step = trajectory[index]
        assert step is not None
        assert step.denoised is not None
        corner = tuple(to_uint8(step.denoised[4].numpy())[1, 1])
        qtbot.waitUntil(partial(shows, row, corner))


def shows(row: ParticleRow, colour: tuple[int, ...]) -> bool:
    """Whether the picture in the row has that colour near its upper left corner."""
    seen = row.picture.pixmap().toImage().pixelColor(1, 1)
    return (seen.red(), seen.green(), seen.blue()) == colour


# spec: L9, G8
@pytest.mark.parametrize("how", ["locked", "replaced"])
def test_the_outside_of_the_mask_is_kept(qtbot: QtBot, how: str) -> None:
    shown = opened(qtbot)
    row = shown.groups.edit.outside
    assert not row.segments.buttons[how].isEnabled()
    assert "mask" in row.segments.buttons[how].toolTip()
    shown.editing.add(np.full((32, 32), 255, np.uint8), "first")
    click(row.segments.buttons[how])
    assert (shown.state.run.region.outside, shown.state.run.region.mask) == (how, shown.editing.mask)
    shown.editing.add(np.full((32, 32), 128, np.uint8), "second")
    assert row.note.text() == f"{how.capitalize()} outside of first. Press {how} again for second."
    click(row.segments.buttons[how])
    assert shown.state.run.region.mask == shown.editing.mask
    assert not row.note.isVisible()
    click(row.segments.buttons["free"])
    assert shown.state.run.region.outside == "free"
