"""Rollout view: frames drawn from frames that were drawn, as films or as a tree, and a player through them.

A tab of the page of futures. It reads `FuturesState` and computes nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from app.futures import FuturesState
from app.safely import safely
from app.views.numerals import tabular
from app.views.pace import Pace
from app.views.pane import Message
from app.views.player import Player
from app.views.rollout_sheet import RolloutSheet

HINT = (
    "A rollout feeds each predicted frame back as the last given one. Choose under Rollout on the left how many frames "
    "to go and how many branches each has, then press Start."
)
NOTHING = "Choose frames first: a rollout begins at those that the futures are drawn of."


class RolloutView(QWidget):
    """A head with what is to be said and the player, over the sheet, or a sentence in its place."""

    def __init__(self, futures: FuturesState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._futures = futures
        self.setAccessibleName("Rollout of the given frames")
        self.note, self.done = QLabel(), QLabel()
        self.player = Player(lambda: len(self.sheet.levels), "rollout")
        self.message = Message()
        self.sheet = RolloutSheet(futures)
        self._scroll = QScrollArea()
        self._lay_out()
        self._pace = Pace(self, self._show)
        self.player.moved.connect(futures.play)
        self.message.mend.clicked.connect(futures.start_wanted)
        self.message.mend.setToolTip("Draw the rollout.")
        for signal in (futures.rollout_changed, futures.forecast_changed):
            signal.connect(self._pace.ask)
        self._show()

    @property
    def sentence(self) -> str:
        """What stands in place of the sheet; empty while the sheet is shown."""
        return self.message.label.text() if self._stack.currentWidget() is self.message else ""

    def _show(self) -> None:
        futures = self._futures
        rolled, rolling = futures.rolled, futures.rolling
        nothing = rolled is None or (not rolled.levels and not rolling.running)
        if nothing:
            begun = futures.forecast is not None and futures.forecast.run is not None
            self.message.say(
                rolling.problem or (HINT if begun else NOTHING), "Start again" if rolling.problem else None
            )
            self.player.stop()
        caution = "" if rolled is None else rolled.caution
        self.note.setText(" ".join(filter(None, (rolling.problem, caution))) if not nothing else "")
        self.note.setVisible(bool(self.note.text()))
        self.done.setText("" if rolled is None else f"{len(rolled.levels)} of {rolled.settings.depth} frames")
        self.player.setEnabled(rolled is not None and bool(rolled.levels))
        self.sheet.refresh()
        self._stack.setCurrentWidget(self.message if nothing else self._scroll)

    def _lay_out(self) -> None:
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.done.setObjectName("muted")
        self.done.setFont(tabular(self.done.font()))
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 10, 2)
        head.addWidget(self.player)
        head.addStretch(1)
        head.addWidget(self.done)
        self._scroll.setWidget(self.sheet)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.viewport().installEventFilter(self)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addLayout(self._stack, 1)
        for page in (self.message, self._scroll):  # in the widget by now: its first page shows itself
            self._stack.addWidget(page)

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.player.stop()

    @safely
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the sheet as large as there is room."""
        if event.type() is QEvent.Type.Resize:
            self.sheet.fit(self._scroll.viewport().size())
        return False
