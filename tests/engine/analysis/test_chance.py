"""Modes that chance finds, against all draws there are, and intervals of shares. # spec: A2"""

from __future__ import annotations

from itertools import product

import pytest
from scipy.stats import binomtest

from engine.analysis.chance import difference, independent, proportion


@pytest.mark.parametrize(("modes", "size"), [(1, 3), (3, 1), (3, 4), (4, 5)])
def test_it_is_the_mean_over_all_draws(modes: int, size: int) -> None:
    draws = list(product(range(modes), repeat=size))
    assert independent(modes, size) == pytest.approx(sum(len(set(draw)) for draw in draws) / len(draws), rel=1e-12)


def test_ten_draws_of_ten_digits() -> None:
    assert independent(10, 10) == pytest.approx(6.513, abs=5e-4)


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (0, 20), (7, 20), (20, 20), (128, 256)])
def test_the_interval_of_a_share_is_wilsons(hits: int, count: int) -> None:
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    assert proportion(hits, count) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("hits", "count"), [(0, 7), (3, 7), (7, 7)])
def test_the_interval_holds_the_share(hits: int, count: int) -> None:
    low, high = proportion(hits, count)
    assert 0 <= low <= hits / count <= high <= 1


@pytest.mark.parametrize(
    ("counts", "expected"), [((56, 70, 48, 80), (0.0524, 0.3339)), ((9, 10, 3, 10), (0.1705, 0.8090))]
)
def test_the_interval_of_a_difference_is_that_of_the_paper(
    counts: tuple[int, int, int, int], expected: tuple[float, float]
) -> None:
    assert difference(*counts) == pytest.approx(expected, abs=5e-5)  # Newcombe 1998, table II, method 10
