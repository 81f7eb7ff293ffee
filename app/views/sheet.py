"""Sheet: a picture, the heat map over it and a mask over both, as they lie on the screen. Owned by `easel.Easel`.

All is kept in the pixels of the screen, so that painting again after a stroke went on costs what the stroke touched.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app import theme
from app.views import pixels
from app.views.shown import Array, shrunk
from engine.mask import Mask
from engine.painting import Rect

Overlay = Literal["fill", "outline"]

MARGIN = 4
"""Points around the picture at least."""

SHARP = 4
"""From so many screen pixels a pixel on, each gets the same number of them, and the picture is a little smaller."""


class Sheet:
    """One picture [C, H, W] in the middle of a widget."""

    def __init__(self) -> None:
        self.overlay: Overlay = "fill"
        self.values: Array | None = None
        self._limit, self._signed = 1.0, False
        self._heat: Array | None = None
        self._hottest = 1.0
        self._place = QRect()  # of the picture, in pixels of the screen
        self._ratio = 1.0
        self._ground: QImage | None = None
        self._veil: tuple[Array, QImage] | None = None

    # -- what is on it -------------------------------------------------------------------------------------------

    def show_values(self, values: Array | None, limit: float, signed: bool) -> None:
        """Show this picture, or none; see `pixels.pictures`."""
        self.values, self._limit, self._signed = values, limit, signed
        self._ground = None

    def set_heat(self, change: Array | None, limit: float) -> None:
        """Show this change [H, W] over it, or none."""
        self._heat, self._hottest = change, limit
        self._ground = None

    def lift(self) -> None:
        """Draw the mask anew: it, or the way in which it is shown, is another one now."""
        self._veil = None

    def forget(self) -> None:
        """Draw all anew."""
        self._ground = self._veil = None

    # -- where it lies -------------------------------------------------------------------------------------------

    def fit(self, space: QSize, ratio: float) -> None:
        """Lie in the middle of that space in points, as large as fits, with `ratio` pixels of the screen a point."""
        if self.values is None:
            return
        height, width = self.values.shape[1:]
        across, down = (int((side - 2 * MARGIN) * ratio) for side in (space.width(), space.height()))
        scale = min(across / width, down / height)
        scale = float(int(scale)) if scale >= SHARP else scale
        size = QSize(max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = (int(space.width() * ratio) - size.width()) // 2, (int(space.height() * ratio) - size.height()) // 2
        place = QRect(left, top, size.width(), size.height())
        if (place, ratio) != (self._place, self._ratio):
            self._place, self._ratio = place, ratio
            self.forget()

    @property
    def area(self) -> QRectF:
        """Where the picture lies, in points."""
        return self._points(self._whole)

    @property
    def scale(self) -> float:
        """Points a pixel of the picture."""
        assert self.values is not None
        return self._place.width() / self._ratio / int(self.values.shape[2])

    def locate(self, point: QPointF) -> tuple[float, float]:
        """The place (x, y) in pixels of the picture that is seen at a point, inside of the picture or not."""
        corner, scale = self.area.topLeft(), self.scale
        return (point.x() - corner.x()) / scale, (point.y() - corner.y()) / scale

    def _points(self, place: QRect) -> QRectF:
        """What lies at `place` in the picture's pixels on the screen, in points of the widget."""
        there, ratio = place.translated(self._place.topLeft()), self._ratio
        return QRectF(there.x() / ratio, there.y() / ratio, there.width() / ratio, there.height() / ratio)

    @property
    def _whole(self) -> QRect:
        return QRect(0, 0, self._place.width(), self._place.height())

    # -- drawing -------------------------------------------------------------------------------------------------

    def draw(self, painter: QPainter, mask: Mask) -> None:
        """Draw the picture and, where it is as large, the mask."""
        if self._ground is None:
            self._ground = self._drawn()
        painter.drawImage(self.area.topLeft(), self._ground)
        if self.fits(mask):
            if self._veil is None:
                veil = np.empty((self._place.height(), self._place.width()), np.uint32)
                self._veil = veil, self._sized(pixels.image(veil, translucent=True))
                self._lay(mask, self._whole)
            painter.drawImage(self.area.topLeft(), self._veil[1])

    def fits(self, mask: Mask) -> bool:
        """Whether the mask is as large as the picture."""
        return self.values is not None and mask.shape == self.values.shape[1:]

    def touch(self, mask: Mask, rect: Rect) -> QRectF:
        """The mask has changed in those of its pixels: where, in points, something else is to be seen now."""
        rows, columns = mask.shape
        down, across = self._place.height() / rows, self._place.width() / columns
        edge = self._line + 1
        left, top = int(rect.left * across) - edge, int(rect.top * down) - edge
        right, bottom = int(rect.right * across) + 1 + edge, int(rect.bottom * down) + 1 + edge
        place = QRect(left, top, right - left, bottom - top) & self._whole
        if self._veil is not None and self.fits(mask):
            self._lay(mask, place)
        return self._points(place)

    @property
    def _line(self) -> int:
        """The width of the outline in pixels of the screen."""
        return max(1, round(1.5 * self._ratio))

    def _lay(self, mask: Mask, place: QRect) -> None:
        """Draw that part of the veil anew."""
        assert self._veil is not None
        edge = self._line + 1  # so far a line depends on what is around
        veil, around = self._veil[0], place.adjusted(-edge, -edge, edge, edge)
        top, left = max(0, around.top()), max(0, around.left())
        rows = np.arange(top, min(around.bottom() + 1, veil.shape[0])) * mask.shape[0] // veil.shape[0]
        columns = np.arange(left, min(around.right() + 1, veil.shape[1])) * mask.shape[1] // veil.shape[1]
        seen, colours = mask[np.ix_(rows, columns)], theme.scheme()
        drawn = pixels.masked(seen, self.overlay == "fill", self._line, QColor(colours.accent), QColor(colours.base))
        down, across = slice(place.top(), place.bottom() + 1), slice(place.left(), place.right() + 1)
        veil[down, across] = drawn[place.top() - top :, place.left() - left :][: place.height(), : place.width()]

    def _drawn(self) -> QImage:
        """The picture, with the change over it."""
        assert self.values is not None
        drawn = pixels.pictures(shrunk(self.values[None], self._place.width()), self._limit, self._signed)[0]
        ground = self._scaled(pixels.image(drawn)).convertToFormat(QImage.Format.Format_RGB32)
        if self._heat is not None and self._heat.shape == self.values.shape[1:]:
            heat = pixels.heat(shrunk(self._heat, self._place.width()), self._hottest)
            painter = QPainter(ground)
            painter.drawImage(0, 0, self._scaled(pixels.image(heat, translucent=True)))
            painter.end()
        return self._sized(ground)

    def _scaled(self, image: QImage) -> QImage:
        smooth = image.width() > self._place.width()
        mode = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation
        return image.scaled(self._place.size(), Qt.AspectRatioMode.IgnoreAspectRatio, mode)

    def _sized(self, image: QImage) -> QImage:
        image.setDevicePixelRatio(self._ratio)
        return image
