"""The table of an experiment as CSV, as JSON with everything it depends on, and in columns for a terminal.

Called by `export` and by the command line. The same rows on the same machine give the same bytes: no time, no path.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import os
import platform
from collections.abc import Collection, Sequence
from importlib.metadata import version
from typing import Any

from engine.experiments.experiment import Compared, Experiment, Row, Value
from engine.settings import Frozen
from engine.spelled import short


def as_csv(experiment: Experiment[Any], rows: Sequence[Row]) -> bytes:
    """A line of names, then one a row: places and values, numbers in full precision, empty for None."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_names(experiment))
    writer.writerows([_exact(row.columns.get(name)) for name in _names(experiment)] for row in rows)
    return text.getvalue().encode()


def series_csv(experiment: Experiment[Any], rows: Sequence[Row]) -> bytes:
    """A line of names, then one for each step (or what else the series run `over`) of each row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*experiment.places, experiment.over, *experiment.series])
    for row in rows:
        place = [_exact(row.columns.get(name)) for name in experiment.places]
        measured = row.measured.series if row.measured else {}
        steps = itertools.zip_longest(*(measured.get(name, ()) for name in experiment.series))
        writer.writerows([*place, step, *map(_exact, values)] for step, values in enumerate(steps))
    return text.getvalue().encode()


def as_json(experiment: Experiment[Any], plan: Frozen, rows: Sequence[Row]) -> bytes:
    """The experiment, its plan, each cell with its whole Run, the findings, published beside here, and what it was
    measured with.
    """
    told = {
        "experiment": experiment.name,
        "version": experiment.version,
        "title": experiment.title,
        "description": experiment.description,
        "source": experiment.source,
        "plan": plan.model_dump(mode="json"),
        "columns": [_column(experiment, name) for name in _names(experiment)],
        "cells": [_cell(experiment, row) for row in rows],
        "findings": findings(experiment, plan, rows),
        "comparison": [dataclasses.asdict(compared) for compared in experiment.comparison(rows, plan)],
        "environment": environment(),
    }
    return (json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def as_text(experiment: Experiment[Any], rows: Sequence[Row]) -> str:
    """The table in aligned columns, numbers to three significant digits and to the right."""
    names = _names(experiment)
    values = [[row.columns.get(name) for name in names] for row in rows]
    numeric = {i for i in range(len(names)) if any(isinstance(row[i], (int, float)) for row in values)}
    units = [experiment.units.get(name, "") for name in names]
    titles = [f"{name} ({unit})" if unit else name for name, unit in zip(names, units, strict=True)]
    return aligned([titles, *([short(value) for value in row] for row in values)], numeric)


def compared(comparison: Sequence[Compared]) -> str:
    """Published beside here in aligned columns, each note below its line; "" where nothing was published."""
    if not comparison:
        return ""
    head, *lines = aligned(
        [("", "published", "here"), *((each.what, each.published, each.here) for each in comparison)]
    ).split("\n")
    notes = [f"\n    {each.note}" if each.note else "" for each in comparison]
    return "\n".join([head, *(line + note for line, note in zip(lines, notes, strict=True))])


def aligned(lines: Sequence[Sequence[str]], numeric: Collection[int] = ()) -> str:
    """Lines of texts in columns, those of the numbers named in `numeric` to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    sides = [str.rjust if number in numeric else str.ljust for number in range(len(widths))]
    return "\n".join(
        "  ".join(side(text, width) for side, text, width in zip(sides, line, widths, strict=True)).rstrip()
        for line in lines
    )


def findings(experiment: Experiment[Any], plan: Frozen, rows: Sequence[Row]) -> list[str]:
    """What the table says once it is finished; nothing before."""
    return experiment.findings(rows, plan) if all(row.measured for row in rows) else []


def environment() -> dict[str, str | int]:
    """What the numbers may depend on beside the Runs: programs, processor, device. Imports torch."""
    import torch

    from engine.resources import device

    where = device()
    return {
        "latent-loupe": version("latent-loupe"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processors": os.cpu_count() or 1,
        "device": torch.cuda.get_device_name(where) if where.type == "cuda" else where.type,
    }


def _names(experiment: Experiment[Any]) -> list[str]:
    return [*experiment.places, *experiment.values]


def _column(experiment: Experiment[Any], name: str) -> dict[str, str | None]:
    kind = "place" if name in experiment.places else "value"
    return {"name": name, "kind": kind, "unit": experiment.units.get(name)}


def _cell(experiment: Experiment[Any], row: Row) -> dict[str, Any]:
    values = None if row.measured is None else dict(row.measured.values)
    series = None if row.measured is None else dict(row.measured.series)
    return {
        "key": row.key,
        "place": dict(row.cell.place),
        "values": values,
        **({"series": series} if experiment.series else {}),
        "run": row.cell.run.to_dict(),
    }


def _exact(value: Value) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
