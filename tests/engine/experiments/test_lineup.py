"""Evaluations, counted beforehand and as they happen."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor

from engine import offers
from engine.errors import InputError
from engine.experiments import lineup, sampler_comparison, solver_orders
from engine.models.catalogue import named
from engine.models.mixture import Mixture
from engine.noise import Noise
from engine.samplers import SAMPLERS
from engine.schedules import edm
from engine.settings import Settings

ENTRIES = {**solver_orders.ENTRIES, **sampler_comparison.ENTRIES}
FIXED = {name: settings for name, settings in ENTRIES.items() if name != sampler_comparison.ADAPTIVE}


# spec: S14
@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("name", FIXED)
def test_evaluations_are_what_a_sampler_takes(name: str, steps: int) -> None:
    model, settings, called = Mixture([[0.0], [2.0]], [[[0.1]], [[0.3]]], [1, 2]), FIXED[name], []

    def denoise(x: Tensor, sigma: float | Tensor) -> Tensor:
        called.append(len(x))
        return model.denoise(x, sigma)

    x, sigmas = 80 * torch.ones(1, 1, dtype=torch.float64), edm(steps)
    told = [
        step.evaluations for step in SAMPLERS[settings.name](denoise, x, sigmas, noise=Noise(0), **settings.values())
    ]
    assert sum(told) == len(called) == lineup.evaluations(settings, steps)


@pytest.mark.parametrize("budget", [1, 5, 10, 21, 50])
@pytest.mark.parametrize("name", FIXED)
def test_a_budget_is_used_as_far_as_steps_allow_and_never_exceeded(name: str, budget: int) -> None:
    steps = lineup.within(FIXED[name], budget)
    assert steps > 0
    assert lineup.evaluations(FIXED[name], steps) <= budget < lineup.evaluations(FIXED[name], steps + 1)


def test_what_cannot_run_is_told_with_the_reason_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent(Settings):
        name: str = "heun"

    monkeypatch.setattr(offers, "refusal", lambda sampler, model: "Not here." if sampler != "heun" else "")
    entries: dict[str, Settings] = {"a": Absent(), "b": Absent(name="deis"), "c": Absent(name="pndm")}
    absent = lineup.refused(("a", "c", "b"), entries, named("ring"))
    assert absent == {"c": "Not here.", "b": "Not here."}
    assert lineup.told(absent) == ["Left out: c, b. Not here."]
    assert lineup.told({}) == []


def test_names_are_known_and_come_once() -> None:
    known = TypeAdapter(Annotated[tuple[str, ...], lineup.among(ENTRIES)]).validate_python
    assert known(("ddim", "heun")) == ("ddim", "heun")
    with pytest.raises(ValueError, match="'dddim' is not known; choose from: euler"):
        known(("dddim",))
    with pytest.raises(ValueError, match="'ddim' comes twice"):
        known(("ddim", "ddim"))


@pytest.mark.parametrize("chosen", [{"samplers": ()}, {"samplers": ("ddim",), "budgets": ()}])
def test_a_comparison_of_nothing_is_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="nothing to measure: name one"):
        sampler_comparison.SamplerComparison().cells(sampler_comparison.Plan(model="ring", **chosen))


@pytest.mark.parametrize("chosen", [{"solvers": ()}, {"steps": ()}])
def test_orders_of_nothing_are_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="nothing to measure: name one"):
        solver_orders.SolverOrders().cells(solver_orders.Plan(**chosen))


def test_where_nothing_of_what_is_named_can_run_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "refusal", lambda sampler, model: "Not here.")
    with pytest.raises(InputError, match="Not here"):
        solver_orders.SolverOrders().cells(solver_orders.Plan(solvers=("deis-2",)))
