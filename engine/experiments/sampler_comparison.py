"""`sampler-comparison` (S14): every sampler at a few budgets of evaluations, from the same latents.

Digits are measured by the Frechet distance in classifier features to MNIST's, points by the exact Wasserstein distance
to the mixture that they should follow. Named in `EXPERIMENTS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from engine.experiments import fidelity, lineup
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row, Value
from engine.figures.figure import Curve, Figure, Level, Lines, Pictures
from engine.models.catalogue import named
from engine.run import Latents, Run
from engine.settings import SAMPLER_SETTINGS, SCHEDULE_SETTINGS, Frozen, Settings
from engine.settings.samplers import ODESettings

ADAPTIVE = "ode-adaptive"
"""The one that is given no budget: it takes as many evaluations as its tolerance needs."""

ENTRIES: dict[str, Settings] = {
    **{
        name: SAMPLER_SETTINGS[name](name=name)
        for name in ("ddim", "gradient-estimation", "heun", "ddpm", "euler-maruyama", "predictor-corrector")
    },
    "ode": ODESettings(method="tsit5", adaptive=False),
    **{name: SAMPLER_SETTINGS[name](name=name) for name in ("dpm-solver++", "unipc", "deis", "pndm")},
    ADAPTIVE: ODESettings(rtol=1e-3, atol=1e-2),
}
"""Samplers by their name in the table. Left out are those that draw the same as another (euler as ddim; the ODE by
Heun's method as heun, so that it stands for Tsitouras's of order five), or that are not made to draw data.
"""

PUBLISHED: dict[str, float] = {
    "gradient-estimation": 3.79,
    "unipc": 3.87,
    "dpm-solver++": 6.37,
    "pndm": 7.03,
    "deis": 7.12,
    "ddim": 16.86,
}
"""FIDs of CIFAR-10 at 10 evaluations, as the slides of Permenter and Yuan list them, beside A-DDIM's 14.00."""

_FREE = 190  # evaluations that the adaptive one takes for digits, about

COMPARED = (5, 10)
"""Budgets at which gradient estimation is said to beat DDIM."""


class Plan(Frozen):
    """What is compared, on what."""

    model: str = Field(
        default="digits",
        title="Model",
        description="A model of digits, measured in features of the digit classifier, or a mixture of points.",
    )
    samplers: Annotated[tuple[str, ...], lineup.among(ENTRIES)] = Field(
        default=tuple(ENTRIES),
        title="Samplers",
        description=f"Which samplers take part. {ADAPTIVE} is given no budget but what its tolerance needs.",
    )
    budgets: tuple[int, ...] = Field(
        default=(5, 10, 20, 50),
        title="Budgets",
        description="Evaluations of the model; each sampler takes as many steps as stay within.",
    )
    schedule: Literal["log-linear", "edm", "ddpm"] = Field(
        default="log-linear",
        title="Schedule",
        description="The levels, by their defaults; log-linear from 40 is the one of the published comparison.",
    )
    count: int = Field(
        default=1000,
        ge=10,
        le=10_000,
        title="Count",
        description="Particles of each cell. Digits take about 2 ms an evaluation each: 1,000 take 40 minutes in all.",
    )
    seed: int = Field(default=0, ge=0, lt=2**62, title="Seed", description="Seed of the latents, the same everywhere.")

    @field_validator("budgets")
    @classmethod
    def _rising(cls, budgets: tuple[int, ...]) -> tuple[int, ...]:
        if not all(low < high for low, high in itertools.pairwise((0, *budgets))) or max(budgets, default=0) > 10_000:
            raise ValueError("must rise, from 1 to 10,000 at most")
        return budgets


class SamplerComparison(Experiment[Plan]):
    """See the module."""

    name = "sampler-comparison"
    title = "Samplers at equal cost"
    description = "Every sampler at 5, 10, 20 and 50 evaluations of the model, from the same latents."
    source = "Permenter and Yuan 2024, comparison of samplers"
    places: ClassVar[tuple[str, ...]] = ("sampler", "budget")
    values: ClassVar[tuple[str, ...]] = ("steps", "evaluations", "distance", "floor")
    plan = Plan()
    quick = Plan(samplers=tuple(name for name in ENTRIES if name != ADAPTIVE), budgets=COMPARED, count=200)

    def cells(self, plan: Plan) -> list[Cell]:
        """See `Experiment.cells`. Raises `InputError` for a model that cannot be measured, or without any cell."""
        model = fidelity.measurable(plan.model)
        absent = lineup.refused(plan.samplers, ENTRIES, model)
        latents = Latents(seed=plan.seed, count=plan.count)
        found = []
        for name in plan.samplers:
            if name in absent:
                continue
            for budget in (None,) if name == ADAPTIVE else plan.budgets:
                steps = 2 if budget is None else lineup.within(ENTRIES[name], budget)
                if not steps:
                    continue
                # Only its ends matter to the adaptive one, and not every schedule of two steps has them.
                kind = "edm" if budget is None else plan.schedule
                schedule = SCHEDULE_SETTINGS[kind](name=kind, steps=steps)
                run = Run(model=model.reference, latents=latents, schedule=schedule, sampler=ENTRIES[name])
                found.append(Cell(run, {"sampler": name, "budget": budget}))
        return lineup.some(found, absent)

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """See `Experiment.measure`. The distance is None where a sampler left what is finite."""
        from engine.training.sampling import drawing

        model, each = context.load(cell.run.model), list[int]()
        drawn = yield from drawing(
            cell.run,
            model,
            interrupted=context.interrupted,
            observe=lambda step: each.append(step.evaluations * len(step.x)),
        )
        count, spent, info, x0 = cell.run.latents.count, sum(each), named(plan.model), drawn.numpy()
        values = {
            "steps": cell.run.schedule.steps,
            "evaluations": spent // count if spent % count == 0 else round(spent / count, 2),
            "distance": fidelity.distance(info, x0),
            "floor": fidelity.floor(info, count),
        }
        return Measured(values, fidelity.picture(info, x0, cell.run))

    def cost(self, cell: Cell, plan: Plan) -> float:
        """See `Experiment.cost`."""
        free = cell.place["budget"] is None
        evaluations = _FREE if free else lineup.evaluations(cell.run.sampler, cell.run.schedule.steps)
        return evaluations * cell.run.latents.count

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """See `Experiment.figure`: the distances over the evaluations counted, and the pictures with them."""
        info = fidelity.measurable(plan.model)
        names = list(dict.fromkeys(str(row.cell.place["sampler"]) for row in rows))
        curves = [curve for name in names if (curve := _curve(name, rows)).x]
        floors = [row.measured.values["floor"] for row in rows if row.measured]
        lines = Lines(
            "Distance over evaluations",
            "Evaluations of the model",
            fidelity.measure_name(info),
            curves,
            [Level("perfect samples", floor) for floor in floors[:1] if isinstance(floor, float)],
            log_x=True,
            log_y=True,
        )
        count = f"{plan.count:,} particles of {plan.model}, {plan.schedule} schedule"
        return Figure(f"{self.title}: {count}", [lines, _pictures(names, rows, lines.y_label)])

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        """See `Experiment.findings`."""
        info, found, said = fidelity.measurable(plan.model), _distances(rows), list[str]()
        if fidelity.is_of_digits(info):
            said += [_claim(found, budget) for budget in COMPARED]
        said += [_free(row) for row in rows if row.cell.place["sampler"] == ADAPTIVE]
        floor = max((float(row.columns["floor"] or 0) for row in rows), default=0.0)
        below = sum(distance <= floor for distance in found.values())
        said += [
            f"As many perfect samples come to {floor:.3g}; of the {len(rows)} cells {below} are not above that, and so "
            "cannot be told from perfect."
        ]
        absent = lineup.refused(plan.samplers, ENTRIES, info)
        return [*filter(None, said), *lineup.told(absent)]

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """See `Experiment.comparison`: published are FIDs of CIFAR-10, of which the order alone can be compared."""
        if not fidelity.is_of_digits(fidelity.measurable(plan.model)):
            return []
        found = _distances(rows)
        return _published({name: found[name, 10] for name in PUBLISHED if (name, 10) in found})


def _distances(rows: Sequence[Row]) -> dict[tuple[Value, Value], float]:
    """Those measured so far that are finite, by sampler and budget."""
    return {
        (row.cell.place["sampler"], row.cell.place["budget"]): distance
        for row in rows
        if isinstance(distance := row.columns.get("distance"), float)
    }


def _curve(name: str, rows: Sequence[Row]) -> Curve:
    """What is measured of a sampler, over the evaluations counted."""
    points = [
        (evaluations, distance, row.key)
        for row in rows
        if row.cell.place["sampler"] == name
        and isinstance(distance := row.columns.get("distance"), float)
        and isinstance(evaluations := row.columns["evaluations"], (int, float))
    ]
    x, y, keys = zip(*sorted(points), strict=True) if points else ((), (), ())
    return Curve(name, x, y, keys=keys)


def _pictures(names: Sequence[str], rows: Sequence[Row], measure: str) -> Pictures:
    """A row a sampler, a column a budget, the distance as the caption; a hole where no step fits into the budget."""
    budgets = list(dict.fromkeys(row.cell.place["budget"] for row in rows))
    cells = {(row.cell.place["sampler"], row.cell.place["budget"]): row for row in rows}
    grid = [[cells.get((name, budget)) for budget in budgets] for name in names]
    return Pictures(
        "Samples",
        "",
        "Evaluations at most",
        names,
        ["any number" if budget is None else str(budget) for budget in budgets],
        [[row.measured.picture if row and row.measured else None for row in line] for line in grid],
        [[_caption(row) for row in line] for line in grid],
        [[row.key if row else None for row in line] for line in grid],
    )


def _caption(row: Row | None) -> str:
    if row is None or row.measured is None:
        return ""
    return f"{_number(row.columns['distance'])} ({row.columns['evaluations']} ev.)"


def _number(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "nothing finite"


def _claim(found: Mapping[tuple[Value, Value], float], budget: int) -> str:
    """Whether gradient estimation beats DDIM there, "" where that was not measured."""
    own, ddim = (found.get((name, budget)) for name in ("gradient-estimation", "ddim"))
    if own is None or ddim is None:
        return ""
    verb = "beats" if own < ddim else "does not beat"
    return f"At {budget} evaluations gradient estimation ({own:.3g}) {verb} DDIM ({ddim:.3g})."


def _free(row: Row) -> str:
    """What the sampler without a budget took."""
    evaluations, reached = row.columns["evaluations"], _number(row.columns["distance"])
    return f"With step control for each particle the ODE solver took {evaluations} evaluations and came to {reached}."


def _published(found: Mapping[str, float]) -> list[Compared]:
    """The distances at 10 evaluations beside the published ones, best first, and how many pairs are in their order."""
    pairs = list(itertools.combinations(found, 2))
    if not pairs:
        return []
    agree = sum(found[better] < found[worse] for better, worse in pairs)
    return [
        *(Compared(f"{name}, 10 evaluations", f"{PUBLISHED[name]:g}", f"{own:.3g}") for name, own in found.items()),
        Compared(
            "pairs in that order",
            f"{len(pairs)} of {len(pairs)}",
            f"{agree} of {len(pairs)}",
            "Published are FIDs of CIFAR-10, of another model in other features: only their order can be compared.",
        ),
    ]
