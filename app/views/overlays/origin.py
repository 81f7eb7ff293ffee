"""Origin: the colour of a particle by where its latent lies. Used by every overlay that draws particles or paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from cmap import Colormap
from PySide6.QtGui import QColor

CLASSES = 12
"""Colours told apart: few, because each is drawn at once."""

Array = np.ndarray[Any, np.dtype[Any]]

AROUND, ALONG = "cmocean:phase", "viridis"


def classes(latents: Array) -> Array:
    """The class of each latent n: its angle for n [N, 2], its place between -2 and 2 for n [N, 1]."""
    if latents.shape[1] == 2:
        turn = np.arctan2(latents[:, 1], latents[:, 0]) / (2 * np.pi) + 0.5
    else:
        turn = (latents[:, 0] + 2) / 4
    return np.clip(turn * CLASSES, 0, CLASSES - 1).astype(np.intp)


def colours(axes: int) -> list[QColor]:
    """The colour of each class: round a circle for two axes, along a line for one."""
    map_ = Colormap(AROUND if axes == 2 else ALONG)
    places = (np.arange(CLASSES) + 0.5) / CLASSES
    if axes == 1:
        places = 0.2 + 0.7 * places  # the low end of this map is too dark for a dark background
    return [QColor.fromRgbF(*map(float, map_(place)[:3])) for place in places]
