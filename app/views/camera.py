"""Camera: which part of the plane is in sight, one for all planes that are compared. Made by `canvas.Canvas`.

While it follows, the view is a fixed function of the noise level: about the data, as wide as particles spread there.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Signal

from app.views.overlays.origin import Array
from engine.analysis.plane import reach

SPARE = 4.0
"""How many times as wide as needed the view of one model may stay, as where guidance once threw particles far out."""


class Camera(QObject):
    """The view of the plane: it follows the noise until the user zooms or pans, and again after `fit`.

    `sigma` is the level at the playhead.
    """

    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.follows = True
        self.sigma = 0.0
        self._fixed = QRectF()
        self._data: dict[str, tuple[str, bool, QRectF]] = {}
        self._modes: dict[str, tuple[str, QRectF]] = {}

    def learn(self, side: str, model: str, points: Array, final: bool) -> None:
        """Know where that side's data lie from points [N, D]; forming particles count until finished ones are known.

        The view of one model only widens, so that another seed does not shift it, until a small part of it would do.
        """
        known = self._data.get(side, ("", False, QRectF()))
        settled = known[0] == model and known[1]
        if settled and not final:
            return
        box, modes = _box(points), self._modes.get(side, ("", QRectF()))
        wide = known[2].united(box) if settled else box
        needed = box.united(modes[1]) if modes[0] == model else box
        box = wide if _width(wide) <= SPARE * _width(needed) else box
        self._data[side] = (model, final, box)
        if box != known[2]:
            self.moved.emit()

    def learn_modes(self, side: str, model: str, modes: Array) -> None:
        """Know where that side's modes [M, D] are, which are always in sight."""
        known, self._modes[side] = self._modes.get(side), (model, _box(modes))
        if known != self._modes[side]:
            self.moved.emit()

    def forget(self, side: str) -> None:
        """Nothing of that side is shown any more."""
        self._data.pop(side, None)

    def view(self, sigma: float) -> QRectF:
        """What is in sight at that noise level; y grows upwards, so `top` is the lowest y."""
        if not self.follows:
            return self._fixed
        data = QRectF()
        for side, (model, _, box) in self._data.items():
            of, modes = self._modes.get(side, (model, box))
            data = data.united(box).united(modes) if of == model else data.united(box)
        half = reach(_width(data), sigma)
        return QRectF(data.center() - QPointF(half, half), QSizeF(2 * half, 2 * half))

    def take(self, view: QRectF) -> None:
        """The user chose this view: follow no more."""
        self.follows = False
        self._fixed = view
        self.moved.emit()

    def hold(self) -> None:
        """Keep what is in sight now, whatever the noise."""
        self.take(self.view(self.sigma))

    def fit(self) -> None:
        """Follow the noise again, about the data as they are now."""
        self.follows = True
        self._data.clear()
        self.moved.emit()


def _box(points: Array) -> QRectF:
    low, high = points.min(axis=0), points.max(axis=0)
    return QRectF(QPointF(low[0], low[-1]), QPointF(high[0], high[-1]))


def _width(box: QRectF) -> float:
    return max(box.width(), box.height())


def framed(view: QRectF, width: float, height: float) -> QRectF:
    """`view` widened to the shape of a window of that size, so that one unit is as long on both axes."""
    unit = max(view.width() / max(width, 1.0), view.height() / max(height, 1.0))
    size = QSizeF(unit * width, unit * height)
    return QRectF(view.center() - QPointF(size.width() / 2, size.height() / 2), size)


def bounds(view: QRectF) -> tuple[tuple[float, float], tuple[float, float]]:
    """The view as (low, high) of both axes, rounded to a thousandth of its size."""
    digits = 3 - math.floor(math.log10(max(view.width(), view.height(), 1e-9)))
    x = round(view.left(), digits), round(view.right(), digits)
    y = round(view.top(), digits), round(view.bottom(), digits)
    return x, y
