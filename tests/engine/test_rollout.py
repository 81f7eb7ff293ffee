"""Rollouts: what is drawn from what was drawn, as films and as trees, level by level the Run that the level names."""
# spec: A5

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from engine import condition, frames, run
from engine.analysis import futures
from engine.analysis.pictures import to_uint8
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.models.catalogue import named
from engine.models.preconditioned import Preconditioned
from engine.rollout import LEAVES, Level, Rollout, caution, roll
from engine.run import Run
from tests.engine.tiny import TinyPictures, conditional

MODEL = conditional((1, 8, 8), frames=3)
SEQUENCE = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8), dtype=np.uint8)


def asked(**settings: Any) -> Rollout:
    """Of the first of two examples, with churn, in three steps."""
    given = frames.keep(SEQUENCE, "horizontal 7, frames 3 to 5")
    drawn = Run(model=MODEL.reference).replace(
        latents={"seed": 5}, condition={"frames": given}, schedule={"steps": 3}, sampler={"churn": 1.0}
    )
    return Rollout(run=drawn, **settings)


def levels(wanted: Rollout, model: Preconditioned = MODEL) -> list[Level]:
    return [each for each in roll(wanted, model) if isinstance(each, Level)]


def drawn_alone(one: Run) -> np.ndarray:
    *_, last = execute(one, MODEL)
    return to_uint8(last.x.numpy())


@pytest.mark.parametrize("branches", [1, 2, 3])
def test_each_level_is_what_its_run_draws_alone(branches: int) -> None:
    found = levels(asked(depth=3, branches=branches, start=2))
    assert [level.index for level in found] == [0, 1, 2]
    assert [len(level.frames) for level in found] == [2, 2 * branches, 2 * branches**2]
    for level in found:
        content = level.run.to_json()
        assert run.parse(content) == level.run
        assert np.array_equal(drawn_alone(level.run), level.frames)
    assert [level.run.latents.seed for level in found] == [5, 6, 7]


@pytest.mark.parametrize("branches", [1, 2])
def test_a_particle_is_given_the_frames_that_led_to_it(branches: int) -> None:
    found = levels(asked(depth=4, branches=branches, start=3))
    assert (found[0].parents == -1).all()
    paths = [SEQUENCE[0]] * 3
    for before, level in itertools.pairwise(found):
        assert level.parents.tolist() == [p // branches for p in range(len(level.frames))]
        paths = [np.concatenate([paths[p], before.frames[[p]]]) for p in level.parents]
        given = condition.given(level.run, MODEL)
        assert given is not None
        assert np.array_equal(given.numpy(), frames.of_bytes(np.stack([path[-3:] for path in paths])))


def test_the_first_level_is_the_run_itself_with_so_many_particles() -> None:
    wanted = asked(depth=1, start=4)
    (level,) = levels(wanted)
    assert level.run == wanted.run.replace(latents={"count": 4})


def test_a_rollout_repeats_and_siblings_differ() -> None:
    one, other = (levels(asked(depth=3, branches=2, start=1)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        assert a.run == b.run
        assert a.frames.tobytes() == b.frames.tobytes()
        assert a.quality.tobytes() == b.quality.tobytes()
    assert len(np.unique(one[-1].frames, axis=0)) == 4


def test_what_is_measured_is_read_off_the_frames() -> None:
    *_, level = levels(asked(depth=2, start=3))
    last, x0 = (torch.from_numpy(frames.of_bytes(each)) for each in (SEQUENCE[:1, -1:], level.frames[:, None]))
    for mine, expected in zip((level.centroids, level.quality, level.readable), futures.read(x0, last), strict=True):
        np.testing.assert_array_equal(mine, expected)


def test_edits_end_with_the_first_level_and_branches_are_groups_of_guidance() -> None:
    wanted = asked(depth=2, branches=2, start=2)
    edit = {"kind": "intensity", "strength": 0.5, "particles": (1,)}
    wanted = Rollout(**{**dict(wanted), "run": wanted.run.replace(latents={"edits": (edit,)}, guidance={"k_pg": 1.0})})
    first, second = levels(wanted)
    assert (len(first.run.latents.edits), second.run.latents.edits) == (1, ())
    assert (first.run.latents.group, second.run.latents.group) == (None, 2)
    assert second.run.guided
    assert np.array_equal(drawn_alone(second.run), second.frames)


def test_the_share_done_rises_to_the_whole() -> None:
    told = list(roll(asked(depth=2, branches=2, start=8), MODEL))
    shares = [each for each in told if isinstance(each, float)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] == pytest.approx(1)
    assert shares[3 - 1] == pytest.approx(1 / 3)
    assert isinstance(told[-1], Level)


def test_it_stops_between_two_evaluations() -> None:
    stop = False
    work = roll(asked(depth=2), MODEL, interrupted=lambda: stop)
    next(work)
    stop = True
    with pytest.raises(Interrupted):
        list(work)


# -- what is refused -----------------------------------------------------------------------------------------------


def test_64_last_frames_are_drawn_and_more_refused() -> None:
    assert asked(depth=4, branches=4, start=1).counts[-1] == LEAVES
    assert not asked(depth=4, branches=4, start=1).refusal
    wanted = asked(depth=4, branches=4, start=2)
    assert wanted.refusal == "128 last frames are more than 64: lower depth, branches or start."
    with pytest.raises(InputError, match=r"^128 last frames"):
        next(roll(wanted, MODEL))


@pytest.mark.parametrize("condition", [{"frames": None}, {"example": 1}, {"example": "each"}])
def test_it_needs_frames_that_all_are_given(condition: dict[str, Any]) -> None:
    wanted = Rollout(run=asked().run.replace(condition=condition))
    with pytest.raises(InputError, match=r"^A rollout goes on from frames .*: choose those of a sequence\.$"):
        next(roll(wanted, MODEL))


def test_a_sampler_that_needs_a_picture_is_refused_before_the_first_level() -> None:
    wanted = Rollout(run=asked().run.replace(sampler={"name": "noising"}))
    with pytest.raises(InputError, match=r"^Noising .*starts from a picture, .*: choose another sampler\.$"):
        next(roll(wanted, MODEL))


def test_models_that_draw_no_next_frames_are_refused() -> None:
    with pytest.raises(InputError, match=r"^tiny draws no next frames: choose a model that is given frames\.$"):
        next(roll(asked(), TinyPictures()))  # type: ignore[arg-type]


def test_frames_of_another_shape_and_runs_of_another_model_are_refused() -> None:
    with pytest.raises(InputError, match="are not 1 of 8 × 8"):
        next(roll(asked(), conditional((1, 8, 8), frames=1)))
    other = Rollout(run=asked().run.replace(model={"label": "other", "sha256": "0" * 64}))
    with pytest.raises(InputError, match="The Run was made with 'other'"):
        next(roll(other, MODEL))


@pytest.mark.parametrize("settings", [{"depth": 13}, {"depth": 0}, {"branches": 5}, {"start": 65}])
def test_settings_have_bounds(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        asked(**settings)


def test_the_last_seed_is_followed_by_the_first() -> None:
    wanted = asked(depth=2, start=1)
    wanted = Rollout(**{**dict(wanted), "run": wanted.run.replace(latents={"seed": 2**63 - 1})})
    assert [level.run.latents.seed for level in levels(wanted)] == [2**63 - 1, 0]


def test_what_was_never_learnt_is_told() -> None:
    circle = named("circle")
    assert not caution(asked(depth=1), circle)
    assert caution(asked(depth=2), circle) == (
        "Only 1 of these frames can be learnt from sequences of circle: what follows is a guess."
    )
    moving = replace(circle, data="horizontal", cond_shape=(3, 32, 32))
    assert not caution(asked(depth=12), moving)
    assert not caution(asked(depth=12), replace(moving, data="folder"))
