"""Samplers at equal cost."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from engine import models, offers
from engine.errors import InputError, Interrupted
from engine.experiments import EXPERIMENTS
from engine.experiments.experiment import Cell, Context, Measured, Row
from engine.experiments.sampler_comparison import ADAPTIVE, ENTRIES, Plan, SamplerComparison
from engine.figures.figure import Lines, Pictures
from engine.models.catalogue import named
from engine.run import ModelReference

COMPARISON = SamplerComparison()
RING = Plan(model="ring", count=60, budgets=(5, 20), samplers=("ddim", "heun", "ddpm"))


def load(reference: ModelReference) -> models.Model:
    """A model of the catalogue."""
    return named(reference.label).build()


def measured(cell: Cell, plan: Plan, context: Context | None = None) -> tuple[list[float], Measured]:
    """The shares on the way, and the measurement."""
    work, shares = COMPARISON.measure(cell, plan, context or Context(load)), []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            return shares, end.value


def table(plan: Plan, distances: dict[tuple[str, Any], float | None]) -> list[Row]:
    """Rows of made-up distances by sampler and budget; the others are still to come."""
    rows = []
    for cell in COMPARISON.cells(plan):
        place = (str(cell.place["sampler"]), cell.place["budget"])
        values = {"steps": 5, "evaluations": place[1] or 66, "floor": 5.0, "distance": distances.get(place)}
        rows.append(Row(COMPARISON.key(cell, plan), cell, Measured(values) if place in distances else None))
    return rows


# spec: S14
def test_all_start_from_the_same_latents_and_take_as_many_steps_as_the_budget_allows() -> None:
    cells = COMPARISON.cells(Plan())
    assert len(cells) == (len(ENTRIES) - 1) * 4 + 1
    assert len({cell.run.latents for cell in cells}) == 1
    steps = {(cell.place["sampler"], cell.place["budget"]): cell.run.schedule.steps for cell in cells}
    assert [steps["ddim", budget] for budget in (5, 10, 20, 50)] == [5, 10, 20, 50]
    assert [steps["heun", budget] for budget in (5, 10, 20, 50)] == [3, 5, 10, 25]
    assert [steps["pndm", budget] for budget in (5, 10, 20, 50)] == [4, 9, 19, 49]
    assert {cell.run.schedule.name for cell in cells} == {"log-linear", "edm"}
    assert [cell.run.schedule.name for cell in cells if cell.place["budget"] is None] == ["edm"]
    assert len({COMPARISON.key(cell, Plan()) for cell in cells}) == len(cells)


# spec: S14
def test_more_evaluations_come_nearer_and_are_counted() -> None:
    plan = RING.model_copy(update={"schedule": "edm"})
    rows = {tuple(cell.place.values()): measured(cell, plan)[1] for cell in COMPARISON.cells(plan)}
    assert [rows["heun", budget].values["evaluations"] for budget in (5, 20)] == [5, 19]
    assert [rows["ddpm", budget].values["evaluations"] for budget in (5, 20)] == [5, 20]
    far, near = (rows["heun", budget].values["distance"] for budget in (5, 20))
    assert isinstance(far, float)
    assert isinstance(near, float)
    assert near < far / 3
    assert len({row.values["floor"] for row in rows.values()}) == 1
    assert set(rows["heun", 5].values) == set(COMPARISON.values)


def test_a_measurement_repeats_and_tells_how_far_it_is() -> None:
    cell = COMPARISON.cells(RING)[2]
    shares, first = measured(cell, RING)
    assert shares == sorted(shares)
    assert len(shares) == cell.run.schedule.steps
    assert shares[-1] == 1
    assert measured(cell, RING)[1] == first


# spec: S14
def test_digits_are_measured_in_classifier_features() -> None:
    plan = Plan(model="digits-ideal", count=40, budgets=(2, 10), samplers=("ddim",))
    few, many = (measured(cell, plan)[1] for cell in COMPARISON.cells(plan))
    assert isinstance(few.values["distance"], float)
    assert isinstance(many.values["distance"], float)
    assert few.values["distance"] > many.values["distance"] > 0
    assert few.picture != many.picture


def test_it_stops_where_it_is_asked_to() -> None:
    cell = COMPARISON.cells(RING)[0]
    with pytest.raises(Interrupted):
        measured(cell, RING, Context(load, lambda: True))


def test_samplers_that_are_not_here_are_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "refusal", lambda sampler, _: "It is not here." if sampler == "deis" else "")
    plan = RING.model_copy(update={"samplers": ("ddim", "deis")})
    rows = table(plan, {("ddim", 5): 1.0, ("ddim", 20): 1.0})
    assert {row.cell.place["sampler"] for row in rows} == {"ddim"}
    assert COMPARISON.findings(rows, plan)[-1] == "Left out: deis. It is not here."


def test_the_figure_holds_every_cell_finished_or_not() -> None:
    rows = table(RING, {("ddim", 5): 2.0, ("ddim", 20): 1.0, ("heun", 5): None})
    lines, pictures = COMPARISON.figure(rows, RING).panels
    assert isinstance(lines, Lines)
    assert isinstance(pictures, Pictures)
    assert [(curve.label, list(curve.y)) for curve in lines.curves] == [("ddim", [2.0, 1.0])]
    assert [level.y for level in lines.levels] == [5.0]
    assert pictures.rows == ["ddim", "heun", "ddpm"]
    assert pictures.columns == ["5", "20"]
    assert pictures.captions == [["2 (5 ev.)", "1 (20 ev.)"], ["nothing finite (5 ev.)", ""], ["", ""]]
    assert pictures.keys == [[rows[2 * line].key, rows[2 * line + 1].key] for line in range(3)]


def test_findings_hold_the_claim_and_the_published_order_against_the_table() -> None:
    plan = Plan(budgets=(5, 10), samplers=("ddim", "gradient-estimation", "unipc", ADAPTIVE))
    five = {("ddim", 5): 100.0, ("gradient-estimation", 5): 60.0, ("unipc", 5): 4.0}
    ten = {("ddim", 10): 30.0, ("gradient-estimation", 10): 40.0, ("unipc", 10): 50.0}
    said = COMPARISON.findings(table(plan, {**five, **ten, (ADAPTIVE, None): 20.0}), plan)
    assert said[0] == "At 5 evaluations gradient estimation (60) beats DDIM (100)."
    assert said[1] == "At 10 evaluations gradient estimation (40) does not beat DDIM (30)."
    assert "took 66 evaluations and came to 20" in said[2]
    assert "come to 5; of the 7 cells 1 are not above" in said[3]
    assert len(said) == 4
    found = COMPARISON.comparison(table(plan, {**five, **ten}), plan)
    assert [(each.what, each.published, each.here) for each in found] == [
        ("gradient-estimation, 10 evaluations", "3.79", "40"),
        ("unipc, 10 evaluations", "3.87", "50"),
        ("ddim, 10 evaluations", "16.86", "30"),
        ("pairs in that order", "3 of 3", "1 of 3"),
    ]
    assert "CIFAR-10" in found[-1].note
    assert not COMPARISON.comparison(table(plan, five), plan)


def test_points_make_no_claim_about_pictures() -> None:
    plan = RING.model_copy(update={"samplers": ("ddim", "gradient-estimation"), "budgets": (10,)})
    rows = table(plan, {("ddim", 10): 1.0, ("gradient-estimation", 10): 2.0})
    assert len(COMPARISON.findings(rows, plan)) == 1
    assert not COMPARISON.comparison(rows, plan)


@pytest.mark.parametrize(
    "fields", [{"samplers": ("nothing",)}, {"samplers": ("ddim", "ddim")}, {"budgets": (10, 5)}, {"budgets": (0,)}]
)
def test_a_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan(**fields)


def test_a_model_without_a_measure_is_refused() -> None:
    with pytest.raises(InputError, match="nothing exact"):
        COMPARISON.cells(Plan(model="faces"))


def test_it_is_offered_and_the_quick_plan_is_a_small_share() -> None:
    assert isinstance(EXPERIMENTS["sampler-comparison"], SamplerComparison)
    whole, quick = (
        sum(COMPARISON.cost(cell, plan) for cell in COMPARISON.cells(plan))
        for plan in (COMPARISON.plan, COMPARISON.quick)
    )
    assert quick < 50_000  # evaluations of one particle, 2 ms each
    assert quick < whole / 20
