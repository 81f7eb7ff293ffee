"""A particle by its number, with its picture at the playhead beside it: the source of a transfer, an end of a way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel

from app.bind import NumberBox, Row
from app.state import State
from app.views.images import image
from app.views.pace import CALM, Pace
from engine.analysis.parts import array
from engine.analysis.pictures import is_picture, to_uint8
from engine.run import Run

SIDE = 36
"""Points that the picture is wide and high, at most."""


class ParticleRow(Row):
    """A box for the number, from 0 to the last particle of the Run; `changed` tells another one."""

    def __init__(self, title: str, tooltip: str, state: State) -> None:
        self.picture = QLabel()
        self.box = NumberBox(0, 0, integer=True)
        super().__init__(title, tooltip, self.picture, self.box)
        self._state = state
        self.picture.setAccessibleName(f"{title}: its picture")
        self.box.setFixedWidth(74)
        self.box.valueChanged.connect(self._typed)
        self._soon = Pace(self, self._draw, CALM)
        for signal in (state.playhead_changed, state.drawing_changed, state.step_arrived, state.step_replayed):
            signal.connect(self._soon.ask)
        state.run_changed.connect(self._suit)
        self._suit(state.run)

    def set_value(self, value: int) -> None:
        """Show `value` without telling that it changed."""
        self.box.blockSignals(True)
        self.box.setValue(value)
        self.box.blockSignals(False)
        self._soon.ask()

    def _suit(self, run: Run) -> None:
        self.box.blockSignals(True)
        self.box.setMaximum(run.latents.count - 1)
        self.box.blockSignals(False)

    def _typed(self, value: float) -> None:
        self.changed.emit(int(value))
        self.released.emit()

    def _draw(self) -> None:
        """Show the estimate of the finished picture at the playhead, if there is one."""
        step = self._state.step("current") if self.isVisible() else None
        particle = int(self.box.value())
        if step is None or particle >= len(step.x) or not is_picture(tuple(step.x.shape[1:])):
            self.picture.clear()
            return
        x0 = step.estimate
        pixels = QPixmap.fromImage(image(to_uint8(array(x0[particle]))))
        larger = max(pixels.width(), pixels.height()) > SIDE
        how = Qt.TransformationMode.SmoothTransformation if larger else Qt.TransformationMode.FastTransformation
        self.picture.setPixmap(pixels.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, how))
