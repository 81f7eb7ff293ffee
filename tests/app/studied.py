"""A small experiment for the tests of the Analysis workspace: twelve cells on the ring, measured in no time.

Its figure has a panel of each kind. It never ends of itself where its plan says `stuck`, at the cell of that number.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from engine.embed import png_bytes
from engine.errors import InputError, Interrupted
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row
from engine.experiments.live import Report, report
from engine.experiments.runner import perform, rows
from engine.figures.figure import Curve, Figure, Level, Lines, Matrix, Pictures
from engine.models.catalogue import named
from engine.run import Run
from engine.settings import Frozen


class TinyPlan(Frozen):
    """Which cells there are."""

    steps: tuple[int, ...] = Field(default=(5, 10, 20, 50), title="Steps", description="The numbers of steps.")
    seed: int = Field(default=0, ge=0, le=100, title="Seed", description="Of the latents.")
    kind: Literal["plain", "other"] = Field(default="plain", title="Kind", description="Of what is measured.")
    stuck: int = Field(default=-1, ge=-1, title="Stuck", description="The cell that never ends.")
    fails: int = Field(default=-1, ge=-1, title="Fails", description="The cell that cannot be measured.")


class Tiny(Experiment[TinyPlan]):
    """Churn against steps: the error falls with both."""

    name = "tiny"
    title = "A tiny comparison"
    description = "How the error falls with the steps, for three strengths of churn."
    source = "a test"
    places = ("model", "churn", "steps")
    values = ("error", "score")
    units = {"score": "bit"}  # noqa: RUF012 - as in every experiment
    plan = TinyPlan()
    quick = TinyPlan(steps=(5, 10))
    churns = (0.0, 0.5, 1.0)

    def cells(self, plan: TinyPlan) -> Sequence[Cell]:
        if not plan.steps:
            raise InputError("There are no steps: name some.")
        base = Run(model=named("ring").reference)
        return [
            Cell(
                base.replace(schedule={"steps": steps}, sampler={"churn": churn}, latents={"seed": plan.seed}),
                {"model": "ring", "churn": churn, "steps": steps},
            )
            for churn in self.churns
            for steps in plan.steps
        ]

    def measure(self, cell: Cell, plan: TinyPlan, context: Context) -> Generator[float, None, Measured]:
        number = list(self.cells(plan)).index(cell)
        if number == plan.fails:
            raise InputError("This cell cannot be measured: choose another kind.")
        context.load(cell.run.model)
        pieces = 10**9 if number == plan.stuck else 4
        for piece in range(pieces):
            if context.interrupted():
                raise Interrupted
            yield piece / pieces
        churn, steps = (float(str(cell.place[name])) for name in ("churn", "steps"))
        pixels = np.full((8, 16), round(250 * churn), np.uint8)
        return Measured({"error": (1 + churn) / steps**2, "score": round(10 * churn)}, png_bytes(pixels, cell.run))

    def measured_by(self, plan: TinyPlan) -> dict[str, Any]:
        return {"kind": plan.kind}

    def figure(self, rows: Sequence[Row], plan: TinyPlan) -> Figure:
        lines = [[row for row in rows if row.cell.place["churn"] == churn] for churn in self.churns]
        names, heads = [f"churn {churn:g}" for churn in self.churns], [f"{steps}" for steps in plan.steps]
        values = [[row.columns.get("error") for row in line] for line in lines]
        keys = [[row.key for row in line] for line in lines]
        curves = []
        for name, line in zip(names, lines, strict=True):
            known = [row for row in line if row.measured is not None]
            y = [float(str(row.columns["error"])) for row in known]
            x = [float(str(row.columns["steps"])) for row in known]
            curves.append(Curve(name, x, y, [value / 5 for value in y], [row.key for row in known]))
        pictures = [[row.measured.picture if row.measured else None for row in line] for line in lines]
        captions = [[f"{row.columns['error']:.2g}" if row.measured else "" for row in line] for line in lines]
        return Figure(
            self.title,
            [
                Lines("Error over steps", "steps", "error", curves, [Level("chance", 0.05)], log_x=True, log_y=True),
                Matrix("Error", "churn", "steps", names, heads, values, keys, log=True),  # type: ignore[arg-type]
                Pictures("Samples", "churn", "steps", names, heads, pictures, captions, keys),
            ],
        )

    def findings(self, rows: Sequence[Row], plan: TinyPlan) -> list[str]:
        return ["Published: the error falls as 1/N²; here: it does."]

    def comparison(self, rows: Sequence[Row], plan: TinyPlan) -> list[Compared]:
        errors = [float(str(row.columns["error"])) for row in rows if row.measured]
        return [Compared("least error", "0.0004 ± 0.0001", f"{min(errors):.2g}", "Of < 50 steps.")] if errors else []


class Other(Tiny):
    """Another experiment with the same cells."""

    name = "other"
    title = "Another comparison"
    plan = TinyPlan(seed=1)


TINY, OTHER = Tiny(), Other()


def kept(folder: Path, plan: TinyPlan = TINY.plan, cells: int | None = None) -> list[Row]:
    """The table after so many of its cells were measured into `folder`, all by default."""
    for progress in perform(TINY, plan, folder, Context(lambda _: named("ring").build())):
        if progress.done == cells:
            break
    return rows(TINY, plan, folder)


def reported(folder: Path, plan: TinyPlan = TINY.plan, cells: int | None = None) -> Report:
    """What is known then."""
    return report(TINY, plan, kept(folder, plan, cells))


def registry(*experiments: Experiment[Any]) -> dict[str, Experiment[Any]]:
    """These in place of `EXPERIMENTS`."""
    return {experiment.name: experiment for experiment in experiments}


def keys(rows: Iterable[Row]) -> list[str]:
    """The keys of the rows."""
    return [row.key for row in rows]
