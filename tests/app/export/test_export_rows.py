"""Rows of numbers: as people write them, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from app.export.rows import NumbersRow, OptionalRow, numbers, spelled


@given(st.lists(st.integers(0, 200), max_size=30))
def test_numbers_are_read_as_they_are_written(values: list[int]) -> None:
    assert numbers(spelled(values)) == tuple(values)


def test_ranges_and_what_is_none() -> None:
    assert spelled((0, 1, 2, 3, 12, 4, 5)) == "0-3, 12, 4-5"
    assert numbers("0–3 12,, 5") == (0, 1, 2, 3, 12, 5)
    assert numbers("3-1, x, 4-, -5, 0-99999999999, 1-2-3") == ("3-1", "x", "4-", "-5", "0-99999999999", "1-2-3")


def test_nothing_is_what_it_is_called(qtbot: QtBot) -> None:
    every, some = NumbersRow("Particles", "Which.", "all"), NumbersRow("Particles", "Which.")
    step, one = OptionalRow("Step", "Which.", "last"), OptionalRow("Particle", "Which.")
    for row in (every, some, step, one):
        qtbot.addWidget(row)
    assert (every.value_of("ALL "), every.value_of(""), every.text_of(None)) == (None, None, "all")
    assert some.value_of("") == ()
    assert (step.value_of("last"), step.value_of("7"), step.value_of("x")) == (None, 7, "x")
    assert one.value_of("") == ""
