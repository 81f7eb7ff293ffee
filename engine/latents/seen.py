"""Seen: what the window says of an edited particle: its latent n, the moments of that, and where its picture changed.

No torch: values come as arrays. Called by `app.views.edited`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import picture
from engine.latents.measure import difference, scale
from engine.run import Run

Array = NDArray[np.floating[Any]]


def latent(x: Array, sigma: float, run: Run, *, preserving: bool) -> Array:
    """n [C, H, W] in the state x at the first level, sigma, as `execute.first_state` puts it in: (x - x0) / sigma where
    the Run starts from a picture x0, else x / sigma, or x / sqrt(1 + sigma^2) of a variance-preserving model.

    Raises `InputError` if the picture is missing or does not suit x.
    """
    if run.latents.picture is not None:
        return (x - picture.values(run.latents.picture, x.shape)) / sigma
    return x / scale(sigma, preserving=preserving)


def moments(values: Array) -> tuple[float, float]:
    """Mean and standard deviation; of a latent that nobody touched about 0 and 1."""
    return float(values.mean()), float(values.std())


def heat(before: Array, now: Array) -> Array:
    """|now - before| [H, W] of two pictures [C, H, W] in [-1, 1], on [0, 1], the mean over their channels."""
    apart: Array = difference(before, now).mean(axis=0)
    return apart
