"""How alike pairs of pictures are, against shuffled ones: closed forms, a count over all pairs, and what is refused."""
# spec: L5

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.correlation import correlation


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 3, 8, 8))


def test_a_picture_is_like_itself_whatever_its_brightness_and_contrast() -> None:
    one = pictures(6)
    found = correlation(one, 3.0 * one - 0.5)
    assert found.pairs == pytest.approx(1, abs=1e-12)
    assert found.pairs_interval == pytest.approx((1, 1), abs=1e-12)
    assert abs(found.shuffled) < 0.1  # six pictures of 192 independent values
    assert correlation(one, -one).pairs == pytest.approx(-1, abs=1e-12)


@given(st.integers(4, 9), st.integers(0, 1000))
def test_it_is_the_mean_over_all_pairs(count: int, seed: int) -> None:
    one, other = pictures(count, seed), pictures(count, seed) + pictures(count, seed + 1)
    single = [[np.corrcoef(a.ravel(), b.ravel())[0, 1] for b in other] for a in one]
    found = correlation(one, other)
    assert found.pairs == pytest.approx(np.mean([single[p][p] for p in range(count)]), abs=1e-12)
    unlike = [single[p][q] for p, q in itertools.permutations(range(count), 2)]
    assert found.shuffled == pytest.approx(np.mean(unlike), abs=1e-12)
    assert found.count == count


def test_the_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Pairs of one signal in equally strong noise correlate with 1/2, shuffled ones with 0."""
    generator, hits, shuffled = np.random.default_rng(0), 0, 0
    for _ in range(100):
        signal, *noise = generator.standard_normal((3, 32, 100))
        found = correlation(signal + noise[0], signal + noise[1])
        hits += found.pairs_interval[0] <= 0.5 <= found.pairs_interval[1]
        shuffled += found.shuffled_interval[0] <= 0 <= found.shuffled_interval[1]
    assert hits >= 85
    assert shuffled >= 85


def test_it_is_the_same_each_time() -> None:
    one, other = pictures(5), pictures(5, 1)
    assert correlation(one, other) == correlation(one, other)


def test_a_picture_of_one_value_is_like_no_other() -> None:
    assert correlation(np.ones((4, 1, 2, 2)), pictures(4)[:, :1, :2, :2]).pairs == 0


def test_few_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 4 pairs, not 3"):
        correlation(pictures(3), pictures(3))
