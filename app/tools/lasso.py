"""Lasso: the mouse draws a line around particles, and those inside are selected. Made by the map.

A drag with Shift held draws it, or any drag while the tool is `on`; with Ctrl held too, what is inside is added.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPolygonF

from app import theme


class Lasso:
    """One drag after the other in `box`; `take(outline, add)` gets the outline, in the plot's own coordinates."""

    def __init__(self, box: pg.ViewBox, take: Callable[[QPolygonF, bool], None]) -> None:
        self.on = False
        self._box, self._take = box, take
        self._corners: list[QPointF] = []
        self._line = pg.PlotCurveItem(skipFiniteCheck=True)
        self._line.setZValue(60)
        box.addItem(self._line, ignoreBounds=True)

    def drag(self, event: Any) -> bool:
        """Take a drag of pyqtgraph's scene if it draws a lasso; whether it does."""
        if event.isStart():
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            wanted = event.button() == Qt.MouseButton.LeftButton and (self.on or shift)
            self._corners = [self._box.mapSceneToView(event.buttonDownScenePos())] if wanted else []
        if not self._corners:
            return False
        event.accept()
        self._corners.append(self._box.mapSceneToView(event.scenePos()))
        if event.isFinish():
            self._take(QPolygonF(self._corners), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
            self._corners = []
        self._draw()
        return True

    def restyle(self) -> None:
        """Take the colours of the scheme in use."""
        self._line.setPen(pg.mkPen(theme.scheme().accent, width=1.5, style=Qt.PenStyle.DashLine))

    def _draw(self) -> None:
        corners = [*self._corners, *self._corners[:1]]
        self._line.setData([corner.x() for corner in corners], [corner.y() for corner in corners])
