"""The mask of Editing: what strokes make of it and of the Run, what undo brings back, masks by name. # spec: L3, L9"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.editing import FIRST_STRENGTH, Editing
from engine import mask
from engine.settings.edits import Intensity
from tests.app.edited import SHAPE, edits, paint, painted, smaller, spot, told
from tests.app.views.stage import staged
from tests.app.views.strokes import painted_state


@pytest.fixture
def editing() -> Iterator[Editing]:
    state = painted_state()
    yield Editing(state, state)
    state.undo.clear()


def test_the_first_stroke_makes_a_mask_and_an_edit_that_is_seen(editing: Editing) -> None:
    paint(editing, 3)
    (edit,) = edits(editing)
    assert isinstance(edit, Intensity)
    assert (edit.strength, edit.particles) == (FIRST_STRENGTH, (0,))
    assert (painted(edit) == spot(3)).all()
    assert editing.value("strength") == FIRST_STRENGTH


def test_the_first_stroke_after_an_edit_without_a_mask_has_an_edit_of_its_own(editing: Editing) -> None:
    editing.set("intensity", strength=-0.2)
    paint(editing, 3)
    whole, masked = edits(editing)
    assert (whole.mask, masked.mask) == (None, editing.state.masks.active)
    assert isinstance(masked, Intensity)
    assert masked.strength == -0.2


def test_a_stroke_changes_the_mask_wherever_it_is_and_no_other(editing: Editing) -> None:
    paint(editing, 3)
    editing.keep_outside("locked")
    editing.state.select([1])
    paint(editing, 5)
    editing.use("")
    paint(editing, 9)
    first, second, third = edits(editing)
    assert (first.particles, second.particles, third.particles) == ((0,), (1,), (1,))
    assert (painted(first) == spot(3) | spot(5)).all()
    assert first.mask == second.mask == editing.state.run.region.mask
    assert (painted(third) == spot(9)).all()


def test_with_no_mask_chosen_a_stroke_begins_another_one(editing: Editing) -> None:
    paint(editing, 3)
    editing.configure(masked=False)
    assert not editing.pixels().any()
    paint(editing, 5)
    assert [(mask.read(each) == spot(row)).all() for each, row in zip(editing.state.masks.masks, (3, 5), strict=True)]
    assert editing.state.masks.name == "mask 2"


def test_what_was_painted_is_kept_where_the_edit_is_refused(editing: Editing) -> None:
    editing.configure(kind="transfer")
    editing.set("both ways", swap=True, source=1)
    editing.state.select([0, 2])
    sentences = told(editing.state)
    paint(editing, 3)
    assert (editing.pixels() == spot(3)).all()
    assert len(edits(editing)) == 1
    assert len(sentences) == 1


def test_strokes_are_undone_and_redone_one_by_one(editing: Editing) -> None:
    state = editing.state
    for row in (3, 5, 7):
        paint(editing, row)
    situations = []
    for _ in range(3):
        situations.append(state.situation)
        state.undo.undo()
    assert not state.masks.masks
    assert not edits(editing)
    for situation in reversed(situations):
        state.undo.redo()
        assert state.situation == situation
    assert state.undo.undoLimit() == 1000


def test_beyond_the_limit_the_oldest_strokes_can_no_longer_be_undone(editing: Editing) -> None:
    state = editing.state
    state.undo.setUndoLimit(2)
    for row in (3, 5, 7):
        paint(editing, row)
    while state.undo.canUndo():
        state.undo.undo()
    assert (editing.pixels() == spot(3)).all()


def test_the_whole_mask_is_changed_in_a_step_of_its_own(editing: Editing) -> None:
    paint(editing, 3)
    editing.repaint("invert the mask", lambda pixels: 255 - pixels)
    editing.repaint("invert the mask", lambda pixels: 255 - pixels)
    editing.repaint("nothing", lambda pixels: pixels.copy())
    assert editing.state.undo.count() == 3
    editing.state.undo.undo()
    assert (editing.pixels() == 255 - spot(3)).all()
    assert (painted(edits(editing)[0]) == editing.pixels()).all()


def test_a_mask_of_another_size_is_refused_until_it_is_resampled_or_left(editing: Editing) -> None:
    editing.add(np.full((24, 32), 255, np.uint8), "large")
    assert not editing.paintable
    assert editing.refusal == (
        "The mask 'large' is 32 × 24 and the model's pictures are 16 × 12: resample it, or choose another."
    )
    editing.resample()
    assert (editing.paintable, editing.refusal) == (True, "")
    assert (editing.pixels() == 255).all()
    assert editing.pixels().shape == SHAPE
    editing.state.undo.undo()
    assert editing.pixels().shape == (24, 32)
    editing.use("")
    assert editing.paintable


def test_points_have_no_mask_and_nothing_to_paint() -> None:
    state = staged(latents={"count": 3})
    editing = Editing(state, state)
    editing.repaint("invert the mask", lambda pixels: 255 - pixels)
    assert not editing.paintable
    assert editing.mask is None
    assert not state.masks.masks
    editing.set("intensity", strength=0.4)
    assert [edit.mask for edit in edits(editing)] == [None]
    state.undo.clear()


def test_a_mask_keeps_its_size_through_another_model_and_back(editing: Editing) -> None:
    state = editing.state
    paint(editing, 3)
    own = state.model
    state.choose(smaller())
    assert editing.pixels().shape == SHAPE
    assert not editing.paintable
    state.choose(own)
    paint(editing, 5)
    assert (editing.pixels() == spot(3) | spot(5)).all()
    for _ in range(3):
        state.undo.undo()
    assert state.model == own
    assert (editing.pixels() == spot(3)).all()
    assert (painted(edits(editing)[0]) == spot(3)).all()


def test_masks_are_added_used_renamed_and_forgotten_undoably(editing: Editing) -> None:
    state = editing.state
    paint(editing, 3)
    editing.keep_outside("replaced")
    editing.add(spot(5), "eyes")
    editing.add(spot(7), "eyes")
    assert [each.label for each in state.masks.masks] == ["mask", "eyes", "eyes 2"]
    editing.rename("mask", "  a/b ")
    editing.rename("a_b", "brow")
    editing.rename("brow", "brow")
    editing.rename("brow", " ")
    assert [each.label for each in state.masks.masks] == ["brow", "eyes", "eyes 2"]
    assert state.masks.name == "eyes 2"
    assert edits(editing)[0].mask == state.run.region.mask == state.masks.find("brow")
    state.undo.undo()
    assert edits(editing)[0].mask == state.run.region.mask == state.masks.find("a_b")
    editing.forget("a_b")
    assert state.masks.find("a_b") is None
    assert (painted(edits(editing)[0]) == spot(3)).all()
    state.undo.undo()
    assert state.masks.find("a_b") is not None


# spec: L9, G8
def test_what_lies_outside_is_kept_only_with_a_mask(editing: Editing) -> None:
    sentences = told(editing.state)
    editing.keep_outside("locked")
    assert sentences == ["Paint a mask first: what lies outside of it can then be kept."]
    paint(editing, 3)
    editing.keep_outside("locked")
    assert editing.state.run.region.mask == editing.mask
    editing.keep_outside("free")
    assert editing.state.run.region.mask is None
