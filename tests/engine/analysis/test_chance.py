"""Modes that chance finds, against all draws there are. # spec: A2"""

from __future__ import annotations

from itertools import product

import pytest

from engine.analysis.chance import independent


@pytest.mark.parametrize(("modes", "size"), [(1, 3), (3, 1), (3, 4), (4, 5)])
def test_it_is_the_mean_over_all_draws(modes: int, size: int) -> None:
    draws = list(product(range(modes), repeat=size))
    assert independent(modes, size) == pytest.approx(sum(len(set(draw)) for draw in draws) / len(draws), rel=1e-12)


def test_ten_draws_of_ten_digits() -> None:
    assert independent(10, 10) == pytest.approx(6.513, abs=5e-4)
