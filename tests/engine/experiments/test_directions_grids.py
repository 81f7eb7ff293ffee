"""How many directions a batch takes and what guidance costs, on an exact model; and the schedules for high noise."""

from __future__ import annotations

import io
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError

from engine import models
from engine.analysis.pictures import contact_sheet, to_uint8
from engine.condition import given
from engine.data import moving
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.experiments import EXPERIMENTS, runner
from engine.experiments.directions import Directions, Plan, _unevenness
from engine.experiments.directions_cells import BATCH, PLACED, UNIFORM
from engine.experiments.experiment import Cell, Context, Measured
from engine.experiments.guided import numbers
from engine.experiments.high_noise import HighNoise, HighNoisePlan
from engine.models.catalogue import named
from engine.run import ModelReference
from engine.settings import EDMSchedule, GuidanceSettings
from tests.engine.experiments.placed_digits import EightPlaces, black, load

EIGHT = Directions()
SMALL = Plan(kernels=("iou",), bandwidths=("median",), churns=(0.0, 1.0), strengths=(3.0,), beyond=(), batches=2)


def measured(cell: Cell, plan: Plan, context: Context | None = None) -> tuple[list[float], Measured]:
    """The shares on the way, and the measurement."""
    work, shares = EIGHT.measure(cell, plan, context or Context(load)), []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            return shares, end.value


# spec: A6
def test_the_grid_is_that_of_the_source_and_goes_on_beyond_it_without_churn() -> None:
    cells = EIGHT.cells(Plan())
    assert len(cells) == 6 + 3 * 2 * (6 * 9 + 4)
    assert len({EIGHT.key(cell, Plan()) for cell in cells}) == len(cells)
    assert len({(cell.run.latents, cell.run.condition) for cell in cells}) == 1
    assert (cells[0].run.latents.count, cells[0].run.latents.group) == (20 * BATCH, BATCH)
    churns = {float(cell.place["S_churn"] or 0) for cell in cells}
    assert sorted(churns) == pytest.approx([0, 0.01, 0.0316228, 0.1, 0.316228, 1], abs=1e-6)
    still = {float(cell.place["k_PG"] or 0) for cell in cells if not cell.place["S_churn"]}
    assert sorted(still) == pytest.approx(
        [0, *(10 ** (n / 4) for n in range(-4, 5)), *(10 ** (n / 2) for n in range(3, 7))]
    )
    assert {cell.run.guidance for cell in cells[:6]} == {GuidanceSettings()}
    widths = {(cell.place["kernel"], cell.place["bandwidth"]): cell.run.guidance.width for cell in cells[6:]}
    assert widths["rbf", "finished"] == PLACED["rbf"]
    assert widths["iou", "finished"] == PLACED["iou"]
    assert widths["iou", "unit"] == 1


# spec: A6
def test_each_batch_is_given_a_digit_of_its_own_in_the_middle() -> None:
    cell = EIGHT.cells(SMALL)[0]
    found = given(cell.run, load(cell.run.model))
    assert found is not None
    groups = found.view(2, BATCH, 32, 32)
    assert (groups == groups[:, :1]).all()
    assert (groups[0] != groups[1]).any()
    margin = moving.WALL
    outside = groups.clone()
    outside[..., margin:-margin, margin:-margin] = -1
    assert (outside == -1).all()
    assert (groups > 0).flatten(1).any(1).all()


# spec: A6
def test_an_exact_model_lands_in_every_place_and_costs_nothing() -> None:
    plan = SMALL.model_copy(update={"batches": 12})
    cell = EIGHT.cells(plan)[0]
    shares, found = measured(cell, plan)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert set(found.values) == set(EIGHT.values)
    assert set(found.series) == set(EIGHT.series)
    assert float(found.values["Q"] or 0) < 1e-6
    assert [found.values[name] for name in ("readable", "landed", "empty")] == [1, 1, 0]
    assert found.values["ink"] == pytest.approx(1, abs=1e-6)
    model, cond = load(cell.run.model), given(cell.run, load(cell.run.model))
    assert cond is not None
    *_, last = execute(cell.run, model)
    moved = torch.stack([cond.roll(tuple(place), (2, 3)) for place in moving.CIRCLE.tolist()], 1)
    places = (moved - last.x[:, None]).flatten(2).norm(dim=2).argmin(1)
    expected = [len(set(batch)) for batch in places.view(-1, BATCH).tolist()]
    assert numbers(found, "directions") == numbers(found, "readable directions") == expected
    assert found.values["at each"] == " ".join(map(str, places.bincount(minlength=8).tolist()))
    assert found.values["directions"] == pytest.approx(UNIFORM, abs=4 * 0.9 / 12**0.5)


# spec: A6
def test_guidance_parts_the_particles_of_a_batch() -> None:
    plan = SMALL.model_copy(update={"batches": 6})
    plain, _, guided, _ = EIGHT.cells(plan)
    before, after = (statistics.fmean(numbers(measured(cell, plan)[1], "directions")) for cell in (plain, guided))
    assert after > before + 1


# spec: A6
def test_cells_of_one_batch_are_those_that_are_measured_alone() -> None:
    cells = EIGHT.cells(SMALL)
    work = EIGHT.measure_together(cells[2:], SMALL, Context(load))
    shares = []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            together = end.value
            break
    assert shares[-1] == 1
    assert together == [measured(cell, SMALL)[1] for cell in cells[2:]]


# spec: A6
def test_a_black_picture_has_no_direction_and_costs_the_digit() -> None:
    cell = EIGHT.cells(SMALL)[0]
    found = measured(cell, SMALL, Context(black))[1].values
    assert [found[name] for name in ("directions", "readable", "landed", "empty", "ink")] == [0, 0, 0, 1, 0]
    assert found["unevenness"] is None
    assert found["at each"] == "0 0 0 0 0 0 0 0"
    assert float(found["Q"] or 0) > 10


# spec: A6
def test_unevenness_is_one_for_uniform_draws_and_nothing_for_equal_counts() -> None:
    draws = np.random.default_rng(0).multinomial(160, [1 / 8] * 8, size=4000)
    found = [_unevenness(counts) or 0 for counts in draws.tolist()]
    assert statistics.fmean(found) == pytest.approx(1, abs=4 * (2 / 7 / 4000) ** 0.5)
    assert _unevenness([20] * 8) == 0


def test_a_guess_that_is_not_worth_its_time_stops() -> None:
    with pytest.raises(Interrupted):
        measured(EIGHT.cells(SMALL)[0], SMALL, Context(load, lambda: True))


# spec: A6
def test_what_is_opened_is_the_first_batch_of_the_cell() -> None:
    cell = EIGHT.cells(SMALL)[3]
    picture = measured(cell, SMALL)[1].picture
    assert picture is not None
    run = EIGHT.shown(cell, SMALL)
    assert run == cell.run.replace(latents={"count": BATCH})
    *_, last = execute(run, load(run.model))
    with Image.open(io.BytesIO(picture)) as image:
        assert np.array_equal(np.asarray(image), contact_sheet(to_uint8(last.x.numpy()), columns=4, gap=1))


# spec: A6
def test_what_is_kept_fills_the_figure_the_findings_and_the_comparison(tmp_path: Path) -> None:
    for _ in runner.perform(EIGHT, SMALL, tmp_path, Context(load)):
        pass
    rows = runner.rows(EIGHT, SMALL, tmp_path)
    assert all(row.measured for row in rows)
    assert len(EIGHT.figure(rows, SMALL).panels) == 3
    assert len(EIGHT.findings(rows, SMALL)) == 3
    assert len(EIGHT.comparison(rows, SMALL)) == 2


# spec: A6
def test_high_noise_is_the_same_grid_with_other_schedules() -> None:
    plan = HighNoisePlan(model="circle", beside="", rhos=(7.0, 4.0, 3.0), strengths=(1.0,), churns=(0.0,), batches=2)
    cells = HighNoise().cells(plan)
    schedules = [cell.run.schedule for cell in cells]
    assert [schedule.rho for schedule in schedules if isinstance(schedule, EDMSchedule)] == [7] * 3 + [4] * 3 + [3] * 3
    first = EIGHT.cells(Plan(bandwidths=("median",), strengths=(1.0,), churns=(0.0,), beyond=(), batches=2))
    assert [cell.run for cell in cells[:3]] == [cell.run for cell in first]
    assert HighNoise().drawn_by(HighNoisePlan()) == [
        ("circle", 7.0),
        ("circle-high-noise", 7.0),
        ("circle-high-noise", 4.0),
        ("circle-high-noise", 3.0),
    ]


# spec: A6
def test_high_noise_is_measured_and_compared(tmp_path: Path) -> None:
    plan = HighNoisePlan(
        model="circle", beside="", rhos=(7.0, 3.0), kernels=("iou",), strengths=(3.0,), churns=(0.0,), batches=2
    )
    for _ in runner.perform(HighNoise(), plan, tmp_path, Context(load)):
        pass
    rows = runner.rows(HighNoise(), plan, tmp_path)
    found = HighNoise().comparison(rows, plan)
    assert [each.what for each in found] == [
        f"{series}: ρ 3, IoU (Jaccard), median h, above ρ 7" for series in ("directions", "Q")
    ]
    assert "of 1 cells" in found[0].here


@pytest.mark.parametrize(
    "fields",
    [
        {"kernels": ()},
        {"kernels": ("features",)},
        {"bandwidths": ("mean",)},
        {"churns": (1.0, 0.0)},
        {"strengths": (0.0, 1.0)},
        {"beyond": (10.0, 10.0)},
        {"batches": 1},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan(**fields)


@pytest.mark.parametrize("rhos", [(), (3.0, 7.0), (7.0, 0.5), (7.0, 7.0)])
def test_schedules_that_make_no_sense_are_refused(rhos: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        HighNoisePlan(rhos=rhos)


@pytest.mark.parametrize("model", ["digits", "ring"])
def test_a_model_of_anything_else_is_refused(model: str) -> None:
    with pytest.raises(InputError, match="no digit in one of eight places"):
        EIGHT.cells(Plan(model=model))


# spec: A6
def test_they_are_offered_and_the_quick_plans_are_a_small_share() -> None:
    assert isinstance(EXPERIMENTS["directions"], Directions)
    assert isinstance(EXPERIMENTS["high-noise"], HighNoise)
    plan = HighNoise().quick.model_copy(update={"model": "circle", "beside": "circle"})
    costs = [
        sum(EIGHT.cost(cell, EIGHT.quick) for cell in EIGHT.cells(EIGHT.quick)),
        sum(HighNoise().cost(cell, plan) for cell in HighNoise().cells(plan)),
    ]
    assert all(10_000 < cost < 50_000 for cost in costs)  # evaluations of one particle, 2 ms each


def trained(reference: ModelReference) -> models.Model:
    """A model of the catalogue."""
    return named(reference.label).build()


# spec: A6
@pytest.mark.slow
def test_the_trained_model_keeps_the_digit_until_guidance_is_strong() -> None:
    plan = SMALL.model_copy(update={"strengths": (1.0, 100.0), "churns": (0.0,), "batches": 4})
    plain, some, much = (measured(cell, plan, Context(trained))[1].values for cell in EIGHT.cells(plan))
    for kept in (plain, some):
        assert float(kept["landed"] or 0) > 0.95
        assert float(kept["Q"] or 0) < 2
    assert float(some["directions"] or 0) >= float(plain["directions"] or 0)
    assert float(much["Q"] or 0) > 8
    assert float(much["readable"] or 0) < 0.5


def test_the_exact_model_is_the_one_that_is_named() -> None:
    assert EightPlaces().reference == named("circle").reference
