"""Correlation: how alike the pictures are that two models, or two ways of drawing, make of the same latents. No torch.

W. Dalheim's thesis, experiments H.1a and H.1b, holds such pairs against each other by eye.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST = 4
"""Pairs at least: of fewer an interval says nothing."""

_RESAMPLED = 2000  # times that the pairs are drawn anew for the intervals


@dataclass(frozen=True)
class Correlation:
    """The mean pixel correlation, -1 to 1, of `count` pairs, and that of shuffled ones, each with a 95 % interval."""

    pairs: float
    pairs_interval: tuple[float, float]
    shuffled: float
    shuffled_interval: tuple[float, float]
    count: int


def correlation(one: NDArray[np.floating], other: NDArray[np.floating], seed: int = 0) -> Correlation:
    """Of pairs of pictures one[p], other[p] [P, ...]: Pearson's over all values of a picture, then the mean over p.

    The shuffled pairs are all of p and q that differ: the mean over all ways to give every picture a partner not its
    own. The intervals are percentiles over pairs drawn anew with replacement (Efron's bootstrap). A picture of one
    value has correlation 0 with every other. Raises `ValueError` for fewer than `FEWEST` pairs.
    """
    count = len(one)
    if count < FEWEST:
        raise ValueError(f"a correlation needs {FEWEST} pairs, not {count}")
    matrix = _standard(one) @ _standard(other).T
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), _RESAMPLED) / count
    weights = weights[(weights < 1).all(axis=1)]  # one pair alone leaves nothing to shuffle
    even = np.full((1, count), 1 / count)
    return Correlation(
        float(_pairs(matrix, even)[0]),
        _interval(_pairs, matrix, weights),
        float(_shuffled(matrix, even)[0]),
        _interval(_shuffled, matrix, weights),
        count,
    )


def _standard(pictures: NDArray[np.floating]) -> Array:
    """Each picture flattened, with mean 0 and length 1, or 0 where it has one value only."""
    values = pictures.reshape(len(pictures), -1).astype(np.float64)
    values -= values.mean(axis=1, keepdims=True)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    standard: Array = np.divide(values, length, out=np.zeros_like(values), where=length > 0)
    return standard


def _pairs(matrix: Array, weights: Array) -> Array:
    """The mean of the diagonal, by each row of weights [R, P] whose sums are 1."""
    mean: Array = weights @ matrix.diagonal()
    return mean


def _shuffled(matrix: Array, weights: Array) -> Array:
    """The mean beside the diagonal, by each row of weights [R, P] whose sums are 1."""
    squares = np.square(weights)
    everything = ((weights @ matrix) * weights).sum(axis=1)
    mean: Array = (everything - squares @ matrix.diagonal()) / (1 - squares.sum(axis=1))
    return mean


def _interval(statistic: Callable[[Array, Array], Array], matrix: Array, weights: Array) -> tuple[float, float]:
    low, high = np.percentile(statistic(matrix, weights), [2.5, 97.5])
    return float(low), float(high)
