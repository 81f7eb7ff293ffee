"""The figure of `directions` and `high-noise`: k_PG without churn, a batch at growing k_PG, the maps. No torch.

Called by the experiments.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from engine.experiments.directions_cells import READABLE, UNIFORM, Cells, Grid
from engine.experiments.experiment import Measured, Row
from engine.experiments.guided import heat_map, number, numbers
from engine.figures.figure import Curve, Level, Lines, Matrix, Panel, Pictures

NAMES = {"directions": "Directions in a batch", "Q": "Quality score Q"}
"""What is drawn, by its column: above how many directions there are, below how well the digits were kept."""

_LEVELS = {
    "directions": Level("independent uniform draws", UNIFORM),
    "Q": Level("readable up to here, in the source", READABLE),
}

_TITLES = {"directions": f"directions in a batch, by chance {UNIFORM:.2f}", "Q": "Q, 0 for the same digit"}

_PICTURED = 5  # k_PG whose pictures are shown, at most


def panels(cells: Cells, strengths: Sequence[float]) -> list[Panel]:
    """All panels, of cells still to come blank; the maps are of the k_PG in `strengths`."""
    found: list[Panel] = []
    if len(cells.strengths) > 1:
        found += [_over_strength(column, cells) for column in NAMES]
    found.append(_pictures(cells))
    if strengths:
        found += [_map(column, cells, grid, strengths) for grid in cells.grids for column in NAMES]
    return found


def _over_strength(column: str, cells: Cells) -> Lines:
    """A curve for each grid over k_PG, at the lowest churn."""
    churn = cells.churns[0]
    curves = [_curve(column, cells, grid, churn) for grid in cells.grids]
    return Lines(
        f"{NAMES[column]}, over k_PG, at S_churn {churn:g}",
        "k_PG",
        NAMES[column],
        [curve for curve in curves if curve.x],
        [*_unguided(column, cells, churn), _LEVELS[column]],
        log_x=True,
        log_y=column == "Q",
    )


def _unguided(column: str, cells: Cells, churn: float) -> list[Level]:
    """What all grids have without guidance, where that is one number."""
    rows = {row.key: measured for grid in cells.grids for k_pg, row, measured in cells.over(grid, churn) if not k_pg}
    if len(rows) != 1:
        return []
    (measured,) = rows.values()
    return [Level("without guidance", number(measured.values[column]))]


def _curve(column: str, cells: Cells, grid: Grid, churn: float) -> Curve:
    points = [(k_pg, row, measured.values) for k_pg, row, measured in cells.over(grid, churn) if k_pg]
    return Curve(
        cells.label(grid),
        [k_pg for k_pg, _, _ in points],
        [number(values[column]) for _, _, values in points],
        [number(values[f"{column} error"]) for _, _, values in points],
        [row.key for _, row, _ in points],
    )


def _pictures(cells: Cells) -> Pictures:
    """The first batch at growing k_PG, at the lowest churn, as in the source's figure 6.7."""
    churn, strengths = cells.churns[0], [0.0, *_spread(cells.strengths, _PICTURED - 1)]
    grid = [[cells.row(which, churn, k_pg) for k_pg in strengths] for which in cells.grids]
    return Pictures(
        f"The first batch, at S_churn {churn:g}",
        "",
        "k_PG",
        [cells.label(which) for which in cells.grids],
        [f"{k_pg:.3g}" for k_pg in strengths],
        [[row.measured.picture if row and row.measured else None for row in line] for line in grid],
        [[_caption(row.measured if row else None) for row in line] for line in grid],
        [[row.key if row else None for row in line] for line in grid],
    )


def _spread(values: Sequence[float], most: int) -> list[float]:
    """So many of the values at most, evenly from among them, the last one included."""
    count = min(most, len(values))
    return [values[(place + 1) * len(values) // count - 1] for place in range(count)]


def _caption(measured: Measured | None) -> str:
    """What that batch holds."""
    if measured is None:
        return ""
    directions, score = (numbers(measured, name)[0] for name in NAMES)
    return f"{directions:.0f} directions, Q {score:.1f}"


def _map(column: str, cells: Cells, grid: Grid, strengths: Sequence[float]) -> Matrix:
    """The source's grid, with the column without guidance."""
    rows: list[Row | None] = [cells.row(grid, churn, k_pg) for churn in cells.churns for k_pg in (0.0, *strengths)]
    title = f"{cells.label(grid)}: {_TITLES[column]}"
    found = heat_map(title, [row for row in rows if row], "S_churn", "k_PG", column, f"{column} error")
    return dataclasses.replace(found, log=column == "Q")
