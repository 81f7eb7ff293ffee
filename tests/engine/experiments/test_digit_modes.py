"""How many digits a batch holds, and what guidance costs."""

from __future__ import annotations

import io
import math
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
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.experiments import EXPERIMENTS, runner
from engine.experiments.digit_modes import DigitModes, Plan
from engine.experiments.digit_modes_cells import Cells
from engine.experiments.experiment import Cell, Context, Measured
from engine.experiments.guided import numbers
from engine.figures.figure import Matrix, Pictures
from engine.models.catalogue import named
from engine.run import ModelReference
from engine.settings import GuidanceSettings
from tests.engine.experiments.digit_tables import DIGITS, SMALL, TEN, table


def load(reference: ModelReference) -> models.Model:
    """A model of the catalogue."""
    return named(reference.label).build()


def short(cell: Cell) -> Cell:
    """That cell in fewer steps."""
    return Cell(cell.run.replace(schedule={"steps": 5}), cell.place)


def measured(cell: Cell, plan: Plan, context: Context | None = None) -> tuple[list[float], Measured]:
    """The shares on the way, and the measurement."""
    work, shares = DIGITS.measure(cell, plan, context or Context(load)), []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            return shares, end.value


# spec: A2
def test_the_two_by_two_comes_first_then_the_search_and_the_grid_from_the_same_latents() -> None:
    cells = DIGITS.cells(TEN)
    places = [*Cells(table(TEN, lambda *_: None)).rows]
    assert len(cells) == 7 + 6 * (9 * 6 + 1 + 4)
    assert places[:2] == [(None, None, 0.0, 0.0), (None, None, 0.7, 0.0)]
    assert places[7:11] == [(kernel, "median", churn, 1.0) for kernel in ("rbf", "iou") for churn in (0.0, 0.7)]
    assert [place[:3] for place in places[11:15]] == [("rbf", "median", 0.0)] * 4
    assert [place[3] for place in places[11:15]] == pytest.approx([10**1.5, 100, 10**2.5, 1000])
    assert {place[1] for place in places[7:125]} == {"median"}
    grid = {place[2:] for place in places[19:125]}
    assert sorted({churn for churn, _ in grid}) == pytest.approx([0, 0.01, 0.0316228, 0.1, 0.316228, 1], abs=1e-6)
    strengths = sorted({k_pg for _, k_pg in grid})
    assert strengths == pytest.approx([0.1, 0.177828, 0.316228, 0.562341, 1, 1.77828, 3.16228, 5.62341, 10], rel=1e-5)
    assert len({cell.run.latents for cell in cells}) == 1
    assert (cells[0].run.latents.count, cells[0].run.latents.group, cells[0].run.schedule.steps) == (100, 10, 22)
    assert len({DIGITS.key(cell, TEN) for cell in cells}) == len(cells)
    assert {cell.run.guidance for cell in cells[:7]} == {GuidanceSettings()}


# spec: A2
def test_the_bandwidths_are_the_median_and_two_that_are_written_down() -> None:
    found = {}
    for cell in DIGITS.cells(TEN)[7:]:
        guidance = cell.run.guidance
        found[cell.place["kernel"], cell.place["bandwidth"]] = (guidance.bandwidth, guidance.width)
        assert guidance.kernel == cell.place["kernel"]
        assert guidance.k_pg == cell.place["k_PG"]
    assert found == {
        ("rbf", "median"): ("median", 1),
        ("iou", "median"): ("median", 1),
        ("rbf", "unit"): ("fixed", 1),
        ("iou", "unit"): ("fixed", 1),
        ("rbf", "finished"): ("fixed", 45),
        ("iou", "finished"): ("fixed", 0.33),
    }


def test_a_measurement_repeats_and_tells_how_far_it_is() -> None:
    cell = short(DIGITS.cells(SMALL)[2])
    shares, first = measured(cell, SMALL)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert measured(cell, SMALL)[1] == first
    assert set(first.values) == set(DIGITS.values)
    assert set(first.series) == set(DIGITS.series)


# spec: A2
def test_what_is_measured_is_counted_in_batches() -> None:
    found = measured(DIGITS.cells(SMALL)[0], SMALL)[1]
    modes, sure, quality = (numbers(found, name) for name in ("modes", "sure modes", "quality"))
    assert len(modes) == len(sure) == len(quality) == 3
    assert found.values["modes"] == pytest.approx(statistics.fmean(modes), rel=1e-5)
    assert found.values["modes error"] == pytest.approx(statistics.stdev(modes) / math.sqrt(3), rel=1e-5)
    assert found.values["sure modes"] == pytest.approx(statistics.fmean(sure), rel=1e-5)
    assert found.values["quality"] == pytest.approx(statistics.fmean(quality), rel=1e-5)
    assert all(0 < few <= many <= 10 for few, many in zip(sure, modes, strict=True))
    assert sum(map(int, str(found.values["particles"]).split())) == 30
    # An ideal denoiser draws the bundled digits themselves, which are read, and stand in the middle.
    assert float(found.values["quality"] or 0) > 0.8
    assert found.values["outside"] == pytest.approx(0, abs=1e-3)


# spec: A2
def test_strong_guidance_spoils_what_is_read_and_spills_over() -> None:
    plan = SMALL.model_copy(update={"model": "digits", "batches": 2})
    plain = short(DIGITS.cells(plan)[0])
    strong = Cell(plain.run.replace(guidance={"k_pg": 1000.0}), plain.place)
    before, after = (measured(cell, plan)[1].values for cell in (plain, strong))
    assert float(after["quality"] or 0) < 0.8 * float(before["quality"] or 0)
    assert float(after["readable"] or 0) < float(before["readable"] or 0)
    assert float(after["outside"] or 0) > float(before["outside"] or 0) + 0.1


# spec: A2
def test_what_is_opened_is_the_first_batch_of_the_cell() -> None:
    cell = short(DIGITS.cells(SMALL)[3])
    picture = measured(cell, SMALL)[1].picture
    assert picture is not None
    run = DIGITS.shown(cell, SMALL)
    assert run == cell.run.replace(latents={"count": 10})
    *_, last = execute(run, load(run.model))
    sheet = contact_sheet(to_uint8(last.x.cpu().numpy()), columns=5, gap=1)
    with Image.open(io.BytesIO(picture)) as image:
        assert np.array_equal(np.asarray(image), sheet)


def test_a_picture_that_is_not_finite_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = named("digits-ideal").build()
    monkeypatch.setattr(model, "denoise", lambda x, sigma, cond=None: torch.full_like(x, math.nan))
    found = measured(short(DIGITS.cells(SMALL)[0]), SMALL, Context(lambda _: model))[1]
    assert {found.values[name] for name in ("modes", "sure modes", "quality", "readable", "outside")} == {0}
    assert found.values["particles"] == "0 0 0 0 0 0 0 0 0 0"


def test_it_stops_where_it_is_asked_to() -> None:
    with pytest.raises(Interrupted):
        measured(DIGITS.cells(SMALL)[0], SMALL, Context(load, lambda: True))


# spec: A2
def test_what_is_kept_fills_the_figure_and_the_findings(tmp_path: Path) -> None:
    plan = SMALL.model_copy(update={"batches": 2})
    for _ in runner.perform(DIGITS, plan, tmp_path, Context(load)):
        pass
    rows = runner.rows(DIGITS, plan, tmp_path)
    assert all(row.measured for row in rows)
    modes, *_, pictures = DIGITS.figure(rows, plan).panels
    assert isinstance(modes, Matrix)
    assert isinstance(pictures, Pictures)
    assert modes.values == [[row.columns["modes"] for row in rows[:2]], [row.columns["modes"] for row in rows[2:]]]
    assert all(pictures.pictures[0])
    assert len(DIGITS.findings(rows, plan)) == 3
    assert [each.published for each in DIGITS.comparison(rows, plan)] == [
        "+2 in one batch",
        "+1 in one batch",
        "7 in one batch",
        "spoilt from about there on",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"kernels": ()},
        {"kernels": ("angular",)},
        {"kernels": ("rbf", "rbf")},
        {"bandwidths": ("mean",)},
        {"batches": 1},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan(**fields)


def test_a_model_of_anything_else_is_refused() -> None:
    with pytest.raises(InputError, match="not one of ten digits"):
        DIGITS.cells(Plan(model="ring"))


def test_it_is_offered_and_the_quick_plan_is_a_small_share() -> None:
    assert isinstance(EXPERIMENTS["digit-modes"], DigitModes)
    quick = [DIGITS.cost(cell, DIGITS.quick) for cell in DIGITS.cells(DIGITS.quick)]
    assert len(quick) == 6
    assert sum(quick) < 50_000  # evaluations of one particle, 2 ms each
