"""Norms of particle guidance over the steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from engine import models
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.experiments import EXPERIMENTS
from engine.experiments.experiment import Cell, Context, Measured, Row
from engine.experiments.guidance_norms import AGAINST, ALONE, GROUP, STEPS, GuidanceNorms, Plan, inner_peak
from engine.experiments.guided import BANDWIDTHS, FINISHED
from engine.figures.figure import Lines
from engine.models.catalogue import named
from engine.run import ModelReference

NORMS = GuidanceNorms()
IDEAL = Plan(model="digits-ideal", kernels=("rbf",), groups=2)


def load(reference: ModelReference) -> models.Model:
    """A model of the catalogue."""
    return named(reference.label).build()


def measured(cell: Cell, plan: Plan, context: Context | None = None) -> tuple[list[float], Measured]:
    """The shares on the way, and the measurement."""
    work, shares = NORMS.measure(cell, plan, context or Context(load)), []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            return shares, end.value


# spec: A4
def test_the_series_are_the_norms_of_what_each_step_holds() -> None:
    cell = NORMS.cells(IDEAL)[0]
    assert cell.place == {"kernel": "rbf", "bandwidth": "median", "k_PG": ALONE}
    shares, found = measured(cell, IDEAL)
    assert shares == sorted(shares)
    assert len(shares) == STEPS
    assert set(found.series) == set(NORMS.series)
    assert {len(values) for values in found.series.values()} == {STEPS}
    steps = list(execute(cell.run, load(cell.run.model)))
    for i in (0, 6, STEPS - 1):
        assert found.series["sigma"][i] == pytest.approx(steps[i].sigma, rel=1e-5)
        pictures = steps[i].denoised.double().reshape(2, GROUP, -1)  # type: ignore[union-attr]
        squared = torch.cdist(pictures, pictures, compute_mode="donot_use_mm_for_euclid_dist") ** 2
        assert found.series["distance"][i] == pytest.approx(squared.flatten(1).norm(dim=1).mean().item(), rel=1e-4)
        above = squared[:, *torch.triu_indices(GROUP, GROUP, 1)]
        h = above.median(dim=1).values / math.log(GROUP)
        assert found.series["h"][i] == pytest.approx(h.mean().item(), rel=1e-4)
        h = h[:, None, None]
        weight = -2 / h * (-squared / h).exp()
        gradient = (weight[..., None] * (pictures[:, :, None] - pictures[:, None])).sum(2)
        size = gradient.flatten(1).norm(dim=1).mean().item()
        assert found.series["gradient"][i] == pytest.approx(size, rel=1e-4)
        assert found.series["guidance"][i] == pytest.approx(ALONE * steps[i].sigma * size, rel=1e-4)
        drift = steps[i].drift.reshape(2, -1).norm(dim=1).mean().item()  # type: ignore[union-attr]
        assert found.series["drift"][i] == pytest.approx(drift, rel=1e-4)


# spec: A4
def test_the_values_say_where_guidance_is_largest_and_how_long_it_exceeds_the_drift() -> None:
    cell = NORMS.cells(IDEAL)[3]
    assert cell.run.guidance.k_pg == AGAINST == 1.778
    _, found = measured(cell, IDEAL)
    assert set(found.values) == set(NORMS.values)
    series = {name: [float(value or 0) for value in values] for name, values in found.series.items()}
    assert found.values["peak"] == max(series["gradient"])
    assert series["gradient"][int(found.values["peak step"] or 0)] == max(series["gradient"])
    inner = found.values["inner peak step"]
    assert isinstance(inner, int)
    assert series["gradient"][inner - 1] < series["gradient"][inner] == found.values["inner peak"]
    shares = [added / drift for added, drift in zip(series["guidance"], series["drift"], strict=True)]
    assert found.values["at first"] == pytest.approx(shares[0], rel=1e-5)
    assert found.values["above drift"] == sum(share > 1 for share in shares)
    assert 1 <= float(found.values["modes"] or 0) <= 10
    assert 0 < float(found.values["quality"] or 0) <= 1


# spec: A4
@pytest.mark.parametrize(
    ("values", "place"),
    [((3.0, 1.0, 2.0, 1.0), 2), ((1.0, 2.0, 2.0, 0.0), 1), ((0.0, 2.0, 1.0, 3.0, 1.0), 3), ((3.0, 2.0, 1.0), None)],
)
def test_an_inner_peak_is_no_end(values: tuple[float, ...], place: int | None) -> None:
    assert inner_peak(values) == place


def test_a_measurement_repeats() -> None:
    plan = IDEAL.model_copy(update={"kernels": ("iou",), "groups": 1})
    cell = NORMS.cells(plan)[1]
    assert measured(cell, plan)[1] == measured(cell, plan)[1]


# spec: A4
def test_every_kernel_and_bandwidth_is_measured_from_the_same_latents_without_churn() -> None:
    cells = NORMS.cells(Plan())
    assert [dict(cell.place) for cell in cells[:2]] == [
        {"kernel": kernel, "bandwidth": "median", "k_PG": 1.0} for kernel in tuple(FINISHED)[:2]
    ]
    assert len(cells) == 2 * len(BANDWIDTHS) * len(FINISHED)
    assert len({cell.run.latents for cell in cells}) == 1
    assert {cell.run.sampler.values()["churn"] for cell in cells} == {0.0}
    assert len({NORMS.key(cell, Plan()) for cell in cells}) == len(cells)


def table(plan: Plan, gradients: Mapping[tuple[str, str], tuple[float, ...]]) -> list[Row]:
    """Rows of made-up gradients by kernel and bandwidth, beside a drift of 2; the others are still to come."""
    rows = []
    for cell in NORMS.cells(plan):
        place = (str(cell.place["kernel"]), str(cell.place["bandwidth"]))
        found = None
        if place in gradients:
            series: dict[str, tuple[float | None, ...]] = {
                "sigma": (80.0, 1.0),
                "distance": (1.0, 40.0),
                "h": (1.0, 1.0),
                "gradient": gradients[place],
                "guidance": gradients[place],
                "drift": (2.0, 2.0),
            }
            peak = gradients[place].index(max(gradients[place]))
            values = {"peak": gradients[place][peak], "peak step": peak, "at first": 1.5, "above drift": 1}
            found = Measured({**values, "inner peak": 5.0, "inner peak step": 1}, series=series)
        rows.append(Row(NORMS.key(cell, plan), cell, found))
    return rows


def test_the_figure_holds_gradients_by_bandwidth_and_guidance_beside_the_drift() -> None:
    plan = Plan(kernels=("rbf", "iou"))
    rows = table(plan, {("rbf", "median"): (3.0, 1.0), ("iou", "finished"): (1.0, 6.0)})
    distance, median, unit, finished, *beside = NORMS.figure(rows, plan).panels
    assert len(beside) == len(BANDWIDTHS)
    assert isinstance(distance, Lines)
    assert [list(curve.y) for curve in distance.curves] == [[1.0, 40.0]]
    assert isinstance(median, Lines)
    assert [(curve.label, list(curve.x), list(curve.y)) for curve in median.curves] == [
        ("RBF (squared L2)", [0, 1], [3.0, 1.0])
    ]
    assert list(median.curves[0].keys) == [rows[0].key] * 2
    assert isinstance(unit, Lines)
    assert not unit.curves
    assert isinstance(finished, Lines)
    assert isinstance(beside[2], Lines)
    assert [list(curve.y) for curve in beside[2].curves] == [[0.5, 3.0]]
    assert list(beside[2].curves[0].keys) == [rows[11].key] * 2
    assert beside[2].levels[0].y == 1


# spec: A4
def test_the_claims_stand_beside_the_table() -> None:
    plan = Plan(kernels=("rbf", "iou"))
    gradients: dict[tuple[str, str], tuple[float, ...]]
    gradients = {(kernel, bandwidth): (3.0, 1.0) for kernel in plan.kernels for bandwidth in BANDWIDTHS}
    found = NORMS.comparison(table(plan, {**gradients, ("iou", "unit"): (1.0, 6.0)}), plan)
    assert len(found) == 7
    assert found[0].here == "RBF (squared L2) from 1 to 40; IoU (Jaccard) from 1 to 40"
    assert found[0].published == "grows; L2 far larger than IoU"
    assert found[1].what == "largest gradient, bandwidth median"
    assert found[1].here.startswith("RBF (squared L2) 3 in step 0 and again 5 in step 1; IoU")
    assert found[2].here == "RBF (squared L2) 1.5 times (1 steps above); IoU (Jaccard) 1.5 times (1 steps above)"
    assert found[3].here.endswith("IoU (Jaccard) 6 in step 1")
    assert [each.what for each in NORMS.comparison(table(plan, {("rbf", "unit"): (3.0, 1.0)}), plan)] == [
        "largest gradient, bandwidth unit",
        "guidance in step 0 beside the drift, k_PG 1.778, bandwidth unit",
    ]


def test_it_stops_where_it_is_asked_to() -> None:
    with pytest.raises(Interrupted):
        measured(NORMS.cells(IDEAL)[0], IDEAL, Context(load, lambda: True))


@pytest.mark.parametrize("fields", [{"kernels": ("angular",)}, {"kernels": ("rbf", "rbf")}, {"groups": 0}])
def test_a_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan(**fields)


def test_a_model_of_anything_but_digits_is_refused() -> None:
    with pytest.raises(InputError, match="not one of ten digits"):
        NORMS.cells(Plan(model="ring"))


def test_it_is_offered_and_the_quick_plan_is_a_part() -> None:
    assert isinstance(EXPERIMENTS["guidance-norms"], GuidanceNorms)
    assert set(NORMS.quick.kernels) == {"rbf", "iou"}
    assert not set(NORMS.series) & {*NORMS.places, *NORMS.values}
