"""What is taken away from an experiment: its table and its figure as files. No torch here until they are made.

Called by `latent-loupe reproduce` and, through the worker, by the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.experiments import table
from engine.experiments.experiment import Experiment, Row
from engine.figures.sheet import Paper
from engine.output import write_new
from engine.settings import Frozen

TABLES, DRAWINGS = ("csv", "json"), ("png", "svg", "pdf")
KINDS = TABLES + DRAWINGS
"""The kinds of file there are, each the suffix of its name."""

SERIES = "-series.csv"
"""What the name of the second table of an experiment with series adds to the experiment's."""


def files(
    experiment: Experiment[Any],
    plan: Frozen,
    rows: Sequence[Row],
    folder: Path,
    kinds: Iterable[str] = KINDS,
    paper: Paper | None = None,
) -> Iterator[Path]:
    """Write NAME.csv and so on into `folder` and yield where each lies: NAME-2.csv where NAME.csv holds something else.

    Beside NAME.csv lies NAME-series.csv where the experiment has series. Raises `InputError` if the disk refuses.
    """
    for kind in kinds:
        yield write_new(folder / f"{experiment.name}.{kind}", content(experiment, plan, rows, kind, paper))
        if kind == "csv" and experiment.series:
            yield write_new(folder / f"{experiment.name}{SERIES}", content(experiment, plan, rows, "series"))


def content(
    experiment: Experiment[Any], plan: Frozen, rows: Sequence[Row], kind: str, paper: Paper | None = None
) -> bytes:
    """The bytes of the file of that kind, one of `KINDS` or "series"; the same for the same rows on one machine.

    Raises `InputError` where the figure does not fit on the `paper`, without one on 160 mm.
    """
    from engine.figures import draw

    if kind == "csv":
        return table.as_csv(experiment, rows)
    if kind == "json":
        return table.as_json(experiment, plan, rows)
    if kind == "series":
        return table.series_csv(experiment, rows)
    return draw.draw(experiment.figure(rows, plan), kind, paper or draw.PAPER)
