"""Modes of the ring of ten."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine import models
from engine.errors import Interrupted
from engine.execute import execute
from engine.experiments import EXPERIMENTS, ring_modes
from engine.experiments.experiment import Cell, Compared, Context, Measured, Row
from engine.experiments.guided import number
from engine.experiments.ring_modes import CLAIMS, GROUP, GUIDANCE, NOISE, Plan, RingModes, _measured
from engine.figures.figure import Matrix
from engine.models.catalogue import named
from engine.models.mixture import Mixture
from engine.noise import Noise
from engine.run import ModelReference

RING = RingModes()
ANGLES = 2 * np.pi * np.arange(10) / 10
CENTRES = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)


def load(reference: ModelReference) -> models.Model:
    """A model of the catalogue."""
    return named(reference.label).build()


def measured(plan: Plan, context: Context | None = None) -> list[Row]:
    """The whole table, in its batches."""
    rows = []
    for batch in RING.batches(RING.cells(plan), plan):
        work = RING.measure_together(batch, plan, context or Context(load))
        while True:
            try:
                assert 0 <= next(work) <= 1
            except StopIteration as end:
                found: list[Measured] = end.value
                rows += [Row(RING.key(cell, plan), cell, each) for cell, each in zip(batch, found, strict=True)]
                break
    return rows


def alone(cell: Cell, plan: Plan) -> Measured:
    """The measurement of a cell that is no part of a batch."""
    work = RING.measure(cell, plan, Context(load))
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: Measured = end.value
            return found


def modes(rows: list[Row], kernel: str | None, weight: float) -> list[float]:
    """What is found there, one number a noise weight."""
    place = {"kernel": kernel, "guidance weight": weight}
    return [
        value
        for row in rows
        if place.items() <= dict(row.cell.place).items() and isinstance(value := row.columns["modes"], float)
    ]


def notebook(x: np.ndarray, variance: float, fall: float, kernel: str, weight: float) -> np.ndarray:
    """One step without noise of the group x [B, 2] as the published notebook takes it, from sigma^2 = `variance` down
    by `fall`; the angular force as the gradient of its kernel.
    """
    away = x[:, None] - CENTRES
    share = np.exp(-(away**2).sum(2) / (2 * (variance + 0.005)))
    share /= share.sum(1, keepdims=True)
    score = -(share[..., None] * away).sum(1) / (variance + 0.005)
    h = math.sqrt(variance)
    if kernel == "rbf":
        apart = x[:, None] - x
        force = (2 / h * apart * np.exp(-(apart**2).sum(2, keepdims=True) / h)).mean(1)
    else:
        angle = np.arctan2(x[:, 1], x[:, 0])
        turn = np.mod(angle[:, None] - angle + np.pi, 2 * np.pi) - np.pi
        size = (2 / (np.pi * h) * turn * np.exp(-(turn**2) / (np.pi * h))).mean(1)
        around = np.stack([-x[:, 1], x[:, 0]], axis=1) / (x**2).sum(1, keepdims=True)
        force = size[:, None] * around
    moved: np.ndarray = x + fall * (score + weight * force)
    return moved


# spec: G6
@pytest.mark.parametrize("kernel", ["rbf", "angular"])
def test_a_step_is_that_of_the_notebook(kernel: str) -> None:
    plan = Plan(kernels=(kernel,), noise_weights=(0.0,), guidance_weights=(31.62,), repeats=2)  # type: ignore[arg-type]
    run = RING.cells(plan)[1].run
    variances = np.exp(np.linspace(0, math.log(0.001), 200))
    steps = [step.x.numpy()[:GROUP] for step in execute(run, load(run.model))]
    assert len(steps) == 201
    for i in (0, 60, 150, 198):
        expected = notebook(steps[i], variances[i], variances[i] - variances[i + 1], kernel, 31.62)
        np.testing.assert_allclose(steps[i + 1], expected, rtol=1e-9, atol=1e-12)
    last = notebook(steps[199], variances[199], variances[199], kernel, 31.62)
    np.testing.assert_allclose(steps[200], last, rtol=1e-9, atol=1e-12)


# spec: G6
def test_guidance_finds_the_modes_that_independent_particles_miss() -> None:
    plan = Plan(noise_weights=(0.1,), guidance_weights=(100.0, 1000.0), repeats=20)
    rows = measured(plan)
    assert modes(rows, None, 0.0)[0] == pytest.approx(6.51, abs=0.75)  # three standard errors
    assert 8.2 - 0.5 <= modes(rows, "rbf", 100.0)[0] <= 9.0 + 0.5
    assert modes(rows, "angular", 1000.0)[0] >= 9.9


# spec: G6
@pytest.mark.slow
def test_the_modes_are_those_of_the_published_notebook() -> None:
    rows = measured(Plan(guidance_weights=(100.0, 316.2, 1000.0)))
    assert modes(rows, None, 0.0) == pytest.approx([6.51] * 5, abs=0.3)
    found = modes(rows, "rbf", 100.0)
    assert all(8.2 <= value <= 9.0 for value in found)
    assert found == pytest.approx(list(CLAIMS[1].cells.values()), abs=0.25)  # standard errors of both together are 0.11
    assert min(modes(rows, "angular", 316.2)) >= 9.75
    assert min(modes(rows, "angular", 1000.0)) >= 9.9


# spec: G6
def test_cells_of_one_batch_are_those_that_are_measured_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_modes, "STEPS", 20)
    plan = Plan(noise_weights=(0.1, 1.0), guidance_weights=(100.0,), repeats=2)
    rows = measured(plan)
    assert len(rows) == 6
    assert len(RING.batches([row.cell for row in rows], plan)) == 3
    for row in rows:
        assert alone(row.cell, plan) == row.measured
    assert len({row.measured.picture for row in rows if row.measured}) == 6


def test_exact_samples_have_the_quality_and_the_distance_that_they_should() -> None:
    run = RING.cells(Plan())[0].run
    model = load(run.model)
    assert isinstance(model, Mixture)
    found = _measured(run, model.sample(Noise(2**62), 1000), named("ring")).values
    assert found["modes"] == pytest.approx(6.51, abs=0.3)  # three standard errors
    assert found["modes error"] == pytest.approx(0.1, abs=0.02)
    assert found["quality"] == pytest.approx(0.5, abs=0.03)
    assert found["off the ring"] == pytest.approx(math.sqrt(0.005 * 2 / math.pi), abs=0.004)


# spec: G6, L1
def test_all_cells_start_from_the_same_latents_and_those_without_guidance_are_drawn_once() -> None:
    cells = RING.cells(Plan())
    assert len(cells) == 5 * (1 + 2 * 11)
    assert len({cell.run.latents for cell in cells}) == 1
    assert cells[0].run.latents.group_size == GROUP
    assert cells[0].run.latents.count == 1000
    assert [cell.place["noise weight"] for cell in cells[:5]] == list(NOISE)
    assert {cell.run.guidance.k_pg for cell in cells} == {0.0, *GUIDANCE}
    assert len({RING.key(cell, Plan()) for cell in cells}) == len(cells)


def test_what_is_opened_is_the_first_two_groups_of_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_modes, "STEPS", 20)
    plan = Plan(repeats=3, noise_weights=(1.0,), guidance_weights=(100.0,), kernels=("rbf",))
    cell = RING.cells(plan)[1]
    few = RING.shown(cell, plan)
    assert few.latents.count == 20
    shown, whole = ([*execute(run, load(run.model))][-1].x for run in (few, cell.run))
    assert shown.equal(whole[:20])


def test_it_stops_where_it_is_asked_to() -> None:
    with pytest.raises(Interrupted):
        measured(Plan(kernels=(), noise_weights=(1.0,), repeats=2), Context(load, lambda: True))


def table(plan: Plan, values: dict[tuple[str | None, float], float]) -> list[Row]:
    """Rows of made-up modes by kernel and guidance weight, the same for every noise weight; others are to come."""
    rows = []
    for cell in RING.cells(plan):
        place = (cell.place["kernel"], cell.place["guidance weight"])
        if place in values:
            quality = 0.5 / (1 + number(place[1]))
            columns = {"modes": values[place], "modes error": 0.05, "quality": quality, "off the ring": 0.25}
            rows.append(Row(RING.key(cell, plan), cell, Measured(columns)))
        else:
            rows.append(Row(RING.key(cell, plan), cell))
    return rows


def test_the_maps_begin_with_the_column_without_guidance() -> None:
    plan = Plan(noise_weights=(0.1, 1.0), guidance_weights=(1.0, 100.0))
    rows = table(plan, {(None, 0.0): 6.5, ("rbf", 100.0): 8.5})
    panels = RING.figure(rows, plan).panels
    assert len(panels) == 4
    found, quality = panels[0], panels[2]
    assert isinstance(found, Matrix)
    assert isinstance(quality, Matrix)
    assert found.columns == ["0", "1", "100"]
    assert found.rows == ["0.1", "1"]
    assert found.values == [[6.5, None, 8.5]] * 2
    assert found.errors == [[0.05, None, 0.05]] * 2
    assert found.keys[1] == [rows[1].key, rows[3].key, rows[5].key]
    assert quality.values == [[0.5, None, 0.5 / 101]] * 2
    assert "6.51" in found.title


# spec: G6
def test_findings_hold_the_table_against_the_notebook() -> None:
    plan = Plan(noise_weights=(0.1, 1.0), guidance_weights=(100.0, 1000.0))
    values = {(None, 0.0): 6.5, ("rbf", 100.0): 8.7, ("rbf", 1000.0): 8.8, ("angular", 100.0): 9.2}
    rows = table(plan, {**values, ("angular", 1000.0): 9.5})
    assert RING.comparison(rows, plan) == [
        Compared(
            "Without guidance: modes for noise weights 0.1, 1",
            "6.4 to 6.55",
            "6.50 ± 0.05, 6.50 ± 0.05",
            "2 of 2 lie within two standard errors of 6.4 to 6.55.",
        ),
        Compared(
            "Distance in the plane, weight 100: modes for noise weights 0.1, 1",
            "8.69, 8.45",
            "8.70 ± 0.05, 8.70 ± 0.05",
            "2 of 2 lie within two standard errors of 8.2 to 9.",
        ),
        Compared(
            "Angle about the origin, weight 1000: modes for noise weights 0.1, 1",
            "9.9 to 10",
            "9.50 ± 0.05, 9.50 ± 0.05",
            "0 of 2 lie within two standard errors of 9.9 to 10.",
        ),
    ]
    said = RING.findings(rows, plan)
    assert said[0].endswith("it is worst at weight 1000, with 0.00 and 0.250.")
    assert len(said) == 2


def test_nothing_is_said_of_what_was_not_measured() -> None:
    plan = Plan(kernels=("rbf",), noise_weights=(0.2,), guidance_weights=(3.0,))
    rows = table(plan, {(None, 0.0): 6.5, ("rbf", 3.0): 7.0})
    assert [sentence.split(":")[0] for sentence in RING.findings(rows, plan)] == ["Distance in the plane"]
    assert [each.published for each in RING.comparison(rows, plan)] == ["6.4 to 6.55"]
    assert not RING.comparison([Row(row.key, row.cell) for row in rows], plan)


@pytest.mark.parametrize(
    "fields",
    [
        {"kernels": ("iou",)},
        {"kernels": ("rbf", "rbf")},
        {"noise_weights": ()},
        {"noise_weights": (1.0, 0.1)},
        {"noise_weights": (11.0,)},
        {"guidance_weights": (0.0, 1.0)},
        {"guidance_weights": (1e7,)},
        {"repeats": 1},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan(**fields)


def test_it_is_offered_and_its_claims_stand_in_the_grid() -> None:
    assert isinstance(EXPERIMENTS["ring-modes"], RingModes)
    assert {claim.weight for claim in CLAIMS} <= {0.0, *GUIDANCE}
    assert set(CLAIMS[1].cells) == set(NOISE)
