"""Shading: a relative density as a field of colour, and the score as arrows over it."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from app import theme
from app.views.overlays.origin import Array

STRONGEST = 0.55
"""Opacity of the highest density, so that particles stand out before it."""


class Density(pg.ImageItem):
    """A density in [0, 1] by its square root, so that faint modes are seen; transparent where there is none."""

    def __init__(self, plot: pg.PlotItem) -> None:
        super().__init__(axisOrder="row-major", autoDownsample=False)
        self.setZValue(0)
        plot.addItem(self, ignoreBounds=True)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        self.setLookupTable(colours())

    def shade(self, density: Array, rectangle: QRectF) -> None:
        """Draw `density` [rows upwards, columns] over that rectangle."""
        values = (np.sqrt(density) * 255).astype(np.uint8)
        self.setImage(values, autoLevels=False, levels=(0, 255))
        self.setRect(rectangle)

    def paint(self, painter: QPainter, *arguments: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, *arguments)


def colours() -> Array:
    """The map of densities, [256, 4] uint8: viridis, peaks far from the background and more opaque."""
    map_ = theme.sequential() if theme.is_dark() else theme.sequential()[::-1]
    opacity = 255 * STRONGEST * np.clip(np.linspace(0, 2, 256), 0, 1)
    return np.column_stack([map_, opacity.astype(np.uint8)])


def opaque() -> Array:
    """The map of densities as it looks on the background, [256, 3] uint8."""
    map_, opacity = colours()[:, :3], colours()[:, 3:] / 255
    ground = QColor(theme.scheme().base)
    behind = np.array([ground.red(), ground.green(), ground.blue()])
    mixed: Array = map_ * opacity + behind * (1 - opacity)
    return mixed.astype(np.uint8)


class Arrows:
    """Arrows of one curve: along the vectors, their length by the square root of the vectors' norms."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._item = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True, antialias=True)
        self._item.setZValue(10)
        plot.addItem(self._item, ignoreBounds=True)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        colour = QColor(theme.scheme().text)
        colour.setAlphaF(0.35)
        self._item.setPen(pg.mkPen(colour, width=1))

    def setVisible(self, visible: bool) -> None:
        """Show or hide them all."""
        self._item.setVisible(visible)

    def setOpacity(self, opacity: float) -> None:
        """Dim them, 0 to 1."""
        self._item.setOpacity(opacity)

    def draw(self, positions: Array, vectors: Array, longest: float) -> None:
        """Arrows centred on `positions` [M, 2] along `vectors` [M, 2], the longest that many units of the plot."""
        norms = np.hypot(vectors[:, 0], vectors[:, 1])[:, None]
        strongest = norms.max(initial=0.0) or 1.0
        shafts = vectors / np.maximum(norms, 1e-300) * longest * np.sqrt(norms / strongest)
        lines = strokes(positions - 0.5 * shafts, shafts)
        self._item.setData(lines[:, 0], lines[:, 1], connect="pairs", skipFiniteCheck=True)


def strokes(tails: Array, shafts: Array) -> Array:
    """The corners, in pairs, of arrows from `tails` [M, 2] along `shafts` [M, 2]: a shaft and two barbs, [6 M, 2]."""
    tips = tails + shafts
    sideways = np.column_stack([-shafts[:, 1], shafts[:, 0]])
    barbs = [tips - 0.32 * shafts + side * 0.2 * sideways for side in (1, -1)]
    corners: Array = np.stack([tails, tips, tips, barbs[0], tips, barbs[1]], axis=1).reshape(-1, 2)
    return corners
