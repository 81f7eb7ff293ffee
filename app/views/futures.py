"""Futures view: all futures of the given frames as they form, their mean and spread, and the places they go to.

A tab of the page of futures. It reads `FuturesState` and computes nothing.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from app import theme
from app.futures import NONE_ON_OFFER, FuturesState
from app.views.futures_sheet import FuturesSheet
from app.views.images import image
from app.views.numerals import significant, tabular
from app.views.pace import Pace
from app.views.pane import Message, ScaleBar, Title
from app.views.place_bars import PlaceBars
from app.views.plate import Plate
from engine.analysis.pictures import to_uint8

SIDE = 132
"""Points of the mean's and the spread's side at most."""

WIDEST = 0.5
"""The largest standard deviation that values from 0 to 1 can have."""

BEGINNING = "The first estimates appear as soon as the sequence is found and the model is loaded."

MEAN_TIP = "The mean of each pixel over all futures: one digit where all agree, a cloud where many places are possible."
SPREAD_TIP = "The standard deviation of each pixel over all futures, values from 0 to 1: dark where all agree."


class FuturesView(QWidget):
    """A line about all futures over their sheet, or a sentence in its place; beside it mean, spread and places."""

    def __init__(self, futures: FuturesState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._futures = futures
        self.setAccessibleName("Futures of the given frames")
        self.title, self.step = Title(), QLabel()
        self.message = Message()
        self.sheet = FuturesSheet(futures)
        self.mean, self.spread = Plate("Mean", MEAN_TIP, SIDE, 0), Plate("Spread", SPREAD_TIP, SIDE, 0)
        self.scale = ScaleBar()
        self.places = PlaceBars(futures)
        self._lay_out()
        self._pace = Pace(self, self._show)
        self.message.mend.clicked.connect(futures.again_wanted)
        self.message.mend.setToolTip("Draw the futures of the given frames.")
        for signal in (futures.forecast_changed, futures.models_changed):
            signal.connect(self._pace.ask)
        self._show()

    @property
    def sentence(self) -> str:
        """What stands in place of the sheet; empty while the sheet is shown."""
        return self.message.label.text() if self._stack.currentWidget() is self.message else ""

    def _show(self) -> None:
        futures = self._futures
        forecast, drawing = futures.forecast, futures.drawing
        told = None if forecast is None else forecast.futures
        self.title.setText("" if told is None else told.text)
        self.title.setAccessibleName(self.title.text())
        self.step.setText(self._told())
        self.sheet.show_frames(None if forecast is None else forecast.frames)
        self.mean.show_image(None if told is None else image(to_uint8(told.mean[None], 0.0, 1.0)))
        spread = None if told is None else theme.sequential()[to_uint8(told.spread[None], 0.0, WIDEST)]
        self.spread.show_image(None if spread is None else image(spread))
        self.places.refresh()
        failed = bool(drawing.problem) and (forecast is None or not forecast.problem)
        if told is None or (failed and not drawing.running):
            hint = NONE_ON_OFFER if futures.model is None else BEGINNING
            self.message.say(drawing.problem or hint, "Draw again" if failed else None)
        self._stack.setCurrentWidget(self.message if told is None or failed else self.sheet)

    def _told(self) -> str:
        """How far it is."""
        forecast = self._futures.forecast
        if forecast is None or forecast.run is None or forecast.frames is None:
            return ""
        if not forecast.complete:
            return f"estimates at step {forecast.step} of {forecast.run.schedule.steps}"
        count = len(forecast.frames)
        return "1 future" if count == 1 else f"{count:,} futures"

    def _lay_out(self) -> None:
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        self.step.setObjectName("muted")
        self.step.setFont(tabular(self.step.font()))
        self.scale.show_scale(theme.sequential(), "0", significant(WIDEST, 1))
        head = QHBoxLayout()
        head.setContentsMargins(10, 6, 10, 2)
        head.addWidget(self.title, 1)
        head.addWidget(self.step)
        plates = QHBoxLayout()
        plates.setSpacing(8)
        spread = QVBoxLayout()
        spread.setSpacing(0)
        spread.addWidget(self.spread)
        spread.addWidget(self.scale)
        plates.addWidget(self.mean, 1, Qt.AlignmentFlag.AlignTop)
        plates.addLayout(spread, 1)
        beside = QVBoxLayout()
        beside.setContentsMargins(4, 4, 10, 6)
        beside.addLayout(plates)
        beside.addWidget(self.places)
        beside.addStretch(1)
        self._stack = QStackedLayout()
        body = QHBoxLayout()
        body.addLayout(self._stack, 3)
        body.addLayout(beside, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(body, 1)
        for page in (self.message, self.sheet):  # in the widget by now: its first page shows itself
            self._stack.addWidget(page)
