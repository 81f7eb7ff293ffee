"""Status: one line that says device, evaluations a second, memory, what runs and what is queued, with a cancel button.

Placed by the window at the bottom. Every part keeps its width, and work shorter than a blink is not mentioned.
"""

from __future__ import annotations

from collections.abc import Callable

import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from app.safely import safely
from app.state import Activity, State
from app.views.numerals import tabular
from app.views.pace import CALM, Pace

BLINK = 150
"""Milliseconds for which something must run before it is shown, and stay away before it is hidden."""

REFRESH = 1000
"""Milliseconds between two looks at the memory."""

SPOKEN = 8000
"""Milliseconds for which a message stands."""


class Status(QWidget):
    """The line. What runs first is shown with its progress; `cancel` asks for its end."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._activities: list[Activity] = []
        self._asked: set[int] = set()
        self._process = psutil.Process()
        self._told = (0, False)
        self._text = ""
        self.device = self._slot("cuda", "Where the model is evaluated.")
        self.speed = self._slot("00000 evals/s", "Evaluations of the model D(x; σ) a second, for the whole batch.")
        self.memory = self._slot("00000 MB", "Memory this program takes.")
        self.message = QLabel(self)
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.message.setAccessibleName("Message")
        self.activity = self._slot("sampling digits-ideal 0000/0000", "What runs, and how many steps are done.")
        self.activity.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.progress = QProgressBar(self)
        self.cancel = QPushButton("cancel", self)
        self.queued = self._slot("000 queued", "How many pieces of work wait.")
        self._lay_out()
        self._refresh_timer = self._timer(REFRESH, self._refresh_memory)
        self._blink_timer = self._timer(BLINK, self._settle, single=True)
        self._message_timer = self._timer(SPOKEN, lambda: self._say(""), single=True)
        self._pace = Pace(self, self._show_activity, CALM)
        self.cancel.clicked.connect(self._cancel)
        state.activity_changed.connect(self._set_activities)
        state.step_arrived.connect(Pace(self, self._count, 2 * CALM).ask)
        state.message.connect(self._say)
        for label in (self.device, self.speed, self.memory, self.message, self.queued):
            label.setObjectName("muted")

    # -- figures -------------------------------------------------------------------------------------------------

    def _count(self) -> None:
        trajectory = self._state.drawing("current").trajectory
        if trajectory is None:
            return
        if trajectory.seconds > 0:
            self.speed.setText(f"{trajectory.evaluations / trajectory.seconds:.0f} evals/s")
        step = trajectory[0]
        if step is not None:
            self.device.setText(step.x.device.type)

    def _refresh_memory(self) -> None:
        self.memory.setText(f"{self._process.memory_info().rss / 1e6:.0f} MB")

    @safely
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh_memory()
        self._refresh_timer.start()

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._refresh_timer.stop()

    # -- what runs -----------------------------------------------------------------------------------------------

    def _set_activities(self, activities: list[Activity]) -> None:
        self._activities = activities
        self._asked &= {activity.id for activity in activities}
        if bool(activities) == self._shown:
            self._blink_timer.stop()
        elif not self._blink_timer.isActive():
            self._blink_timer.start()
        first = activities[0] if activities else None
        if self._shown and (first is None or (first.id, first.cancelling) != self._told):
            self._show_activity()
        elif self._shown:
            self._pace.ask()

    def _settle(self) -> None:
        """Work has run, or been away, for longer than a blink."""
        for widget in (self.activity, self.progress, self.cancel):
            widget.setVisible(bool(self._activities))
        self._show_activity()

    @property
    def _shown(self) -> bool:
        return not self.progress.isHidden()

    def _show_activity(self) -> None:
        waiting = len(self._activities) - 1
        self.queued.setText(f"{waiting} queued" if waiting > 0 else "")
        if not self._activities:
            return
        first = self._activities[0]
        self._told = (first.id, first.cancelling)
        count = f" {first.done}/{first.total}" if first.total else ""
        if first.total == 100:  # a share, most often; of a hundred steps it is as true
            count = f" {first.done} %"
        metrics = self.activity.fontMetrics()
        room = self.activity.width() - metrics.horizontalAdvance(count)
        self.activity.setToolTip(f"What runs, and how much of it is done: {first.label}{count}")
        self.activity.setText(metrics.elidedText(first.label, Qt.TextElideMode.ElideMiddle, room) + count)
        self.progress.setRange(0, first.total)
        self.progress.setValue(first.done)
        cancelling = first.cancelling or first.id in self._asked
        usual, under_way = ("pause", "pausing") if first.last else ("cancel", "cancelling")
        self.cancel.setText(under_way if cancelling else usual)
        self.cancel.setEnabled(not cancelling)

    def _cancel(self) -> None:
        if self._activities:
            first = self._activities[0].id
            self._asked.add(first)
            self._show_activity()
            self._state.cancel_wanted.emit(first)

    # -- messages ------------------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._text = text
        self._elide()
        if text:
            self._message_timer.start()

    def _elide(self) -> None:
        shown = self.message.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.message.width())
        self.message.setText(shown)
        self.message.setToolTip(self._text)

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    # -- construction --------------------------------------------------------------------------------------------

    def _slot(self, widest: str, tip: str) -> QLabel:
        """A label of fixed width, so that nothing moves when its text changes."""
        label = QLabel("–" if widest != "000 queued" else "", self)
        label.setFont(tabular(label.font()))
        label.setFixedWidth(label.fontMetrics().horizontalAdvance(widest))
        label.setToolTip(tip)
        return label

    def _timer(self, interval: int, call: Callable[[], None], single: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval)
        timer.setSingleShot(single)
        timer.timeout.connect(call)
        return timer

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 10, 2)
        row.setSpacing(10)
        for place, widget in enumerate(
            (self.device, self.speed, self.memory, self.message, self.activity, self.progress, self.cancel, self.queued)
        ):
            row.addWidget(widget)
            row.setStretch(place, widget is self.message)
        unit = self.fontMetrics().height()
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(7 * unit, unit // 2)
        self.progress.setAccessibleName("Progress of what runs")
        self.cancel.setAccessibleName("Cancel what runs")
        self.cancel.setToolTip("Stop what runs before its next evaluation of the model; what has arrived stays.")
        self.cancel.setFixedWidth(self.fontMetrics().horizontalAdvance("cancelling") + 2 * unit)
        for widget in (self.activity, self.progress, self.cancel):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
            widget.hide()
