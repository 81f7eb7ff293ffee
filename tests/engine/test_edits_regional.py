"""Edits of pictures, whole or through masks: what they do at any step, to whom, in any batch, which have no place."""
# spec: L2 L3 L4 L8

from __future__ import annotations

import functools
import itertools
import time
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from torch import Tensor

from engine import edits
from engine.errors import InputError
from engine.execute import execute, record, replay
from engine.latents.operations import blend, mean, slerp
from engine.noise import LATENT, Noise
from engine.run import Run
from engine.samplers import SAMPLERS
from engine.step import Step
from engine.training import sampling
from tests.engine.edited import EMPTY, HARD, SHAPE, SOFT, latent, masked, pictured
from tests.engine.guidance.test_hooks import DRAWING
from tests.engine.tiny import TinyMixture, TinyPictures, run_of, same_bits

BRIGHTER = {"kind": "intensity", "strength": 0.4, "mask": masked(SOFT)}
TRANSFER = {"kind": "transfer", "source": 4, "particles": [1], "mask": masked(SOFT)}
BETWEEN = {"kind": "interpolate", "between": [0, 4], "share": 0.3, "particles": [2], "mask": masked(SOFT)}
SET = {"kind": "set", "latent": latent(), "particles": [3]}
M = torch.from_numpy(SOFT / 255)
GUIDED = {"guidance": {"k_pg": 40.0}, "latents": {"count": 6, "group": 3}}


def with_edits(*changes: dict[str, Any], **groups: Any) -> Run:
    """A churned Run of five particles and six steps with those edits."""
    return run_of(**{"sampler": {"churn": 5.0}, **groups}).replace(latents={"edits": changes})


def steps(run: Run, **given: Any) -> list[Step]:
    return list(execute(run, TinyPictures(), **given))


def parts(step: Step) -> tuple[Tensor, Tensor]:
    """The estimate and the noise of a state."""
    assert step.denoised is not None
    return step.denoised, (step.x - step.denoised) / step.sigma


# -- what they do ----------------------------------------------------------------------------------------------------


def test_the_latent_is_edited_and_then_drawn() -> None:
    n = Noise(0)(LATENT, torch.empty(5, *SHAPE, dtype=torch.float64))
    first = steps(with_edits(BRIGHTER))[0]
    assert torch.equal(first.x, first.sigma * (n + 0.4 * M))


def test_of_a_noised_picture_the_noise_is_edited() -> None:
    latents = {"picture": pictured()}
    plain, changed = steps(with_edits(latents=latents))[0], steps(with_edits(BRIGHTER, latents=latents))[0]
    torch.testing.assert_close(changed.x - plain.x, (plain.sigma * 0.4 * M).expand_as(plain.x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("at", [1, 3, 5])
def test_on_the_way_noise_and_estimate_are_edited_each_for_itself(at: int) -> None:
    plain = steps(with_edits())
    estimate, n = parts(plain[at])
    sigma = plain[at].sigma
    changed = {kind["kind"]: steps(with_edits({**kind, "step": at})) for kind in (BRIGHTER, TRANSFER, BETWEEN)}
    for taken in changed.values():
        assert [step.index for step in taken] == list(range(7))
        assert all(same_bits(one, other) for one, other in zip(plain[:at], taken[:at], strict=True))
    brighter, transferred, between = (taken[at].x for taken in changed.values())
    # Where m is 0 the state keeps its bits, and is not put together again.
    assert torch.equal(brighter, torch.where(M == 0, plain[at].x, estimate + sigma * (n + 0.4 * M)))
    there = mean(estimate[1], estimate[4], M) + sigma * blend(n[1], n[4], M)
    assert torch.equal(transferred[1], torch.where(M == 0, plain[at].x[1], there))
    aim = mean(estimate[0], estimate[4], torch.tensor(0.3, dtype=torch.float64)), slerp(n[0], n[4], 0.3)
    there = mean(estimate[2], aim[0], M) + sigma * blend(n[2], aim[1], M)
    assert torch.equal(between[2], torch.where(M == 0, plain[at].x[2], there))
    for taken, others in (("transfer", [0, 2, 3, 4]), ("interpolate", [0, 1, 3, 4])):
        for one, other in zip(plain, changed[taken], strict=True):
            assert torch.equal(one.x[others], other.x[others])


masks = arrays.arrays(np.uint8, SHAPE[1:], elements=st.sampled_from([0, 0, 1, 100, 254, 255]))


@functools.cache
def unedited(name: str) -> list[Step]:
    return steps(with_edits(sampler={"name": name}))


@pytest.mark.parametrize("name", DRAWING)
@settings(max_examples=6)
@given(pixels=masks, at=st.integers(0, 5))
def test_an_edit_of_nothing_keeps_every_bit_of_every_step(name: str, pixels: NDArray[np.uint8], at: int) -> None:
    places = {"step": at, "mask": masked(pixels)}
    nothing = (
        {**BRIGHTER, **places, "strength": 0.0},
        {**BRIGHTER, "step": at, "mask": masked(EMPTY)},
        {**TRANSFER, **places, "source": 1},
        {**TRANSFER, **places, "source": 1, "swap": True},
        {**BETWEEN, **places, "between": [2, 4], "share": 0.0},
        {**BETWEEN, **places, "between": [2, 2]},
        {**SET, "mask": masked(EMPTY)},
    )
    taken = steps(with_edits(*nothing, sampler={"name": name}))
    assert all(same_bits(one, other) for one, other in zip(unedited(name), taken, strict=True))


# -- in any batch, from any step -------------------------------------------------------------------------------------

EDITED = [(BRIGHTER, TRANSFER, BETWEEN, SET), ({**BRIGHTER, "step": 2, "particles": [1]},), ({**TRANSFER, "step": 3},)]


@pytest.mark.parametrize("changes", EDITED, ids=["latents", "on the way", "coupled"])
@pytest.mark.parametrize("name", ["heun", "euler-maruyama", "gradient-estimation", "dpm-solver++"])
def test_in_pieces_and_from_any_step_the_bits_are_the_same(name: str, changes: tuple[dict[str, Any], ...]) -> None:
    run = with_edits(*changes, sampler={"name": name})
    whole = steps(run)
    few = steps(run, particles=[3, 1])
    assert all(torch.equal(a.x[[3, 1]], b.x) for a, b in zip(whole, few, strict=True))
    pieces = list(sampling.steps(run, TinyPictures(block=2)))
    for index, step in enumerate(whole):
        assert torch.equal(torch.cat([piece.x for piece in pieces if piece.index == index]), step.x)
    *_, thinned = record(run, TinyPictures(), budget=0)
    for step in whole:
        again = execute(run, TinyPictures(), start=step)
        assert all(same_bits(a, b) for a, b in zip(again, whole[step.index :], strict=True))
        *_, replayed = replay(thinned, step.index, TinyPictures())
        assert same_bits(replayed, step)


# spec: G5
def test_guided_groups_feel_it_and_no_other() -> None:
    plain, changed = steps(with_edits(**GUIDED)), steps(with_edits({**BRIGHTER, "particles": [1]}, **GUIDED))
    assert not torch.isclose(plain[-1].x[0], changed[-1].x[0]).all()
    assert all(torch.equal(one.x[3:], other.x[3:]) for one, other in zip(plain, changed, strict=True))
    few = steps(with_edits({**TRANSFER, "source": 5}, **GUIDED), particles=[0, 1, 2])
    whole = steps(with_edits({**TRANSFER, "source": 5}, **GUIDED))
    assert all(torch.equal(a.x[:3], b.x) for a, b in zip(whole, few, strict=True))


FROM_2 = {**TRANSFER, "source": 2}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((), ({**BRIGHTER, "particles": [3, 1]},), [1, 3]),
        ((), (BRIGHTER,), [0, 1, 2, 3, 4]),
        ((TRANSFER,), ({**TRANSFER, "swap": True},), [1, 4]),
        ((TRANSFER,), ({**BRIGHTER, "particles": [4]}, TRANSFER), [1, 4]),
        ((TRANSFER, BETWEEN), ({**BRIGHTER, "particles": [0]}, TRANSFER, BETWEEN), [0, 2]),
        ((BETWEEN, FROM_2), ({**BRIGHTER, "particles": [0]}, BETWEEN, FROM_2), [0, 1, 2]),
        ((BRIGHTER,), (BRIGHTER,), []),
        (({**BRIGHTER, "particles": [0]}, FROM_2, SET), (FROM_2, SET), [0]),
        ((SET, BRIGHTER, {**FROM_2, "channel": 1}), (SET, BRIGHTER, FROM_2), [1]),
        ((TRANSFER, {**BRIGHTER, "particles": [4]}), ({**BRIGHTER, "particles": [4]}, TRANSFER), [1, 4]),
        ((SET,), (), [3]),
    ],
)  # fmt: skip
def test_what_may_differ_is_found(before: tuple[Any, ...], after: tuple[Any, ...], found: list[int] | None) -> None:
    one, other = with_edits(*before), with_edits(*after)
    assert edits.touched(one, other) == found
    if found is not None:
        kept = [particle for particle in range(5) if particle not in found]
        assert all(torch.equal(a.x[kept], b.x[kept]) for a, b in zip(steps(one), steps(other), strict=True))


def test_what_may_differ_of_a_thousand_edits_is_found_at_once() -> None:
    chain = [{**TRANSFER, "source": place % 250, "particles": [(place + 1) % 250]} for place in range(999)]
    one, other = (
        with_edits({**BRIGHTER, "particles": [7], "strength": strength}, *chain, latents={"count": 256})
        for strength in (0.1, 0.2)
    )
    begun = time.perf_counter()
    assert edits.touched(one, other) == list(range(250))
    assert time.perf_counter() - begun < 2  # it is asked while a slider moves; two cores take 0.03 s


def test_guided_what_may_differ_is_whole_groups_and_those_that_read_of_them() -> None:
    later = {**TRANSFER, "step": 3}  # from 4, of the second group, to 1, of the first
    one, other = with_edits(later, **GUIDED), with_edits({**BRIGHTER, "particles": [5]}, later, **GUIDED)
    assert edits.touched(with_edits(**GUIDED), with_edits({**BRIGHTER, "particles": [5]}, **GUIDED)) == [3, 4, 5]
    assert edits.touched(one, other) == [0, 1, 2, 3, 4, 5]
    assert not torch.equal(steps(one)[-1].x[1], steps(other)[-1].x[1])


def test_what_is_locked_otherwise_may_change_who_is_edited_and_no_other() -> None:
    changes = ({**BRIGHTER, "particles": [0]}, TRANSFER)
    runs = [
        with_edits(*changes, region={"outside": outside, "mask": masked(pixels)})
        for outside, pixels in (("free", HARD), ("locked", HARD), ("locked", SOFT))
    ]
    for one, other in itertools.pairwise(runs):
        assert edits.touched(one, other) == [0, 1]
        for before, after in zip(steps(one), steps(other), strict=True):
            assert torch.equal(before.x[2:], after.x[2:])
    assert edits.touched(with_edits(), with_edits(region={"outside": "locked", "mask": masked(HARD)})) == []


def test_another_region_or_latent_may_change_everyone() -> None:
    known = {"outside": "locked", "mask": masked(HARD), "picture": pictured()}
    for region in ({"outside": "replaced", "mask": masked(HARD)}, known):
        assert edits.touched(with_edits(), with_edits(region=region)) is None
    assert edits.touched(with_edits(), with_edits(latents={"seed": 3})) is None


# -- what has no place -----------------------------------------------------------------------------------------------

TAKE_AWAY = "or take it away."
MISSING = "What the Run names by eeeeeeeeeeee is not here: open the file that carries the Run, or choose it again."


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({**BRIGHTER, "step": 6},
         f"The edit intensity is at step 6, and the last one that begins is 5: take more steps, {TAKE_AWAY}"),
        ({**BRIGHTER, "particles": [1, 5]},
         f"The edit intensity needs particle 5, and the last one is 4: raise the count, {TAKE_AWAY}"),
        ({**TRANSFER, "source": 9},
         f"The edit transfer needs particle 9, and the last one is 4: raise the count, {TAKE_AWAY}"),
        ({**BETWEEN, "between": [0, 7]},
         f"The edit interpolate needs particle 7, and the last one is 4: raise the count, {TAKE_AWAY}"),
        ({**BRIGHTER, "channel": 3}, "The edit intensity is of channel 3, and the last one is 2: choose another."),
        ({**BRIGHTER, "step": 5, "mask": masked(np.zeros((8, 6), np.uint8))},
         "The mask 'eyes' is 6 × 8 and the model's pictures are 5 × 4: resample it, or choose another."),
        ({**BRIGHTER, "step": 5, "mask": {"label": "eyes", "sha256": "e" * 64}}, MISSING),
        ({**SET, "latent": {"label": "digits 17", "sha256": "e" * 64}}, MISSING),
        ({**SET, "latent": latent(np.full(SHAPE, np.inf))},
         "The latent 'digits 17' is damaged: invert its picture again."),
        ({**SET, "latent": latent(np.zeros((3, 8, 8)))},
         "The latent 'digits 17' was made for a model of another shape than 3 × 4 × 5: invert its picture again."),
    ],
    ids=lambda value: str(value["kind"]) if isinstance(value, dict) else "",
)  # fmt: skip
def test_an_edit_without_a_place_is_refused_before_the_first_step(wrong: dict[str, Any], says: str) -> None:
    run = with_edits(BRIGHTER, wrong)
    for begun in (execute(run, TinyPictures()), sampling.steps(run, TinyPictures(block=2))):
        with pytest.raises(InputError) as refused:
            next(begun)
        assert str(refused.value) == says


def test_a_mask_on_points_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        next(execute(with_edits(BRIGHTER), TinyMixture()))
    says = "The edit intensity has a mask, which is for models of pictures: choose such a model, or take it away."
    assert str(refused.value) == says


def test_noising_has_nothing_to_edit() -> None:
    noised = {"sampler": {"name": "noising"}, "latents": {"picture": pictured()}}
    assert len(steps(run_of(**noised))) == 7
    locked = {"region": {"outside": "locked", "mask": masked(HARD)}}
    for run in (run_of(**noised).replace(latents={"edits": [BRIGHTER]}), run_of(**noised, **locked)):
        with pytest.raises(
            InputError, match="draws nothing that edits could change: take them away, or choose another"
        ):
            next(execute(run, TinyPictures()))


def test_a_vector_has_channels_too() -> None:
    run = with_edits({"kind": "intensity", "strength": 1.0, "channel": 1, "step": 2})
    plain, changed = (list(execute(each, TinyMixture())) for each in (with_edits(), run))
    gap = changed[2].x - plain[2].x
    assert not gap[:, 0].any()
    torch.testing.assert_close(gap[:, 1], torch.full((5,), plain[2].sigma, dtype=torch.float64), rtol=1e-12, atol=0)


def test_every_sampler_but_noising_draws() -> None:
    assert {*DRAWING, "noising"} == SAMPLERS.keys()
