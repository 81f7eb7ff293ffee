"""Presets: masks to begin with, by their names: parts of any picture, and what toy faces have where. No torch.

Called by the window's list of masks.
"""

from __future__ import annotations

import numpy as np

from engine.data import faces
from engine.mask import Mask

_PARTS = {
    "whole": ((0, 1), (0, 1)),
    "left half": ((0, 1), (0, 1 / 2)),
    "centre": ((1 / 4, 3 / 4), (1 / 4, 3 / 4)),
}
"""Boxes in shares of height and width: from and to."""


def presets(data_shape: tuple[int, ...], data: str = "") -> dict[str, Mask]:
    """Masks [H, W] by name for a model of pictures [C, H, W] made of the set `data`, as `ModelInfo.data` names it."""
    height, width = data_shape[1:]
    boxes = {name: (_share(rows, height), _share(columns, width)) for name, (rows, columns) in _PARTS.items()}
    if data == "faces" and data_shape == faces.SHAPE:
        boxes |= faces.REGIONS
    return {name: _box((height, width), box) for name, box in boxes.items()}


def _share(part: tuple[float, float], size: int) -> slice:
    return slice(round(part[0] * size), round(part[1] * size))


def _box(size: tuple[int, int], box: tuple[slice, slice]) -> Mask:
    mask = np.zeros(size, np.uint8)
    mask[box] = 255
    return mask
