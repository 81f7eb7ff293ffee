"""The numbers behind a figure: an archive of arrays, and a table with a number a row. Called by `write`."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any

import numpy as np

from engine import npz
from engine.errors import InputError
from engine.figures.make import Array, Made

MOST_ROWS = 2_000_000
"""Numbers in a table at most."""


def as_npz(made: Made) -> bytes:
    """Every array of every panel as `a_NAME`, `b_NAME`, ..., the letter its panel's."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for letter, name, array in _arrays(made):
            npz.add(archive, f"{letter}_{name}", array)
    return file.getvalue()


def as_csv(made: Made) -> bytes:
    """A number a row: panel, name of the array, place in it along each of its axes, value, exactly.

    Raises `InputError` for more than `MOST_ROWS`.
    """
    arrays = list(_arrays(made))
    if sum(array.size for _, _, array in arrays) > MOST_ROWS:
        raise InputError(f"The figure has over {MOST_ROWS:,} numbers, too many for a table: choose NPZ.")
    deepest = max((array.ndim for _, _, array in arrays), default=0)
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["panel", "name", *(f"index{axis}" for axis in range(deepest)), "value"])
    for letter, name, array in arrays:
        none = [""] * (deepest - array.ndim)
        table.writerows([letter, name, *place, *none, value] for place, value in _values(array))
    return file.getvalue().encode()


def _arrays(made: Made) -> Iterator[tuple[str, str, Array]]:
    for letter, arrays in zip(ascii_lowercase, made.data, strict=False):
        for name, array in arrays.items():
            yield letter, name, np.asarray(array)


def _values(array: Array) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Each place with its number as Python's, whose text is the shortest that is exact."""
    return zip(np.ndindex(array.shape), array.ravel().tolist(), strict=True)
