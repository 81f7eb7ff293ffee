"""Masks by name: which there are and which is in use, as a value."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.masks import NO_MASKS, MaskSet, repainted
from engine import attachments, mask
from engine.run import Run
from engine.settings.references import MaskReference
from tests.engine.tiny import run_of


def named(label: str, value: int = 255) -> MaskReference:
    return mask.keep(np.full((4, 6), value, np.uint8), label)


def test_the_newest_mask_is_in_use_and_one_of_its_name_takes_the_place_of_the_older() -> None:
    masks = NO_MASKS.with_mask(named("eyes")).with_mask(named("mouth"))
    assert masks.active == named("mouth")
    again = masks.with_mask(named("eyes", 7))
    assert [each.label for each in again.masks] == ["eyes", "mouth"]
    assert again.active == named("eyes", 7)
    assert again.using("mouth").active == named("mouth")
    assert again.using("").active is None


def test_taking_the_mask_in_use_away_leaves_none_in_use() -> None:
    masks = NO_MASKS.with_mask(named("eyes")).with_mask(named("mouth"))
    assert masks.without("mouth") == MaskSet((named("eyes"),))
    assert masks.without("eyes").active == named("mouth")


def test_a_renamed_mask_keeps_its_place_and_stays_in_use_if_it_was() -> None:
    masks = NO_MASKS.with_mask(named("eyes")).with_mask(named("mouth"))
    assert masks.renamed(named("eyes"), named("brows")).masks == (named("brows"), named("mouth"))
    assert masks.renamed(named("eyes"), named("brows")).name == "mouth"
    assert masks.renamed(named("mouth"), named("lips")).name == "lips"


@settings(max_examples=40)
@example(["mask", "mask", "mask 2", "a/b", "a_b", "x" * 250, "x" * 249])
@given(st.lists(st.text("ab 2/\n", min_size=1, max_size=4), max_size=6))
def test_a_fresh_name_is_a_label_that_no_mask_has(wishes: list[str]) -> None:
    masks = NO_MASKS
    for wish in wishes:
        name = masks.fresh(wish)
        assert masks.find(name) is None
        assert named(name).label == name
        masks = masks.with_mask(named(name))
    assert len(masks.masks) == len(wishes)


def test_all_of_a_run_that_has_a_mask_gets_it_as_it_was_painted() -> None:
    before, after, other = named("eyes"), named("eyes", 9), named("mouth")
    edits = [{"kind": "intensity", "strength": 1.0, "mask": each.model_dump()} for each in (before, other)]
    region = {"outside": "locked", "mask": before.model_dump()}
    run: Run = run_of().replace(latents={"edits": edits}, region=region)
    changed = run.replace(**repainted(run, before, after))
    assert changed.attachments == (after.sha256, other.sha256)
    assert changed.region.mask == after
    assert repainted(run, other, after).keys() == {"latents"}


def test_the_masks_of_a_run_join_those_there_are_but_for_one_that_cannot_be_read() -> None:
    eyes, mouth = named("eyes"), named("mouth")
    rubbish = MaskReference(label="rubbish", sha256=attachments.put(b"no picture"))
    edits = [
        {"kind": "intensity", "strength": 1.0, "mask": each.model_dump()} for each in (eyes, named("brow", 7), rubbish)
    ]
    run = run_of().replace(latents={"edits": edits}, region={"outside": "locked", "mask": mouth.model_dump()})
    own = named("brow", 200)
    joined = NO_MASKS.with_mask(own).joined(run)
    assert joined == MaskSet((own, eyes, mouth), "mouth")
    assert joined.joined(run) is joined
    assert NO_MASKS.joined(run_of()) == NO_MASKS
