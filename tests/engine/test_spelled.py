"""Counts and durations as words."""

from __future__ import annotations

import pytest

from engine.spelled import count, duration, short


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (640, "640"),
        (1000, "1 k"),
        (2184, "2.18 k"),
        (999_999, "1 M"),
        (1_400_000, "1.4 M"),
        (3_200_000_000, "3.2 G"),
    ],
)
def test_counts(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.4, "less than 1 s"),
        (45, "45 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (3599.8, "1 h"),
        (7800, "2 h 10 min"),
        (86_399, "1 d"),
        (187_200, "2 d 4 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (12345, "12,345"),
        ("word", "word"),
        (0.0, "0"),
        (1.0, "1.00"),
        (12.3456, "12.3"),
        (123.456, "123"),
        (999.7, "1,000"),
        (-123456.0, "-123,000"),
        (999_499.0, "999,000"),
        (999_500.0, "1.00e+06"),
        (2.5e-7, "2.50e-07"),
    ],
)
def test_values_for_people(value: float | str | None, text: str) -> None:
    assert short(value) == text
