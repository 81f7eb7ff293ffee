"""The plane and the line of data of one or two values: what is in sight, arrows, and which paths are followed.

Called by the window's views of them and by `figures.panels`. No torch, no drawing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Ends = tuple[float, float]

REACH = 3.2
"""Standard deviations of the noise that are in sight."""

MARGIN = 1.15
"""Room about the data."""

PRIOR = 3.2
"""The axis of the line reaches so far at least: the prior is as wide."""

EDGE = 0.14
"""Share of the line's axis that each of the two densities at its ends takes."""

POINTS = 24_000
"""Corners of all paths together, at most; of more particles only some are followed."""

FEW = 60
"""Paths up to which each is drawn as a line of its own weight; more are drawn lighter."""

MOST = 200
"""Paths at most: more would hide the density under them."""


def reach(width: float, sigma: float) -> float:
    """Half the side of what is in sight at that level, about data of that width: as wide as they and the noise are."""
    return math.hypot(MARGIN * 0.5 * width or 1.0, REACH * sigma)


def line_reach(values: Array, least: float) -> float:
    """The end of the axis of these values, `least` at least, with room, rounded up to two digits."""
    wanted = max(least, MARGIN * float(np.abs(values).max(initial=0.0)))
    digits = 1 - math.floor(math.log10(wanted))
    end: float = math.ceil(wanted * 10**digits) / 10**digits
    return end


def followed(steps: int, count: int) -> slice:
    """Which of so many particles are followed over so many steps."""
    return slice(None, None, max(1, -(-steps * count // POINTS), -(-count // MOST)))


def strokes(tails: Array, shafts: Array) -> Array:
    """The corners, in pairs, of arrows from `tails` [M, 2] along `shafts` [M, 2]: a shaft and two barbs, [6 M, 2]."""
    tips = tails + shafts
    sideways = np.column_stack([-shafts[:, 1], shafts[:, 0]])
    barbs = [tips - 0.32 * shafts + side * 0.2 * sideways for side in (1, -1)]
    corners: Array = np.stack([tails, tips, tips, barbs[0], tips, barbs[1]], axis=1).reshape(-1, 2)
    return corners


def arrows(positions: Array, vectors: Array, longest: float) -> Array:
    """Arrows as `strokes` centred on `positions` [M, 2] along `vectors` [M, 2], the longest that many units; their
    lengths by the square root of the vectors' norms.
    """
    norms = np.hypot(vectors[:, 0], vectors[:, 1])[:, None]
    strongest = norms.max(initial=0.0) or 1.0
    shafts = vectors / np.maximum(norms, 1e-300) * longest * np.sqrt(norms / strongest)
    return strokes(positions - 0.5 * shafts, shafts)
