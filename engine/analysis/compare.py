"""Comparing two Runs: the difference of what they hold at one level. Called by the canvas. No torch at import."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.errors import InputError

Array = np.ndarray[Any, np.dtype[Any]]


def difference(b: Array, a: Array) -> Array:
    """B - A over the particles both have, [min(N_a, N_b), ...] of b [N_b, ...] and a [N_a, ...].

    Raises `InputError` if one particle of A has another shape than one of B.
    """
    if b.shape[1:] != a.shape[1:]:
        shapes = [" × ".join(map(str, x.shape[1:])) for x in (a, b)]
        raise InputError(
            f"A has {shapes[0]} values a particle and B has {shapes[1]}, so there is no difference to show: "
            "pin a Run of the same data shape."
        )
    count = min(len(a), len(b))
    result: Array = b[:count] - a[:count]
    return result
