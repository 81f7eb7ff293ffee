"""Measures of edits: an intensity in deviations of the latent's mean, and what an edit changed inside and outside.

No torch. Called by `operations`, the window's controls, strips and views, and the experiment latent-edits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine import mask as masks
from engine.settings.references import MaskReference

Array = NDArray[np.float64]

DEVIATIONS = 0.02 * math.sqrt(256 * 256 * 3)
"""How far W. Dalheim's thesis goes, in deviations of the mean: lambda = 0.02 at 256 x 256 x 3 (H.2a), 8.87 of them."""

LARGEST = 1.5
"""The largest lambda of a default range: of a small mask so many deviations would be far from any latent."""


def scale(sigma: float, *, preserving: bool) -> float:
    """What n is multiplied with to be a state at level sigma: sigma, or, for a variance-preserving model, whose own
    state x / sqrt(1 + sigma^2) starts as n, sqrt(1 + sigma^2).
    """
    return math.hypot(1.0, sigma) if preserving else sigma


def weights(data_shape: Sequence[int], mask: MaskReference | None = None, channel: int | None = None) -> Array:
    """m [*data_shape] in [0, 1] of an edit: the mask's, without one 1; 0 in all channels but the chosen one, if any.

    Raises `InputError` as `mask.values`.
    """
    m = np.ones(tuple(data_shape))
    if mask is not None:
        m *= masks.values(mask, tuple(data_shape))
    if channel is not None:
        m[np.arange(len(m)) != channel] = 0
    return m


def deviation(m: Array) -> float:
    """sqrt(sum m^2) / sum m: the standard deviation of the m-weighted mean of a standard normal latent.

    lambda divided by it says how many deviations the mean is moved. Infinite where m is 0 everywhere.
    """
    total = float(m.sum())
    return math.sqrt(np.vdot(m, m)) / total if total else math.inf


def span(m: Array) -> float:
    """The end of the default range of lambda, which is symmetric: `DEVIATIONS`, but not above `LARGEST`.

    Of a whole latent of 32 x 32 x 3 it is 0.16, of 64 x 64 x 3 0.08 and of 256 x 256 x 3 0.02.
    """
    return _span(deviation(m))


def reach(
    data_shape: Sequence[int], mask: MaskReference | None = None, channel: int | None = None
) -> tuple[float, float]:
    """`deviation` and `span` of the `weights` of an edit, found on one channel: fast enough while one paints.

    C channels with the same m have 1 / sqrt(C) of the deviation of one. Raises `InputError` as `weights`.
    """
    found = deviation(weights((1, *data_shape[1:]), mask)) / math.sqrt(data_shape[0] if channel is None else 1)
    return found, _span(found)


def _span(found: float) -> float:
    return min(DEVIATIONS * found, LARGEST)


def difference(before: NDArray[np.floating], now: NDArray[np.floating]) -> Array:
    """By how much each value of two pictures [..., C, H, W] in [-1, 1] differs, on [0, 1]; beyond they are cut."""
    apart: Array = np.subtract(np.clip(now, -1, 1), np.clip(before, -1, 1), dtype=np.float64)
    np.abs(apart, out=apart)
    apart /= 2
    return apart


def change(before: NDArray[np.floating], now: NDArray[np.floating], m: Array) -> tuple[float | None, float | None]:
    """The mean `difference` a value inside of a mask m, which goes with the last axes of the pictures, and outside.

    Inside each value counts m times, outside 1 - m times; None where there is no inside or no outside.
    """
    apart = difference(before, now)
    inside, outside = (np.broadcast_to(weight, apart.shape) for weight in (m, 1 - m))
    return _mean(apart, inside), _mean(apart, outside)


def _mean(values: Array, weight: Array) -> float | None:
    total = float(weight.sum())
    return float(np.vdot(values, weight)) / total if total else None
