"""Counts, numbers and durations as people write them. Called by the window and by the command line."""

from __future__ import annotations

import itertools

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))  # seconds in each


def count(number: int) -> str:
    """`number` with three significant digits: "640", "2.18 k", "1.4 M", "3.2 G"."""
    value = float(f"{number:.3g}")
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"


def duration(seconds: float | None) -> str:
    """`seconds`, at least 0, in the two largest units: "2 h 10 min", "45 s"; none where it is not known."""
    if seconds is None:
        return ""
    if seconds < 1:
        return "less than 1 s"
    for (size, unit), (step, lesser) in itertools.pairwise(_UNITS):
        whole, rest = divmod(round(seconds / step), size // step)
        if whole:
            return f"{whole} {unit} {rest} {lesser}" if rest else f"{whole} {unit}"
    return f"{round(seconds)} s"


def short(value: float | str | None) -> str:
    """A value for people: three significant digits of a float, whole numbers whole, a dash for None."""
    if value is None:
        return "–"
    if isinstance(value, int) or value == 0:
        return f"{value:,.0f}"
    if not isinstance(value, float):
        return value
    text = f"{value:#.3g}".rstrip(".")
    return f"{float(text):,.0f}" if "e+0" in text and abs(value) < 999_500 else text


def on_one_line(error: BaseException) -> str:
    """The kind and text of an exception on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def fault(error: BaseException) -> str:
    """What people are told of an exception that nobody expected."""
    return f"A fault of Latent Loupe, please report it: {on_one_line(error)}."
