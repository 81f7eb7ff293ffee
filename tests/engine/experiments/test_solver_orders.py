"""Orders of solvers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from engine import models, offers
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.experiments import EXPERIMENTS, solver_orders
from engine.experiments.experiment import Compared, Context, Measured, Row
from engine.experiments.solver_orders import ENTRIES, EXPECTED, NOTES, Plan, SolverOrders, observed
from engine.figures.figure import Lines
from engine.models.catalogue import named
from engine.run import ModelReference

ORDERS = SolverOrders()


def load(reference: ModelReference) -> models.Model:
    """A model of the catalogue."""
    return named(reference.label).build()


def measured(plan: Plan, context: Context | None = None) -> list[Row]:
    """The whole table."""
    rows = []
    for cell in ORDERS.cells(plan):
        work = ORDERS.measure(cell, plan, context or Context(load))
        while True:
            try:
                assert 0 <= next(work) <= 1
            except StopIteration as end:
                rows.append(Row(ORDERS.key(cell, plan), cell, end.value))
                break
    return rows


# spec: S2, S8, S11, S13
@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("euler", (64, 128, 256)),
        ("gradient-estimation", (64, 128, 256)),
        ("gradient-estimation-1.5", (64, 128, 256)),
        ("heun", (32, 64, 128)),
        ("ode-heun", (32, 64, 128)),
        ("dpm-solver++-2", (64, 128, 256)),
        ("deis-2", (64, 128, 256)),
        ("deis-3", (64, 128, 256)),
        ("unipc-2", (64, 128, 256)),
        ("unipc-3", (64, 128, 256)),
        ("pndm", (64, 128, 256)),
    ],
)
def test_the_observed_order_on_a_gaussian_is_the_expected_one(name: str, steps: tuple[int, ...]) -> None:
    rows = measured(Plan(model="shifted-2d", solvers=(name,), steps=steps, count=4))
    errors = [row.columns["error"] for row in rows]
    assert observed(steps, errors) == pytest.approx(EXPECTED[name], abs=0.35)  # type: ignore[arg-type]


# spec: S11
@pytest.mark.parametrize("name", ["ode-tsit5", "ode-dopri5"])
def test_the_methods_of_order_five_converge_with_it_on_a_mixture(name: str) -> None:
    rows = measured(Plan(solvers=(name,), steps=(32, 64, 128), count=20))
    errors = [row.columns["error"] for row in rows]
    assert observed((32, 64, 128), errors) > EXPECTED[name] - 0.5  # type: ignore[arg-type, operator]


def test_errors_are_those_of_the_closed_form() -> None:
    plan = Plan(model="shifted-2d", solvers=("heun",), steps=(16,), count=20)
    (row,) = measured(plan)
    steps = list(execute(row.cell.run, load(row.cell.run.model)))
    x, end = steps[0].x, steps[15]
    mean = torch.tensor([10.0, 0.0], dtype=torch.float64)
    exact = mean + (x - mean) * np.sqrt((1 + 0.002**2) / (1 + 80**2))
    error = (end.x - exact).square().sum(dim=1).mean().sqrt().item()
    assert end.sigma == pytest.approx(0.002)
    assert row.columns["error"] == pytest.approx(error, rel=1e-5)
    assert row.columns["evaluations"] == 30
    assert isinstance(uncertain := row.columns["reference error"], float)
    assert uncertain < 1e-9


def test_a_table_repeats_and_its_cells_share_one_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(solvers=("euler", "heun"), steps=(4, 8), count=10)
    first = measured(plan)
    assert len(solver_orders._references) == 1
    solver_orders._references.clear()
    assert [row.measured for row in measured(plan)] == [row.measured for row in first]
    monkeypatch.delattr("engine.analysis.flow.flow")
    with pytest.raises(ImportError):
        measured(plan.model_copy(update={"seed": 1}))


def test_the_slope_stops_where_rounding_begins() -> None:
    steps = [4, 8, 16, 32, 64, 128]
    falling = [2.0**-k for k in range(0, 12, 2)]
    assert observed(steps, falling) == pytest.approx(2)
    assert observed(steps, [*falling[:4], 1e-2, 1e-2]) == pytest.approx(2)
    assert observed(steps, [*falling[:3], 0.06, 0.06, 0.06]) is None
    assert observed([4, 12, 100], [1.0, 1 / 3, 0.04]) == pytest.approx(1)
    assert observed([4, 8], [1, 0.5]) is None
    assert observed([], []) is None


def test_the_figure_holds_errors_over_steps_and_over_evaluations() -> None:
    plan = Plan(solvers=("euler", "heun"), steps=(4, 8, 16))
    rows = [
        Row(ORDERS.key(cell, plan), cell, Measured({"evaluations": 2 * n, "error": 8.0 / n, "reference error": 1e-11}))
        for cell in ORDERS.cells(plan)
        if isinstance(n := cell.place["steps"], int) and cell.place["solver"] == "euler"
    ]
    over_steps, over_evaluations = ORDERS.figure(rows, plan).panels
    assert isinstance(over_steps, Lines)
    assert isinstance(over_evaluations, Lines)
    assert [(curve.label, list(curve.x), list(curve.y)) for curve in over_steps.curves] == [
        ("euler (1.0)", [4, 8, 16], [2.0, 1.0, 0.5])
    ]
    assert list(over_evaluations.curves[0].x) == [8, 16, 32]
    assert list(over_steps.curves[0].keys) == [row.key for row in rows]
    assert over_steps.levels[0].y == 1e-11


def test_each_order_stands_beside_the_expected_one(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(solvers=("euler", "gradient-estimation", "pndm", "deis-2"), steps=(4, 8, 16))
    monkeypatch.setattr(offers, "refusal", lambda sampler, _: "Not here." if sampler == "deis" else "")
    rows = [
        Row(ORDERS.key(cell, plan), cell, Measured({"evaluations": 9, "error": error, "reference error": 1e-11}))
        for cell, error in zip(ORDERS.cells(plan), [1.0, 0.5, 0.25, *[1.0, 0.25, 0.0625], 1.0, None, 0.1], strict=True)
    ]
    assert ORDERS.comparison(rows, plan) == [
        Compared("order of euler", "1, by theory", "1.00"),
        Compared("order of gradient-estimation", "1, by theory", "2.00", NOTES["gradient-estimation"]),
    ]
    near, left = ORDERS.findings(rows, plan)
    assert near.startswith("Of 2 observed orders 1 lie within 0.25")
    assert near.endswith("that of gradient-estimation, 2.00 instead of 1.")
    assert left == "Left out: deis-2. Not here."


def test_it_stops_where_it_is_asked_to() -> None:
    with pytest.raises(Interrupted):
        measured(Plan(solvers=("euler",), steps=(4,), count=3), Context(load, lambda: True))


@pytest.mark.parametrize("fields", [{"solvers": ("nothing",)}, {"steps": (8, 4)}, {"steps": (2,)}, {"rho": 0.5}])
def test_a_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan(**fields)


def test_a_model_without_an_exact_flow_is_refused() -> None:
    with pytest.raises(InputError, match="no exact mixture"):
        ORDERS.cells(Plan(model="digits-ideal"))


def test_it_is_offered_and_every_solver_has_an_expected_order() -> None:
    assert isinstance(EXPERIMENTS["solver-orders"], SolverOrders)
    assert set(EXPECTED) == set(ENTRIES)
    assert set(NOTES) <= set(ENTRIES)
    assert len(ORDERS.cells(Plan())) == len(ENTRIES) * 8
