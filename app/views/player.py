"""Player: play, loop and speed for pictures that are shown one after the other. Part of strips and of rollouts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.icons import IconButton
from app.views.timeline import SPEEDS

RATE = 4.0
"""Pictures a second at speed 1."""


class Player(QWidget):
    """Goes through places 0 .. count() - 1: `moved` tells the one it is at, None when it ends or is stopped."""

    moved = Signal(object)

    def __init__(self, count: Callable[[], int], what: str = "strip", parent: QWidget | None = None) -> None:
        """`what` the pictures are of, in a word."""
        super().__init__(parent)
        self._count = count
        self._at = -1
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        tip = f"Show the pictures of the {what} one after the other, large too, or stop."
        self.play = IconButton("play", f"Play the {what}", tip, self)
        self.loop = IconButton("loop", f"Loop the {what}", "Begin again at the first picture after the last.", self)
        self.loop.setCheckable(True)
        self.speed = QComboBox(self)
        self.speed.addItems([f"{speed:g}×" for speed in SPEEDS])
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.setAccessibleName(f"Speed of the {what}")
        self.speed.setToolTip(f"How fast the pictures follow each other: 1× is {RATE:g} a second.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.play, self.loop, self.speed):
            row.addWidget(widget)
        self.play.clicked.connect(self.toggle)
        self.speed.currentIndexChanged.connect(lambda: self._timer.setInterval(self._interval))

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Begin at the first picture, or stop."""
        if self.playing:
            self.stop()
        elif self._count():
            self._timer.start(self._interval)
            self.play.set_symbol("pause")
            self._go(0)

    def stop(self) -> None:
        """Stop, if it plays."""
        if self.playing:
            self._timer.stop()
            self.play.set_symbol("play")
            self._at = -1
            self.moved.emit(None)

    @property
    def _interval(self) -> int:
        return round(1000 / RATE / SPEEDS[self.speed.currentIndex()])

    def _advance(self) -> None:
        if self._at + 1 < self._count():
            self._go(self._at + 1)
        elif self.loop.isChecked() and self._count():
            self._go(0)
        else:
            self.stop()

    def _go(self, place: int) -> None:
        self._at = place
        self.moved.emit(place)
