"""`digit-modes` (A2): how many of the ten digits are among ten particles, over S_churn and k_PG, and what that costs.

Batches of ten guide themselves; every cell starts from the same latents. Named in `EXPERIMENTS`; what is drawn and
said of the cells stands in `digit_modes_figure` and `digit_modes_findings`.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from engine.experiments import digit_modes_figure, digit_modes_findings, lineup
from engine.experiments.digit_modes_cells import BATCH, FOUR, SURE, Cells
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row, Value
from engine.experiments.guided import (
    BANDWIDTHS,
    CHURNS,
    FINISHED,
    SEARCHED,
    STRENGTHS,
    guidance,
    of_digits,
    over_batches,
)
from engine.figures.figure import Figure
from engine.run import Latents, Run
from engine.settings import EDMSchedule, Frozen, HeunSettings
from engine.settings.guidance import Kernel

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.catalogue import ModelInfo

_STEPS = 22


class Plan(Frozen):
    """What is drawn, and how often."""

    model: str = Field(default="digits", title="Model", description="A model of digits without a condition.")
    extent: Literal["all", "2x2"] = Field(
        default="all",
        title="Cells",
        description="2x2: S_churn 0 and 0.7, with k_PG 1 and without guidance. all: these first, then k_PG up to 1,000 "
        "without churn and the grid of 9 k_PG and 6 S_churn.",
    )
    kernels: Annotated[tuple[Kernel, ...], lineup.among(FINISHED)] = Field(
        default=("rbf", "iou"),
        min_length=1,
        title="Kernels",
        description=f"Which kernels of particle guidance: {', '.join(FINISHED)}.",
    )
    bandwidths: Annotated[tuple[str, ...], lineup.among(BANDWIDTHS)] = Field(
        default=BANDWIDTHS,
        min_length=1,
        title="Bandwidths",
        description="median: the median heuristic. unit: h = 1. finished: what that heuristic gives for finished "
        "digits, fixed.",
    )
    batches: int = Field(
        default=100,
        ge=2,
        le=10_000,
        title="Batches",
        description="Batches of ten of each cell; the source has 10, whose standard error is about 0.3 modes. Ten take "
        "12 seconds on one core.",
    )
    seed: int = Field(default=0, ge=0, lt=2**62, title="Seed", description="Seed of the latents, the same everywhere.")


class DigitModes(Experiment[Plan]):
    """See the module."""

    name = "digit-modes"
    title = "Digits in a batch of ten"
    description = "How many different digits ten particles show, over S_churn and k_PG, and how well they can be read."
    source = "J. Kleutgens's thesis on particle guidance, 2024, chapter 3"
    places: ClassVar[tuple[str, ...]] = ("kernel", "bandwidth", "S_churn", "k_PG")
    values: ClassVar[tuple[str, ...]] = (
        "modes",
        "modes error",
        "sure modes",
        "quality",
        "quality error",
        "readable",
        "outside",
        "particles",
    )
    series: ClassVar[tuple[str, ...]] = ("modes", "sure modes", "quality")
    over = "batch"
    plan = Plan()
    quick = Plan(extent="2x2", bandwidths=("median",), batches=10)

    def cells(self, plan: Plan) -> list[Cell]:
        """See `Experiment.cells`. Raises `InputError` for a model of anything but digits."""
        model = of_digits(plan.model)
        unguided = Run(
            model=model.reference,
            latents=Latents(seed=plan.seed, count=plan.batches * BATCH, group=BATCH),
            schedule=EDMSchedule(steps=_STEPS),
            sampler=HeunSettings(),
        )
        return [
            Cell(
                unguided.replace(sampler={"churn": churn}, guidance=guidance(kernel, bandwidth, k_pg)),
                {"kernel": kernel, "bandwidth": bandwidth, "S_churn": churn, "k_PG": k_pg},
            )
            for kernel, bandwidth, churn, k_pg in dict.fromkeys(_places(plan))
        ]

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. Errors are standard errors over the batches. Quality is the classifier's mean
        confidence, `readable` the share of particles read with `SURE` or more, `sure modes` the digits among those, and
        `outside` the share of ink around the middle, where digits have none; `particles` says how many there are of the
        digits 0 to 9. The series hold one value a batch.
        """
        from engine.training.sampling import drawing

        model = context.load(cell.run.model)
        x0 = yield from drawing(cell.run, model, interrupted=context.interrupted)
        return _measured(cell.run, x0, of_digits(plan.model))

    def shown(self, cell: Cell, plan: Plan) -> Run:
        """See `Experiment.shown`: the first batch."""
        return cell.run.replace(latents={"count": BATCH})

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """See `Experiment.figure`."""
        digits = f"{plan.batches:,} batches of {BATCH} of {plan.model}, Heun with N = {_STEPS}"
        return Figure(f"{self.title}: {digits}", digit_modes_figure.panels(Cells(rows)))

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        """See `Experiment.findings`."""
        return digit_modes_findings.findings(Cells(rows))

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`."""
        return digit_modes_findings.comparison(Cells(rows))


def _places(plan: Plan) -> Iterator[tuple[Kernel | None, str | None, float, float]]:
    """Kernel, bandwidth, S_churn and k_PG of the cells, the most telling first, some of them twice."""
    everything = plan.extent == "all"
    for churn in (*FOUR, *(CHURNS if everything else ())):
        yield None, None, churn, 0.0
    for bandwidth in plan.bandwidths:
        for kernel, churn in itertools.product(plan.kernels, FOUR):
            yield kernel, bandwidth, churn, 1.0
        if everything:
            for kernel, k_pg in itertools.product(plan.kernels, SEARCHED):
                yield kernel, bandwidth, 0.0, k_pg
            for churn, kernel, k_pg in itertools.product(CHURNS, plan.kernels, STRENGTHS):
                yield kernel, bandwidth, churn, k_pg


def _measured(run: Run, x0: Tensor, info: ModelInfo) -> Measured:
    """What is read in x0 [N, 1, 32, 32]: nothing in a picture that is not finite."""
    from engine.analysis import modes
    from engine.analysis.pictures import contact_sheet, to_uint8
    from engine.embed import png_bytes

    finite = x0.isfinite().flatten(1).all(1)
    labels, quality = modes.read(info, x0.nan_to_num())
    labels, quality = labels.where(finite, modes.NOWHERE), quality.where(finite, 0.0)
    read = quality >= SURE
    found = modes.found(labels, BATCH).tolist()
    sure = modes.found(labels.where(read, modes.NOWHERE), BATCH).tolist()
    fair = [lineup.rounded(value) for value in quality.view(-1, BATCH).mean(1).tolist()]
    mean, error = over_batches(found)
    mean_quality, quality_error = over_batches(fair)
    values: dict[str, Value] = {
        "modes": mean,
        "modes error": error,
        "sure modes": over_batches(sure)[0],
        "quality": mean_quality,
        "quality error": quality_error,
        "readable": lineup.rounded(read.double().mean().item()),
        "outside": lineup.rounded(_outside(x0[finite])),
        "particles": " ".join(str(int((labels == digit).sum())) for digit in range(10)),
    }
    series = {"modes": found, "sure modes": sure, "quality": fair}
    sheet = contact_sheet(to_uint8(x0[:BATCH].numpy()), columns=BATCH // 2, gap=1)
    return Measured(values, png_bytes(sheet, run), {name: tuple(map(float, each)) for name, each in series.items()})


def _outside(x0: Tensor) -> float:
    """The mean share of the ink of x0 [N, 1, 32, 32] that lies around the middle, where digits have none."""
    from engine.data.digits import INNER

    ink = (x0.clamp(-1, 1) + 1) / 2
    total = ink.flatten(1).sum(1).clamp(min=1e-6)
    margin = (ink.shape[-1] - INNER) // 2
    ink[..., margin:-margin, margin:-margin] = 0
    return float((ink.flatten(1).sum(1) / total).mean()) if len(x0) else 0.0
