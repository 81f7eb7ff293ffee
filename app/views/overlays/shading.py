"""Shading: a relative density as a field of colour, and the score as arrows over it."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from app import theme
from app.views.overlays.origin import Array
from engine.analysis import colours
from engine.analysis.plane import arrows


class Density(pg.ImageItem):
    """A density in [0, 1] by its square root, so that faint modes are seen; transparent where there is none."""

    def __init__(self, plot: pg.PlotItem) -> None:
        super().__init__(axisOrder="row-major", autoDownsample=False)
        self.setZValue(0)
        plot.addItem(self, ignoreBounds=True)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        self.setLookupTable(colours.density(theme.is_dark()))

    def shade(self, density: Array, rectangle: QRectF) -> None:
        """Draw `density` [rows upwards, columns] over that rectangle."""
        self.setImage(colours.shaded(density), autoLevels=False, levels=(0, 255))
        self.setRect(rectangle)

    def paint(self, painter: QPainter, *arguments: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, *arguments)


def opaque() -> Array:
    """The map of densities as it looks on the background, [256, 3] uint8."""
    ground = QColor(theme.scheme().base)
    return colours.over(colours.density(theme.is_dark()), (ground.red(), ground.green(), ground.blue()))


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
        lines = arrows(positions, vectors, longest)
        self._item.setData(lines[:, 0], lines[:, 1], connect="pairs", skipFiniteCheck=True)
