"""Timeline: the playhead over the steps of the current Run, with play, loop, speed, and the thin plot of a norm.

Placed by the window under the canvas. It sets the playhead that every view obeys and shows the progress of sampling.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.icons import IconButton
from app.safely import safely
from app.state import State
from app.views.norms import NORMS, Norms, on_axis
from app.views.numerals import significant, tabular
from app.views.pace import CALM, Pace
from app.views.track import Track

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)

RATE = 8.0
"""Steps a second at speed 1."""

LONGEST = 6.0
"""Seconds a whole trajectory plays at most, at speed 1."""

TICK = 16
"""Milliseconds between two moves of the playhead at least: a frame of the screen."""


class Timeline(QWidget):
    """Transport buttons, the track and the plot of a norm, on one axis. `loop`, `speed` and `norm` are its settings."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        self.track = Track(state, self)
        self.track.play_wanted.connect(self.toggle_play)
        self.norms = Norms(state, self)
        self._previous = IconButton(
            "previous", "Previous step", "One step i back, to the higher noise level σ (←).", self
        )
        self._play = IconButton("play", "Play", "Play the denoising from σ max to 0, or pause (space).", self)
        self._next = IconButton("next", "Next step", "One step i on, to the lower noise level σ (→).", self)
        self.loop = IconButton("loop", "Loop", "Start again at σ max when the end is reached.", self)
        self.loop.setCheckable(True)
        self.speed = self._combo("Speed", "How fast play runs through the steps i.", [f"{s:g}×" for s in SPEEDS])
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.norm = self._combo("Norm", "The norm ‖·‖ plotted over the steps.", [label for label, _ in NORMS.values()])
        self._step_label = self._reading("The step i of N that is shown.")
        self._sigma_label = self._reading("The noise level σ of the step that is shown.")
        self._lay_out()
        self._connect()
        self._name_play()
        self._fix()
        self._show()

    # -- transport -----------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether play runs or waits for steps to arrive."""
        return self._timer.isActive()

    def toggle_play(self) -> None:
        """Play or pause; from the end, play starts over."""
        if self.playing:
            self.stop()
            return
        if self._state.playhead >= self._end():
            self._state.set_playhead(0)
        self._timer.start(self._pace()[0])
        self._name_play()

    def stop(self) -> None:
        """Stop playing."""
        self._timer.stop()
        self._name_play()

    def step_by(self, steps: int) -> None:
        """Move the playhead by so many steps, back for a negative number."""
        self._state.set_playhead(self._state.playhead + steps)

    def to_start(self) -> None:
        """Move the playhead to sigma max."""
        self._state.set_playhead(0)

    def to_end(self) -> None:
        """Move the playhead to the last step."""
        self._state.set_playhead(self._steps)

    @property
    def _steps(self) -> int:
        return self._state.run.schedule.steps

    def _end(self) -> int:
        """The last step there will be: fewer than N where sampling ended early."""
        drawing = self._state.drawing("current")
        if drawing.running or drawing.trajectory is None:
            return self._steps
        return min(self._steps, drawing.trajectory.available - 1)

    def _pace(self) -> tuple[int, int]:
        """Milliseconds between moves, and steps a move."""
        rate = max(RATE, self._steps / LONGEST) * SPEEDS[self.speed.currentIndex()]
        interval = max(TICK, round(1000 / rate))
        return interval, max(1, round(rate * interval / 1000))

    def _advance(self) -> None:
        trajectory, _ = on_axis(self._state, "current")
        arrived = trajectory.available - 1 if trajectory is not None else -1
        at, end = self._state.playhead, self._end()
        if at < min(arrived, end):
            self._state.set_playhead(min(at + self._pace()[1], arrived, end))
        elif at >= end and self.loop.isChecked():
            self._state.set_playhead(0)
        elif at >= end:
            self.stop()

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        trajectory, _ = on_axis(self._state, "current")
        index = self._state.index("current") if trajectory is not None and trajectory.available else None
        self._step_label.setText(f"step {'–' if index is None else index} / {self._steps}")
        sigma = "–" if index is None or trajectory is None else significant(trajectory.sigmas[index])
        self._sigma_label.setText(f"σ {sigma}")

    def _name_play(self) -> None:
        self._play.set_symbol("pause" if self.playing else "play")
        self._play.setAccessibleName("Pause" if self.playing else "Play")

    # -- construction --------------------------------------------------------------------------------------------

    def _combo(self, name: str, tip: str, items: list[str]) -> QComboBox:
        combo = QComboBox(self)
        combo.addItems(items)
        combo.setAccessibleName(name)
        combo.setToolTip(tip)
        return combo

    def _reading(self, tip: str) -> QLabel:
        label = QLabel(self)
        label.setFont(tabular(label.font()))
        label.setToolTip(tip)
        return label

    def _fix(self) -> None:
        """Give the readings the size of their widest text, so that a new number never lays the window out again."""
        for label, widest in (
            (self._step_label, f"step {self._steps} / {self._steps}"),
            (self._sigma_label, f"σ {significant(0.001)}"),
        ):
            label.setFixedSize(label.fontMetrics().horizontalAdvance(widest) + 2, self.speed.sizeHint().height())

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self._previous, self._play, self._next, self.loop, self.speed):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self._step_label)
        row.addSpacing(8)
        row.addWidget(self._sigma_label)
        row.addStretch()
        row.addWidget(self.norm)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(0)
        column.addLayout(row)
        column.addSpacing(2)
        column.addWidget(self.track)
        column.addWidget(self.norms, 1)

    def _connect(self) -> None:
        self._previous.clicked.connect(lambda: self.step_by(-1))
        self._play.clicked.connect(self.toggle_play)
        self._next.clicked.connect(lambda: self.step_by(1))
        self.speed.currentIndexChanged.connect(lambda: self._timer.setInterval(self._pace()[0]))
        self.norm.currentIndexChanged.connect(lambda index: self.norms.choose(list(NORMS)[index]))
        state = self._state
        state.run_changed.connect(self._fix)
        for signal in (state.run_changed, state.playhead_changed, state.drawing_changed):
            signal.connect(self._show)
        state.step_arrived.connect(Pace(self, self._show, CALM).ask)
