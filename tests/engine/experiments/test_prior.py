"""How often digits at the centre go right, on exact models and on made-up ones. # spec: A7"""

from __future__ import annotations

import io
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from scipy.optimize import brentq
from scipy.stats import norm
from torch import Tensor

from engine.analysis.pictures import contact_sheet, to_uint8
from engine.condition import given
from engine.data import sequences
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.experiments import EXPERIMENTS, runner
from engine.experiments.experiment import Cell, Context, Measured, Row
from engine.experiments.prior import SHOWN, Plan, Prior
from engine.experiments.prior_cells import EXACT, MODELS, PUBLISHED, Cells
from engine.figures.figure import Lines, Pictures
from engine.models import catalogue
from engine.settings import GuidanceSettings
from tests.engine.experiments.two_places import TwoPlaces, both, load, named

if TYPE_CHECKING:
    from engine.models import Model

PRIOR = Prior()
SMALL = Plan(digits=10, pictures=4, bandwidths=("median",))
MORE = Plan(digits=10, pictures=40, models=("horizontal-90",), bandwidths=("median",))


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact models of scikit-learn's digits, also where MNIST is at hand."""
    monkeypatch.setattr("engine.experiments.prior.named", named)
    monkeypatch.setattr(sequences, "source", lambda: "bundled")


def shares(cell: Cell, model: Model | None = None, interrupted: bool = False) -> Iterator[float | Measured]:
    """What measuring tells on the way, and the measurement."""
    context = Context(lambda reference: model or load(reference), lambda: interrupted)
    yield (yield from PRIOR.measure(cell, SMALL, context))


def measured(cell: Cell, model: Model | None = None) -> Measured:
    """What is measured of a cell."""
    *_, found = shares(cell, model)
    assert isinstance(found, Measured)
    return found


def cell_of(plan: Plan, sampler: str, model: str = "horizontal-90", number: int = 0) -> Cell:
    """The first cell of that sampler and model in a round."""
    wanted = {"sampler": sampler, "model": model, "round": number}
    return next(cell for cell in PRIOR.cells(plan) if wanted.items() <= cell.place.items())


def short(cell: Cell) -> Cell:
    """That cell in fewer steps."""
    return Cell(cell.run.replace(schedule={"steps": 4}), cell.place)


class Always(TwoPlaces):
    """Every estimate is the right one of the places, or as `draw` has it."""

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        assert cond is not None
        return self.draw(cond[:, -1:].to(x))

    def draw(self, last: Tensor) -> Tensor:
        return both(last)[0]


class Nothing(Always):
    def draw(self, last: Tensor) -> Tensor:
        return torch.full_like(last, math.nan)


class Aside(Always):
    def draw(self, last: Tensor) -> Tensor:
        return last.roll(2, 3)


def test_the_source_s_nine_come_first_then_other_bandwidths() -> None:
    cells = PRIOR.cells(Plan())
    assert len(cells) == 2 * 3 * (3 + 2)
    ways = [(cell.place["sampler"], cell.place["kernel"], cell.place["bandwidth"]) for cell in cells]
    table = [("deterministic", None, None), ("stochastic", None, None), ("guided", "rbf", "median")]
    assert ways[:18] == table * 6
    assert set(ways[18:]) == {("guided", "rbf", "unit"), ("guided", "rbf", "finished")}
    assert [cell.place["model"] for cell in cells[:9]] == [name for name in MODELS for _ in range(3)]
    assert [cell.place["prior"] for cell in cells[:9:3]] == [0.9, 0.7, 0.5]
    assert {cell.run.sampler.values()["churn"] for cell in cells[:18:3]} == {0.0}
    assert {cell.run.sampler.values()["churn"] for cell in cells if cell.place["sampler"] != "deterministic"} == {0.9}
    guidance = {cell.run.guidance for cell in cells}
    assert guidance == {
        GuidanceSettings(),
        GuidanceSettings(k_pg=3),
        *(GuidanceSettings(k_pg=3, bandwidth="fixed", width=h) for h in (1.0, 240.0)),
    }


def test_all_of_a_round_start_from_the_same_latents_and_frames_and_more_go_on_from_fewer() -> None:
    cells = PRIOR.cells(Plan())
    assert {cell.run.latents.seed for cell in cells} == {0, 1}
    assert {(cell.run.latents.count, cell.run.latents.group) for cell in cells} == {(2000, 2)}
    by_round = {(cell.place["round"], cell.run.latents, cell.run.condition) for cell in cells}
    assert len(by_round) == 2
    assert {(number, cell.place["approach"]) for cell in cells for number in [cell.place["round"]]} == {
        (0, "left"),
        (1, "right"),
    }
    few, many = ({PRIOR.key(cell, plan) for cell in PRIOR.cells(plan)} for plan in (Plan(), Plan(pictures=100)))
    assert few < many
    assert len(many) == 5 * len(few) == 150


def test_a_group_is_given_its_digit_on_the_way_to_the_centre() -> None:
    for number, sign in ((0, -1), (1, 1)):
        run = cell_of(MORE, "guided", number=number).run
        frames = given(run, load(run.model))
        assert frames is not None
        assert frames.shape == (100, 3, 32, 32)
        pixels = np.rint((frames.numpy() + 1) * 127.5).astype(np.uint8)
        for particle in (0, 1, 2, 19, 21, 99):
            digit = sequences.pictures("bundled")[particle // 2 % 10]
            for frame, column in enumerate((8 + sign * 8, 8 + sign * 4, 8)):
                assert np.array_equal(pixels[particle, frame, 8:24, column : column + 16], digit)
                assert pixels[particle, frame].sum() == digit.sum()


def test_an_exact_ode_keeps_the_prior_up_to_its_first_level() -> None:
    # The flow is monotone along the line between the two places: who starts beyond the quantile 1 - p goes right.
    run = (cell := cell_of(MORE, "deterministic")).run
    model = load(run.model)
    frames = given(run, model)
    assert frames is not None
    first = next(iter(execute(run, model)))
    right, left = both(frames[:, -1:].double())
    apart = (right - left).flatten(1)
    along = (first.x.flatten(1) * apart).sum(1) / apart.norm(dim=1)
    expected = Counter[int]()
    for particle, (start, half) in enumerate(zip(along.tolist(), (apart.norm(dim=1) / 2).tolist(), strict=True)):
        expected[particle // 2 % 10] += start > quantile(half)
    found = measured(cell).series["right"]
    assert sum(abs(int(one or 0) - expected[digit]) for digit, one in enumerate(found)) <= 1
    assert sum(expected.values()) not in (0, 100)


def test_the_prior_of_an_exact_flow_is_what_is_told() -> None:
    half = 6.5  # of MNIST's digits, in the median
    found = {prior: norm.sf(quantile(half, prior) / 80) for prior in EXACT}
    assert found == pytest.approx(EXACT, abs=6e-4)


def quantile(half: float, prior: float = 0.9, sigma: float = 80.0) -> float:
    """Where 1 - p of x lies below, for x at two places +-half with noise."""

    def below(x: float) -> float:
        return float(prior * norm.cdf((x - half) / sigma) + (1 - prior) * norm.cdf((x + half) / sigma)) - (1 - prior)

    return float(brentq(below, -9 * sigma, 9 * sigma))


def test_churn_keeps_the_prior_and_guidance_evens_it() -> None:
    churned = [measured(cell_of(MORE, "stochastic", number=number)) for number in range(2)]
    went = sum(float(each.values["p(right)"] or 0) for each in churned) / 2
    assert went == pytest.approx(EXACT[0.9], abs=3 * math.sqrt(0.1 / 200))
    guided = measured(cell_of(MORE, "guided"))
    assert guided.values["p(right)"] == 0.5
    assert guided.values["apart"] == 1
    assert guided.series["right"] == guided.series["left"] == guided.series["apart"] == (5.0,) * 10
    assert guided.values["Q"] == pytest.approx(0, abs=1e-6)
    assert guided.values["landed"] == guided.values["readable"] == 1


def test_a_copy_that_always_goes_right_is_counted_so() -> None:
    found = measured(short(cell_of(SMALL, "deterministic")), Always("horizontal-90"))
    low = 10 / (10 + 1.959963984540054**2)  # Wilson's of ten out of ten: the digits are the trials
    assert found.values == {
        "p(right)": 1,
        "p(right) low": pytest.approx(low, rel=1e-5),
        "p(right) high": 1,
        "apart": 0,
        "Q": pytest.approx(0, abs=1e-9),
        "Q median": pytest.approx(0, abs=1e-9),
        "readable": 1,
        "landed": 1,
        "empty": 0,
        "pictures": 20,
    }
    assert found.series["right"] == (2.0,) * 10
    assert found.series["left"] == found.series["apart"] == (0.0,) * 10


def test_what_is_between_the_places_has_a_side_but_has_not_landed() -> None:
    found = measured(short(cell_of(SMALL, "deterministic")), Aside("horizontal-90")).values
    assert (found["p(right)"], found["landed"]) == (1, 0)


def test_what_is_not_finite_is_empty_and_on_no_side() -> None:
    found = measured(short(cell_of(SMALL, "deterministic")), Nothing("horizontal-90"))
    assert {found.values[name] for name in ("p(right)", "p(right) low", "p(right) high")} == {None}
    assert (found.values["empty"], found.values["pictures"], found.values["landed"]) == (20, 20, 0)
    ink = (sequences.pictures("bundled")[:10] / 255.0) ** 2
    assert float(found.values["Q"] or 0) == pytest.approx(ink.sum((1, 2)).mean(), rel=0.1)  # Otsu leaves some out
    assert found.series["right"] == found.series["left"] == (0.0,) * 10


def test_of_pictures_without_a_side_nothing_is_told() -> None:
    rows = [
        Row(f"key {place}", cell, measured(short(cell), Nothing("horizontal-90")))
        for place, cell in enumerate(PRIOR.cells(SMALL))
    ]
    assert PRIOR.comparison(rows, SMALL) == []
    assert not any("nan" in sentence for sentence in PRIOR.findings(rows, SMALL))
    assert not any(curve.keys for curve in cast("Lines", PRIOR.figure(rows, SMALL).panels[0]).curves)


def test_a_measurement_repeats_and_tells_how_far_it_is() -> None:
    cell = short(cell_of(SMALL, "guided"))
    *steps, first = shares(cell)
    told = [share for share in steps if isinstance(share, float)]
    assert told == sorted(told)
    assert (len(told), told[-1]) == (len(steps), 1)
    assert measured(cell) == first
    assert isinstance(first, Measured)
    assert set(first.values) == set(PRIOR.values)
    assert set(first.series) == set(PRIOR.series)


def test_it_stops_where_it_is_asked_to() -> None:
    with pytest.raises(Interrupted):
        list(shares(cell_of(SMALL, "guided"), interrupted=True))


def test_what_is_opened_are_the_first_pairs_of_the_cell() -> None:
    cell = short(cell_of(SMALL, "guided"))
    picture, run = measured(cell).picture, PRIOR.shown(cell, SMALL)
    assert picture is not None
    assert run == cell.run.replace(latents={"count": SHOWN})
    *_, last = execute(run, load(run.model))
    with Image.open(io.BytesIO(picture)) as image:
        assert np.array_equal(np.asarray(image), contact_sheet(to_uint8(last.x.numpy()), columns=8, gap=1))


def test_what_is_kept_fills_figure_findings_and_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(load)
    plan = SMALL.model_copy(update={"models": ("horizontal-90", "horizontal-50")})
    monkeypatch.setattr("engine.experiments.prior.STEPS", 8)
    assert PRIOR.comparison(runner.rows(PRIOR, plan, tmp_path), plan) == []
    for progress in runner.perform(PRIOR, plan, tmp_path, context):
        if progress.done == 5:  # stopped, and gone on with
            break
    list(runner.perform(PRIOR, plan, tmp_path, context))
    rows = runner.rows(PRIOR, plan, tmp_path)
    lines, *_, pictures = PRIOR.figure(rows, plan).panels
    assert isinstance(lines, Lines)
    assert isinstance(pictures, Pictures)
    found = Cells(rows).found("horizontal-90", Cells(rows).ways[2])
    assert found is not None
    assert (found.right.value, found.apart.value, found.pictures) == (0.5, 1, 40)
    assert [curve.y[-1] for curve in lines.curves if curve.label == "deterministic, published"] == [0.9944]
    assert all(itertools.chain(*pictures.pictures))
    assert any("holds: horizontal-90 0.5000" in sentence for sentence in PRIOR.findings(rows, plan))
    published = [each.published for each in PRIOR.comparison(rows, plan)]
    assert published == [PUBLISHED[way.sampler][p] for way in Cells(rows).ways for p in (0.9, 0.5)] + ["3 to 4"]


@pytest.mark.parametrize(
    "fields",
    [
        {"models": ()},
        {"models": ("circle",)},
        {"kernels": ("angular",)},
        {"bandwidths": ("mean",)},
        {"digits": 9},
        {"pictures": 6},
        {"pictures": 28},
        {"pictures": 120},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan(**fields)


def test_a_model_that_is_not_here_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> catalogue.ModelInfo:
        raise InputError(f"There is no model {name}.")

    monkeypatch.setattr("engine.experiments.prior.named", missing)
    with pytest.raises(InputError, match="no model horizontal-90"):
        PRIOR.cells(Plan())


def test_it_is_offered_and_the_quick_plan_is_a_small_share() -> None:
    assert isinstance(EXPERIMENTS["prior"], Prior)
    quick = PRIOR.cells(PRIOR.quick)
    assert {cell.place["approach"] for cell in quick} == {"left", "right"}
    assert sum(PRIOR.cost(cell, PRIOR.quick) for cell in quick) < 50_000  # evaluations of one particle, 2 ms each


@pytest.mark.slow
def test_on_the_trained_model_guided_pairs_go_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.experiments.prior.named", catalogue.named)
    plan = Plan(digits=20, pictures=4, models=("horizontal-90",), bandwidths=("median",))
    cell = cell_of(plan, "guided")
    found = measured(cell, catalogue.named("horizontal-90").build())
    assert float(found.values["apart"] or 0) >= 0.95
    assert float(found.values["p(right)"] or 0) == pytest.approx(0.5, abs=0.03)
    assert float(found.values["Q"] or 9) < 1
    assert found.values["landed"] == 1
