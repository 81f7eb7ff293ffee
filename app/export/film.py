"""Film bar: a slider over the frames of a film in the preview, and play. Part of the export dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from app.export.draft import Draft
from app.icons import IconButton
from app.safely import safely
from app.views.numerals import tabular

FASTEST = 30
"""Milliseconds between two frames of the preview at least; one that is not drawn yet is waited for."""


class FilmBar(QWidget):
    """The `frame` that is wanted, None for the last, of those that there are; `moved` when it is another one."""

    moved = Signal()

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._waits = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        self.play = IconButton("play", "Play the film", "Play the frames of the film one after the other, or stop.")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 0)
        self.slider.setAccessibleName("Frame of the film")
        self.slider.setToolTip("Which frame of the film the preview shows.")
        self.text = QLabel()
        self.text.setFont(tabular(self.text.font()))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        for widget in (self.play, self.slider, self.text):
            row.addWidget(widget)
        self.play.clicked.connect(self._toggle)
        self.slider.valueChanged.connect(self._go)

    @property
    def frame(self) -> int | None:
        """The frame that is wanted."""
        return self.slider.value() if self.slider.maximum() else None

    def begin(self) -> None:
        """Another film: its last frame is wanted first."""
        self._stop()
        self.slider.blockSignals(True)
        self.slider.setRange(0, 0)
        self.slider.blockSignals(False)

    def show_frame(self, frame: int, frames: int) -> None:
        """That frame of so many is seen."""
        self._waits = False
        self.slider.blockSignals(True)
        self.slider.setRange(0, frames - 1)
        if not self.slider.isSliderDown() and not self._timer.isActive():
            self.slider.setValue(frame)
        self.slider.blockSignals(False)
        self.text.setText(f"frame {frame + 1} of {frames}")

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stop()

    def _toggle(self) -> None:
        if self._timer.isActive():
            self._stop()
        elif self.slider.maximum():
            self._timer.start(max(FASTEST, round(1000 / self._draft.sheet.film.rate)))
            self.play.set_symbol("pause")

    def _stop(self) -> None:
        self._timer.stop()
        self._waits = False
        self.play.set_symbol("play")

    def _advance(self) -> None:
        """Ask for the frame that follows, once the one before is seen."""
        if not self._waits:
            last = self.slider.value() == self.slider.maximum()
            self.slider.setValue(0 if last else self.slider.value() + 1)

    def _go(self, _: int) -> None:
        self._waits = True
        self.moved.emit()
