"""Runs that differ in their edits and region as one batch: each has the bits that it has alone."""
# spec: L2, L3, L4, L8, L9, L1

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine import mask
from engine.errors import InputError, Interrupted
from engine.execute import execute, part
from engine.run import Run
from engine.settings import SAMPLER_SETTINGS
from engine.step import Step
from engine.variants import together, variants
from tests.engine.tiny import TinyMixture, conditional, run_of, same_bits

SHAPE = (1, 4, 6)


class _Pictures(TinyMixture):
    """Pictures whose pixels depend on each other: a normal distribution about the mean of their neighbours."""

    data_shape = SHAPE

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """The estimate of x0, a mean of x and of x turned, both scaled: [N, 1, 4, 6]."""
        self.before(x)
        level = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1, 1, 1)
        return (0.7 * x + 0.3 * x.flip(3)).tanh() / (1 + level**2)


Pictures: Any = _Pictures  # a Model in all that is asked of it here


def masked(share: int = 255) -> dict[str, Any]:
    pixels = np.zeros(SHAPE[1:], np.uint8)
    pixels[1:3, :3] = share
    return mask.keep(pixels, "box").model_dump()


def intensity(strength: float, **own: Any) -> dict[str, Any]:
    return {"kind": "intensity", "strength": strength, "mask": masked(), **own}


EDITS: list[list[dict[str, Any]]] = [
    [],
    [intensity(0.5)],
    [intensity(-0.5, particles=[1, 3]), intensity(1.0, step=2, mask=None)],
    [{"kind": "transfer", "source": 4, "particles": [1], "mask": masked(100)}],
    [{"kind": "interpolate", "between": [0, 2], "share": 0.3}],
    [intensity(0.25, step=1), intensity(0.25, step=4)],
]
"""Of five particles: at the latent, later, and at more than one Step, of other particles too."""

REGIONS: list[dict[str, Any]] = [{"outside": "locked", "mask": masked()}, {"outside": "replaced", "mask": masked()}]


def assert_same(runs: Sequence[Run], model: Any, particles: Sequence[int] | None = None) -> None:
    """Every Step of every Run, to the bit, as `execute` draws it."""
    expected = [list(execute(run, model, particles=particles)) for run in runs]
    indices = [0] * len(runs)
    for place, step in variants(runs, model, particles):
        alone = expected[place][indices[place]]
        assert same_bits(step, part(alone, range(len(alone.x)))), (runs[place], step.index)
        indices[place] += 1
    assert indices == [len(steps) for steps in expected]


@pytest.mark.parametrize("name", [name for name in SAMPLER_SETTINGS if name not in ("noising", "ode")])
@pytest.mark.parametrize("particles", [None, [3, 1]])
def test_every_sampler(name: str, particles: list[int] | None) -> None:
    base = run_of(sampler={"name": name})
    assert_same([base.replace(latents={"edits": edits}) for edits in EDITS], Pictures(), particles)


def test_what_is_added_noise_and_what_is_kept_outside() -> None:
    base = run_of(sampler={"churn": 4.0})
    edited = [base.replace(latents={"edits": edits}) for edits in EDITS[:4]]
    runs = [run.replace(region=region) for run in edited for region in [*REGIONS, {"outside": "free"}]]
    assert_same(runs, Pictures(), [1, 0])


def test_one_particle_to_change_another_on_the_way_draws_all() -> None:
    later = [{"kind": "transfer", "source": 4, "particles": [1], "step": 3, "mask": masked()}]
    base = run_of(region=REGIONS[0])
    assert_same([base.replace(latents={"edits": edits}) for edits in ([], later)], Pictures(), [1])


def test_a_network_with_a_condition_in_blocks_that_hold_two_runs() -> None:
    model = conditional((1, 4, 6))
    base = Run(model=model.reference, condition={"example": "each"}, block=4)  # type: ignore[arg-type]
    base = base.replace(latents={"count": 5}, schedule={"steps": 3})
    assert_same([base.replace(latents={"edits": edits}) for edits in EDITS[:4]], model, [4, 1, 2])


def test_a_network_is_evaluated_once_for_all() -> None:
    seen: list[int] = []
    runs = [run_of(latents={"edits": [intensity(strength)]}) for strength in (-1.0, 0.0, 1.0)]
    list(variants(runs, Pictures(lambda x: seen.append(len(x)), block=10), [2]))
    assert seen == [10] * 11  # Heun's 2 N - 1, one block each


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.sampled_from(EDITS), st.sampled_from([{}, *REGIONS])), min_size=1, max_size=4),
    st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True),
)
def test_the_company_changes_nothing(cells: list[tuple[Any, Any]], particles: list[int]) -> None:
    base = run_of(schedule={"steps": 5})
    assert_same(
        [base.replace(latents={"edits": edits}, region=region) for edits, region in cells], Pictures(), particles
    )


def test_runs_that_do_not_go_together_are_drawn_one_after_the_other() -> None:
    runs = [run_of(), run_of(schedule={"steps": 3}), run_of(latents={"edits": EDITS[1]}), run_of(latents={"seed": 1})]
    assert [together(runs[0], run) for run in runs] == [True, False, True, False]
    assert_same(runs, Pictures(), [0])


def test_of_guided_runs_whole_groups_are_drawn() -> None:
    base = run_of(latents={"group": 2}, guidance={"k_pg": 3.0})
    runs = [base, base.replace(latents={"edits": EDITS[1]})]
    assert not together(*runs)
    latest = dict(variants(runs, Pictures(), [3]))
    for place, run in enumerate(runs):
        *_, whole = execute(run, Pictures())
        assert torch.equal(latest[place].x, whole.x[[3]])


def test_batches_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    class Free:
        available = 10**6

    monkeypatch.setattr("psutil.virtual_memory", Free)
    seen: list[int] = []
    runs = [run_of(latents={"edits": [intensity(strength)]}) for strength in (-1.0, 0.0, 1.0)]
    list(variants(runs, Pictures(lambda x: seen.append(len(x)), block=1)))
    monkeypatch.undo()
    assert len(seen) == 11 * 15
    assert_same(runs, Pictures())


def test_an_edit_without_a_place_and_a_stop() -> None:
    wrong = run_of(latents={"edits": [intensity(1.0, particles=[7])]})
    with pytest.raises(InputError, match="needs particle 7"):
        list(variants([run_of(), wrong], Pictures()))
    with pytest.raises(Interrupted):
        list(variants([run_of(), run_of(latents={"edits": EDITS[1]})], Pictures(), interrupted=lambda: True))


def test_steps_tell_their_index() -> None:
    found: list[tuple[int, Step]] = list(variants([run_of(), run_of(latents={"edits": EDITS[1]})], Pictures(), [0]))
    assert [(place, step.index) for place, step in found] == [(place, index) for index in range(7) for place in (0, 1)]
