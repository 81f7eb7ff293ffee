"""`prior` (A7): does a model of next frames go right as often as its data do, and do guided pairs go both ways?

Digits at the centre, which come from either side, with three ways to draw and three models; all cells of a round start
from the same latents. Named in `EXPERIMENTS`; what is drawn and said of the cells stands in `prior_figure` and
`prior_findings`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field, field_validator

from engine import frames
from engine.data import moving, sequences
from engine.experiments import lineup, prior_figure, prior_findings
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row, Value
from engine.experiments.guided import BANDWIDTHS, guidance
from engine.experiments.prior_cells import CHURN, FINISHED, MODELS, READABLE, SERIES, SIDES, STRENGTH, Cells, Way
from engine.figures.figure import Figure
from engine.models.catalogue import named
from engine.run import Condition, Latents, Run
from engine.settings import EDMSchedule, Frozen, HeunSettings
from engine.settings.guidance import Kernel
from engine.settings.references import FramesReference

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 22

SHOWN = 16
"""Particles of a cell's picture, and of what is opened: pairs side by side."""

_PAIR, _ROUND = 2, 10  # particles that guide each other, and pictures of a digit in a round, at most
_FRAMES = 3  # that a model of horizontal motion is given
_PLACES = ((0, moving.SPEED), (0, -moving.SPEED))  # that the digit goes to from the centre, right and left


class Plan(Frozen):
    """What is drawn, and how often."""

    models: Annotated[tuple[str, ...], lineup.among(MODELS)] = Field(
        default=tuple(MODELS),
        min_length=1,
        title="Models",
        description=f"Which models of horizontal motion: {', '.join(MODELS)}.",
    )
    kernels: Annotated[tuple[Kernel, ...], lineup.among(FINISHED)] = Field(
        default=("rbf",),
        min_length=1,
        title="Kernels",
        description=f"Which kernels of particle guidance: {', '.join(FINISHED)}.",
    )
    bandwidths: Annotated[tuple[str, ...], lineup.among(BANDWIDTHS)] = Field(
        default=BANDWIDTHS,
        min_length=1,
        title="Bandwidths",
        description="median: the median heuristic. unit: h = 1. finished: what that heuristic gives for two finished "
        "frames, fixed.",
    )
    digits: int = Field(
        default=200, ge=10, le=1000, title="Digits", description="Different digits, each with pictures of its own."
    )
    pictures: int = Field(
        default=20,
        ge=4,
        le=100,
        title="Pictures",
        description="Pictures of each digit, half of them coming from the left and half from the right; 100 in the "
        "source. From 20 on a multiple of 20, which goes on from what fewer have measured.",
    )
    seed: int = Field(default=0, ge=0, lt=2**61, title="Seed", description="Seed of the latents of the first round.")

    @field_validator("pictures")
    @classmethod
    def _whole_rounds(cls, count: int) -> int:
        if count % (len(SIDES) * (_ROUND if count >= len(SIDES) * _ROUND else _PAIR)):
            raise ValueError("must be a multiple of 4, and from 20 on of 20: pairs that come from both sides")
        return count


class Prior(Experiment[Plan]):
    """See the module."""

    name = "prior"
    title = "The prior of a movement"
    description = "How often a digit goes right, for models trained on 90, 70 and 50 %, and whether guidance evens it."
    source = "J. Kleutgens's thesis on particle guidance, 2024, section 4.2.1"
    places: ClassVar[tuple[str, ...]] = (
        "model",
        "prior",
        "sampler",
        "kernel",
        "bandwidth",
        "approach",
        "round",
        "digits",
    )
    values: ClassVar[tuple[str, ...]] = (
        "p(right)",
        "p(right) low",
        "p(right) high",
        "apart",
        "Q",
        "Q median",
        "readable",
        "landed",
        "empty",
        "pictures",
    )
    series: ClassVar[tuple[str, ...]] = SERIES
    over = "digit"
    plan = Plan()
    quick = Plan(bandwidths=("median",), digits=20, pictures=4)

    def cells(self, plan: Plan) -> list[Cell]:
        """See `Experiment.cells`. Raises `InputError` for a model that is not here, or if MNIST is unreadable."""
        references = {name: named(name).reference for name in plan.models}
        digits = sequences.source()
        at_once = min(_ROUND, plan.pictures // len(SIDES))
        count, rounds = at_once * plan.digits, range(plan.pictures // at_once)
        cells = []
        for way, number, name in _order(plan, rounds):
            side = SIDES[number % len(SIDES)]
            run = Run(
                model=references[name],
                latents=Latents(seed=plan.seed + number, count=count, group=_PAIR),
                condition=Condition(example="group", frames=_approach(digits, plan.digits, side)),
                schedule=EDMSchedule(steps=STEPS),
                sampler=HeunSettings(churn=0.0 if way.sampler == "deterministic" else CHURN),
                guidance=guidance(way.kernel, way.bandwidth, STRENGTH, FINISHED),
            )
            whose = sequences.LABELS[digits]
            place = (name, MODELS[name], way.sampler, way.kernel, way.bandwidth, side, number, whose)
            cells.append(Cell(run, dict(zip(self.places, place, strict=True))))
        return cells

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. Where a digit went is the one of two directions that is nearer to the move of its
        centroid by cosine (equation 4.4). `apart` is the share of pairs with one on either side,
        `readable` that of pictures with Q up to `READABLE`, `landed` that of those whose move is within a pixel of
        one of the data's. `empty` pictures, without ink or not finite, are on no side. The series hold a
        value a digit; the interval counts the pictures of a digit as one cluster.
        """
        from engine.training.sampling import drawing

        model = context.load(cell.run.model)
        x0 = yield from drawing(cell.run, model, interrupted=context.interrupted)
        return _measured(cell.run, x0)

    def shown(self, cell: Cell, plan: Plan) -> Run:
        """See `Experiment.shown`: the first pairs."""
        return cell.run.replace(latents={"count": min(SHOWN, cell.run.latents.count)})

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """See `Experiment.figure`."""
        drawn = f"{plan.digits} digits, up to {plan.pictures} pictures each, Heun with N = {STEPS}"
        return Figure(f"{self.title}: {drawn}", prior_figure.panels(Cells(rows)))

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        """See `Experiment.findings`."""
        return prior_findings.findings(Cells(rows))

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`."""
        return prior_findings.comparison(Cells(rows))


def _order(plan: Plan, rounds: Sequence[int]) -> Iterator[tuple[Way, int, str]]:
    """Ways, rounds and models of the cells: first those of the source's table in all rounds, then other guidance."""
    guided = [Way("guided", kernel, h) for kernel in plan.kernels for h in plan.bandwidths]
    table = [Way("deterministic"), Way("stochastic"), guided[0]]
    for ways in (table, guided[1:]):
        for number, name, way in itertools.product(rounds, plan.models, ways):
            yield way, number, name


@functools.cache
def _approach(digits: sequences.Source, count: int, side: str) -> FramesReference:
    """Three frames of each of the first `count` digits on their way from a wall to the centre, now attachments."""
    sign = -1 if side == "left" else 1
    places = np.zeros((count, _FRAMES, 2), dtype=np.int64)
    places[:, :, 1] = sign * moving.SPEED * np.arange(_FRAMES)[::-1]
    return frames.keep(moving.render(sequences.pictures(digits)[:count], places), f"{count} digits from the {side}")


def _measured(run: Run, x0: Tensor) -> Measured:
    """What is counted in x0 [N, 1, 32, 32], the pairs of all digits one after the other, and so again."""
    import torch

    from engine.analysis import directions
    from engine.analysis.chance import clustered
    from engine.analysis.pictures import contact_sheet, to_uint8
    from engine.embed import png_bytes

    assert run.condition.frames is not None
    given = torch.from_numpy(frames.values(run.condition.frames, (_FRAMES, *x0.shape[2:])))
    after, before = directions.ink(x0.nan_to_num(-1.0)), directions.ink(given[:, -1:])
    digits = len(before)
    before = before.repeat_interleave(_PAIR, dim=0).repeat(len(after) // (_PAIR * digits), 1, 1)
    moves, quality = directions.moves(before, after), directions.quality(before, after)
    went = directions.assigned(moves, torch.tensor(_PLACES))
    right, left = (_by_digit(went == side, digits) for side in range(len(_PLACES)))
    apart = right.any(2) & left.any(2)
    landed = directions.landed(moves, torch.tensor(_PLACES), 1.0) >= 0
    series = {
        "right": right.sum((0, 2)),
        "left": left.sum((0, 2)),
        "apart": apart.sum(0),
        "Q": _by_digit(quality, digits).mean((0, 2)),
    }
    told = {name: tuple(lineup.rounded(float(each)) for each in values) for name, values in series.items()}
    share = clustered(told["right"], [one + other for one, other in zip(told["right"], told["left"], strict=True)])
    values: dict[str, Value] = {
        name: lineup.rounded(value) if value == value else None
        for name, value in zip(("p(right)", "p(right) low", "p(right) high"), share, strict=True)
    }
    values |= {
        "apart": _mean(apart),
        "Q": _mean(quality),
        "Q median": lineup.rounded(quality.median().item()),
        "readable": _mean(quality <= READABLE),
        "landed": _mean(landed),
        "empty": int((after.sum((1, 2)) == 0).sum()),
        "pictures": len(after),
    }
    sheet = contact_sheet(to_uint8(x0[:SHOWN].numpy()), columns=SHOWN // 2, gap=1)
    return Measured(values, png_bytes(sheet, run), told)


def _by_digit(values: Tensor, digits: int) -> Tensor:
    """Values of the particles [N] as [pairs of a digit, digits, 2]."""
    return values.view(-1, digits, _PAIR)


def _mean(values: Tensor) -> float:
    return lineup.rounded(values.double().mean().item())
