"""Editing: which edit of the Run is worked on, what a stroke makes of it, what undo brings back. # spec: L2, L3, L4"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.editing import SIZES, Editing
from engine import attachments, mask
from engine.settings.edits import Intensity, Interpolate, Transfer
from tests.app.edited import changed, edits, paint, smaller, spot, told
from tests.app.views.strokes import painted_state


@pytest.fixture
def editing() -> Iterator[Editing]:
    state = painted_state()
    yield Editing(state, state)
    state.undo.clear()


# -- the edit worked on ------------------------------------------------------------------------------------------


def test_the_first_change_adds_an_edit_and_later_ones_change_it(editing: Editing) -> None:
    editing.set("intensity", strength=0.1)
    editing.set("intensity", strength=0.2)
    assert edits(editing) == [Intensity(kind="intensity", particles=(0,), strength=0.2)]
    editing.configure(kind="transfer")
    editing.set("source", source=2)
    assert edits(editing)[1] == Transfer(kind="transfer", particles=(0,), source=2)
    editing.configure(kind="interpolate")
    editing.set("share", share=0.25)
    assert edits(editing)[2] == Interpolate(kind="interpolate", particles=(0,), between=(0, 1), share=0.25)
    assert editing.index == 2


def test_a_drag_of_the_slider_is_one_undo_step(editing: Editing) -> None:
    for strength in (0.1, 0.2, 0.3):
        editing.set("intensity", strength=strength)
    editing.state.end_gesture()
    editing.set("intensity", strength=0.4)
    assert editing.state.undo.count() == 2
    editing.state.undo.undo()
    assert editing.value("strength") == 0.3
    editing.state.undo.undo()
    assert not edits(editing)


def test_what_is_worked_on_follows_the_selection_and_says_what_is_there(editing: Editing) -> None:
    editing.set("intensity", strength=0.3)
    editing.state.select([2, 1])
    assert editing.edit is None
    assert editing.value("strength") == 0.0
    editing.set("intensity", strength=-0.1)
    assert [edit.particles for edit in edits(editing)] == [(0,), (1, 2)]
    editing.state.select([0])
    assert editing.value("strength") == 0.3
    editing.configure(everyone=True)
    assert (editing.edit, editing.particles) == (None, None)


def test_an_edit_at_the_playhead_is_never_at_the_last_step(editing: Editing) -> None:
    editing.configure(at_playhead=True)
    editing.state.set_playhead(3)
    editing.set("intensity", strength=0.3)
    editing.state.set_playhead(6)
    assert editing.step == 5
    assert editing.edit is None
    editing.state.set_playhead(3)
    assert editing.edit == Intensity(kind="intensity", step=3, particles=(0,), strength=0.3)


def test_while_it_is_held_neither_selection_nor_playhead_choose_another_edit(editing: Editing) -> None:
    editing.configure(at_playhead=True)
    editing.state.set_playhead(3)
    editing.hold(True)
    editing.state.select([1, 2])
    editing.state.set_playhead(1)
    assert (editing.step, editing.particles) == (3, (0,))
    changes = changed(editing)
    editing.hold(False)
    assert len(changes) == 1
    assert (editing.step, editing.particles) == (1, (1, 2))


def test_what_the_run_refuses_is_said_and_changes_nothing(editing: Editing) -> None:
    editing.configure(kind="transfer", everyone=True)
    editing.set("source", source=1)
    run, sentences = editing.state.run, told(editing.state)
    changes = changed(editing)
    editing.set("both ways", swap=True)
    assert len(changes) == 1
    assert editing.state.run == run
    assert editing.value("swap") is False
    assert len(sentences) == 1
    assert "name one in particles" in sentences[0]


def test_edits_are_taken_away_alone_and_all_together_but_latents_that_were_set(editing: Editing) -> None:
    state = editing.state
    for particle in (0, 1, 2):
        state.select([particle])
        editing.set("intensity", strength=0.1 + particle)
    editing.remove(1)
    assert [edit.particles for edit in edits(editing)] == [(0,), (2,)]
    paint(editing, 3)
    editing.keep_outside("locked")
    editing.clear()
    assert state.run == state.run.unedited
    state.undo.undo()
    assert state.run.region.outside == "locked"
    assert len(edits(editing)) == 3


def test_another_channel_is_one_of_the_same_edit(editing: Editing) -> None:
    editing.set("intensity", strength=0.3)
    editing.configure(channel=0)
    assert [edit.channel for edit in edits(editing)] == [0]
    assert editing.state.undo.undoText() == "choose a channel"


# -- going back to an edit ---------------------------------------------------------------------------------------


def test_working_on_an_edit_takes_all_of_it_up(editing: Editing) -> None:
    state = editing.state
    paint(editing, 3)
    editing.use("")
    editing.configure(kind="interpolate", at_playhead=True)
    state.set_playhead(4)
    state.select([1, 2])
    editing.set("share", share=0.75)
    editing.work_on(0)
    assert (editing.kind, editing.step, editing.particles) == ("intensity", 0, (0,))
    assert editing.edit == edits(editing)[0]
    assert (editing.pixels() == spot(3)).all()
    editing.work_on(1)
    assert (editing.kind, editing.step, editing.particles, editing.mask) == ("interpolate", 4, (1, 2), None)
    assert editing.value("share") == 0.75


def test_an_edit_of_particles_in_any_order_is_found(editing: Editing) -> None:
    edit = {"kind": "intensity", "particles": [2, 0, 2], "strength": 0.5}
    editing.state.change("from a file", latents={"edits": [edit]})
    editing.work_on(0)
    editing.set("intensity", strength=0.6)
    assert [edit.strength for edit in edits(editing) if isinstance(edit, Intensity)] == [0.6]


def test_a_mask_of_a_file_does_not_take_the_place_of_another_one_of_its_name(editing: Editing) -> None:
    paint(editing, 3)
    foreign = mask.keep(spot(7), "mask")
    editing.state.change(
        "from a file", latents={"edits": [{"kind": "intensity", "strength": 1.0, "mask": foreign.model_dump()}]}
    )
    editing.work_on(0)
    assert [each.label for each in editing.state.masks.masks] == ["mask", "mask 2"]
    assert (editing.pixels() == spot(7)).all()
    assert editing.edit == edits(editing)[0]
    editing.use("mask")
    assert (editing.pixels() == spot(3)).all()


def test_a_damaged_mask_of_a_file_is_refused_with_a_sentence(editing: Editing) -> None:
    broken = {"label": "broken", "sha256": attachments.put(b"no picture")}
    edit = {"kind": "intensity", "strength": 1.0, "mask": broken}
    editing.state.change("from a file", latents={"edits": [edit]})
    sentences = told(editing.state)
    editing.work_on(0)
    assert sentences == ["The mask 'broken' is damaged: choose it again."]
    assert not editing.state.masks.masks


# -- everything together -----------------------------------------------------------------------------------------

DEEDS: dict[str, Callable[[Editing], None]] = {
    "paint": lambda editing: paint(editing, 3),
    "paint more": lambda editing: paint(editing, 8),
    "invert": lambda editing: editing.repaint("invert the mask", lambda pixels: 255 - pixels),
    "strength": lambda editing: editing.set("intensity", strength=0.3),
    "transfer": lambda editing: editing.configure(kind="transfer"),
    "source": lambda editing: editing.set("source", **({"source": 2} if editing.kind == "transfer" else {})),
    "select": lambda editing: editing.state.select([1, 2]),
    "everyone": lambda editing: editing.configure(everyone=not editing.everyone),
    "at playhead": lambda editing: editing.configure(at_playhead=not editing.at_playhead),
    "steps": lambda editing: editing.state.change("steps", schedule={"steps": 4}),
    "model": lambda editing: editing.state.choose(smaller()),
    "new": lambda editing: editing.use(""),
    "resample": lambda editing: editing.resample(),
    "rename": lambda editing: editing.rename(editing.state.masks.name, "eyes"),
    "forget": lambda editing: editing.forget("eyes"),
    "work on": lambda editing: editing.work_on(0) if editing.state.run.latents.edits else None,
    "lock": lambda editing: editing.keep_outside("locked"),
    "clear": lambda editing: editing.clear(),
    "play": lambda editing: editing.state.set_playhead(2),
}


@settings(max_examples=50)
@given(st.lists(st.sampled_from(sorted(DEEDS)), max_size=12))
def test_whatever_is_done_undo_goes_all_the_way_back_and_redo_forth(deeds: list[str]) -> None:
    state = painted_state()
    editing, first = Editing(state, state), state.situation
    for deed in deeds:
        DEEDS[deed](editing)
    last = state.situation
    while state.undo.canUndo():
        state.undo.undo()
        editing.value({"intensity": "strength", "transfer": "source"}[editing.kind])
    assert state.situation == first
    while state.undo.canRedo():
        state.undo.redo()
    assert state.situation == last
    state.undo.clear()


def test_the_size_and_softness_of_the_brush_stay_in_their_ranges(editing: Editing) -> None:
    editing.set_tool(size=1e9, soft=7)
    assert (editing.size, editing.soft) == (SIZES[1], 1.0)
    editing.grow(-1000)
    editing.set_tool(soft=-3)
    assert (editing.size, editing.soft) == (SIZES[0], 0.0)
    editing.set_tool(size=10.0)
    editing.grow(1)
    editing.grow(-1)
    assert editing.size == pytest.approx(10.0)


def test_without_a_particle_one_reads_what_to_do(editing: Editing) -> None:
    said = told(editing.state)
    editing.state.select([])
    editing.set("intensity", strength=0.3)
    assert said == ["Select a particle first: an edit changes those that are selected."]
    assert not edits(editing)
