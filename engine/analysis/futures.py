"""Futures: what many next frames of one sequence show together (A5): their mean and spread, and the places they go to.

Used by the window's page of futures, by `rollout` and by the experiment `next-frame`. Torch is needed here.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.analysis import directions

Array = NDArray[np.float64]

WITHIN = 1.0
"""Pixels: what lands nearer than that to a future shares its place."""

UNREADABLE = 0.5
"""The quality score Q, as a share of the digit's own ink, from which on it cannot be told. The source says 7 to 8, a
third of the ink of a digit of common size; one that is only bent has that much, and is told by eye up to about half.
"""

_ROUNDING = 1e-6


@dataclass(frozen=True)
class Place:
    """Where some futures have their digit: `row` (down) and `column` (right) of the centroid from the middle of the
    frame in pixels, the mean of its `members`, which are `share` of all futures.
    """

    row: float
    column: float
    members: tuple[int, ...]
    share: float


@dataclass(frozen=True, eq=False)
class Futures:
    """What N futures [N, 1, H, W] show.

    `mean` and `spread` [H, W] are the mean and the standard deviation of each pixel, values from 0 to 1. `centroids`
    [N, 2] are (rows down, columns right) from the middle of the frame in pixels, NaN where there is no ink; `quality`
    [N] is the score Q against the last frame given, 0 for the same digit. `places` are those they go to, the one with
    most first; `unreadable` the futures that are in none. `rms` is the root mean square distance of the readable ones'
    centroids to their mean, in pixels, NaN without any.
    """

    mean: Array
    spread: Array
    centroids: Array
    quality: Array
    places: tuple[Place, ...]
    unreadable: tuple[int, ...]
    rms: float

    @property
    def apart(self) -> float:
        """The largest distance between two places, in pixels."""
        at = [np.array((place.row, place.column)) for place in self.places]
        return max((float(np.linalg.norm(a - b)) for a, b in itertools.combinations(at, 2)), default=0.0)

    @property
    def text(self) -> str:
        """For people: "one place", or "12 places, up to 8.1 pixels apart, 3 of 100 unreadable"."""
        count, lost = len(self.places), len(self.unreadable)
        told = [f"{count} places", f"up to {self.apart:.1f} pixels apart"] if count > 1 else ["one place"] * count
        return ", ".join([*told, *([f"{lost} of {len(self.quality)} unreadable"] if lost else [])])


def summary(x0: Tensor, given: Tensor) -> Futures:
    """Of N futures x0 [N, 1, H, W], N >= 1, of the frames given [F, H, W], both in [-1, 1], values beyond cut."""
    pictures = (x0.detach().cpu().double()[:, 0].clamp(-1, 1) + 1) / 2
    centroids, quality, readable = read(x0, given[None, -1:])
    kept = np.flatnonzero(readable)
    places = tuple(_place(kept[members], centroids, len(x0)) for members in grouped(centroids[kept]))
    away = centroids[kept] - centroids[kept].mean(axis=0) if len(kept) else np.full((1, 2), np.nan)
    return Futures(
        pictures.mean(0).numpy(),
        pictures.std(0, correction=0).numpy(),
        centroids,
        quality,
        places,
        tuple(np.flatnonzero(~readable).tolist()),
        float(np.sqrt((away**2).sum(axis=1).mean())),
    )


def read(x0: Tensor, last: Tensor) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Of futures x0 [N, 1, H, W] of a frame, last [1, 1, H, W], both in [-1, 1]: centroids [N, 2], quality [N] and
    whether the digit can be read [N], see `Futures`.
    """
    before, after = directions.ink(last.cpu()).expand(len(x0), -1, -1), directions.ink(x0.cpu())
    centroids, quality = directions.centroids(after), directions.quality(before, after)
    readable = centroids.isfinite().all(1) & (quality <= UNREADABLE * before.square().sum((1, 2)))
    return centroids.numpy(), quality.numpy(), readable.numpy()


def grouped(points: NDArray[Any]) -> list[NDArray[np.int64]]:
    """The numbers of points [N, 2] that share a place, the largest place first; the same whatever their order.

    A place is all that lies within a pixel of the point that has most so near, of what no place before it has; of
    points with as many the one with the smallest sum of distances to them counts, then the first by row and column.
    """
    order = np.lexsort((points[:, 1], points[:, 0]))
    sorted_points = points[order]
    away = np.linalg.norm(sorted_points[:, None] - sorted_points[None], axis=2)
    near, left, found = away < WITHIN - _ROUNDING, np.ones(len(points), bool), []
    while left.any():
        beside = near & left
        counts = np.where(left, beside.sum(axis=1), 0)
        closeness = np.where(counts == counts.max(), (away * beside).sum(axis=1), np.inf)
        members = beside[np.argmin(closeness.round(6))]
        found.append(np.sort(order[members]))
        left &= ~members
    return found


def _place(members: NDArray[np.int64], centroids: Array, count: int) -> Place:
    row, column = centroids[members].mean(axis=0).tolist()
    return Place(row, column, tuple(members.tolist()), len(members) / count)
