"""What particles are given: examples of the model's or of the Run's frames; carried by every file, the bits by all."""
# spec: T4 A5

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st

from engine import attachments, frames
from engine.condition import given
from engine.embed import png_bytes, read_run
from engine.errors import InputError
from engine.execute import execute, part, record, replay
from engine.output import write_npz
from engine.run import FramesReference, Run, parse
from engine.step import Step
from engine.sweep import sweep, together
from engine.variants import variants
from tests.engine.tiny import conditional, same_bits

MODEL = conditional((1, 8, 8), frames=2)
FRAMES = np.random.default_rng(1).integers(0, 256, (3, 2, 8, 8), np.uint8)


def asked(example: int | str, count: int = 6, **groups: Any) -> Run:
    """A Run of three steps with its own frames."""
    kept = frames.keep(FRAMES, "horizontal 7, frames 3 to 4")
    run = Run(model=MODEL.reference).replace(
        latents={"count": count}, condition={"example": example, "frames": kept.model_dump()}, schedule={"steps": 3}
    )
    return run.replace(**groups)


def steps_of(run: Run, **how: Any) -> list[Step]:
    return list(execute(run, MODEL, **how))


def assert_bits(one: Sequence[Step], other: Sequence[Step]) -> None:
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        assert torch.equal(left.x, right.x)
        assert left.denoised is right.denoised or torch.equal(left.denoised, right.denoised)  # type: ignore[arg-type]


# -- which of them -----------------------------------------------------------------------------------------------------


@drawn_from(
    count=st.integers(1, 12),
    group=st.none() | st.integers(1, 12),
    example=st.sampled_from([0, 2, "each", "group"]),
    own=st.booleans(),
)
def test_each_group_or_all_are_given_examples_of_the_frames_or_of_the_model(
    count: int, group: int | None, example: int | str, own: bool
) -> None:
    run = asked(example, count, latents={"group": group})
    if own:
        run = run.replace(condition={"frames": None})
    values = MODEL.arrays["examples"].astype(np.float32) if own else frames.of_bytes(FRAMES)
    size = min(group or count, count)
    rows = {"each": np.arange(count), "group": np.arange(count) // size}.get(str(example), np.full(count, example))
    cond = given(run, MODEL)
    assert cond is not None
    assert cond.dtype == torch.float32
    assert np.array_equal(cond.numpy(), values[rows % 3])


def test_frames_do_for_a_model_that_was_saved_without_examples() -> None:
    bare = conditional((1, 8, 8), frames=2, count=None)
    run = asked("each").replace(model=bare.reference.model_dump())
    cond = given(run, bare)
    assert cond is not None
    assert np.array_equal(cond[:3].numpy(), frames.of_bytes(FRAMES))


def test_an_example_that_the_frames_lack_is_refused() -> None:
    says = r"^horizontal 7, frames 3 to 4 holds examples 0 to 2 of its condition, not 3: choose one of them\.$"
    with pytest.raises(InputError, match=says):
        steps_of(asked(3))


@pytest.mark.parametrize(
    ("data_shape", "count", "says"),
    [
        ((2,), 1, "The model is given no frames"),
        ((1, 8, 8), 1, "are not 1 of 8 × 8 in grey"),
        ((1, 8, 4), 4, "are not 4 of 8 × 4 in grey"),
    ],
)
def test_frames_for_another_model_are_refused(data_shape: tuple[int, ...], count: int, says: str) -> None:
    other = conditional(data_shape, frames=count)
    run = asked(0).replace(model=other.reference.model_dump())
    if (data_shape, count) == ((1, 8, 4), 4):  # as wide, of other frames
        run = run.replace(condition={"frames": frames.keep(FRAMES[:, :, :7], "f").model_dump()})
    with pytest.raises(InputError, match=says):
        list(record(run, other))


def test_damaged_or_missing_frames_are_one_sentence_where_the_picture_would_be() -> None:
    damaged = FramesReference(label="f", sha256=attachments.put(b"rubbish")).model_dump()
    with pytest.raises(InputError, match=r"^The frames 'f' are damaged: choose them again\.$"):
        steps_of(asked(0, condition={"frames": damaged}))
    with pytest.raises(InputError, match="is not here"):
        steps_of(asked(0, condition={"frames": {**damaged, "sha256": "e" * 64}}))


# -- the bits ----------------------------------------------------------------------------------------------------------


@settings(max_examples=12)
@drawn_from(
    example=st.sampled_from([1, "each", "group"]),
    particles=st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True),
    block=st.integers(1, 7),
)
def test_particles_drawn_alone_have_the_bits_that_they_have_among_all(
    example: int | str, particles: list[int], block: int
) -> None:
    run = asked(example, latents={"group": 2}, sampler={"churn": 3.0}, block=block)
    assert_bits(steps_of(run, particles=particles), [part(step, particles) for step in steps_of(run)])


@pytest.mark.parametrize("example", ["each", "group"])
def test_a_particle_has_the_bits_of_its_example_given_to_all(example: str) -> None:
    run = asked(example, latents={"group": 2}, block=4)
    for particle, row in enumerate((0, 1, 2, 0, 1, 2) if example == "each" else (0, 0, 1, 1, 2, 2)):
        alone = steps_of(run.replace(condition={"example": row}), particles=[particle])
        assert_bits(alone, [part(step, [particle]) for step in steps_of(run)])


def test_a_replay_is_given_the_same() -> None:
    *_, kept = record(asked("group", latents={"group": 2}), MODEL)
    *_, dropped = record(asked("group", latents={"group": 2}), MODEL, budget=0)
    *_, step = replay(dropped, 2, MODEL)
    assert same_bits(step, kept[2])  # type: ignore[arg-type]


def test_in_a_sweep_each_run_has_its_own_bits() -> None:
    base = asked("group", latents={"group": 3}, guidance={"kernel": "iou"}, block=4)
    runs = [
        base.replace(sampler={"churn": churn}, guidance={"k_pg": k_pg}, latents={"count": count})
        for churn, k_pg, count in ((0.0, 0.0, 6), (2.0, 5.0, 6), (0.0, 3.0, 12))
    ]
    assert all(together(runs[0], run) for run in runs)
    assert not together(base, base.replace(condition={"frames": frames.keep(FRAMES[:1], "f").model_dump()}))
    for place, steps in enumerate(zip(*sweep(runs, MODEL), strict=True)):
        assert_bits(list(steps), steps_of(runs[place]))


def test_variants_of_a_run_have_their_own_bits() -> None:
    base = asked("each", block=4)
    edits = [{"kind": "intensity", "strength": strength, "particles": [1, 4]} for strength in (-0.5, 0.5)]
    runs = [base, *(base.replace(latents={"edits": [edit]}) for edit in edits)]
    found: dict[int, list[Step]] = {}
    for place, step in variants(runs, MODEL, [4, 1]):
        found.setdefault(place, []).append(step)
    for place, run in enumerate(runs):
        assert_bits(found[place], steps_of(run, particles=[4, 1]))


def test_the_frames_matter() -> None:
    other = asked(0).replace(condition={"frames": frames.keep(255 - FRAMES, "f").model_dump()})
    ends = [steps_of(run)[-1].x for run in (asked(0), other, asked(0).replace(condition={"frames": None}))]
    assert not torch.isclose(ends[0], ends[1]).all()
    assert not torch.isclose(ends[0], ends[2]).all()


# -- carried -----------------------------------------------------------------------------------------------------------


def test_whatever_carries_the_run_carries_the_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = asked("group", latents={"group": 4})
    *_, trajectory = record(run, MODEL)
    (tmp_path / "run.json").write_text(run.to_json(), encoding="utf-8")
    (tmp_path / "run.png").write_bytes(png_bytes(FRAMES[0, 0], run))
    write_npz(tmp_path / "run.npz", trajectory, recorded=False)
    with np.load(tmp_path / "run.npz") as saved:
        assert np.array_equal(saved["condition"], frames.of_bytes(FRAMES)[[0, 0, 0, 0, 1, 1]])
    assert trajectory.condition is not None
    for name in ("run.json", "run.png", "run.npz"):
        monkeypatch.setattr(attachments, "_stored", {})
        again = read_run(tmp_path / name)
        assert again == run
        assert torch.equal(given(again, MODEL), trajectory.condition)  # type: ignore[arg-type]


def test_a_run_with_frames_is_named_by_them_and_comes_back_from_its_dictionary() -> None:
    run = asked(1)
    assert parse(run.to_dict()) == run
    assert run.replace(condition={"example": 2}).condition.frames == run.condition.frames
    assert run.condition.frames is not None
    assert run.attachments == (run.condition.frames.sha256,)
    plain = run.replace(condition={"frames": None})
    assert plain.attachments == ()
    assert plain.digest != run.digest
    assert "attachments" not in plain.to_dict()


def test_a_run_from_a_file_that_lacks_its_frames_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = asked(0).to_dict()
    monkeypatch.setattr(attachments, "_stored", {})
    with pytest.raises(InputError, match=r"^the Run lacks the attachment .* that it names"):
        parse({**content, "attachments": {}})
