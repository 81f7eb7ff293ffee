"""Training: the middle of the Train workspace: how far the training is, its loss, and its previews below.

Placed by the window. It reads `TrainingState` and asks it for starting, pausing, keeping and exploring; it computes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSplitter, QVBoxLayout, QWidget

from app.training import BUSY, Status, TrainingState
from app.views.loss import LossPlot
from app.views.numerals import significant, tabular
from app.views.pace import CALM, Pace
from app.views.pane import Message, Title
from app.views.previews import Previews
from engine.spelled import duration

HINT = (
    "Choose data and a network on the left, then start: the loss and samples of the same latents appear here, "
    "so that one sees them form."
)
OPENING = "Opening the data and building the network: the loss appears after the first steps."
PAUSING = "pausing…"

WORDS: dict[Status, str] = {
    "idle": "",
    "starting": "starting…",
    "running": "",
    "pausing": PAUSING,
    "paused": "paused",
    "finished": "finished",
    "failed": "failed",
}
"""What stands where the time left would."""

EXPLORE_TIP = (
    "Open a snapshot in Explore: the moving average of the weights as it is now. The training goes on, and the "
    "snapshot does not change."
)


@dataclass(frozen=True)
class _Main:
    """What the main button says and does."""

    text: str
    tip: str
    pauses: bool = False
    enabled: bool = True


_START = _Main("Start", "Train what is chosen on the left; what was trained of it before is not lost.")
_PAUSE = _Main("Pause", "Save the training and stop until you resume it; the processor is free.", pauses=True)
_MAIN: dict[Status, _Main] = {
    "idle": _START,
    "starting": _PAUSE,
    "running": _PAUSE,
    "pausing": _Main(PAUSING, "The training is being saved.", enabled=False),
    "paused": _Main("Resume", "Train on from where it was paused."),
    "finished": _START,
    "failed": _Main("Try again", "Train what is chosen on the left, from where it was saved last."),
}


def push_button(text: str, tip: str) -> QPushButton:
    """A button that says `text`, also to a screen reader."""
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    return button


class TrainingView(QWidget):
    """A head with figures and buttons over the loss plot and the previews, or a sentence in their place."""

    def __init__(self, state: TrainingState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._config = state.config  # of the report
        self._marked: int | None = None
        self.setAccessibleName("Training")
        self.name = Title()
        self.step = self._slot("Steps done, and how many there will be.")
        self.rate = self._slot("Examples of the data that are learned from in a second.", "0,000 examples/s")
        self.left = self._slot("How long it takes until all steps are done.", "00 h 00 min left")
        self.loss = self._slot("The running mean of the loss over the last steps.", "loss 0.0000")
        self.progress = QProgressBar()
        self.main = self._button("Start", _START.tip, self._act)
        keep_tip = "End the training here and keep the model as it is now, with its moving average, to be sampled."
        self.keep = self._button("Stop and keep", keep_tip, state.keep_wanted)
        aside_tip = "Leave this training, to choose another; under Trainings here it can be opened again."
        self.aside = self._button("Set aside", aside_tip, state.aside_wanted)
        self.explore = self._button("Use in Explore", EXPLORE_TIP, state.explore_wanted)
        self.message = Message()
        self.message.mend.setToolTip(_MAIN["failed"].tip)
        self.message.mend.setAccessibleName("Try again")
        self.message.mend.clicked.connect(state.start_wanted)
        self.curve = LossPlot()
        self.previews = Previews()
        self.halves = QSplitter(Qt.Orientation.Vertical)
        self._lay_out()
        self.curve.chosen.connect(self.mark)
        self.previews.chosen.connect(self.mark)
        self._pace = Pace(self, self._show_report, CALM)
        state.reported.connect(self._take)
        state.look_changed.connect(self._show_data)
        state.status_changed.connect(self._show_status)
        state.config_changed.connect(self._refresh)
        self._show_status()
        self._take()

    @property
    def line(self) -> str:
        """What the head says, in one line."""
        slots = (self.name, self.step, self.rate, self.left, self.loss)
        return " · ".join(slot.text() for slot in slots if slot.text())

    def mark(self, step: int | None) -> None:
        """Mark that step on the loss plot and among the previews, or none."""
        self._marked = step
        self.curve.mark(step)
        self.previews.mark(step)

    # -- parts ---------------------------------------------------------------------------------------------------

    def _show_status(self) -> None:
        self._say_main(_MAIN[self._state.status])
        self._refresh()

    def _refresh(self) -> None:
        """Say how far the training is and offer what can be done about it."""
        state, report = self._state, self._state.report
        begun = report is not None and report.step > 0
        failed = state.status == "failed"
        self.keep.setVisible(state.status in ("running", "paused") and begun)
        self.aside.setVisible(state.status == "paused")
        self.explore.setVisible(begun)
        self._show_figures()
        self.message.setVisible(failed or not begun)
        self.halves.setVisible(begun)
        hint = OPENING if state.status in BUSY else HINT
        self.message.say(state.problem if failed else hint, _MAIN["failed"].text if failed else None)

    def _take(self) -> None:
        """Remember of which configuration the report is, before it can be edited; show it soon."""
        if self._state.config.data != self._config.data:
            self.previews.show_data(None)
        self._config = self._state.config
        self._show_data()
        self._pace.ask()

    def _show_report(self) -> None:
        report = self._state.report
        if report is not None:
            steps = [preview.step for preview in report.previews]
            if self._marked not in steps:
                self.mark(None)
            first = min(self._config.preview_every, report.steps)
            text = f"The first samples are drawn after step {first:,}, then always of the same latents."
            self.curve.show_curve(report.curve, report.steps, steps)
            self.previews.show_previews(report.previews, text)
        self._refresh()

    def _show_data(self) -> None:
        """Draw points before their data, as long as the look is at these."""
        look = self._state.look
        if look is not None and look.config.data == self._config.data:
            self.previews.show_data(look.x0)

    def _show_figures(self) -> None:
        state, report = self._state, self._state.report
        running = state.status == "running"
        config = state.config if report is None else self._config
        self.name.setText(config.title or config.name)
        if report is None:
            texts = (f"{state.config.steps:,} steps", "", WORDS[state.status], "")
        else:
            self.step.setMinimumWidth(self._width(f"step {report.steps:,} of {report.steps:,}"))
            rate = f"{report.rate:,.0f} examples/s" if running and report.rate else ""
            time = report.seconds_left if running else None
            left = f"{duration(time)} left" if time is not None else WORDS[state.status]
            smooth = report.curve.smooth
            loss = f"loss {significant(float(smooth[-1]))}" if smooth.size else ""
            texts = (f"step {report.step:,} of {report.steps:,}", rate, left, loss)
            self.progress.setRange(0, report.steps)
            self.progress.setValue(report.step)
        for label, text in zip((self.step, self.rate, self.left, self.loss), texts, strict=True):
            label.setText(text)
        self.rate.setVisible(running)
        self.left.setVisible(bool(self.left.text()) or running)
        self.loss.setVisible(bool(self.loss.text()))
        self.progress.setVisible(report is not None)
        self.setAccessibleDescription(self.line)

    def _say_main(self, main: _Main) -> None:
        self.main.setText(main.text)
        self.main.setToolTip(main.tip)
        self.main.setAccessibleName(main.text)
        self.main.setEnabled(main.enabled)

    def _act(self) -> None:
        if _MAIN[self._state.status].pauses:
            self._say_main(_MAIN["pausing"])  # at once: the worker may need a moment to hear of it
            self._state.pause_wanted.emit()
        else:
            self._state.start_wanted.emit()

    # -- construction --------------------------------------------------------------------------------------------

    def _width(self, text: str) -> int:
        return self.step.fontMetrics().horizontalAdvance(text)

    def _slot(self, tip: str, widest: str = "") -> QLabel:
        """A label that keeps its width, so that nothing moves when its text changes."""
        label = QLabel()
        label.setFont(tabular(label.font()))
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest))
        label.setToolTip(tip)
        return label

    def _button(self, text: str, tip: str, act: object) -> QPushButton:
        button = push_button(text, tip)
        button.clicked.connect(act)
        return button

    def _lay_out(self) -> None:
        bold = self.name.font()
        bold.setBold(True)
        self.name.setFont(bold)
        figures = QHBoxLayout()
        figures.setSpacing(16)
        figures.addWidget(self.name, 1)
        for slot in (self.step, self.rate, self.left, self.loss):
            figures.addWidget(slot)
        unit = self.fontMetrics().height()
        self.main.setMinimumWidth(self._width("Try again") + 2 * unit)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(unit // 2)
        self.progress.setAccessibleName("Steps done")
        self.progress.setToolTip("The share of the steps that is done.")
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.progress, 1)
        for button in (self.main, self.keep, self.aside, self.explore):
            row.addWidget(button)
        head = QVBoxLayout()
        head.setContentsMargins(10, 8, 10, 6)
        head.setSpacing(6)
        head.addLayout(figures)
        head.addLayout(row)
        self.halves.addWidget(self.curve)
        self.halves.addWidget(self.previews)
        self.halves.setChildrenCollapsible(False)
        self.halves.setSizes([240, 400])
        self.halves.setStretchFactor(0, 1)
        self.halves.setStretchFactor(1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.message, 1)
        column.addWidget(self.halves, 4)
