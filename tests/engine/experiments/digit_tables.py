"""Made-up tables of `digit-modes`, and the plans they are of."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

from engine.experiments.digit_modes import DigitModes, Plan
from engine.experiments.experiment import Measured, Row

DIGITS = DigitModes()
SMALL = Plan(model="digits-ideal", extent="2x2", kernels=("rbf",), bandwidths=("median",), batches=3)
TEN = Plan(batches=10)


def made_up(modes: Sequence[float], quality: float) -> Measured:
    """A measurement with these modes in its batches, all particles of the same quality."""
    mean, error = statistics.fmean(modes), statistics.stdev(modes) / math.sqrt(len(modes))
    values = {"modes": mean, "modes error": error, "quality": quality, "quality error": 0.01, "readable": quality}
    series = {
        "modes": tuple(modes),
        "sure modes": tuple(0.5 * each for each in modes),
        "quality": (quality,) * len(modes),
    }
    particles = " ".join([str(len(modes))] * 10)
    return Measured({**values, "sure modes": mean / 2, "outside": 0.0, "particles": particles}, None, series)


def table(plan: Plan, content: Callable[..., Measured | None]) -> list[Row]:
    """Rows of what `content` makes up of kernel, bandwidth, S_churn and k_PG, None being still to come."""
    return [Row(DIGITS.key(cell, plan), cell, content(*cell.place.values())) for cell in DIGITS.cells(plan)]


def batches(first: float, count: int = 10) -> list[float]:
    """Modes in so many batches, which rise and fall by one about `first`."""
    return [first + (1 if n % 2 else -1) for n in range(count)]
