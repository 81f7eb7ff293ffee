"""`solver-orders`: how fast each solver's error falls with the number of steps, on an exact mixture.

The error is that of the map from the first level to sigma_min, at Step N - 1: the step from there to 0 is the same for
all. It is held against `analysis.flow`, whose own error stands beside it. Named in `EXPERIMENTS`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field, field_validator

from engine.errors import InputError
from engine.experiments import lineup
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row
from engine.figures.figure import Curve, Figure, Level, Lines
from engine.models.catalogue import ModelInfo, named
from engine.run import Latents, Run
from engine.settings import SAMPLER_SETTINGS, EDMSchedule, Frozen, Settings
from engine.settings.samplers import (
    DEISSettings,
    DPMSolverSettings,
    GradientEstimationSettings,
    ODESettings,
    UniPCSettings,
)

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models import Model

ENTRIES: dict[str, Settings] = {
    **{name: SAMPLER_SETTINGS[name](name=name) for name in ("euler", "gradient-estimation", "heun")},
    "gradient-estimation-1.5": GradientEstimationSettings(gamma=1.5),
    **{f"ode-{method}": ODESettings(method=method, adaptive=False) for method in ("heun", "tsit5", "dopri5")},
    **{f"dpm-solver++-{order}": DPMSolverSettings(order=order) for order in (2, 3)},
    **{f"deis-{order}": DEISSettings(order=order) for order in (2, 3)},
    **{f"unipc-{order}": UniPCSettings(order=order) for order in (2, 3)},
    "pndm": SAMPLER_SETTINGS["pndm"](name="pndm"),
}
"""Deterministic solvers by their name in the table; a number behind a name is its order, or its gamma, as set."""

EXPECTED: dict[str, int] = {
    "euler": 1,
    "gradient-estimation": 1,
    "gradient-estimation-1.5": 2,
    "heun": 2,
    "ode-heun": 2,
    "ode-tsit5": 5,
    "ode-dopri5": 5,
    "dpm-solver++-2": 2,
    "dpm-solver++-3": 2,
    "deis-2": 2,
    "deis-3": 3,
    "unipc-2": 3,
    "unipc-3": 4,
    "pndm": 2,
}
"""The order that theory gives each for a smooth drift, many steps, and levels that are not evenly spaced."""

NOTES: dict[str, str] = {
    "gradient-estimation": "Its γ of 2 damps errors of the model; only 1.5 cancels the first error of a step.",
    "dpm-solver++-3": "diffusers takes half of the term in the second derivative.",
    "unipc-2": "Its corrector adds one.",
    "unipc-3": "Its corrector adds one.",
    "pndm": "Its four weights are those of levels evenly spaced in σ, where it has 4.",
}
"""Why the order is what it is, where that is not what the name says."""

NEAR = 0.25
"""An observed order that is no further from the expected one agrees with it."""

TOLERANCES = (1e-12, 1e-10)
"""Of the reference, and of the coarser one that it is told apart from."""

_references: dict[str, tuple[Tensor, float]] = {}  # by the digest of a Run, of the last particles asked for


class Plan(Frozen):
    """What is solved, by what."""

    model: str = Field(default="ring", title="Model", description="An exact mixture.")
    solvers: Annotated[tuple[str, ...], lineup.among(ENTRIES)] = Field(
        default=tuple(ENTRIES), title="Solvers", description="Which deterministic solvers take part."
    )
    steps: tuple[int, ...] = Field(
        default=(4, 8, 16, 32, 64, 128, 256, 512), title="Steps", description="Numbers N of steps, rising."
    )
    rho: float = Field(
        default=7.0, ge=1, le=100, title="ρ", description="Curvature of the EDM schedule, 80 to 0.002, that all follow."
    )
    count: int = Field(default=200, ge=1, le=10_000, title="Count", description="Particles whose errors are averaged.")
    seed: int = Field(default=0, ge=0, lt=2**63, title="Seed", description="Seed of the latents, the same everywhere.")

    @field_validator("steps")
    @classmethod
    def _rising(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if not all(low < high for low, high in itertools.pairwise((3, *steps))) or max(steps, default=0) > 10_000:
            raise ValueError("must rise, from 4 to 10,000 at most")
        return steps


class SolverOrders(Experiment[Plan]):
    """See the module."""

    name = "solver-orders"
    title = "Orders of solvers"
    description = "The error of each solver over its steps, on an exact mixture, against a far finer solution."
    source = "Karras et al. 2022; Permenter and Yuan 2024; Hairer, Nørsett and Wanner 1993, section II"
    places: ClassVar[tuple[str, ...]] = ("solver", "steps")
    values: ClassVar[tuple[str, ...]] = ("evaluations", "error", "reference error")
    plan = Plan()
    quick = Plan(steps=(4, 8, 16, 32, 64, 128), count=50)

    def cells(self, plan: Plan) -> list[Cell]:
        """See `Experiment.cells`. Raises `InputError` for a model that is no mixture, or without any cell."""
        model = _mixture(plan.model)
        absent = lineup.refused(plan.solvers, ENTRIES, model)
        latents = Latents(seed=plan.seed, count=plan.count)
        found = [
            Cell(
                Run(
                    model=model.reference,
                    latents=latents,
                    schedule=EDMSchedule(steps=steps, rho=plan.rho),
                    sampler=ENTRIES[name],
                ),
                {"solver": name, "steps": steps},
            )
            for name in plan.solvers
            if name not in absent
            for steps in plan.steps
        ]
        return lineup.some(found, absent)

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. `evaluations` are those up to sigma_min; the error is the root mean square of the
        particles' distances to the reference, None where it is not finite.
        """
        import torch

        from engine.training.sampling import steps

        model = context.load(cell.run.model)
        exact, uncertain = yield from _reference(cell.run, model)
        last, blocks = cell.run.schedule.steps - 1, -(-plan.count // model.block)
        spent, reached = 0, []
        for done, step in enumerate(steps(cell.run, model, interrupted=context.interrupted)):
            if step.index < last:
                spent += step.evaluations
            elif step.index == last:
                reached.append(step.x.cpu())
            yield done / (blocks * (last + 2))
        error = _away(torch.cat(reached), exact)
        return Measured(
            {
                "evaluations": spent // blocks,
                "error": error if math.isfinite(error) else None,
                "reference error": uncertain,
            }
        )

    def cost(self, cell: Cell, plan: Plan) -> float:
        """See `Experiment.cost`."""
        return lineup.evaluations(cell.run.sampler, cell.run.schedule.steps) * cell.run.latents.count

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """See `Experiment.figure`: the errors over the steps and over the evaluations that they took."""
        uncertain = [row.columns["reference error"] for row in rows if row.measured]
        levels = [Level("error of the reference", value) for value in uncertain[:1] if isinstance(value, float)]
        panels = []
        for title, label in (("steps", "Steps N"), ("evaluations", "Evaluations of the model")):
            curves = [_curve(name, title, rows) for name in ENTRIES]
            panels.append(
                Lines(
                    f"Error over {title}",
                    label,
                    "RMS distance to the reference at σ min",
                    [curve for curve in curves if curve.x],
                    levels,
                    log_x=True,
                    log_y=True,
                )
            )
        return Figure(f"{self.title}: {plan.count:,} particles of {plan.model}, EDM schedule, ρ = {plan.rho:g}", panels)

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        """See `Experiment.findings`."""
        said, found = list[str](), _orders(rows)
        if found:
            away = {name: abs(order - EXPECTED[name]) for name, order in found.items()}
            near, most = sum(each <= NEAR for each in away.values()), max(away, key=away.__getitem__)
            said.append(
                f"Of {len(found)} observed orders {near} lie within {NEAR:g} of what theory gives; the furthest from "
                f"it is that of {most}, {found[most]:.2f} instead of {EXPECTED[most]}."
            )
        return said + lineup.told(lineup.refused(plan.solvers, ENTRIES, _mixture(plan.model)))

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`: the orders that theory gives, and those observed."""
        return [
            Compared(f"order of {name}", f"{EXPECTED[name]}, by theory", f"{order:.2f}", NOTES.get(name, ""))
            for name, order in _orders(rows).items()
        ]


def _orders(rows: Sequence[Row]) -> dict[str, float]:
    """The observed order of each solver that has one by now."""
    curves = {name: _curve(name, "steps", rows) for name in ENTRIES}
    found = {name: observed(curve.x, curve.y) for name, curve in curves.items()}
    return {name: order for name, order in found.items() if order is not None}


def observed(steps: Sequence[float], errors: Sequence[float]) -> float | None:
    """The slope -d log(error) / d log(N) over the last three numbers of steps at which the error still follows it.

    Where the error has stopped to fall by sqrt(2) or more from one to the next, rounding or the reference's own error
    has taken over: those points, and one more, are left out. None where three do not remain.
    """
    kept = len(errors)
    while kept > 1 and errors[kept - 1] * math.sqrt(2) > errors[kept - 2]:
        kept -= 1
    kept -= kept < len(errors)
    if kept < 3:
        return None
    x, y = np.log(steps[kept - 3 : kept]), np.log(errors[kept - 3 : kept])
    return -float(np.polyfit(x, y, 1)[0])


def _curve(name: str, over: str, rows: Sequence[Row]) -> Curve:
    """The errors of a solver measured so far; its label says the observed order, where there is one."""
    own = [row for row in rows if row.cell.place["solver"] == name and row.measured]
    points = [
        (row.cell.place["steps"], row.columns[over], error, row.key)
        for row in own
        if isinstance(error := row.columns["error"], float)
    ]
    steps, x, y, keys = zip(*points, strict=True) if points else ((), (), (), ())
    order = observed(steps, y)
    return Curve(name if order is None else f"{name} ({order:.1f})", x, y, keys=keys)


def _mixture(name: str) -> ModelInfo:
    """The mixture of that name. Raises `InputError` for any other model."""
    info = named(name)
    if info.kind != "mixture":
        raise InputError(f"{name} is no exact mixture, so its flow has no reference: choose ring or symmetric-2d, say.")
    return info


def _reference(run: Run, model: Model) -> Generator[float, None, tuple[Tensor, float]]:
    """x [N, ...] at sigma_min as exact as can be, and its error: root mean square distance of the solutions to the two
    `TOLERANCES`, the larger one of which it is. Kept for the other cells of the same particles.
    """
    from engine.analysis.flow import flow
    from engine.execute import first_state, schedule
    from engine.noise import Noise

    common = run.replace(schedule={"steps": 2}, sampler=ENTRIES["euler"])
    if common.digest not in _references:
        first, last, _ = schedule(common, model).tolist()
        x = first_state(common, model, first, Noise(common.latents.seed), range(common.latents.count))
        solved = []
        for tolerance in TOLERANCES:
            solution = flow(model, x, first, last, tolerance)
            while True:
                try:
                    next(solution)
                except StopIteration as end:
                    solved.append(end.value.cpu())
                    break
                yield 0.0
        _references.clear()
        _references[common.digest] = solved[0], _away(*solved)
    return _references[common.digest]


def _away(x: Tensor, exact: Tensor) -> float:
    """The root mean square of the particles' distances [N, ...], six digits."""
    return lineup.rounded((x - exact).flatten(1).square().sum(dim=1).mean().sqrt().item())
