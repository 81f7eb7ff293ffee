"""Many Runs as one batch: each has the bits that it has alone, whatever the company; who goes together with whom."""
# spec: G6, A2, L1

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine import models
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.guidance.kernels import KERNELS
from engine.models.mixture import Mixture
from engine.offers import unsuited
from engine.run import Run
from engine.settings import SAMPLER_SETTINGS
from engine.step import Step
from engine.sweep import batches, sweep, together
from tests.engine.tiny import TinyMixture, conditional, run_of, same_bits

GUIDED = run_of(latents={"count": 12, "group": 4}, guidance={"k_pg": 2.0})
MOVED = run_of(latents={"edits": [{"step": 2, "particle": 1, "to": [0.5, -0.5]}]})


def alone(run: Run, model: Any) -> list[Step]:
    return [dataclasses.replace(step, carry=None) for step in execute(run, model)]


def assert_same(runs: Sequence[Run], model: Any, *, evaluations: bool = True) -> None:
    """Every Step of every Run, to the bit."""
    expected = [alone(run, model) for run in runs]
    for index, steps in enumerate(sweep(runs, model)):
        for run, step, path in zip(runs, steps, expected, strict=True):
            assert same_bits(step, path[index]), (run, index)
            assert step.sigma_hat == path[index].sigma_hat
            assert not evaluations or step.evaluations == path[index].evaluations
            assert (step.noise is None, step.guidance is None) == (
                path[index].noise is None,
                path[index].guidance is None,
            )
    assert index == runs[0].schedule.steps


def ring() -> Mixture:
    return models.load("ring")  # type: ignore[return-value]


@pytest.mark.parametrize("kernel", [name for name in KERNELS if not unsuited(name, ring())])
@pytest.mark.parametrize("bandwidth", ["median", "fixed", "sigma"])
def test_a_grid_of_churn_and_strength_on_points(kernel: str, bandwidth: str) -> None:
    base = Run(model=ring().reference).replace(
        latents={"count": 30, "group": 10},
        schedule={"steps": 5},
        guidance={"kernel": kernel, "bandwidth": bandwidth, "over_particles": "mean"},
    )
    runs = [
        base.replace(sampler={"churn": churn}, guidance={"k_pg": k_pg, "width": 0.5 + k_pg})
        for churn in (0.0, 0.7, 30.0)
        for k_pg in (0.0, 1.0, 300.0)
    ]
    assert_same(runs, ring())


def test_a_grid_of_weights_of_noise() -> None:
    base = Run(model=ring().reference).replace(
        latents={"count": 20, "group": 10},
        schedule={"name": "log-linear", "steps": 8, "sigma_max": 1.0, "sigma_min": 0.03},
        guidance={"bandwidth": "sigma", "sees": "state", "over_particles": "mean"},
    )
    runs = [
        base.replace(
            latents={"count": count}, sampler={"name": "euler-maruyama", "s_noise": s_noise}, guidance={"k_pg": k_pg}
        )
        for count, s_noise, k_pg in ((20, 0.0, 1.0), (50, 0.1, 0.0), (10, 1.0, 1000.0))
    ]
    assert_same(runs, ring())


@pytest.mark.parametrize("kernel", [name for name in KERNELS if name not in ("angular", "features")])
def test_a_grid_on_pictures(kernel: str) -> None:
    """A network with a condition, in blocks that hold particles of two Runs."""
    model = conditional((1, 8, 8))
    base = Run(model=model.reference, condition={"example": "each"}).replace(  # type: ignore[arg-type]
        latents={"count": 6, "group": 3}, schedule={"steps": 3}, guidance={"kernel": kernel}, block=4
    )
    runs = [base.replace(sampler={"churn": churn}, guidance={"k_pg": k_pg}) for churn, k_pg in ((0.0, 0.0), (2.0, 5.0))]
    assert_same([*runs, runs[0].replace(latents={"count": 3})], model)


@pytest.mark.parametrize("name", [name for name in SAMPLER_SETTINGS if name != "noising"])
def test_every_sampler(name: str) -> None:
    """A solver with step control counts the evaluations of the whole batch."""
    run = GUIDED.replace(sampler={"name": name}, guidance={"k_pg": 0.0})
    runs = [run, run.replace(latents={"count": 4})]
    assert together(*runs)
    assert_same(runs, Mixed(), evaluations=name != "ode")


class Mixed(Mixture):
    """A small mixture with a density, named as `TinyMixture`."""

    def __init__(self) -> None:
        super().__init__([[-1.0, 0.5], [2.0, 0.0]], torch.eye(2).expand(2, 2, 2) * 0.04, [0.5, 0.5])
        self.reference = TinyMixture.reference


grid = st.lists(
    st.tuples(st.sampled_from([0.0, 0.3, 5.0, 1e6]), st.sampled_from([0.0, 0.1, 50.0]), st.integers(1, 4)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None)
@given(grid)
def test_the_company_changes_nothing(cells: list[tuple[float, float, int]]) -> None:
    base = Run(model=ring().reference).replace(schedule={"steps": 4})
    runs = [
        base.replace(latents={"count": 5 * groups, "group": 5}, sampler={"churn": churn}, guidance={"k_pg": k_pg})
        for churn, k_pg, groups in cells
    ]
    assert_same(runs, ring())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sampler": {"churn": 3.0}}, True),
        ({"guidance": {"k_pg": 0.0}}, True),
        ({"guidance": {"width": 3.0}}, True),
        ({"latents": {"count": 8}}, True),
        ({"latents": {"count": 10}}, False),
        ({"latents": {"group": 6}}, False),
        ({"latents": {"seed": 1}}, False),
        ({"latents": {"edits": [{"step": 0, "particle": 0, "to": [0.0, 0.0]}]}}, False),
        ({"schedule": {"steps": 7}}, False),
        ({"sampler": {"s_noise": 0.5}}, False),
        ({"sampler": {"name": "euler"}}, False),
        ({"guidance": {"kernel": "iou"}}, False),
        ({"guidance": {"sees": "state"}}, False),
        ({"condition": {"example": 1}}, False),
        ({"precision": "float32"}, False),
        ({"block": 3}, False),
        ({"model": {"sha256": "b" * 64}}, False),
    ],
    ids=str,
)
def test_who_goes_together(change: dict[str, Any], expected: bool) -> None:
    other = GUIDED.replace(**change)
    assert together(GUIDED, other) is together(other, GUIDED) is expected
    if not expected:
        with pytest.raises(ValueError, match="go together"):
            next(sweep([GUIDED, other], TinyMixture()))


def test_a_run_that_goes_with_none_goes_alone() -> None:
    for run in (MOVED, run_of(latents={"count": 5, "group": 2}, guidance={"k_pg": 1.0})):
        assert_same([run], TinyMixture())


def test_batches_are_neighbours_that_go_together() -> None:
    churned, other = GUIDED.replace(sampler={"churn": 1.0}), GUIDED.replace(latents={"seed": 1})
    runs = [GUIDED, churned, other, GUIDED, MOVED, MOVED]
    assert batches(runs, (2,)) == [range(2), range(2, 3), range(3, 4), range(4, 5), range(5, 6)]
    assert batches([GUIDED] * 5, (2,), most=2) == [range(2), range(2, 4), range(4, 5)]
    assert batches([], (2,)) == []


def test_batches_take_a_share_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    class Free:
        available = 4 * 8 * 32 * 12 * 2 * 3

    monkeypatch.setattr("psutil.virtual_memory", Free)
    assert batches([GUIDED] * 7, (2,)) == [range(3), range(3, 6), range(6, 7)]
    assert batches([GUIDED] * 2, (1, 32, 32)) == [range(1), range(1, 2)]


def test_what_one_run_is_refused_for_refuses_all() -> None:
    model = conditional((1, 8, 8))
    angular = Run(model=model.reference).replace(guidance={"kernel": "angular"})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="points in the plane"):
        next(sweep([angular, angular.replace(guidance={"k_pg": 1.0})], model))


def test_a_state_that_is_not_finite_is_told() -> None:
    class Broken(TinyMixture):
        def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
            return super().denoise(x, sigma) / 0

    with pytest.raises(InputError, match="no longer finite at step 1"):
        list(sweep([GUIDED, GUIDED], Broken()))


def test_it_stops_before_the_next_evaluation() -> None:
    asked: list[None] = []
    model = TinyMixture(lambda x: asked.append(None), block=100)
    steps = sweep([GUIDED, GUIDED], model, interrupted=lambda: len(asked) == 3)
    next(steps)
    with pytest.raises(Interrupted):
        list(steps)
    assert len(asked) == 3
