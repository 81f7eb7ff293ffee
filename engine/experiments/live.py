"""An experiment as a window follows it: all that is known of it, told anew while its cells are measured.

Called by the Analysis workspace through the worker. No torch here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.experiments import runner
from engine.experiments.cost import seconds
from engine.experiments.experiment import Compared, Context, Experiment, Row
from engine.experiments.runner import Progress
from engine.figures.figure import Figure
from engine.settings import Frozen

CALM = 0.25
"""Seconds between two figures of cells that are measured quickly, at least."""


@dataclass(frozen=True, eq=False)
class Report:
    """The table of `plan` with what is drawn of it: `figure` None until a cell is measured, `findings` once all are,
    `comparison` of what is measured with what was published.

    `cost` is what all cells cost together, `cost_left` those still to come, and `seconds` what these take on one core,
    about. `progress` is None of what is only looked at.
    """

    plan: Frozen
    rows: tuple[Row, ...]
    figure: Figure | None
    findings: tuple[str, ...]
    comparison: tuple[Compared, ...]
    cost: float
    cost_left: float
    seconds: float
    progress: Progress | None = None

    @property
    def done(self) -> int:
        """How many cells are measured."""
        return sum(row.measured is not None for row in self.rows)

    @property
    def speed(self) -> float | None:
        """Cost carried out in a second; None until that is known."""
        told = self.progress
        if told is None or not told.seconds_left:
            return None
        return self.cost * (1 - told.share) / told.seconds_left


def report(experiment: Experiment[Any], plan: Frozen, rows: Sequence[Row]) -> Report:
    """What these rows, the table of `plan`, say."""
    cells = {row.key: row.cell for row in rows}
    left = {row.key: row.cell for row in rows if row.measured is None}
    costs = {key: experiment.cost(cell, plan) for key, cell in cells.items()}
    return Report(
        plan,
        tuple(rows),
        experiment.figure(rows, plan) if len(left) < len(cells) else None,
        () if left else tuple(experiment.findings(rows, plan)),
        tuple(experiment.comparison(rows, plan)),
        sum(costs.values()),
        sum(costs[key] for key in left),
        seconds(cell.run for cell in left.values()),
    )


def look(experiment: Experiment[Any], plan: Frozen, folder: Path) -> Report:
    """What `folder` holds of `plan`. Raises `InputError` for a plan that cannot be carried out."""
    return report(experiment, plan, runner.rows(experiment, plan, folder))


def watch(experiment: Experiment[Any], plan: Frozen, folder: Path, context: Context) -> Iterator[Report]:
    """`runner.perform`, and after each piece of work all that is known; each Report holds what the one before held.

    Raises what `runner.perform` raises.
    """
    told = look(experiment, plan, folder)
    rows, drawn, stale = list(told.rows), time.monotonic(), False
    for progress in runner.perform(experiment, plan, folder, context):
        if (finished := progress.row) is not None:
            rows = [replace(row, measured=finished.measured) if row.key == finished.key else row for row in rows]
            stale = True
        if progress.done == progress.total:  # what the folder holds in the end, should somebody have cleared it
            rows = runner.rows(experiment, plan, folder)
        if stale and (progress.done == progress.total or time.monotonic() - drawn >= CALM):
            told, drawn, stale = report(experiment, plan, rows), time.monotonic(), False
        yield replace(told, progress=progress)
