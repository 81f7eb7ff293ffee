"""Beside: the canvas and, where it is wanted, the map next to it, or below it where that leaves both more room."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from app.safely import safely
from app.views.map import MapView

NARROW = 480
"""Width in points below which the map stands under the canvas."""

WANTED, SHARES = "map/beside", "map/shares"
"""What is kept for the next start: whether the map is wanted, and how the room is shared."""


class Beside(QSplitter):
    """Holds the `stage`; the map is made when it is first seen. Whether it is wanted is kept for the next start."""

    changed = Signal(bool)  # whether the map is wanted

    def __init__(self, stage: QWidget, make: Callable[[], MapView]) -> None:
        super().__init__()
        self._make = make
        self._offered = False
        self.wanted = QSettings().value(WANTED, False, bool) is True
        self.map: MapView | None = None
        self.addWidget(stage)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(lambda: QSettings().setValue(SHARES, self.sizes()))

    def toggle(self) -> None:
        """Show the map, or hide it."""
        self.wanted = not self.wanted
        QSettings().setValue(WANTED, self.wanted)
        self._show()
        self.changed.emit(self.wanted)

    def offer(self, on: bool) -> None:
        """Whether there is a place for the map in this workspace."""
        self._offered = on
        self._show()

    def fit(self) -> None:
        """Show all of the map."""
        if self.map is not None:
            self.map.plot.fit()

    def _show(self) -> None:
        on = self.wanted and self._offered
        if on and self.map is None:
            self.map = self._make()
            self.addWidget(self.map)
            self._share()
        if self.map is not None:
            self.map.setVisible(on)

    def _share(self) -> None:
        """Share the room as it was shared last, else give the canvas a little more."""
        shares = QSettings().value(SHARES)
        known = isinstance(shares, list) and len(shares) == self.count()
        self.setSizes([int(share) for share in shares] if known else [600, 400])

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        orientation = Qt.Orientation.Horizontal if self.width() >= NARROW else Qt.Orientation.Vertical
        if orientation != self.orientation():
            self.setOrientation(orientation)
            self._share()
