"""What is taken away from an experiment: its table and its figure as files. No torch here until they are made.

Called by `latent-loupe reproduce` and, through the worker, by the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.experiments import table
from engine.experiments.experiment import Experiment, Row
from engine.output import write_new
from engine.settings import Frozen

TABLES, DRAWINGS = ("csv", "json"), ("png", "svg", "pdf")
KINDS = TABLES + DRAWINGS
"""The kinds of file there are, each the suffix of its name."""

SERIES = "-series.csv"
"""What the name of the second table of an experiment with series adds to the experiment's."""


def files(
    experiment: Experiment[Any], plan: Frozen, rows: Sequence[Row], folder: Path, kinds: Iterable[str] = KINDS
) -> Iterator[Path]:
    """Write NAME.csv and so on into `folder` and yield where each lies: NAME-2.csv where NAME.csv holds something else.

    Beside NAME.csv lies NAME-series.csv where the experiment has series. Raises `InputError` if the disk refuses.
    """
    for kind in kinds:
        yield write_new(folder / f"{experiment.name}.{kind}", content(experiment, plan, rows, kind))
        if kind == "csv" and experiment.series:
            yield write_new(folder / f"{experiment.name}{SERIES}", table.series_csv(experiment, rows))


def content(experiment: Experiment[Any], plan: Frozen, rows: Sequence[Row], kind: str) -> bytes:
    """The bytes of the file of that kind, one of `KINDS`; the same for the same rows on one machine."""
    from engine.figures import draw

    if kind == "csv":
        return table.as_csv(experiment, rows)
    if kind == "json":
        return table.as_json(experiment, plan, rows)
    return draw.draw(experiment.figure(rows, plan), kind)
