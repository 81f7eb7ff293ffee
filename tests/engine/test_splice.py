"""Drawing only what an edit touches: to the bit what drawing all gives, and how much of it is drawn."""
# spec: L2, L3, L4, L8, L9

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from engine import mask
from engine.execute import execute, record, replay
from engine.run import Run
from engine.settings import SAMPLER_SETTINGS
from engine.trajectory import Splice, Trajectory
from tests.engine.tiny import TinyPictures, assert_same, run_of, same_bits

EYES = mask.keep(np.tile(np.array([0, 60, 255, 255, 0], np.uint8), (4, 1)), "eyes").model_dump()

BRIGHT = {"kind": "intensity", "particles": [2], "strength": 0.7}
MASKED = {"kind": "intensity", "particles": [4], "strength": 0.7, "mask": EYES}
SWAP = {"kind": "transfer", "particles": [1], "source": 4, "swap": True, "mask": EYES}
LATER = {"kind": "intensity", "step": 3, "particles": [0], "strength": -0.5, "mask": EYES, "channel": 1}
MIXED = {"kind": "interpolate", "particles": [3], "between": [0, 1], "share": 0.4}
COUPLING = {"kind": "transfer", "step": 2, "particles": [1], "source": 0}

BY_SAMPLER: dict[str, dict[str, Any]] = {
    "heun": {"churn": 4.0},
    "ddim": {"eta": 0.5},
    "langevin": {"iterations": 3},
    "dpm-solver++": {"order": 3},
}


def pictures(**own: Any) -> Any:
    """A model of pictures."""
    return TinyPictures(**own)


def base(sampler: str = "heun", **groups: Any) -> Run:
    """Five particles of 3 x 4 x 5 in six steps."""
    own = {"name": sampler, **BY_SAMPLER.get(sampler, {})}
    return run_of(sampler=own, schedule={"sigma_max": 20.0, "sigma_min": 0.05}).replace(**groups)


def edited(run: Run, *edits: dict[str, Any], **groups: Any) -> Run:
    """The Run with those edits."""
    return run.replace(latents={"edits": list(edits)}, **groups)


def drawn(run: Run, model: Any = None, **how: Any) -> Trajectory:
    """All of it."""
    *_, trajectory = record(run, model or pictures(), **how)
    return trajectory


def spliced(before: Run, after: Run, **how: Any) -> tuple[Trajectory, Splice]:
    """`after`, drawn with what it has in common with `before`."""
    splice = drawn(before).splice(after)
    assert splice is not None
    return drawn(after, splice=splice, **how), splice


@pytest.mark.parametrize("sampler", [name for name in SAMPLER_SETTINGS if name != "noising"])
@pytest.mark.parametrize(
    ("before", "after", "particles"),
    [
        ([], [BRIGHT], [2]),
        ([MASKED, BRIGHT], [MASKED], [2]),
        ([], [SWAP], [1, 4]),
        ([MASKED], [MASKED, LATER], [0]),
        ([LATER], [LATER, MIXED], [3]),
    ],
    ids=["one", "taken away", "swap", "later", "interpolate"],
)
def test_it_has_the_bits_of_a_full_drawing_in_all_samplers(
    sampler: str, before: Sequence[Any], after: Sequence[Any], particles: list[int]
) -> None:
    run = base(sampler)
    trajectory, splice = spliced(edited(run, *before), edited(run, *after))
    assert splice.particles == particles
    assert_same(trajectory, drawn(edited(run, *after)))


@pytest.mark.parametrize("sampler", ["heun", "unipc", "pndm", "gradient-estimation"])
def test_a_spliced_trajectory_is_replayed_exactly(sampler: str) -> None:
    run = base(sampler)
    trajectory, _ = spliced(edited(run, MASKED), edited(run, MASKED, LATER))
    for index in range(trajectory.last):
        start = trajectory[index]
        assert start is not None
        again = list(execute(trajectory.run, pictures(), start=start))
        expected = [trajectory[later] for later in range(index, trajectory.last + 1)]
        assert all(same_bits(one, other) for one, other in zip(again, expected, strict=True) if other is not None)


def test_groups_that_act_on_each_other_are_drawn_as_a_whole() -> None:
    run = base(guidance={"k_pg": 2.0}, latents={"group": 2})
    trajectory, splice = spliced(run, edited(run, BRIGHT))
    assert splice.particles == [2, 3]
    assert_same(trajectory, drawn(edited(run, BRIGHT)))


@pytest.mark.parametrize("outside", ["locked", "replaced"])
def test_the_outside_of_a_mask_is_known_from_the_drawing_before(outside: str) -> None:
    run = base(region={"outside": outside, "mask": EYES})
    before, after = edited(run, MASKED), edited(run, MASKED, BRIGHT)
    last = drawn(run.unedited)[6]
    assert last is not None
    model, alone = pictures(), pictures()
    counts = [0, 0]
    model.before = lambda _: counts.__setitem__(0, counts[0] + 1)
    alone.before = lambda _: counts.__setitem__(1, counts[1] + 1)
    splice = drawn(before).splice(after)
    assert splice is not None
    assert_same(drawn(after, model, splice=splice, known=last.x), drawn(after, alone))
    assert counts == [11, 22]  # what is known is not drawn again


def test_a_run_whose_edits_change_nothing_of_it_is_there_at_once() -> None:
    run = base()
    whole = drawn(edited(run, BRIGHT))
    other = edited(run, BRIGHT).replace(latents={"edits": [BRIGHT]})
    splice = whole.splice(other)
    assert splice is not None
    (same,) = record(other, pictures(before=lambda _: pytest.fail("it was drawn")), splice=splice)
    assert_same(same, whole)
    assert (same.evaluations, same.norms("x")) == (whole.evaluations, whole.norms("x"))


def test_only_the_touched_particles_are_evaluated_and_counted() -> None:
    seen: list[int] = []
    model, run = pictures(before=lambda x: seen.append(len(x)), block=2), base()
    splice = drawn(run, model).splice(edited(run, BRIGHT))
    assert splice is not None
    assert (splice.previous.drawn, splice.previous.block) == (5, 2)
    seen.clear()
    shown: list[object] = []
    trajectory = drawn(edited(run, BRIGHT), model, splice=splice, observe=shown.append)
    assert seen == [2] * 11
    assert (trajectory.evaluations, trajectory.drawn) == (11, 1)
    assert not shown


@pytest.mark.parametrize(
    "after",
    [
        edited(base(), {**BRIGHT, "particles": None}),
        edited(base(latents={"seed": 3}), BRIGHT),
        edited(base(), COUPLING),
        edited(base(), BRIGHT, region={"outside": "replaced", "mask": EYES}),
        edited(base(), BRIGHT).replace(block=2),
        edited(base(), BRIGHT).replace(schedule={"steps": 7}),
    ],
    ids=["all", "seed", "coupled", "region", "block", "steps"],
)
def test_what_cannot_be_taken_over_is_drawn_as_a_whole(after: Run) -> None:
    assert drawn(base()).splice(after) is None


def test_a_trajectory_that_is_not_whole_gives_nothing() -> None:
    run = base()
    growing = next(iter(record(run, pictures())))
    thin = drawn(run, budget=drawn(run).nbytes // 2)
    assert thin.stride > 1
    assert growing.splice(edited(run, BRIGHT)) is thin.splice(edited(run, BRIGHT)) is None


def test_a_thinned_spliced_trajectory_is_replayed_with_the_same_bits() -> None:
    run = edited(base("dpm-solver++"), BRIGHT)
    splice = drawn(base("dpm-solver++")).splice(run)
    assert splice is not None
    thin, whole = drawn(run, splice=splice, budget=4000), drawn(run)
    assert thin.stride > 1
    for index in range(thin.last + 1):
        *_, step = replay(thin, index, pictures())
        expected = whole[index]
        assert expected is not None
        assert same_bits(step, expected)


def test_in_fewer_steps_the_others_end_as_they_were() -> None:
    run = base("dpm-solver++")
    splice = drawn(run).splice(edited(run, BRIGHT))
    assert splice is not None
    ahead = edited(run, BRIGHT).replace(schedule={"steps": 3})
    coarse, alone = drawn(ahead, splice=splice), drawn(ahead)
    before = splice.previous
    for index, near in ((0, 0), (3, 6)):
        step, old, new = coarse[index], before[near], alone[index]
        assert step is not None
        assert old is not None
        assert new is not None
        assert torch.equal(step.x[[0, 1, 3, 4]], old.x[[0, 1, 3, 4]])
        assert torch.equal(step.x[2], new.x[2])


def test_where_memory_runs_out_all_are_drawn_in_the_smaller_block() -> None:
    run = base()
    splice = drawn(run).splice(edited(run, BRIGHT))

    def scarce(x: torch.Tensor) -> None:
        if len(x) > 4:
            raise MemoryError

    trajectory = drawn(edited(run, BRIGHT), pictures(before=scarce), splice=splice)
    assert trajectory.run.block == 4
    assert_same(trajectory, drawn(edited(run, BRIGHT).replace(block=4)))
