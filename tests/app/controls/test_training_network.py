"""The network's rows: presets, lists of numbers, what does not suit the data, and what it all comes to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.controls.training.network import PRESETS
from app.controls.training.panel import TrainingPanel
from app.training import TrainingState
from engine.models.networks import UNetSettings
from tests.app.controls.looks import look_at, pick, row, write


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_the_numbers(panel: TrainingPanel, state: TrainingState, name: str) -> None:
    pick(panel.network.preset, name)
    assert state.config.network == UNetSettings(**PRESETS[name])
    assert panel.network.preset.choice.currentText() == name
    assert row(panel, "network.channels").box.text() == str(PRESETS[name]["channels"])


def test_presets_suit_pictures_of_32_by_32_and_grow(panel: TrainingPanel) -> None:
    sizes = [UNetSettings(**size) for size in PRESETS.values()]
    assert all(size.problem((3, 32, 32)) is None for size in sizes)
    assert UNetSettings() == sizes[1]
    assert [size.channels for size in sizes] == sorted({size.channels for size in sizes})


def test_other_numbers_are_called_custom(panel: TrainingPanel, state: TrainingState) -> None:
    write(row(panel, "network.channels"), "56")
    assert panel.network.preset.choice.currentIndex() == -1
    assert panel.network.preset.choice.placeholderText() == "Custom"
    state.undo.undo()
    assert panel.network.preset.choice.currentText() == "Medium"


def test_a_patch_and_lists_of_numbers_are_read(panel: TrainingPanel, state: TrainingState) -> None:
    write(row(panel, "network.multipliers"), "1 2,  4")
    write(row(panel, "network.blocks"), "3,1,1")
    write(row(panel, "network.attention"), "8, 4")
    pick(row(panel, "network.patch"), "1")
    assert state.config.network == UNetSettings(multipliers=(1, 2, 4), blocks=(3, 1, 1), attention=(8, 4), patch=1)
    assert row(panel, "network.multipliers").line.text() == "1, 2, 4"
    write(row(panel, "network.attention"), "")
    assert state.config.network.model_dump()["attention"] == ()
    assert row(panel, "network.attention").line.placeholderText() == "none"


@pytest.mark.parametrize(
    ("field", "typed", "note"),
    [
        ("multipliers", "1, two", "Multipliers: should be a valid integer"),
        ("multipliers", "", "Multipliers: "),
        ("blocks", "1, 0, 1", "Blocks: should be greater than or equal to 1 (got 0)."),
        ("channels", "50", "Channels: should be a multiple of 8 (got 50)."),
    ],
)
def test_refused_numbers_are_explained_and_taken_back(
    panel: TrainingPanel, state: TrainingState, field: str, typed: str, note: str
) -> None:
    asked = row(panel, f"network.{field}")
    write(asked, typed)
    assert state.config.network == UNetSettings()
    assert asked.note.isVisible()
    assert asked.note.text().startswith(note)
    assert (asked.box.text() if field == "channels" else asked.line.text()) in ("48", "1, 2, 2", "2, 2, 1")
    assert not state.undo.canUndo()


def test_what_does_not_suit_the_data_is_said_below_its_row(panel: TrainingPanel, state: TrainingState) -> None:
    multipliers, blocks = row(panel, "network.multipliers"), row(panel, "network.blocks")
    write(multipliers, "1, 2, 2, 2")
    assert not blocks.note.isVisible(), "the data are not known yet"
    look_at(state, config=state.config.replace(network={"kind": "unet", "multipliers": (1, 2, 2)}))
    assert blocks.note.text() == "Has 3 values for 4 multipliers: give as many."
    assert not panel.network.about.isVisible()
    write(blocks, "1, 1, 1, 1")
    assert not blocks.note.isVisible()
    pick(row(panel, "network.patch"), "8")
    assert multipliers.note.text() == "4 levels of patch 8 need multiples of 64, not 32x32."
    write(row(panel, "network.attention"), "5")
    write(multipliers, "1, 2")
    write(blocks, "1, 1")
    assert row(panel, "network.attention").note.text() == "5 is no level's height; choose from [4, 2]."
    state.set_look(None, "new: network.attention: 5 is no level's height; choose from [4, 2].")
    assert row(panel, "network.attention").note.isVisible()
    assert not panel.network.problem.isVisible(), "it is said once"


def test_size_and_time_are_told_as_people_say_them(panel: TrainingPanel, state: TrainingState) -> None:
    about = panel.network.about
    assert not about.text()
    look_at(state)
    assert about.text() == "1.34 M parameters · about 2 h 10 min here"
    assert about.isEnabled()
    write(row(panel, "network.channels"), "64")
    assert not about.isEnabled(), "it belongs to the network before"
    look_at(state, parameters=54_021, seconds=0.2)
    assert about.text() == "54 k parameters · about 1 s here"


def test_a_slider_gives_widths_that_the_network_allows(panel: TrainingPanel, state: TrainingState) -> None:
    channels = row(panel, "network.channels")
    reached = []
    for _ in range(3):
        QTest.keyClick(channels.slider, Qt.Key.Key_Right)
        reached.append(state.config.network.model_dump()["channels"])
    assert reached == [56, 64, 72]
    QTest.keyClick(channels.slider, Qt.Key.Key_Left)
    assert channels.box.text() == "64"
    assert not channels.note.isVisible()
