"""Small experiments that the tests of the framework share: each measurement is in the table twice, in a few pieces."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.embed import png_bytes
from engine.errors import Interrupted
from engine.experiments.experiment import Cell, Compared, Context, Experiment, Measured, Row, Value
from engine.figures.figure import Curve, Figure, Lines, Matrix, Pictures
from engine.run import ModelReference
from engine.settings import Frozen
from tests.engine.tiny import TinyMixture, run_of

COLUMNS = ("first", "again")


class Plan(Frozen):
    """What the cells are."""

    seeds: tuple[int, ...] = Field(default=(0, 1, 2), title="Seeds", description="One a measurement.")
    pieces: int = Field(default=2, ge=1, title="Pieces", description="Of each measurement.")
    pictures: bool = Field(default=True, title="Pictures", description="Whether there are any.")
    rounding: Literal["up", "down"] = Field(default="down", title="Rounding", description="Of what is measured.")


class Small(Experiment[Plan]):
    """`measured` lists the seeds as they are measured."""

    name = "small"
    title = "A small experiment"
    description = "What 1 / (seed + 3) is, and 100 % of it."
    source = "a test"
    places: ClassVar[tuple[str, ...]] = ("column", "seed")
    values: ClassVar[tuple[str, ...]] = ("third", "word", "none")
    units: ClassVar[Mapping[str, str]] = {"third": "mm"}
    plan = Plan()
    quick = Plan(seeds=(0,))

    def __init__(self) -> None:
        self.measured: list[int] = []

    def cells(self, plan: Plan) -> Sequence[Cell]:
        return [
            Cell(run_of(latents={"seed": seed}), {"column": column, "seed": seed})
            for column in COLUMNS
            for seed in plan.seeds
        ]

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        context.load(cell.run.model)
        for piece in range(plan.pieces):
            if context.interrupted():
                raise Interrupted
            yield (piece + 1) / plan.pieces
        seed = cell.run.latents.seed
        self.measured.append(seed)
        values: dict[str, Value] = {"third": 1 / (seed + 3), "word": f"seed {seed}, {plan.rounding}", "none": None}
        picture = png_bytes(np.full((4, 6), 40 * (seed % 5), np.uint8), cell.run)
        return Measured(values, picture if plan.pictures else None)

    def cost(self, cell: Cell, plan: Plan) -> float:
        return cell.run.latents.seed + 1

    def measured_by(self, plan: Plan) -> Mapping[str, Any]:
        return {"rounding": plan.rounding}

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        return [f"The largest is {max(float(row.columns['third'] or 0) for row in rows):.3g}."]

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        thirds = [float(str(row.columns["third"])) for row in rows if row.measured]
        return [Compared("the smallest", "0.25 ± 0.1", f"{min(thirds):.3g}", "Another seed.")] if thirds else []

    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        line = rows[: len(plan.seeds)]
        numbers = [float(row.columns.get("third") or 0) for row in line]
        names = [f"seed {seed}" for seed in plan.seeds]
        return Figure(
            "Figure of a small experiment",
            [
                Lines("Lines", "seed + 1", "third", [Curve("a curve", [seed + 1 for seed in plan.seeds], numbers)]),
                Matrix("Matrix", "nothing", "seed", ["third"], names, [numbers], [[row.key for row in line]]),
                Pictures(
                    "Pictures",
                    "nothing",
                    "seed",
                    ["grey"],
                    names,
                    [[row.measured.picture if row.measured else None for row in line]],
                    [[f"caption {name}" for name in names]],
                    [[row.key for row in line]],
                ),
            ],
        )


class InSeries(Small):
    """It measures two series too, the second one shorter."""

    series: ClassVar[tuple[str, ...]] = ("level", "norm")

    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        measured = yield from super().measure(cell, plan, context)
        return replace(measured, series={"level": (2.0, 1.0, 0.0), "norm": (1 / (cell.run.latents.seed + 3), None)})


class InBatches(InSeries):
    """It measures the cells of two seeds at a time, piece by piece."""

    def batches(self, cells: Sequence[Cell], plan: Plan) -> list[Sequence[Cell]]:
        return [cells[first : first + 2] for first in range(0, len(cells), 2)]

    def measure_together(
        self, cells: Sequence[Cell], plan: Plan, context: Context
    ) -> Generator[float, None, Sequence[Measured]]:
        measured: list[Measured] = []
        works = [self.measure(cell, plan, context) for cell in cells]
        while len(measured) < len(cells):
            for work in works:
                try:
                    share = next(work)
                except StopIteration as end:
                    measured.append(end.value)
            if not measured:
                yield share
        return measured


def load(reference: ModelReference) -> TinyMixture:
    """`TinyMixture`, whatever is asked for."""
    return TinyMixture()
