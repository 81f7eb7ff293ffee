"""The pairs of a group by their distance, and what the bandwidth leaves of them: a histogram, for the window.

Without torch. The distances and the bandwidth are those of `analysis.groups`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

BINS = 24

_TURNS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)


@dataclass(frozen=True, eq=False)
class Pairs:
    """The `counts` [BINS] of pairs with a distance in equal parts of 0 to `end`, and `weights` [BINS], the kernel
    exp(-distance / h) in the middle of each.

    `end` is a round number beyond all distances, and beyond the bandwidth `h` where that is not far off; `median` is
    that of the distances.
    """

    counts: Array
    weights: Array
    end: float
    h: float
    median: float


def of(distances: Array, h: float) -> Pairs | None:
    """The pairs of a group with `distances` [B, B] and bandwidth h > 0; None where none has a finite distance."""
    apart = distances[np.triu_indices(len(distances), 1)]
    apart = apart[np.isfinite(apart)]
    if not len(apart):
        return None
    furthest = float(apart.max())
    end = _round_up(max(furthest, min(h, 2 * furthest)) or h)
    counts, edges = np.histogram(apart, BINS, (0.0, end))
    return Pairs(counts, np.exp(-(edges[:-1] + edges[1:]) / (2 * h)), end, h, float(np.median(apart)))


def _round_up(value: float) -> float:
    """The next number of few digits, so that an axis keeps still while what it shows moves a little."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next(turn * unit for turn in _TURNS if turn * unit >= value * (1 - 1e-12))
