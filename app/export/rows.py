"""Rows of the export dialog: numbers that may be left out, and several numbers as people write them, "0-9, 12"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from app.controls.rows import TextRow

LARGEST = 1_000_000
"""The largest number that a range may end with: more is never drawn."""


class OptionalRow(TextRow):
    """A whole number, or what people call it where there may be none."""

    def __init__(self, title: str, tooltip: str, none: str = "") -> None:
        super().__init__(title, tooltip, f"Write a whole number, or {none}." if none else "Write a whole number.", 20)
        self._none = none
        self.line.setPlaceholderText(none)

    def text_of(self, value: int | None) -> str:
        """The number."""
        return self._none if value is None else str(value)

    def value_of(self, text: str) -> Any:
        """The number; None for nothing and for what none is called."""
        text = text.strip()
        if self._none and text.lower() in ("", self._none):
            return None
        return int(text) if text.isdecimal() else text


class NumbersRow(TextRow):
    """Whole numbers in a row, "0-9, 12", or what people call it where there are none."""

    def __init__(self, title: str, tooltip: str, none: str = "") -> None:
        rule = 'Write numbers and ranges such as "0-9, 12"'
        super().__init__(title, tooltip, f"{rule}, or {none}." if none else f"{rule}.", 1000)
        self._none = none
        self.line.setPlaceholderText(none)

    def text_of(self, value: Sequence[int] | None) -> str:
        """The numbers, those that follow each other as a range."""
        return self._none if value is None else spelled(value)

    def value_of(self, text: str) -> Any:
        """The numbers; None for nothing and for what none is called."""
        return None if self._none and text.strip().lower() in ("", self._none) else numbers(text)


def spelled(values: Sequence[int]) -> str:
    """Numbers as people write them: "0-9, 12"."""
    runs: list[list[int]] = [[value] for value in values[:1]]
    for before, value in pairwise(values):
        if value == before + 1:
            runs[-1][1:] = [value]
        else:
            runs.append([value])
    return ", ".join("-".join(map(str, run)) for run in runs)


def numbers(text: str) -> tuple[int | str, ...]:
    """What `spelled` reads like; a part that is neither a number nor a rising range stays text, for the settings to
    refuse. Spaces do as well as commas.
    """
    found: list[int | str] = []
    for part in text.replace("–", "-").replace(",", " ").split():
        first, dash, last = part.partition("-")
        ends = [int(end) for end in (first, last if dash else first) if end.isdecimal()]
        rising = len(ends) == 2 and ends[0] <= ends[1] <= LARGEST
        found.extend(range(ends[0], ends[1] + 1) if rising else [part])
    return tuple(found)
