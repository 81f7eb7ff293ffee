"""The cells of `directions` and `high-noise`: which there are, by their place, and how they compare. No torch.

Used by both experiments, their figure and what is said of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from engine.analysis.chance import independent
from engine.experiments.experiment import Measured, Row
from engine.experiments.guided import Gain, between, labelled, number
from engine.settings.guidance import Kernel

BATCH = 8
"""Particles that guide each other and whose directions are counted together, as many as there are directions."""

RHO = 7.0
"""That of EDM's schedule in the source, unless it says otherwise."""

READABLE = 8.0
"""Q up to which a picture counts as readable: the source's limit lies between 7 and 8 (figure 6.7)."""

EMPTY = 0.01
"""Ink, as a share of the digit's, below which a picture counts as empty: what is left is noise, and so its centroid."""

PLACED: dict[Kernel, float] = {"rbf": 85.0, "iou": 0.48, "l1": 60.0, "mahalanobis": 49.0}
"""h of the bandwidth `finished`: what the median heuristic gives for a digit in all of its eight places, the mean over
200 of MNIST's test digits. Nothing that is drawn is needed for it.
"""

UNIFORM = independent(8, BATCH)
"""Directions that as many independent, uniform draws hold on average."""

Place = tuple[str, float, Kernel | None, str | None, float, float]
"""Model, rho, kernel, bandwidth, S_churn and k_PG; neither kernel nor bandwidth without guidance."""


@dataclass(frozen=True)
class Grid:
    """What a heat map is of: all S_churn and k_PG of these."""

    model: str
    rho: float
    kernel: Kernel
    bandwidth: str


@dataclass(frozen=True)
class Apart:
    """How the cells of one grid compare with those of another, paired by batch: of `count` cells `more` are higher and
    `fewer` lower by over two standard errors; `mean` is the mean difference and `most` the largest.
    """

    count: int
    more: int
    fewer: int
    mean: float
    most: Gain

    def __str__(self) -> str:
        return (
            f"of {self.count} cells {self.more} higher and {self.fewer} lower by over two standard errors; "
            f"{self.mean:+.2f} in the mean, {self.most} at most"
        )


class Cells:
    """The rows of a table, measured or not. Without guidance all grids of one model and rho have the same cells."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows: dict[Place, Row] = {cast("Place", tuple(row.cell.place.values())): row for row in rows}
        found = (Grid(model, rho, kernel, h) for model, rho, kernel, h, *_ in self.rows if kernel and h)
        self.grids = list(dict.fromkeys(found))
        self.churns = sorted({place[4] for place in self.rows})
        self.strengths = sorted({place[5] for place in self.rows} - {0.0})

    def label(self, grid: Grid) -> str:
        """For people: what tells the grid from the others, and its bandwidth."""
        parts = [
            grid.model if len({each.model for each in self.grids}) > 1 else "",
            f"ρ {grid.rho:g}" if len({each.rho for each in self.grids}) > 1 else "",
            labelled(grid.kernel, grid.bandwidth, PLACED),
        ]
        return ", ".join(filter(None, parts))

    def row(self, grid: Grid, churn: float, k_pg: float) -> Row | None:
        """The row of that place, None where there is none."""
        kernel, bandwidth = (grid.kernel, grid.bandwidth) if k_pg else (None, None)
        return self.rows.get((grid.model, grid.rho, kernel, bandwidth, churn, k_pg))

    def measured(self, grid: Grid, churn: float, k_pg: float) -> Measured | None:
        """What was measured there, None where nothing was."""
        row = self.row(grid, churn, k_pg)
        return row.measured if row else None

    def gain(self, series: str, grid: Grid, churn: float, k_pg: float) -> Gain | None:
        """That of guidance at equal churn, paired by batch; None where one of both is not measured."""
        return between(self.measured(grid, churn, 0.0), self.measured(grid, churn, k_pg), series)

    def over(self, grid: Grid, churn: float) -> list[tuple[float, Row, Measured]]:
        """What is measured of the grid with that churn, by k_PG, rising, from 0 on."""
        found = [(k_pg, self.row(grid, churn, k_pg)) for k_pg in (0.0, *self.strengths)]
        return [(k_pg, row, row.measured) for k_pg, row in found if row and row.measured]

    def all(self, grid: Grid) -> list[tuple[float, float, Measured]]:
        """S_churn, k_PG and what is measured there, of the whole grid."""
        return [(churn, k_pg, measured) for churn in self.churns for k_pg, _, measured in self.over(grid, churn)]

    def best(self, grid: Grid) -> tuple[float, float, Measured] | None:
        """The cell with the most directions among those whose mean Q is readable; None without any."""
        kept = [cell for cell in self.all(grid) if number(cell[2].values["Q"]) <= READABLE]
        return max(kept, key=lambda cell: number(cell[2].values["directions"]), default=None)

    def apart(self, series: str, grid: Grid, other: Grid) -> Apart | None:
        """How the guided cells of `other` are above those of `grid`; None where no two are measured."""
        gains = [
            gain
            for churn, k_pg, measured in self.all(grid)
            if k_pg and (gain := between(measured, self.measured(other, churn, k_pg), series))
        ]
        if not gains:
            return None
        told = [gain.value for gain in gains if gain.told]
        most = max(gains, key=lambda gain: abs(gain.value))
        mean = statistics.fmean(gain.value for gain in gains)
        return Apart(len(gains), sum(each > 0 for each in told), sum(each < 0 for each in told), mean, most)
