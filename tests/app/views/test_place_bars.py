"""Moves in words."""

# spec: A5

from __future__ import annotations

import math

import pytest

from engine.analysis.places import went


@pytest.mark.parametrize(
    ("down", "right", "words"),
    [
        (0.0, 4.0, "4.0 right"),
        (0.2, -4.04, "4.0 left"),
        (-5.0, 5.0, "5.0 right, 5.0 up"),
        (7.0, 0.0, "7.0 down"),
        (0.1, -0.4, "stays"),
        (math.nan, math.nan, "no ink"),
    ],
)
def test_moves_are_told_right_first_and_little_ones_not(down: float, right: float, words: str) -> None:
    assert went(down, right) == words
