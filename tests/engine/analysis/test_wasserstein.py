"""The Wasserstein distance against closed forms and POT."""

from __future__ import annotations

import numpy as np
import ot
import pytest

from engine.analysis.wasserstein import distance
from engine.errors import InputError


# spec: S14
def test_a_linear_programme_gives_the_same() -> None:
    points, others = np.random.default_rng(0).standard_normal((2, 200, 2)) * [[[1, 2]], [[3, 1]]]
    weights = np.full(200, 1 / 200)
    assert distance(points, others) ** 2 == pytest.approx(ot.emd2(weights, weights, ot.dist(points, others)), rel=1e-9)


def test_on_a_line_the_sorted_points_are_paired() -> None:
    points, others = np.random.default_rng(1).standard_normal((2, 300, 1)) * [[[1]], [[4]]]
    away = np.sort(points, axis=0) - np.sort(others, axis=0)
    assert distance(points, others) == pytest.approx(np.sqrt(np.square(away).mean()), rel=1e-12)


def test_a_shift_is_the_distance_and_the_order_of_points_does_not_matter() -> None:
    points = np.random.default_rng(2).standard_normal((100, 3))
    moved = points[::-1] + np.array([3.0, 0, 4.0])
    assert distance(points, moved) == pytest.approx(5, rel=1e-12)
    assert distance(points, points[::-1]) == 0


def test_what_cannot_be_paired_is_refused() -> None:
    with pytest.raises(InputError, match="as many of each"):
        distance(np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(InputError, match="as many of each"):
        distance(np.zeros((0, 2)), np.zeros((0, 2)))
    with pytest.raises(InputError, match="not finite"):
        distance(np.array([[np.nan]]), np.zeros((1, 1)))
