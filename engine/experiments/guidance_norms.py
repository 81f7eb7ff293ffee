"""`guidance-norms` (A4): how large particle guidance is over the steps, beside the distances and the drift.

For each kernel and bandwidth, with ten digits from the same latents and without churn, as in figures 3.3 and 5.1 of the
source. Named in `EXPERIMENTS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.experiments import fidelity, lineup
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row
from engine.experiments.guided import BANDWIDTHS, FINISHED, guidance, number, of_digits
from engine.figures.figure import Curve, Figure, Level, Lines
from engine.run import Latents, Run
from engine.settings import EDMSchedule, Frozen, HeunSettings
from engine.settings.guidance import KERNEL_LABELS, Kernel

if TYPE_CHECKING:
    from torch import Tensor

    from engine.guidance.particle import ParticleGuidance
    from engine.models.catalogue import ModelInfo
    from engine.step import Step

GROUP = 10
"""Particles that guide each other."""

ALONE, AGAINST = 1.0, float(f"{10**0.25:.4g}")
"""k_PG of figure 3.3, and that of figure 5.1, where the guidance is held against the drift."""

STEPS = 22
"""N, as in the source."""


class Plan(Frozen):
    """What is drawn."""

    model: str = Field(default="digits", title="Model", description="A model of digits without a condition.")
    kernels: Annotated[tuple[Kernel, ...], lineup.among(FINISHED)] = Field(
        default=tuple(FINISHED), title="Kernels", description=f"Which kernels: {', '.join(FINISHED)}."
    )
    groups: int = Field(
        default=1,
        ge=1,
        le=1000,
        title="Groups",
        description="Groups of ten whose norms are averaged; the source has one. One takes about a minute in all.",
    )
    seed: int = Field(default=0, ge=0, lt=2**62, title="Seed", description="Seed of the latents, the same everywhere.")


class GuidanceNorms(Experiment[Plan]):
    """See the module."""

    name = "guidance-norms"
    title = "Norms of particle guidance"
    description = "How large guidance is over the steps, for each kernel and bandwidth, beside distances and drift."
    source = "J. Kleutgens's thesis on particle guidance, 2024, figures 3.3 and 5.1"
    places: ClassVar[tuple[str, ...]] = ("kernel", "bandwidth", "k_PG")
    values: ClassVar[tuple[str, ...]] = (
        "peak",
        "peak step",
        "inner peak",
        "inner peak step",
        "at first",
        "above drift",
        "modes",
        "quality",
    )
    series: ClassVar[tuple[str, ...]] = ("sigma", "distance", "h", "gradient", "guidance", "drift")
    units: ClassVar[dict[str, str]] = {"at first": "of the drift", "above drift": "steps"}
    plan = Plan()
    quick = Plan(kernels=("rbf", "iou"))

    def cells(self, plan: Plan) -> list[Cell]:
        """See `Experiment.cells`. Raises `InputError` for a model of anything but digits."""
        unguided = Run(
            model=of_digits(plan.model).reference,
            latents=Latents(seed=plan.seed, count=plan.groups * GROUP, group=GROUP),
            schedule=EDMSchedule(steps=STEPS),
            sampler=HeunSettings(),
        )
        return [
            Cell(
                unguided.replace(guidance=guidance(kernel, bandwidth, k_pg)),
                {"kernel": kernel, "bandwidth": bandwidth, "k_PG": k_pg},
            )
            for k_pg, bandwidth, kernel in itertools.product((ALONE, AGAINST), BANDWIDTHS, plan.kernels)
        ]

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. The series hold a value a step, the mean over the groups: the Frobenius norms of
        the distance matrix [B, B], of the gradient of the kernels' sum, of the guidance k_PG(t) times that, and of the
        drift of the ODE, each [B, ...]; and h. `peak` is the largest gradient, at `peak step`, `inner peak` the largest
        that rises above both of its neighbours; `at first` is the guidance in step 0, as a multiple of the drift, and
        `above drift` the number of steps in which it exceeds the drift.
        """
        import torch

        from engine.execute import execute
        from engine.guidance import particle

        model, guide = context.load(cell.run.model), particle.of(cell.run)
        assert guide is not None
        norms: list[dict[str, float]] = []
        with torch.no_grad():
            for step in execute(cell.run, model, interrupted=context.interrupted):
                if step.index < STEPS:
                    norms.append(_norms(step, guide))
                    yield step.index / STEPS
        return _measured(cell.run, norms, step.x.cpu(), of_digits(plan.model))

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """See `Experiment.figure`: distances, gradients and the guidance as a multiple of the drift, over the steps."""
        panels = [
            Lines(
                "Distances of the estimates, median heuristic, k_PG 1",
                "Step",
                "Norm of the distance matrix",
                _curves("distance", _at(rows, "median", ALONE)),
                log_y=True,
            )
        ]
        panels += [
            Lines(
                f"Gradient of the kernels, bandwidth {bandwidth}, k_PG 1",
                "Step",
                "Norm of the gradient",
                _curves("gradient", _at(rows, bandwidth, ALONE)),
            )
            for bandwidth in BANDWIDTHS
        ]
        panels += [
            Lines(
                f"Guidance beside the drift, bandwidth {bandwidth}, k_PG {AGAINST:g}",
                "Step",
                "Norm of the guidance / of the drift",
                _curves("guidance", _at(rows, bandwidth, AGAINST), over="drift"),
                [Level("as large as the drift", 1.0)],
            )
            for bandwidth in BANDWIDTHS
        ]
        groups = f"{plan.groups} x {GROUP} particles" if plan.groups > 1 else f"{GROUP} particles"
        return Figure(f"{self.title}: {groups} of {plan.model}, Heun with N = {STEPS}", panels)

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`: what the source says of its curves, which it prints without numbers."""
        found = [_grown(_at(rows, "median", ALONE))]
        for bandwidth in BANDWIDTHS:
            found += [_peaks(_at(rows, bandwidth, ALONE), bandwidth), _first(_at(rows, bandwidth, AGAINST), bandwidth)]
        return [compared for compared in found if compared.here]


def _norms(step: Step, guide: ParticleGuidance) -> dict[str, float]:
    """What the series hold of a Step, by their names."""
    import torch

    from engine.guidance.kernels import KERNELS
    from engine.guidance.particle import grouped, mapped

    assert step.denoised is not None
    assert step.drift is not None
    assert step.guidance is not None
    values, _ = mapped(guide.settings.kernel, step.denoised)
    ((part, level),) = grouped(values, GROUP, step.sigma)
    pushed = _norm(step.guidance)
    return {
        "sigma": step.sigma,
        "distance": KERNELS[guide.settings.kernel].distance(part).flatten(1).norm(dim=1).mean().item(),
        "h": float(torch.as_tensor(guide.bandwidth(part, level)).mean()),
        "gradient": pushed / (guide.settings.k_pg * step.sigma),
        "guidance": pushed,
        "drift": _norm(step.drift),
    }


def _norm(x: Tensor) -> float:
    """The norm of the particles x [N, ...] of a group together, the mean over the groups."""
    return float(x.reshape(len(x) // GROUP, -1).norm(dim=1).mean())


def _measured(run: Run, norms: Sequence[dict[str, float]], x0: Tensor, info: ModelInfo) -> Measured:
    """Of the norms at each step and what came of it, x0 [N, 1, 32, 32]."""
    from engine.analysis import modes

    labels, quality = modes.read(info, x0)
    series = {name: tuple(lineup.rounded(each[name]) for each in norms) for name in GuidanceNorms.series}
    peak, inner = max(series["gradient"]), inner_peak(series["gradient"])
    shares = [added / drift for added, drift in zip(series["guidance"], series["drift"], strict=True)]
    values = {
        "peak": peak,
        "peak step": series["gradient"].index(peak),
        "inner peak": None if inner is None else series["gradient"][inner],
        "inner peak step": inner,
        "at first": lineup.rounded(shares[0]),
        "above drift": sum(share > 1 for share in shares),
        "modes": lineup.rounded(modes.found(labels, GROUP).double().mean().item()),
        "quality": lineup.rounded(quality.mean().item()),
    }
    return Measured(values, fidelity.picture(info, x0[:GROUP].numpy(), run), series)


def inner_peak(values: Sequence[float]) -> int | None:
    """Where the largest value is that is above the one before it and not below the one after it; None without any."""
    found = [i for i in range(1, len(values) - 1) if values[i - 1] < values[i] >= values[i + 1]]
    return max(found, key=values.__getitem__, default=None)


def _at(rows: Sequence[Row], bandwidth: str, k_pg: float) -> list[Row]:
    """The finished rows with these, a kernel each."""
    return [
        row
        for row in rows
        if row.measured and (row.cell.place["bandwidth"], row.cell.place["k_PG"]) == (bandwidth, k_pg)
    ]


def _curves(name: str, rows: Sequence[Row], over: str = "") -> list[Curve]:
    """A series of each row over the steps, as a multiple of another where that is named."""
    curves = []
    for row in rows:
        assert row.measured is not None
        y = [number(value) for value in row.measured.series[name]]
        if over:
            y = [value / number(other) for value, other in zip(y, row.measured.series[over], strict=True)]
        label = KERNEL_LABELS[str(row.cell.place["kernel"])]
        curves.append(Curve(label, list(range(len(y))), y, keys=[row.key] * len(y)))
    return curves


def _grown(rows: Sequence[Row]) -> Compared:
    """How the distances grow."""
    told = [f"{curve.label} from {curve.y[0]:.3g} to {curve.y[-1]:.3g}" for curve in _curves("distance", rows)]
    return Compared(
        "norm of the distance matrix from the first step to the last, median heuristic",
        "grows; L2 far larger than IoU",
        "; ".join(told),
    )


def _peaks(rows: Sequence[Row], bandwidth: str) -> Compared:
    """The largest gradients, and when."""
    told = []
    for row, curve in zip(rows, _curves("gradient", rows), strict=True):
        first, inner = number(row.columns["peak step"]), row.columns["inner peak step"]
        later = "" if inner in (None, first) else f" and again {_peak(row, 'inner peak')}"
        told.append(f"{curve.label} {_peak(row, 'peak')}{later}")
    published = f"L2 far larger than IoU, which peaks midway in {STEPS} steps"
    return Compared(f"largest gradient, bandwidth {bandwidth}", published, "; ".join(told))


def _peak(row: Row, which: str) -> str:
    return f"{number(row.columns[which]):.3g} in step {row.columns[f'{which} step']}"


def _first(rows: Sequence[Row], bandwidth: str) -> Compared:
    """Where guidance exceeds the drift."""
    told = [
        f"{curve.label} {number(row.columns['at first']):.3g} times ({row.columns['above drift']} steps above)"
        for row, curve in zip(rows, _curves("guidance", rows), strict=True)
    ]
    what = f"guidance in step 0 beside the drift, k_PG {AGAINST:g}, bandwidth {bandwidth}"
    return Compared(what, "larger at first", "; ".join(told))
