"""An experiment without a window: a progress bar or lines, then table, findings, files. Called by the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from engine.errors import Interrupted
from engine.experiments import export, runner, table
from engine.experiments.experiment import Context, Experiment
from engine.experiments.runner import Progress
from engine.output import check_target
from engine.settings import Frozen

CELLS = "cells"
"""The folder, in the one that is named on the command line, in which each cell is kept."""

_BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}{postfix}"


def reproduce(
    experiment: Experiment[Any], plan: Frozen, folder: Path, interrupted: Callable[[], bool] = lambda: False
) -> None:
    """Measure what `folder` does not hold yet, print table, findings and published beside here, write the files and
    print their paths.

    Raises `InputError`, and `Interrupted` with the sentence that says how to go on.
    """
    cells = folder / CELLS
    check_target(folder / f"{experiment.name}.csv")
    context = Context(runner.load, interrupted)
    tqdm.monitor_interval = 0  # or it starts a thread of its own
    try:
        with tqdm(total=1.0, disable=None, desc=experiment.name, bar_format=_BAR) as bar:
            for progress in runner.perform(experiment, plan, cells, context):
                _tell(bar, progress)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted(f"Stopped: the same command goes on with the cells that {cells} holds.") from None
    rows = runner.rows(experiment, plan, cells)
    print(table.as_text(experiment, rows))
    for said in (*table.findings(experiment, plan, rows), table.compared(experiment.comparison(rows, plan))):
        if said:
            print(f"\n{said}")
    print()
    for path in export.files(experiment, plan, rows, folder):
        print(path)


def _tell(bar: tqdm[Any], progress: Progress) -> None:
    seconds = progress.seconds_left
    left = f", {bar.format_interval(seconds)} left" if seconds is not None else ""
    told = f"{progress.done} of {progress.total} cells{left}"
    bar.set_postfix_str(told, refresh=False)
    bar.update(progress.share - bar.n)
    if bar.disable and progress.row is not None:
        print(told, file=sys.stderr, flush=True)
