"""Painting: what the tools do to a mask, in pixels: x goes right, y down, and pixel centres lie at + 0.5.

Called by the window's Easel. Nothing here changes the mask that it is given. No torch.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.mask import Mask

Array = NDArray[np.float32]
Point = tuple[float, float]
"""x, y."""

TOLERANCE = 64
"""How far a value may be from that under the bucket to be filled with it, out of 255."""

_PIECE = 64  # pixels of a line that are laid at once: a long slanted one would have a large rectangle around it
_ROWS = 64  # of a shape that are laid at once
_THIN = 1e-3  # half a side of an ellipse that has no area


class Rect(NamedTuple):
    """Pixels from row `top` to before `bottom`, from column `left` to before `right`."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index of these pixels in a mask."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class Stroke:
    """One stroke of a brush of that `diameter` in pixels, 1 at least, over `before`; the result so far is `mask`.

    The outer share `soft` (0 .. 1) of the brush's radius fades out. Where a stroke crosses itself it counts once. It
    raises m to its own, or with `erase` takes its own share of m away.
    """

    def __init__(self, before: Mask, diameter: float, soft: float = 0.0, erase: bool = False) -> None:
        self.before, self.mask = before, before.copy()
        self.diameter, self.soft, self.erase = diameter, soft, erase
        self._coverage = np.zeros_like(before)
        self._last: tuple[float, float, float] | None = None

    def to(self, x: float, y: float, pressure: float = 1.0) -> Rect | None:
        """Go in a straight line to (x, y), first of all to its start; the rectangle where the mask may have changed.

        `pressure` (0 .. 1) multiplies the diameter, in between along the line. None where all is outside of the mask.
        """
        end = (x, y, max(self.diameter * pressure, 1.0) / 2)
        start, self._last = self._last or end, end
        pieces = math.ceil(math.dist(start[:2], end[:2]) / _PIECE) or 1
        stops = np.linspace(start, end, pieces + 1).tolist()
        rects = [rect for one, other in itertools.pairwise(stops) if (rect := self._lay(one, other))]
        if not rects:
            return None
        tops, lefts, bottoms, rights = zip(*rects, strict=True)
        return Rect(min(tops), min(lefts), max(bottoms), max(rights))

    def _lay(self, start: Sequence[float], end: Sequence[float]) -> Rect | None:
        """Cover the points that are no farther from a line than the radius there, each end being x, y, radius."""
        reach = max(start[2], end[2])
        low, high = _corners((start[0], start[1]), (end[0], end[1]))
        rect = _around(self.mask, (low[0] - reach, low[1] - reach), (high[0] + reach, high[1] + reach))
        if rect is None:
            return None
        x, y = _centres(rect, start)
        along, across, wider = (after - before for before, after in zip(start, end, strict=True))
        square = along**2 + across**2
        share = np.clip(x * (along / square) + y * (across / square), 0, 1) if square else np.zeros((1, 1), np.float32)
        radius = start[2] + share * wider
        depth = radius - np.sqrt(np.square(x - share * along) + np.square(y - share * across))
        covered = np.maximum(self._coverage[rect.slices], _bytes(_fall(depth, self.soft * radius)))
        self._coverage[rect.slices] = covered
        self.mask[rect.slices] = _laid(self.before[rect.slices], covered, self.erase)
        return rect


def rectangle(mask: Mask, a: Point, b: Point, *, soft: float = 0.0, erase: bool = False) -> Mask:
    """The mask with a rectangle between two corners; the outer share `soft` of half its shorter side fades out."""
    low, high = _corners(a, b)
    fading = soft * min(high[0] - low[0], high[1] - low[1]) / 2
    return _with(mask, _around(mask, low, high), lambda rect: np.multiply(*_sides(rect, low, high, fading)), erase)


def ellipse(mask: Mask, a: Point, b: Point, *, soft: float = 0.0, erase: bool = False) -> Mask:
    """The mask with the ellipse in the rectangle between two corners; the outer share `soft` of it fades out.

    The distance from its edge is that of first order, which is exact for a circle; nothing beyond the corners is
    covered, where it is too small.
    """
    low, high = _corners(a, b)
    wide, tall = ((after - before) / 2 for before, after in zip(low, high, strict=True))
    middle = (low[0] + wide, low[1] + tall)

    def covered(rect: Rect) -> Array:
        x, y = (np.square(centres) + 1e-6 for centres in _centres(rect, middle))  # never 0
        out = np.sqrt(x / wide**2 + y / tall**2)
        depth = out * (1 - out) / np.sqrt(x / wide**4 + y / tall**4)
        across, along = _sides(rect, low, high, 0.0)
        return np.minimum(np.minimum(_fall(depth, soft * min(wide, tall)), across), along)

    return _with(mask, _around(mask, low, high) if min(wide, tall) > _THIN else None, covered, erase)


def fill(mask: Mask, x: float, y: float, *, erase: bool = False) -> Mask:
    """The mask with the area around a point filled, in which all is within `TOLERANCE` of what is there.

    Half covered pixels at its edge go with it, so that no seam stays along a line.
    """
    from scipy.ndimage import binary_dilation, label  # here: it takes long, and the window needs brushes at its start

    row, column = math.floor(y), math.floor(x)
    if not (0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]):
        return mask.copy()
    alike, _ = label(np.abs(mask.astype(np.int16) - mask[row, column]) <= TOLERANCE)
    area = alike == alike[row, column]
    area |= binary_dilation(area) & (mask > 0) & (mask < 255)
    return np.where(area, np.uint8(0 if erase else 255), mask)


def invert(mask: Mask) -> Mask:
    """1 - m."""
    return 255 - mask


def clear(mask: Mask) -> Mask:
    """m = 0 everywhere."""
    return np.zeros_like(mask)


def _corners(a: Point, b: Point) -> tuple[Point, Point]:
    """The corners of least and of greatest x and y."""
    return (min(a[0], b[0]), min(a[1], b[1])), (max(a[0], b[0]), max(a[1], b[1]))


def _around(mask: Mask, low: Point, high: Point) -> Rect | None:
    """The pixels of the mask that what lies between two points can cover in part; None if there are none."""
    left, top = (max(math.floor(value - 0.5), 0) for value in low)
    right, bottom = (min(math.ceil(value + 0.5), size) for value, size in zip(high, mask.shape[::-1], strict=True))
    return Rect(top, left, bottom, right) if top < bottom and left < right else None


def _centres(rect: Rect, origin: Sequence[float]) -> tuple[Array, Array]:
    """x [1, W] and y [H, 1] of the centres of these pixels, seen from `origin`."""
    x, y = np.arange(rect.left, rect.right) + 0.5 - origin[0], np.arange(rect.top, rect.bottom) + 0.5 - origin[1]
    return x[None].astype(np.float32), y[:, None].astype(np.float32)


def _sides(rect: Rect, low: Point, high: Point, fading: float) -> tuple[Array, Array]:
    """How much a rectangle between two points, which fades out over `fading` pixels, covers each column [1, W] and row
    [H, 1].
    """
    sides = [after - before for before, after in zip(low, high, strict=True)]
    x, y = (
        np.minimum(_fall(np.minimum(centres, side - centres), fading), side)
        for centres, side in zip(_centres(rect, low), sides, strict=True)
    )
    return x, y


def _fall(depth: Array, fading: Array | float) -> Array:
    """The coverage, 0 .. 1, of pixels at a depth inside of an edge: 0 half a pixel outside, 1 from `fading` on.

    Without fading it is the share of the pixel that a straight edge covers.
    """
    share: Array = np.clip((depth + 0.5) / (1 + fading), 0, 1)
    return share * share * (3 - 2 * share) if np.any(fading) else share


def _bytes(coverage: Array) -> Mask:
    return (coverage * 255 + 0.5).astype(np.uint8)


def _with(mask: Mask, rect: Rect | None, coverage: Callable[[Rect], Array], erase: bool) -> Mask:
    """The mask with a shape of that coverage in a rectangle, some rows at a time: so they stay in the cache."""
    painted = mask.copy()
    if rect is not None:
        for top in range(rect.top, rect.bottom, _ROWS):
            band = rect._replace(top=top, bottom=min(top + _ROWS, rect.bottom))
            painted[band.slices] = _laid(mask[band.slices], _bytes(coverage(band)), erase)
    return painted


def _laid(before: Mask, coverage: Mask, erase: bool) -> Mask:
    """max(m, coverage), or m (1 - coverage)."""
    if not erase:
        return np.maximum(before, coverage)
    return ((before.astype(np.uint16) * (255 - coverage) + 127) // 255).astype(np.uint8)
