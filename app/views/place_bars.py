"""Place bars: where the futures' digits go, each place with its share. Part of `futures.FuturesView`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.futures import Forecast, FuturesState
from app.safely import safely
from app.views.numerals import tabular
from app.views.painted import Painted
from engine.analysis.places import MOST, STAYS, went

if TYPE_CHECKING:
    from engine.analysis.futures import Place

SPACE = 4

TIP = "Click: its futures stand out; click again: all do."


class PlaceBars(Painted):
    """A bar a place, the one with most futures first, with its move from the last given frame. A click, or Up and Down,
    let its futures stand out.
    """

    def __init__(self, futures: FuturesState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._futures = futures
        self.setFont(tabular(self.font(), -1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName("Places of the futures")
        futures.place_changed.connect(lambda _: self.update())
        self.refresh()

    # -- what is shown -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the places that there are now."""
        said = [f"{self.told(place)}, {_percent(place)}" for place in self.places]
        self.setAccessibleDescription("; ".join(said) or "A bar a place, once futures are drawn.")
        self.updateGeometry()
        self.update()

    @property
    def places(self) -> tuple[Place, ...]:
        """Those that have a bar."""
        forecast = self._futures.forecast
        return () if forecast is None or forecast.futures is None else forecast.futures.places[:MOST]

    def told(self, place: Place) -> str:
        """How far the digit went to it, in words."""
        return went(*self._forecast.move(place.row, place.column))

    @property
    def _forecast(self) -> Forecast:
        assert self._futures.forecast is not None  # there are no places without
        return self._futures.forecast

    @property
    def _rest(self) -> str:
        """What is said below the bars."""
        forecast = self._futures.forecast
        if forecast is None or forecast.futures is None:
            return ""
        others, lost = len(forecast.futures.places) - len(self.places), len(forecast.futures.unreadable)
        parts = [f"and {others} places with fewer"] * (others > 0) + [f"{lost} cannot be read"] * (lost > 0)
        return ", ".join(parts)

    @property
    def _line(self) -> int:
        return self.fontMetrics().height() + SPACE

    def sizeHint(self) -> QSize:
        return QSize(200, (len(self.places) + bool(self._rest)) * self._line + SPACE)

    def minimumSizeHint(self) -> QSize:
        return QSize(130, self.sizeHint().height())

    def bar(self, number: int) -> QRect:
        """Where the bar of that place stands, with its words."""
        return QRect(0, number * self._line, self.width(), self._line)

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.scheme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, place in enumerate(self.places):
            self._paint_place(painter, self.bar(number), place, number == self._futures.place)
        painter.setPen(QColor(colours.muted))
        if self.hasFocus() and self._futures.place is None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        below = self.bar(len(self.places))
        painter.drawText(below.adjusted(self._line, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._rest)

    def _paint_place(self, painter: QPainter, area: QRect, place: Place, chosen: bool) -> None:
        colours, line = theme.scheme(), self._line
        numbers = self.fontMetrics().horizontalAdvance("100 %") + SPACE
        room = QRectF(area.left() + line, area.top() + 1, max(1, area.width() - line - numbers), line - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line))
        painter.drawRect(QRectF(room.left(), room.top(), room.width() * place.share, room.height()))
        if chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawRect(QRectF(area).adjusted(1, 1, -1, -1))
        painter.setPen(QColor(colours.text))
        painter.drawText(room.adjusted(SPACE, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.told(place))
        painter.drawText(QRectF(area).adjusted(0, 0, -SPACE, 0), _RIGHT, _percent(place))
        self._paint_arrow(painter, QPointF(area.left() + line / 2, area.center().y() + 0.5), place)

    def _paint_arrow(self, painter: QPainter, middle: QPointF, place: Place) -> None:
        """The direction of the move, nothing where the digit stays."""
        down, right = self._forecast.move(place.row, place.column)
        if max(abs(down), abs(right)) < STAYS:
            return
        along = QPointF(right, down) * (0.36 * self._line / math.hypot(down, right))
        aside = QPointF(-along.y(), along.x()) * 0.5
        painter.setPen(QPen(QColor(theme.scheme().text), 1.4))
        tip = middle + along
        painter.drawLines(
            [QLineF(middle - along, tip), *(QLineF(tip, tip - along * 0.8 + side) for side in (aside, -aside))]
        )

    # -- events --------------------------------------------------------------------------------------------------

    def _at(self, point: QPoint) -> int | None:
        number = point.y() // self._line
        return number if 0 <= number < len(self.places) else None

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton:
            self._futures.show_place(None if number == self._futures.place else number)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        chosen, count = self._futures.place, len(self.places)
        if event.key() == Qt.Key.Key_Escape and chosen is not None:
            self._futures.show_place(None)
        elif step is not None and count:
            self._futures.show_place(0 if chosen is None else max(0, min(chosen + step, count - 1)))
        else:
            super().keyPressEvent(event)

    def tip(self, place: QPoint) -> str:
        """What a place is."""
        number = self._at(place)
        if number is None:
            return ""
        found = self.places[number]
        count = len(found.members)
        return f"{count} future{'s' * (count > 1)}, {self.told(found)}. {TIP}"


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _percent(place: Place) -> str:
    return f"{100 * place.share:.0f} %"
