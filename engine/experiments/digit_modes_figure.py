"""The figure of `digit-modes`: the 2 x 2, k_PG without churn, what modes cost, pictures, the maps. No torch.

Called by the experiment.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.experiments.digit_modes_cells import FOUR, SURE, UNIFORM, Cells, Map
from engine.experiments.experiment import Measured, Row
from engine.experiments.guided import CHURNS, STRENGTHS, heat_map, number, numbers, over_batches
from engine.figures.figure import Curve, Level, Lines, Matrix, Panel, Pictures

NAMES = {
    "modes": "Digits in a batch",
    "sure modes": f"Digits read with a confidence of {SURE:g} or more",
    "quality": "Confidence of the classifier",
}
"""What is drawn, by the name of its series."""

_MAPPED = ("modes", "quality")

_PICTURED = (0.0, 1.0, 10.0, 100.0, 1000.0)  # k_PG whose pictures are shown


def panels(cells: Cells) -> list[Panel]:
    """All panels that the cells of the plan fill, those still to come blank."""
    found: list[Panel] = [_four(column, cells) for column in _MAPPED]
    if len(cells.strengths) > 1:
        found += [*(_over_strength(column, cells) for column in NAMES), _trade(cells)]
    found.append(_pictures(cells))
    if set(CHURNS) <= set(cells.churns):
        found += [_map(column, cells, which) for which in cells.maps for column in _MAPPED]
    return found


def _title(column: str, cells: Cells) -> str:
    """The name of a column; that of the modes with what independent draws hold."""
    if column != "modes":
        return NAMES[column]
    model = cells.independent
    frequencies = "" if model is None else f", {model:.2f} (this model)"
    return f"{NAMES[column]}, by chance {UNIFORM:.2f} (uniform){frequencies}"


def _four(column: str, cells: Cells) -> Matrix:
    """S_churn across; down no guidance, and k_PG 1 for each kernel and bandwidth."""
    grid = [[cells.row(cells.maps[0], churn, 0.0) for churn in FOUR]]
    grid += [[cells.row(which, churn, 1.0) for churn in FOUR] for which in cells.maps]
    return Matrix(
        _title(column, cells),
        "k_PG 1",
        "S_churn",
        ["without guidance", *(which.label for which in cells.maps)],
        [f"{churn:g}" for churn in FOUR],
        [[_value(row, column) for row in line] for line in grid],
        [[row.key if row else None for row in line] for line in grid],
        [[_value(row, f"{column} error") for row in line] for line in grid],
    )


def _map(column: str, cells: Cells, which: Map) -> Matrix:
    """The source's grid, with the column without guidance."""
    rows = [cells.row(which, churn, k_pg) for churn in CHURNS for k_pg in (0.0, *STRENGTHS)]
    title = f"{which.label}: {_title(column, cells)}"
    return heat_map(title, [row for row in rows if row], "S_churn", "k_PG", column, f"{column} error")


def _over_strength(series: str, cells: Cells) -> Lines:
    """A curve for each kernel and bandwidth over k_PG, without churn."""
    still = cells.measured(cells.maps[0], 0.0, 0.0)
    levels = [Level("without guidance", over_batches(numbers(still, series))[0])] if still else []
    if series == "modes":
        levels.append(Level("independent uniform draws", UNIFORM))
        if cells.independent is not None:
            levels.append(Level("independent draws with this model's frequencies", cells.independent))
    curves = [_curve(series, cells, which) for which in cells.maps]
    return Lines(
        f"{NAMES[series]}, over k_PG, without churn",
        "k_PG",
        NAMES[series],
        [curve for curve in curves if curve.x],
        levels,
        log_x=True,
    )


def _curve(series: str, cells: Cells, which: Map) -> Curve:
    rows = [(k_pg, row) for k_pg in cells.strengths if (row := cells.row(which, 0.0, k_pg)) and row.measured]
    found = [over_batches(numbers(row.measured, series)) for _, row in rows if row.measured]
    return Curve(
        which.label,
        [k_pg for k_pg, _ in rows],
        [mean for mean, _ in found],
        [error for _, error in found],
        [row.key for _, row in rows],
    )


def _trade(cells: Cells) -> Lines:
    """Quality against modes, a point for each cell."""
    groups = {"without guidance": [row for place, row in cells.rows.items() if place[0] is None]}
    groups |= {which.label: [*cells.of_map(which).values()] for which in cells.maps}
    curves = [_scatter(label, rows) for label, rows in groups.items()]
    return Lines("What digits cost: all cells", NAMES["modes"], NAMES["quality"], [each for each in curves if each.x])


def _scatter(label: str, rows: Sequence[Row]) -> Curve:
    points = sorted(
        (number(row.columns["modes"]), number(row.columns["quality"]), row.key) for row in rows if row.measured
    )
    x, y, keys = zip(*points, strict=True) if points else ((), (), ())
    return Curve(label, x, y, keys=keys, joined=False)


def _pictures(cells: Cells) -> Pictures:
    """The first batch at a few k_PG, without churn."""
    strengths = [k_pg for k_pg in _PICTURED if k_pg in (0.0, *cells.strengths)]
    grid = [[cells.row(which, 0.0, k_pg) for k_pg in strengths] for which in cells.maps]
    return Pictures(
        "The first batch, without churn",
        "",
        "k_PG",
        [which.label for which in cells.maps],
        [f"{k_pg:g}" for k_pg in strengths],
        [[row.measured.picture if row and row.measured else None for row in line] for line in grid],
        [[_caption(row.measured if row else None) for row in line] for line in grid],
        [[row.key if row else None for row in line] for line in grid],
    )


def _caption(measured: Measured | None) -> str:
    """What that batch holds."""
    if measured is None:
        return ""
    modes, quality = (numbers(measured, name)[0] for name in _MAPPED)
    return f"{modes:.0f} digits, confidence {quality:.2f}"


def _value(row: Row | None, column: str) -> float | None:
    return number(row.columns[column]) if row and row.measured else None
