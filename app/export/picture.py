"""The canvas as pixels at any scale, and as a PNG with its Run embedded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from engine.embed import write_png
from engine.run import Run


def render(widget: QWidget, scale: float) -> np.ndarray:
    """The widget drawn anew at `scale` pixels a point: [H, W, 3] uint8."""
    size = widget.size() * scale
    image = QImage(size, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().window().color())
    painter = QPainter(image)
    widget.render(painter, QPoint())
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def export_png(widget: QWidget, scale: float, run: Run, path: Path) -> None:
    """Write the widget at `scale` as a PNG that holds `run`. Raises `InputError` where it cannot be written."""
    write_png(path, render(widget, scale), run)
