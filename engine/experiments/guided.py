"""What experiments with particle guidance share: the source's grid, the bandwidths, written down before anything was
measured, models of digits, how modes that are counted in batches compare, and maps of a grid. No torch.

Used by `ring_modes`, `digit_modes`, `guidance_norms`, `directions` and `prior`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import InputError
from engine.experiments import fidelity, lineup
from engine.experiments.experiment import Measured, Row, Value
from engine.figures.figure import Matrix
from engine.models.catalogue import ModelInfo, named
from engine.settings import GuidanceSettings
from engine.settings.guidance import KERNEL_LABELS, Kernel

CHURNS = (0.0, *(10.0**exponent for exponent in (-2, -1.5, -1, -0.5, 0)))
STRENGTHS = tuple(10.0 ** (quarter / 4) for quarter in range(-4, 5))
"""S_churn and k_PG of the source's grid (equations 3.1 and 3.2)."""

SEARCHED = tuple(10.0**exponent for exponent in (1.5, 2, 2.5, 3))
"""k_PG beyond the source's, with S_churn 0: where does guidance act?"""

BANDWIDTHS = ("median", "unit", "finished")
"""How h is chosen. median: the median heuristic, anew at each step. unit: h = 1, the kernel exp(-distance) itself, as
the source, which names no h, may have had it. finished: `FINISHED`.
"""

FINISHED: dict[Kernel, float] = {"rbf": 45.0, "iou": 0.33, "l1": 36.0, "mahalanobis": 8.0, "features": 400.0}
"""What the median heuristic gives for ten finished digits drawn by `digits`, about: an h that tells digits apart and to
which the estimates at high noise, at squared distances of 2 to 8 from each other, are all one. Of mahalanobis it is
2 (B - 1) / ln B, as for a group that its covariance whitens.
"""


def guidance(
    kernel: Kernel | None, bandwidth: str | None, k_pg: float, finished: Mapping[Kernel, float] = FINISHED
) -> GuidanceSettings:
    """The settings with one of `BANDWIDTHS`, of which `finished` says the last; without a kernel, or for k_PG 0, always
    the same, so that such Runs are equal.
    """
    if kernel is None or k_pg == 0:
        return GuidanceSettings()
    if bandwidth == "median":
        return GuidanceSettings(k_pg=k_pg, kernel=kernel)
    return GuidanceSettings(k_pg=k_pg, kernel=kernel, bandwidth="fixed", width=_width(kernel, bandwidth, finished))


def labelled(kernel: Kernel, bandwidth: str | None, finished: Mapping[Kernel, float] = FINISHED) -> str:
    """The kernel and its bandwidth, as of `guidance`, for people: "IoU, median h", "L2, h = 45"."""
    h = "median h" if bandwidth == "median" else f"h = {_width(kernel, bandwidth, finished):g}"
    return f"{KERNEL_LABELS[kernel]}, {h}"


def _width(kernel: Kernel, bandwidth: str | None, finished: Mapping[Kernel, float]) -> float:
    return finished[kernel] if bandwidth == "finished" else 1.0


def of_digits(name: str) -> ModelInfo:
    """The model of that name. Raises `InputError` where it draws anything but digits."""
    info = named(name)
    if not fidelity.is_of_digits(info):
        raise InputError(f"What {name} draws is not one of ten digits: choose a model of digits, such as digits.")
    return info


def number(value: Value) -> float:
    """A number of a table; NaN for what is none."""
    return float(value) if isinstance(value, (int, float)) else math.nan


def heat_map(title: str, rows: Sequence[Row], down: str, across: str, value: str, error: str = "") -> Matrix:
    """A column of the table over two others, `down` and `across`, in the order that the rows have, and its errors."""
    lines, columns = (list(dict.fromkeys(row.columns[name] for row in rows)) for name in (down, across))
    found = {(row.columns[down], row.columns[across]): row for row in rows}
    grid = [[found.get((line, column)) for column in columns] for line in lines]

    def part(name: str) -> list[list[float | None]]:
        return [[number(row.columns[name]) if row and row.measured else None for row in line] for line in grid]

    return Matrix(
        title,
        down,
        across,
        list(map(_label, lines)),
        list(map(_label, columns)),
        part(value),
        [[row.key if row else None for row in line] for line in grid],
        part(error) if error else None,
    )


def _label(value: Value) -> str:
    """Three digits at most: 0.0316, 0.5, 1000."""
    return f"{float(f'{value:.3g}'):g}" if isinstance(value, float) else str(value)


def over_batches(values: Sequence[float]) -> tuple[float, float]:
    """The mean of one value a batch, two at least, and its standard error, six digits of each."""
    error = statistics.stdev(values) / math.sqrt(len(values))
    return lineup.rounded(statistics.fmean(values)), lineup.rounded(error)


def gain(values: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """How far `values` are above `others` in the mean, and the standard error of that, paired by batch: two cells whose
    batches start from the same latents differ by less than their own errors say.
    """
    return over_batches([value - other for value, other in zip(values, others, strict=True)])


@dataclass(frozen=True)
class Gain:
    """How far the mean of a cell is above another's, and the standard error of that, paired by batch."""

    value: float
    error: float

    @property
    def told(self) -> bool:
        """Whether it is more than two standard errors."""
        return abs(self.value) > 2 * self.error

    def __str__(self) -> str:
        return f"{self.value:+.2f} ± {self.error:.2f}"


def between(one: Measured | None, other: Measured | None, series: str) -> Gain | None:
    """How far `other` is above `one`, None where one of both is not measured."""
    if one is None or other is None:
        return None
    return Gain(*gain(numbers(other, series), numbers(one, series)))


def numbers(measured: Measured, series: str) -> list[float]:
    """What a series holds."""
    return [value for value in measured.series[series] if value is not None]


def with_error(measured: Measured, column: str) -> str:
    """A value of the table with its error: "5.25 ± 0.19"."""
    return f"{number(measured.values[column]):.2f} ± {number(measured.values[f'{column} error']):.2f}"
