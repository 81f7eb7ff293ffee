"""Pixels as Qt's images. Used wherever a few small pictures are shown; `grid`, which has many, keeps its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QImage


def image(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> QImage:
    """An image of its own of pixels [H, W] (grey) or [H, W, 3] (RGB), uint8."""
    pixels = np.ascontiguousarray(pixels)
    form = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
    return QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels[0].nbytes, form).copy()
