"""`ring-modes` (G6): how many of the ring's ten modes are among ten particles, over the weights of noise and guidance.

The grid of the notebook published with Corso et al. 2023, for distances in the plane and for angles about the origin;
every cell starts from the same latents. Named in `EXPERIMENTS`.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, field_validator

from engine.analysis import chance
from engine.experiments import fidelity, lineup
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row
from engine.experiments.guided import heat_map, number, over_batches
from engine.figures.figure import Figure, Matrix
from engine.models.catalogue import named
from engine.run import Latents, Run
from engine.settings import Frozen, GuidanceSettings
from engine.settings.guidance import Kernel
from engine.settings.samplers import EulerMaruyamaSettings
from engine.settings.schedules import LogLinearSchedule

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.catalogue import ModelInfo

MODEL = "ring"

GROUP = 10
"""Particles that guide each other and whose modes are counted together."""

STEPS = 200
"""Levels above 0."""

SHOWN = 2
"""Groups of a cell that is opened."""

WIDTHS: dict[Kernel, float] = {"rbf": 1.0, "angular": math.pi}
"""The kernels, and h / sigma of each."""

NOISE = tuple(float(f"{10 ** (half / 2):.4g}") for half in range(-4, 1))
GUIDANCE = tuple(float(f"{10 ** (half / 2):.4g}") for half in range(-4, 7))
"""The notebook's weights."""


@dataclass(frozen=True)
class Claim:
    """What the notebook found at a guidance weight with any noise weight: `low` to `high` modes, and in its `cells` by
    noise weight, where these are known.
    """

    kernel: Kernel | None
    weight: float
    low: float
    high: float
    cells: Mapping[float, float] = field(default_factory=dict)


CLAIMS = (
    Claim(None, 0.0, 6.4, 6.55),
    Claim("rbf", 100.0, 8.2, 9.0, {0.01: 8.78, 0.03162: 8.77, 0.1: 8.69, 0.3162: 8.75, 1.0: 8.45}),
    Claim("angular", 316.2, 9.88, 9.98),
    Claim("angular", 1000.0, 9.9, 10.0),
)

_NAMES = {"rbf": "Distance in the plane", "angular": "Angle about the origin", None: "Without guidance"}


class Plan(Frozen):
    """The grid, and how often each of its cells is drawn."""

    kernels: Annotated[tuple[Kernel, ...], lineup.among(WIDTHS)] = Field(
        default=tuple(WIDTHS), title="Kernels", description="rbf: distances in the plane. angular: angles."
    )
    noise_weights: tuple[float, ...] = Field(
        default=NOISE,
        title="Noise weights",
        description="What the noise of each step is multiplied by, rising; the score keeps its own weight.",
    )
    guidance_weights: tuple[float, ...] = Field(
        default=GUIDANCE, title="Guidance weights", description="k_PG, rising; cells without guidance come first."
    )
    repeats: int = Field(
        default=100, ge=2, le=10_000, title="Repeats", description="Groups of ten particles that each cell draws."
    )
    seed: int = Field(default=0, ge=0, lt=2**62, title="Seed", description="Seed of the latents, the same everywhere.")

    @field_validator("noise_weights")
    @classmethod
    def _noise(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        if not weights or not _rising((*weights, 10.1)) or weights[0] < 0:
            raise ValueError("must rise, one at least, from 0 to 10 at most")
        return weights

    @field_validator("guidance_weights")
    @classmethod
    def _guidance(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        if not _rising((0, *weights)) or max(weights, default=0) > 1e6:
            raise ValueError("must rise, from above 0 to 1e6 at most")
        return weights


class RingModes(Experiment[Plan]):
    """See the module."""

    name = "ring-modes"
    title = "Modes of the ring of ten"
    description = "How many of ten modes ten particles find, over the weights of noise and guidance, for two kernels."
    source = "Corso et al. 2023, the notebook; J. Kleutgens's thesis on particle guidance, 2024, figure 6.3"
    places: ClassVar[tuple[str, ...]] = ("kernel", "noise weight", "guidance weight")
    values: ClassVar[tuple[str, ...]] = ("modes", "modes error", "quality", "off the ring")
    plan = Plan()
    quick = Plan(repeats=20)

    def cells(self, plan: Plan) -> list[Cell]:
        """See `Experiment.cells`."""
        unguided = Run(
            model=named(MODEL).reference,
            latents=Latents(seed=plan.seed, count=plan.repeats * GROUP, group=GROUP),
            schedule=LogLinearSchedule(steps=STEPS, sigma_max=1.0, sigma_min=math.sqrt(0.001)),
            sampler=EulerMaruyamaSettings(),
        )
        guided = [(kernel, weight) for kernel in plan.kernels for weight in plan.guidance_weights]
        return [
            Cell(
                unguided.replace(sampler={"s_noise": noise}, guidance=_notebook(kernel, weight)),
                {"kernel": kernel, "noise weight": noise, "guidance weight": weight},
            )
            for kernel, weight in ((None, 0.0), *guided)
            for noise in plan.noise_weights
        ]

    def batches(self, cells: Sequence[Cell], plan: Plan) -> list[Sequence[Cell]]:
        """See `Experiment.batches`: the cells of one kernel, as far as memory takes them."""
        from engine import sweep

        found = sweep.batches([cell.run for cell in cells], named(MODEL).data_shape)
        return [cells[batch.start : batch.stop] for batch in found]

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. `modes` are those that a group finds, the nearest centre being a particle's, the
        mean over the groups with its standard error; `quality` is the mean of `analysis.modes`, 0.5 for exact samples,
        and `off the ring` that of | |x| - 1 |, 0.056 for those.
        """
        (measured,) = yield from self.measure_together([cell], plan, context)
        return measured

    def measure_together(
        self, cells: Sequence[Cell], plan: Plan, context: Context
    ) -> Generator[float, None, Sequence[Measured]]:
        """See `Experiment.measure_together`."""
        from engine.sweep import sweep

        model, steps = context.load(cells[0].run.model), cells[0].run.schedule.steps
        runs = [cell.run for cell in cells]
        for found in sweep(runs, model, interrupted=context.interrupted):
            yield found[0].index / steps
        return [_measured(run, step.x.cpu(), named(MODEL)) for run, step in zip(runs, found, strict=True)]

    def shown(self, cell: Cell, plan: Plan) -> Run:
        """See `Experiment.shown`: the first groups."""
        return cell.run.replace(latents={"count": min(plan.repeats, SHOWN) * GROUP})

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """See `Experiment.figure`: the modes found with each kernel, then the quality."""
        found = f"modes found of ten (ten independent draws find {chance.independent(10, GROUP):.2f})"
        fair = "quality (0.5 for exact samples, 1 in the centres)"
        panels = [_map(kernel, rows, found, "modes", "modes error") for kernel in plan.kernels]
        panels += [_map(kernel, rows, fair, "quality") for kernel in plan.kernels]
        return Figure(f"{self.title}: {plan.repeats:,} groups of {GROUP} a cell", panels)

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        """See `Experiment.findings`."""
        return [_cost(kernel, rows) for kernel in plan.kernels if plan.guidance_weights]

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`: the notebook's modes."""
        return [compared for claim in CLAIMS if (compared := _claimed(claim, rows))]


def _rising(weights: Sequence[float]) -> bool:
    return all(low < high for low, high in itertools.pairwise(weights))


def _notebook(kernel: Kernel | None, weight: float) -> GuidanceSettings:
    """Its guidance: of the state, with h in proportion to sigma, and the mean over the particles."""
    if kernel is None:
        return GuidanceSettings()
    return GuidanceSettings(
        k_pg=weight,
        kernel=kernel,
        bandwidth="sigma",
        width=WIDTHS[kernel],
        sees="state",
        over_particles="mean",
    )


def _measured(run: Run, x0: Tensor, info: ModelInfo) -> Measured:
    """Of the particles x0 [N, 2]."""
    from engine.analysis import modes

    labels, quality = modes.read(info, x0)
    mean, error = over_batches(modes.found(labels, GROUP).tolist())
    values = {
        "modes": mean,
        "modes error": error,
        "quality": lineup.rounded(quality.mean().item()),
        "off the ring": lineup.rounded((x0.norm(dim=1) - 1).abs().mean().item()),
    }
    return Measured(values, fidelity.picture(info, x0.numpy(), run))


def _of(kernel: Kernel | None, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.cell.place["kernel"] == kernel]


def _map(kernel: Kernel, rows: Sequence[Row], said: str, value: str, error: str = "") -> Matrix:
    """One of the values over the grid, the column without guidance first."""
    both = [*_of(None, rows), *_of(kernel, rows)]
    return heat_map(f"{_NAMES[kernel]}: {said}", both, "noise weight", "guidance weight", value, error)


def _claimed(claim: Claim, rows: Sequence[Row]) -> Compared | None:
    """What was found at that weight so far, beside the notebook's, noise weight by noise weight."""
    own = [
        row.columns
        for row in _of(claim.kernel, rows)
        if row.measured and row.cell.place["guidance weight"] == claim.weight
    ]
    if not own:
        return None
    found = [(number(columns["modes"]), number(columns["modes error"])) for columns in own]
    within = sum(claim.low - 2 * error <= modes <= claim.high + 2 * error for modes, error in found)
    where = f", weight {claim.weight:g}" if claim.kernel else ""
    noise = [number(columns["noise weight"]) for columns in own]
    published = [f"{claim.cells[weight]:g}" for weight in noise if weight in claim.cells]
    return Compared(
        f"{_NAMES[claim.kernel]}{where}: modes for noise weights {', '.join(f'{weight:.3g}' for weight in noise)}",
        ", ".join(published) if len(published) == len(own) else f"{claim.low:g} to {claim.high:g}",
        ", ".join(f"{modes:.2f} ± {error:.2f}" for modes, error in found),
        f"{within} of {len(found)} lie within two standard errors of {claim.low:g} to {claim.high:g}.",
    )


def _cost(kernel: Kernel, rows: Sequence[Row]) -> str:
    """What the modes are paid with, as means over the noise weights."""
    _, quality, away = _paid(0.0, _of(None, rows))
    own = _of(kernel, rows)
    weights = dict.fromkeys(number(row.columns["guidance weight"]) for row in own)
    worst, least, then = min((_paid(weight, own) for weight in weights), key=lambda paid: paid[1])
    return (
        f"{_NAMES[kernel]}: without guidance the quality is {quality:.2f} and particles lie {away:.3f} off the ring; "
        f"it is worst at weight {worst:g}, with {least:.2f} and {then:.3f}."
    )


def _paid(weight: float, rows: Sequence[Row]) -> tuple[float, float, float]:
    """The weight, and the mean quality and distance from the ring of the rows with it."""
    own = [row.columns for row in rows if row.columns["guidance weight"] == weight]
    quality, away = (statistics.fmean(number(each[name]) for each in own) for name in ("quality", "off the ring"))
    return weight, quality, away
