"""The cells of `digit-modes`: which there are, by their place, each compared with the one without guidance. No torch.

Used by the experiment, its figure and its findings.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from engine.analysis.chance import independent
from engine.experiments.experiment import Measured, Row
from engine.experiments.guided import Gain, between, labelled, number
from engine.settings.guidance import Kernel

BATCH = 10
"""Particles that guide each other and whose modes are counted together."""

FOUR = (0.0, 0.7)
"""S_churn of the source's 2 x 2, with k_PG 0 and 1."""

SURE = 0.9
"""Confidence of the classifier from which a picture counts as read."""

UNIFORM = independent(10, BATCH)
"""Digits that as many independent, uniform draws hold on average."""

SPREAD = math.sqrt(90 * 0.8**BATCH + (10 - UNIFORM) - (10 - UNIFORM) ** 2)
"""The standard deviation of that from batch to batch."""

Place = tuple[Kernel | None, str | None, float, float]
"""Kernel, bandwidth, S_churn and k_PG; neither of the first two without guidance."""


@dataclass(frozen=True)
class Map:
    """What a heat map is of: a kernel, and its bandwidth as `guided.BANDWIDTHS` names it."""

    kernel: Kernel
    bandwidth: str

    @property
    def label(self) -> str:
        """For people."""
        return labelled(self.kernel, self.bandwidth)


class Cells:
    """The rows of a table, measured or not. With k_PG 0 all maps have the same cells."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows: dict[Place, Row] = {cast("Place", tuple(row.cell.place.values())): row for row in rows}
        self.maps = list(dict.fromkeys(Map(place[0], place[1]) for place in self.rows if place[0] and place[1]))
        self.churns = sorted({place[2] for place in self.rows})
        self.strengths = sorted({place[3] for place in self.rows} - {0.0})
        self.independent = self._independent()
        """Digits that a batch of independent draws with this model's frequencies holds on average; None while these are
        unknown.
        """

    def row(self, which: Map, churn: float, k_pg: float) -> Row | None:
        """The row of that place, None where there is none."""
        return self.rows.get((which.kernel, which.bandwidth, churn, k_pg) if k_pg else (None, None, churn, 0.0))

    def measured(self, which: Map, churn: float, k_pg: float) -> Measured | None:
        """What was measured there, None where nothing was."""
        row = self.row(which, churn, k_pg)
        return row.measured if row else None

    def gain(self, series: str, which: Map, churn: float, k_pg: float) -> Gain | None:
        """That of guidance at equal churn, in the values of a batch; None where one of both is not measured."""
        return between(self.measured(which, churn, 0.0), self.measured(which, churn, k_pg), series)

    def moved(self, which: Map, churn: float, k_pg: float) -> int:
        """1 where guidance clearly raises the count, -1 where it lowers it, else 0.

        By over two standard errors it is then above that of the same latents without guidance, and also above that of
        independent draws: all cells of one churn are compared with one cell without guidance, which chance can lower.
        """
        gain, after = self.gain("modes", which, churn, k_pg), self.measured(which, churn, k_pg)
        if gain is None or after is None or self.independent is None or not gain.told:
            return 0
        beside = Gain(number(after.values["modes"]) - self.independent, number(after.values["modes error"]))
        return int(math.copysign(1, gain.value)) if beside.told and beside.value * gain.value > 0 else 0

    def of_map(self, which: Map) -> dict[tuple[float, float], Row]:
        """The guided rows of that map by S_churn and k_PG."""
        return {
            (place[2], place[3]): row
            for place, row in self.rows.items()
            if place[:2] == (which.kernel, which.bandwidth)
        }

    def unguided(self) -> list[tuple[float, Measured]]:
        """What was measured without guidance, by S_churn, rising."""
        found = [(churn, self.rows.get((None, None, churn, 0.0))) for churn in self.churns]
        return [(churn, row.measured) for churn, row in found if row and row.measured]

    def _independent(self) -> float | None:
        """The mean over the cells without guidance of the unbiased estimate from all their particles (Hurlbert 1971,
        equation 14): how many digits ten of them hold that are drawn without being put back.
        """
        drawn = [[int(count) for count in str(each.values["particles"]).split()] for _, each in self.unguided()]
        found = [_rarefied(particles) for particles in drawn if sum(particles) >= BATCH]
        return statistics.fmean(found) if found else None


def _rarefied(particles: Sequence[int]) -> float:
    total = sum(particles)
    return sum(1 - math.comb(total - count, BATCH) / math.comb(total, BATCH) for count in particles)
