"""`directions` (A6): how many of eight directions eight particles take, over S_churn and k_PG, and what that costs.

Each batch of eight is given a digit of its own in the middle of the frame and guides itself; every cell starts from the
same latents. Named in `EXPERIMENTS`; `Grids` is what it shares with `high-noise`.
"""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Generic, TypeVar

import numpy as np
from pydantic import Field, field_validator

from engine import frames
from engine.data import digits, moving, sequences
from engine.errors import InputError
from engine.experiments import directions_figure, directions_findings, lineup
from engine.experiments.directions_cells import BATCH, EMPTY, PLACED, READABLE, RHO, Cells
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row, Value
from engine.experiments.guided import BANDWIDTHS, CHURNS, SEARCHED, STRENGTHS, guidance, over_batches
from engine.figures.figure import Figure
from engine.models.catalogue import ModelInfo, named
from engine.run import Condition, FramesReference, Latents, Run
from engine.settings import EDMSchedule, Frozen, HeunSettings
from engine.settings.guidance import Kernel

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 22

_COLUMNS = 4  # of the picture of a batch


def _rising(values: tuple[float, ...], low: float, high: float) -> tuple[float, ...]:
    if not all(one < other for one, other in itertools.pairwise(values)) or not all(low <= v <= high for v in values):
        raise ValueError(f"must rise, from {low:g} to {high:g} at most")
    return values


class Plan(Frozen):
    """What is drawn, and how often."""

    model: str = Field(
        default="circle", title="Model", description="A model of digits that jump to one of eight places."
    )
    kernels: Annotated[tuple[Kernel, ...], lineup.among(PLACED)] = Field(
        default=("rbf", "iou"),
        min_length=1,
        title="Kernels",
        description=f"Which kernels of particle guidance: {', '.join(PLACED)}.",
    )
    bandwidths: Annotated[tuple[str, ...], lineup.among(BANDWIDTHS)] = Field(
        default=BANDWIDTHS,
        min_length=1,
        title="Bandwidths",
        description="median: the median heuristic. unit: h = 1. finished: what that heuristic gives for a digit in all "
        "eight places, fixed.",
    )
    churns: tuple[float, ...] = Field(
        default=CHURNS, min_length=1, title="S_churn", description="The rows of the grids, rising."
    )
    strengths: tuple[float, ...] = Field(
        default=STRENGTHS, title="k_PG", description="The columns of the grids, rising; the first is without guidance."
    )
    beyond: tuple[float, ...] = Field(
        default=SEARCHED, title="k_PG beyond", description="More k_PG, rising, at the lowest S_churn alone."
    )
    batches: int = Field(
        default=20,
        ge=2,
        le=200,
        title="Batches",
        description="Batches of eight of each cell, each given its own digit; of 20 the standard error is about 0.2 "
        "directions. 20 take 14 seconds on one core.",
    )
    seed: int = Field(default=0, ge=0, lt=2**62, title="Seed", description="Seed of the latents, the same everywhere.")

    @field_validator("churns")
    @classmethod
    def _churns(cls, churns: tuple[float, ...]) -> tuple[float, ...]:
        return _rising(churns, 0, 1000)

    @field_validator("strengths", "beyond")
    @classmethod
    def _strengths(cls, strengths: tuple[float, ...]) -> tuple[float, ...]:
        return _rising(strengths, 1e-6, 1e6)


Planned = TypeVar("Planned", bound=Plan)


class Grids(Experiment[Planned], Generic[Planned]):
    """Grids of k_PG and S_churn, of as many models and rhos as `drawn_by` says."""

    places: ClassVar[tuple[str, ...]] = ("model", "ρ", "kernel", "bandwidth", "S_churn", "k_PG")
    values: ClassVar[tuple[str, ...]] = (
        "directions",
        "directions error",
        "readable directions",
        "Q",
        "Q error",
        "readable",
        "landed",
        "empty",
        "ink",
        "unevenness",
        "at each",
    )
    series: ClassVar[tuple[str, ...]] = ("directions", "readable directions", "Q", "readable")
    over = "batch"

    @abstractmethod
    def drawn_by(self, plan: Planned) -> list[tuple[str, float]]:
        """The names of models, each with a rho."""

    def cells(self, plan: Planned) -> list[Cell]:
        """See `Experiment.cells`. Raises `InputError` for a model of anything else."""
        latents = Latents(seed=plan.seed, count=plan.batches * BATCH, group=BATCH)
        condition = Condition(example="group", frames=_given(plan.batches))
        found = []
        for name, rho in self.drawn_by(plan):
            model, schedule = of_places(name).reference, EDMSchedule(steps=STEPS, rho=rho)
            for kernel, bandwidth, churn, k_pg in _places(plan):
                run = Run(
                    model=model,
                    latents=latents,
                    condition=condition,
                    schedule=schedule,
                    sampler=HeunSettings(churn=churn),
                    guidance=guidance(kernel, bandwidth, k_pg, PLACED),
                )
                place = (name, rho, kernel, bandwidth, churn, k_pg)
                found.append(Cell(run, dict(zip(self.places, place, strict=True))))
        return found

    def batches(self, cells: Sequence[Cell], plan: Planned) -> list[Sequence[Cell]]:
        """See `Experiment.batches`: those that go together, on a GPU. A CPU gains nothing by it, and would lose more
        where it is stopped.
        """
        from engine import sweep
        from engine.resources import device

        most = None if device().type == "cuda" else 1
        found = sweep.batches([cell.run for cell in cells], digits.SHAPE, most)
        return [cells[batch.start : batch.stop] for batch in found]

    def measure(self, cell: Cell, plan: Planned, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. Errors are standard errors over the batches, of which the series hold one value
        each. `directions` are those that a batch holds by the cosine of the centroid's move, `readable directions`
        those of particles with a quality score Q of `READABLE` at most; the shares of such particles, of those that
        landed within a pixel of a place, and of those without ink are `readable`, `landed` and `empty`. `ink` is that
        of all pictures as a share of the digits'. `at each` counts the particles of all batches in each direction;
        `unevenness` is chi-square of these over its 7 degrees of freedom, about 1 for independent uniform draws and 0
        where each direction is as frequent.
        """
        from engine.condition import given
        from engine.training.sampling import drawing

        model = context.load(cell.run.model)
        x0 = yield from drawing(cell.run, model, interrupted=context.interrupted)
        return _measured(cell.run, x0, given(cell.run, model))

    def measure_together(
        self, cells: Sequence[Cell], plan: Planned, context: Context
    ) -> Generator[float, None, Sequence[Measured]]:
        """See `Experiment.measure_together`."""
        if len(cells) == 1:
            return [(yield from self.measure(cells[0], plan, context))]
        from engine.condition import given
        from engine.sweep import sweep

        model, runs = context.load(cells[0].run.model), [cell.run for cell in cells]
        for found in sweep(runs, model, interrupted=context.interrupted):
            yield found[0].index / STEPS
        return [_measured(run, step.x.cpu(), given(run, model)) for run, step in zip(runs, found, strict=True)]

    def shown(self, cell: Cell, plan: Planned) -> Run:
        """See `Experiment.shown`: the first batch."""
        return cell.run.replace(latents={"count": BATCH})

    def figure(self, rows: Sequence[Row], plan: Planned) -> Figure:
        """See `Experiment.figure`."""
        models = " and ".join(dict.fromkeys(name for name, _ in self.drawn_by(plan)))
        drawn = f"{plan.batches} batches of {BATCH} of {models}, each given one of {_source()}, Heun with N = {STEPS}"
        return Figure(f"{self.title}: {drawn}", directions_figure.panels(Cells(rows), plan.strengths))

    def findings(self, rows: Sequence[Row], plan: Planned) -> list[str]:
        """See `Experiment.findings`."""
        return directions_findings.findings(Cells(rows))


class Directions(Grids[Plan]):
    """See the module."""

    name = "directions"
    title = "Directions in a batch of eight"
    description = "How many of eight directions eight next frames take, over S_churn and k_PG, and what that costs."
    source = "J. Kleutgens's thesis on particle guidance, 2024, section 4.2"
    plan = Plan()
    quick = Plan(bandwidths=("median",), churns=(0.0, 1.0), strengths=(1.0, 10**0.5, 10.0), beyond=(), batches=5)

    def drawn_by(self, plan: Plan) -> list[tuple[str, float]]:
        """See `Grids.drawn_by`."""
        return [(plan.model, RHO)]

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`: figure 4.2 and what is said of it."""
        return directions_findings.comparison(Cells(rows))


def of_places(name: str) -> ModelInfo:
    """The model of that name. Raises `InputError` where it draws anything but a digit given in the middle, moved."""
    info = named(name)
    if info.data != "circle" or info.cond_shape != digits.SHAPE or info.data_shape != digits.SHAPE:
        raise InputError(f"What {name} draws is no digit in one of eight places: choose circle, or a model like it.")
    return info


def _source() -> str:
    return sequences.LABELS[sequences.source()]


def _given(count: int) -> FramesReference:
    """As many digits, the first of their source, in the middle of the frame: one a batch."""
    pool = sequences.pictures(sequences.source())[:count]
    middle = np.zeros((len(pool), 1, 2), dtype=np.int64)
    return frames.keep(moving.render(pool, middle), f"{_source()}, 0 to {count - 1}")


def _places(plan: Plan) -> Iterator[tuple[Kernel | None, str | None, float, float]]:
    """Kernel, bandwidth, S_churn and k_PG of the cells of one model and rho."""
    for churn in plan.churns:
        yield None, None, churn, 0.0
    for bandwidth, kernel in itertools.product(plan.bandwidths, plan.kernels):
        for churn in plan.churns:
            beyond = plan.beyond if churn == plan.churns[0] else ()
            for k_pg in sorted({*plan.strengths, *beyond}):
                yield kernel, bandwidth, churn, k_pg


def _measured(run: Run, x0: Tensor, given: Tensor | None) -> Measured:
    """Of the pictures x0 [N, 1, 32, 32] of particles that were given those."""
    import torch

    from engine.analysis import directions, modes
    from engine.analysis.pictures import contact_sheet, to_uint8
    from engine.embed import png_bytes

    assert given is not None
    before, after = directions.ink(given.cpu()), directions.ink(x0)
    empty = after.sum(dim=(1, 2)) < EMPTY * before.sum(dim=(1, 2))
    places, moves = torch.from_numpy(moving.CIRCLE), directions.moves(before, after)
    labels = directions.assigned(moves, places).masked_fill(empty, modes.NOWHERE)
    score = directions.quality(before, after)
    readable = score <= READABLE
    found = modes.found(labels, BATCH).tolist()
    clear = modes.found(labels.where(readable, modes.NOWHERE), BATCH).tolist()
    batched = [each.view(-1, BATCH).mean(1).tolist() for each in (score, readable.double())]
    scores, shares = ([lineup.rounded(value) for value in each] for each in batched)
    (mean, error), (mean_score, score_error) = over_batches(found), over_batches(scores)
    counts = labels[labels >= 0].bincount(minlength=len(places))
    values: dict[str, Value] = {
        "directions": mean,
        "directions error": error,
        "readable directions": over_batches(clear)[0],
        "Q": mean_score,
        "Q error": score_error,
        "readable": _share(readable),
        "landed": _share(directions.landed(moves, places, modes.WITHIN) >= 0),
        "empty": _share(empty),
        "ink": lineup.rounded((after.sum() / before.sum()).item()),
        "unevenness": _unevenness(counts.tolist()),
        "at each": " ".join(map(str, counts.tolist())),
    }
    series = {"directions": found, "readable directions": clear, "Q": scores, "readable": shares}
    sheet = contact_sheet(to_uint8(x0[:BATCH].numpy()), columns=_COLUMNS, gap=1)
    return Measured(values, png_bytes(sheet, run), {name: tuple(map(float, each)) for name, each in series.items()})


def _share(which: Tensor) -> float:
    return lineup.rounded(which.double().mean().item())


def _unevenness(counts: Sequence[int]) -> float | None:
    """Chi-square of `counts` against equal ones, over its degrees of freedom; None of nothing."""
    expected = sum(counts) / len(counts)
    if not expected:
        return None
    return lineup.rounded(sum((count - expected) ** 2 for count in counts) / expected / (len(counts) - 1))
