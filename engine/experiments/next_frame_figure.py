"""The figure of `next-frame`: frames given, mean and spread of what follows, its places, their distances. No torch.

Called by the experiment.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from engine.experiments.experiment import Row
from engine.experiments.guided import number
from engine.experiments.next_frame_cells import SAMPLERS, SITUATIONS, Cells
from engine.figures.figure import Matrix, Panel, Pictures

_SEQUENCES = "Sequence, counted from the first with such frames"
_LINES = "Model and situation"

Line = Sequence[Row | None]


def panels(cells: Cells) -> list[Panel]:
    """All panels, the cells still to come blank."""
    return [
        _pictures(cells),
        _matrix("Places of the futures, a pixel around", "places", cells),
        _matrix("Distance of the futures to their mean, rms in pixels", "rms", cells, log=True),
    ]


def _pictures(cells: Cells) -> Pictures:
    """A row for each model and situation, drawn with churn."""
    lines = _lines(cells, ["stochastic"])
    return Pictures(
        "Given, and below: the next frame, mean and spread of the futures",
        _LINES,
        _SEQUENCES,
        [name.removesuffix(", stochastic") for name in lines],
        _columns(lines),
        [[row.measured.picture if row and row.measured else None for row in line] for line in lines.values()],
        [[_caption(row) for row in line] for line in lines.values()],
        _keys(lines),
    )


def _caption(row: Row | None) -> str:
    if row is None or row.measured is None:
        return ""
    places = row.measured.values["places"]
    return f"{places} place" if places == 1 else f"{places} places"


def _matrix(title: str, column: str, cells: Cells, *, log: bool = False) -> Matrix:
    """A column of the table, a row for each model, situation and sampler."""
    lines = _lines(cells, list(SAMPLERS))
    values = [[_value(row, column) for row in line] for line in lines.values()]
    return Matrix(title, _LINES, _SEQUENCES, list(lines), _columns(lines), values, _keys(lines), log=log)


def _value(row: Row | None, column: str) -> float | None:
    value = row.columns.get(column) if row else None
    return None if value is None else number(value)


def _lines(cells: Cells, samplers: Sequence[str]) -> dict[str, Line]:
    """The rows of the table by model, situation and sampler, a sequence each, all as long as the longest."""
    found = {
        ", ".join(place): rows
        for place in itertools.product(cells.models, SITUATIONS, samplers)
        if (rows := cells.at(*place))
    }
    width = max(map(len, found.values()))
    return {name: [*rows, *[None] * (width - len(rows))] for name, rows in found.items()}


def _columns(lines: dict[str, Line]) -> list[str]:
    return [str(place) for place, _ in enumerate(next(iter(lines.values())), 1)]


def _keys(lines: dict[str, Line]) -> list[list[str | None]]:
    return [[row.key if row else None for row in line] for line in lines.values()]
