"""Region: outside of a mask the state is what is known of it, locked to a particle's own path or noised anew."""
# spec: L9 G8

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine import picture
from engine.errors import InputError
from engine.execute import execute, record, replay
from engine.run import Run
from engine.settings.references import PictureReference
from engine.step import Step
from engine.training import sampling
from tests.engine.edited import EMPTY, HARD, SHAPE, SOFT, masked, pictured
from tests.engine.guidance.test_hooks import DRAWING
from tests.engine.tiny import TinyMixture, TinyPictures, run_of, same_bits

BRIGHTER = {"kind": "intensity", "strength": 0.4, "mask": masked(HARD), "particles": [1, 3]}
EDITED, OTHERS = [1, 3], [0, 2, 4]


def kept(outside: str, *edits: dict[str, Any], pixels: NDArray[np.uint8] = HARD, **groups: Any) -> Run:
    """A Run of five particles and six steps with that region."""
    region = {"outside": outside, "mask": masked(pixels), **groups.pop("region", {})}
    return run_of(**groups).replace(latents={"edits": edits}, region=region)


def steps(run: Run, **given: Any) -> list[Step]:
    return list(execute(run, TinyPictures(), **given))


def within(pixels: NDArray[np.uint8] = HARD) -> Tensor:
    """m [4, 5]."""
    return torch.from_numpy(pixels / 255)


# -- locked ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DRAWING)
def test_outside_an_edited_particle_goes_straight_from_its_latent_to_its_own_picture(name: str) -> None:
    sampler = {"sampler": {"name": name}}
    plain, locked = steps(run_of(**sampler)), steps(kept("locked", BRIGHTER, **sampler))
    outside = within() == 0
    x0 = plain[-1].x
    n = (plain[0].x - x0) / plain[0].sigma
    for step in locked[1:]:
        known = x0 + step.sigma * n if step.sigma else x0
        assert torch.equal(step.x[EDITED][..., outside], known[EDITED][..., outside])
    assert torch.equal(locked[-1].x[..., outside], x0[..., outside])
    assert not torch.isclose(locked[-1].x[EDITED][..., ~outside], x0[EDITED][..., ~outside]).all()
    for before, after in zip(plain, locked, strict=True):
        assert torch.equal(before.x[OTHERS], after.x[OTHERS]), "nobody else is touched"


@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize("name", DRAWING)
def test_locked_and_not_edited_every_bit_stays(name: str, at: int) -> None:
    sampler = {"sampler": {"name": name}}
    nothing = (
        {**BRIGHTER, "step": at, "strength": 0.0},
        {**BRIGHTER, "step": at, "mask": masked(EMPTY)},
        {"kind": "transfer", "step": at, "source": 1, "particles": [1]},
        {"kind": "transfer", "step": at, "source": 2, "particles": [2], "swap": True},
        {"kind": "interpolate", "step": at, "between": [3, 4], "share": 0.0, "particles": [3]},
    )
    plain = steps(run_of(**sampler))
    for edits in ((), nothing):
        locked = steps(kept("locked", *edits, **sampler))
        assert all(same_bits(a, b) for a, b in zip(plain, locked, strict=True))


def test_a_soft_edge_mixes_the_two() -> None:
    plain, free = steps(run_of()), steps(run_of().replace(latents={"edits": [BRIGHTER]}))
    locked = steps(kept("locked", BRIGHTER, pixels=SOFT))
    x0, m = plain[-1].x, within(SOFT)
    known = x0 + plain[1].sigma * ((plain[0].x - x0) / plain[0].sigma)
    assert torch.equal(locked[1].x[EDITED], (m * free[1].x + (1 - m) * known)[EDITED])


def test_edits_on_the_way_are_locked_too() -> None:
    later = {**BRIGHTER, "step": 3, "mask": None, "particles": [2]}
    plain, locked = steps(run_of()), steps(kept("locked", later))
    outside = within() == 0
    assert torch.equal(locked[-1].x[..., outside], plain[-1].x[..., outside])
    assert not torch.isclose(locked[-1].x[2][..., ~outside], plain[-1].x[2][..., ~outside]).all()
    assert not torch.isclose(locked[3].x[2][..., outside], locked[2].x[2][..., outside]).any(), "its own step is free"


# spec: G5
def test_who_is_pushed_by_an_edited_particle_is_locked_with_it() -> None:
    guided = {"guidance": {"k_pg": 40.0}, "latents": {"count": 6, "group": 3}}
    plain = steps(run_of(**guided))
    run = kept("locked", {**BRIGHTER, "particles": [1]}, **guided)
    free, locked = steps(run.replace(region={"outside": "free"})), steps(run)
    outside = within() == 0
    assert not torch.equal(free[-1].x[0], plain[-1].x[0])
    assert torch.equal(locked[-1].x[:3][..., outside], plain[-1].x[:3][..., outside])
    assert all(torch.equal(a.x[3:], b.x[3:]) for a, b in zip(plain, locked, strict=True))
    again = steps(run, particles=[0, 1, 2])
    assert all(torch.equal(a.x[:3], b.x) for a, b in zip(locked, again, strict=True))


# -- replaced --------------------------------------------------------------------------------------------------------


def test_replaced_the_outside_is_the_picture_noised_anew_at_each_step() -> None:
    run = kept("replaced", latents={"count": 2000}, region={"picture": pictured()})
    taken, outside = steps(run), within() == 0
    x0 = torch.from_numpy(picture.values(PictureReference(**pictured()), SHAPE))
    assert torch.equal(taken[-1].x[..., outside], x0.expand(2000, *SHAPE)[..., outside])
    noises = [((step.x - x0) / step.sigma)[..., outside] for step in taken[1:-1]]
    for noise in noises:
        assert abs(noise.mean().item()) < 4 / math.sqrt(noise.numel())
        assert abs(noise.var().item() - 1) < 4 * math.sqrt(2 / noise.numel())
    correlation = torch.corrcoef(torch.stack([noise.flatten() for noise in [taken[0].x[..., outside], *noises]]))
    assert (correlation - torch.eye(len(correlation))).abs().max() < 5 / math.sqrt(noises[0].numel())


@pytest.mark.parametrize("name", DRAWING)
def test_replaced_without_a_picture_it_is_each_particle_as_it_is_without_edits(name: str) -> None:
    sampler = {"sampler": {"name": name}}
    plain, replaced = steps(run_of(**sampler)), steps(kept("replaced", BRIGHTER, **sampler))
    outside = within() == 0
    assert torch.equal(replaced[-1].x[..., outside], plain[-1].x[..., outside])
    assert not torch.isclose(replaced[1].x[..., outside], plain[1].x[..., outside]).any()


def test_a_locked_picture_holds_everyone() -> None:
    run = kept("locked", region={"picture": pictured()})
    taken, outside = steps(run), within() == 0
    x0 = torch.from_numpy(picture.values(PictureReference(**pictured()), SHAPE))
    n = (steps(run_of())[0].x - x0) / taken[0].sigma
    for step in taken[1:]:
        known = x0 + step.sigma * n if step.sigma else x0.expand_as(n)
        assert torch.equal(step.x[..., outside], known[..., outside])


# -- any batch, any start --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outside", ["locked", "replaced"])
@pytest.mark.parametrize("later", [0, 3])
def test_in_pieces_from_any_step_and_with_what_is_known_the_bits_are_the_same(outside: str, later: int) -> None:
    run = kept(outside, {**BRIGHTER, "step": later}, sampler={"churn": 5.0})
    whole, model = steps(run), TinyPictures(block=2)
    few = steps(run, particles=[3, 0])
    assert all(torch.equal(a.x[[3, 0]], b.x) for a, b in zip(whole, few, strict=True))
    pieces = list(sampling.steps(run, model))
    for index, step in enumerate(whole):
        assert torch.equal(torch.cat([piece.x for piece in pieces if piece.index == index]), step.x)
    given = steps(run, known=steps(run.unedited)[-1].x)
    assert all(same_bits(a, b) for a, b in zip(whole, given, strict=True))
    *_, thinned = record(run, model, budget=0)
    for index in (1, 3, 5):
        *_, replayed = replay(thinned, index, model)
        assert same_bits(replayed, whole[index])


# -- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "model", "says"),
    [
        (
            kept("locked"),
            TinyMixture(),
            "A mask is for models of pictures: choose such a model, or edit without a mask.",
        ),
        (
            kept("replaced", pixels=np.zeros((2, 9), np.uint8)),
            TinyPictures(),
            "The mask 'eyes' is 9 × 2 and the model's pictures are 5 × 4: resample it, or choose another.",
        ),
        (
            kept("replaced", region={"picture": {"label": "a.png", "sha256": "f" * 64}}),
            TinyPictures(),
            "What the Run names by ffffffffffff is not here: open the file that carries the Run, or choose it again.",
        ),
        (
            kept("locked", region={"mask": {"label": "eyes", "sha256": "e" * 64}}),
            TinyPictures(),
            "What the Run names by eeeeeeeeeeee is not here: open the file that carries the Run, or choose it again.",
        ),
    ],
    ids=["points", "size", "picture", "mask"],
)
def test_a_region_that_does_not_fit_is_refused(run: Run, model: TinyMixture, says: str) -> None:
    with pytest.raises(InputError) as refused:
        next(execute(run, model))
    assert str(refused.value) == says
