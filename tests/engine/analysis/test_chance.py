"""Modes that chance finds, against all draws there are, and intervals of shares. # spec: A2, A7"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom, binomtest

from engine.analysis.chance import clustered, difference, independent, proportion, variation


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


# spec: A5
@pytest.mark.parametrize(
    ("shares", "count"), [([1 / 7] * 7, 100), ([0.9, 0.1], 100), ([0.5, 0.25, 0.25], 5), ([1 / 16] * 16, 33)]
)
def test_the_shares_of_exact_draws_are_off_by_chance(shares: list[float], count: int) -> None:
    """Against 100,000 simulated draws, whose mean has a standard error below 0.001."""
    drawn = np.random.default_rng(0).multinomial(count, shares, size=100_000) / count
    simulated = abs(drawn - shares).sum(axis=1).mean() / 2
    assert variation(shares, count) == pytest.approx(simulated, abs=2e-3)


@pytest.mark.parametrize("alike", [1, 5])
def test_trials_that_are_alike_in_a_cluster_count_once(alike: int) -> None:
    hits, counts = [alike] * 7 + [0] * 13, [alike] * 20
    assert clustered(hits, counts) == pytest.approx((0.35, *proportion(0.35 * 19, 19)), rel=1e-12)


def test_clusters_that_all_hold_the_same_share_leave_no_doubt() -> None:
    assert clustered([5] * 20, [10] * 20) == (0.5, 0.5, 0.5)


def test_of_trials_that_are_all_alike_each_cluster_counts_once() -> None:
    assert clustered([10] * 20, [10] * 20) == pytest.approx((1, *proportion(20, 20)))
    assert clustered([0] * 20, [10] * 19 + [0]) == pytest.approx((0, *proportion(0, 19)))
    assert all(map(math.isnan, clustered([0, 0], [0, 0])))


def test_the_interval_of_clusters_holds_the_share_as_often_as_it_says() -> None:
    # The share of each of 40 clusters is one of the middles of a beta distribution's parts, and its hits are binomial.
    shares = beta(9, 1).ppf([(k + 0.5) / 8 for k in range(8)])
    draws = binom.rvs(10, shares.repeat(5), size=(400, 40), random_state=0)
    held = sum(low <= shares.mean() <= high for _, low, high in (clustered(row, [10] * 40) for row in draws.tolist()))
    assert held / 400 >= 0.93


@given(st.lists(st.integers(0, 10).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=9))
def test_the_interval_of_clusters_holds_the_share_found(found: list[tuple[int, int]]) -> None:
    hits, counts = zip(*found, strict=True)
    share, low, high = clustered(hits, counts)
    assert (0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1 + 1e-12) or not any(counts)
