"""Edits: a particle put elsewhere at any step goes on from there, the others as if nothing had happened."""
# spec: L8

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine import edits
from engine.errors import InputError
from engine.execute import execute, record, replay, schedule
from engine.noise import Noise
from engine.run import Run
from engine.samplers import SAMPLERS
from engine.settings.edits import Move
from engine.step import Step
from engine.training import sampling
from tests.engine.tiny import TinyMixture, run_of, same_bits

OTHERS = [0, 1, 3, 4]


def move(step: int, particle: int = 2, to: tuple[float, ...] = (0.5, -1.0)) -> dict[str, Any]:
    return {"step": step, "particle": particle, "to": to}


def moved(*moves: dict[str, Any], **groups: Any) -> Run:
    """A churned Run of five particles and six steps with those edits."""
    return run_of(**{"sampler": {"churn": 5.0}, **groups}).replace(latents={"edits": moves})


def steps(run: Run) -> list[Step]:
    return list(execute(run, TinyMixture()))


SAMPLER_NAMES = ("heun", "ddpm", "gradient-estimation", "langevin")


@pytest.mark.parametrize("name", SAMPLER_NAMES)
@pytest.mark.parametrize("at", [0, 1, 3, 5])
def test_the_particle_goes_on_from_there_and_the_others_as_before(name: str, at: int) -> None:
    sampler = {"name": name}
    plain, changed = steps(moved(sampler=sampler)), steps(moved(move(at), sampler=sampler))
    assert [step.index for step in changed] == list(range(7))
    assert all(same_bits(one, other) for one, other in zip(plain[:at], changed[:at], strict=True))
    assert changed[at].x[2].tolist() == [0.5, -1.0]
    assert not torch.isclose(changed[at + 1].x[2], plain[at + 1].x[2]).any()
    for one, other in zip(plain, changed, strict=True):
        for field in ("x", "denoised", "drift", "correction", "noise"):
            before, after = getattr(one, field), getattr(other, field)
            assert before is after is None or torch.equal(before[OTHERS], after[OTHERS])


@pytest.mark.parametrize("at", [0, 2, 5])
def test_what_follows_is_the_sampler_begun_there(at: int) -> None:
    run = moved(move(at), move(at, 4, (3.0, 3.0)))
    model = TinyMixture()
    x = steps(moved())[at].x.clone()
    x[2], x[4] = torch.tensor([0.5, -1.0]), torch.tensor([3.0, 3.0])
    by_hand = SAMPLERS["heun"](model.denoise, x, schedule(run, model), noise=Noise(0), start=at, churn=5.0)
    for step, expected in zip(steps(run)[at:], by_hand, strict=True):
        torch.testing.assert_close(step.x, expected.x, rtol=1e-12, atol=1e-12)


def test_steps_are_taken_in_their_order_and_of_one_step_the_later_edit_holds() -> None:
    first, second = move(2, to=(1.0, 1.0)), move(4, to=(-1.0, 0.0))
    assert same_bits(steps(moved(second, first))[-1], steps(moved(first, second))[-1])
    both = steps(moved(second, first))
    assert both[2].x[2].tolist() == [1.0, 1.0]
    assert both[4].x[2].tolist() == [-1.0, 0.0]
    assert steps(moved(first, move(2, to=(7.0, 7.0))))[2].x[2].tolist() == [7.0, 7.0]


GUIDED = {"guidance": {"k_pg": 2.0, "bandwidth": "fixed", "width": 4.0}}


# spec: G5
def test_guided_the_others_of_its_group_give_way_and_no_other() -> None:
    latents = {"count": 6, "group": 3}
    plain, changed = (steps(moved(*moves, latents=latents, **GUIDED)) for moves in ((), (move(3),)))
    for index in (0, 1, 2):
        assert same_bits(plain[index], changed[index])
    for index in (4, 5, 6):
        assert not torch.isclose(plain[index].x[:2], changed[index].x[:2]).all(dim=1).any()
        assert torch.equal(plain[index].x[3:], changed[index].x[3:])


@pytest.mark.parametrize("groups", [{}, GUIDED, {"sampler": {"name": "gradient-estimation"}}], ids=str)
def test_replayed_from_any_step_the_bits_are_the_same(groups: dict[str, Any]) -> None:
    run, model = moved(move(0), move(3, 1), move(3), move(5), **groups), TinyMixture()
    whole = steps(run)
    for start in whole:
        again = execute(run, model, start=start)
        assert all(same_bits(a, b) for a, b in zip(again, whole[start.index :], strict=True))
    *_, thinned = record(run, model, budget=0)
    assert thinned[3] is None
    for index, step in enumerate(whole):
        *_, replayed = replay(thinned, index, model)
        assert same_bits(replayed, step)


def test_in_pieces_it_is_the_same() -> None:
    run, model = moved(move(1, 0), move(4, 4)), TinyMixture(block=2)
    pieces = list(sampling.steps(run, model))
    for index, step in enumerate(steps(run)):
        assert torch.equal(torch.cat([piece.x for piece in pieces if piece.index == index]), step.x)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (move(6), "The move of particle 2 is at step 6, and the last one that begins is 5: take more steps, or put "),
        (move(0, 5), "The move of particle 5 needs particle 5, and the last one is 4: raise the count, or put the "),
        (move(0, to=(1.0,)), "The move of particle 2 goes to a point of 1 values, and the model's have 2: put the "),
    ],
    ids=["step", "particle", "values"],
)
def test_an_edit_without_a_place_is_refused(wrong: dict[str, Any], says: str) -> None:
    run = moved(move(1), wrong)
    with pytest.raises(InputError) as refused:
        next(execute(run, TinyMixture()))
    assert str(refused.value).startswith(says)
    with pytest.raises(InputError):
        next(sampling.steps(run, TinyMixture(block=2)))


def test_states_stay_what_they_were() -> None:
    step = Step(0, 2.0, torch.zeros(3, 1, 2, 2))
    changed = edits.changed(step, [Move(step=0, particle=7, to=(1.0, 2.0, 3.0, 4.0))], {6: 0, 7: 1, 8: 2})
    assert not step.x.any()
    assert changed[1].tolist() == [[[1.0, 2.0], [3.0, 4.0]]]
    assert not changed[[0, 2]].any()
