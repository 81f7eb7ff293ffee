"""Filmstrip: a sequence frame by frame, and which frames of it are given. Part of the page of futures.

It reads `FuturesState` and tells which frame is wanted as the last given one.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.futures import Forecast, FuturesState
from app.safely import safely
from app.views.images import image
from app.views.numerals import tabular
from app.views.painted import Painted

LARGEST, SMALLEST = 64, 34
"""Points of a frame's side at most, and below which the strip goes on in a second line."""

GAP = 6

LEGEND = "framed: given; dotted: the true next frame; forked: several next frames are possible"

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Filmstrip(Painted):
    """Frames in a row, their numbers below. A click on one, or the arrow keys, ask for it as the last given: `chosen`.

    The given ones are framed in the accent colour, the true next one by a dotted line; a fork stands at frames after
    which several are possible.
    """

    chosen = Signal(int)

    def __init__(self, futures: FuturesState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._futures = futures
        self._images: list[QImage] = []
        self._of: object = None
        self.setFont(tabular(self.font(), -1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Filmstrip of the sequence")
        self.setAccessibleDescription(LEGEND)
        futures.forecast_changed.connect(self._take)
        self._take()

    # -- layout --------------------------------------------------------------------------------------------------

    def place(self, frame: int) -> QRect:
        """Where a frame stands, in points of this widget."""
        columns, side = self._arranged(self.width())
        row, column = divmod(frame, columns)
        left = (self.width() - columns * (side + GAP) + GAP) // 2
        return QRect(left + column * (side + GAP), GAP // 2 + row * self._pitch(side), side, side)

    def sizeHint(self) -> QSize:
        return QSize(400, self._needed(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * (SMALLEST + GAP), self._needed(self.width()))

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def _arranged(self, width: int) -> tuple[int, int]:
        """Frames a line, and the side of one."""
        count = max(1, len(self._images))
        fits = (width + GAP) // count - GAP
        columns = count if fits >= SMALLEST else -(-count // 2)
        return columns, max(8, min(LARGEST, (width + GAP) // columns - GAP))

    def _pitch(self, side: int) -> int:
        return side + self.fontMetrics().height() + GAP

    def _needed(self, width: int) -> int:
        columns, side = self._arranged(width)
        return GAP // 2 + -(-max(1, len(self._images)) // columns) * self._pitch(side) + self._words(width).height()

    def _words(self, width: int) -> QRect:
        """The room that the legend takes in that width."""
        room = QRect(0, 0, width, 10 * self.fontMetrics().height())
        return self.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, LEGEND)

    # -- what is shown -------------------------------------------------------------------------------------------

    @property
    def _forecast(self) -> Forecast | None:
        return self._futures.forecast

    def _take(self) -> None:
        """Show the sequence of the forecast that there is now."""
        forecast = self._forecast
        sequence = None if forecast is None else forecast.sequence
        if sequence is not self._of:
            self._of = sequence
            self._images = [] if sequence is None else [image(frame) for frame in sequence.frames]
            self.updateGeometry()
        if forecast is not None:
            given = [frame for frame in range(len(self._images)) if self._is_given(frame)]
            self.setAccessibleDescription(f"Given: {', '.join(map(str, given)) or 'no frames'}. {LEGEND}")
        self.update()

    def _is_given(self, frame: int) -> bool:
        forecast = self._forecast
        if forecast is None or forecast.last is None:
            return False
        return forecast.last - forecast.sequences.given < frame <= forecast.last

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        forecast = self._forecast
        if forecast is None:
            return
        painter, colours = QPainter(self), theme.scheme()
        for frame, picture in enumerate(self._images):
            area = self.place(frame)
            shrinks = picture.width() > area.width() * self.devicePixelRatioF()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
            painter.drawImage(area, picture)
            given = self._is_given(frame)
            painter.setPen(QColor(colours.text if given else colours.muted))
            below = QRect(area.left(), area.bottom() + 3, area.width(), self.fontMetrics().height())
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, str(frame))
            if forecast.sequence.open[frame]:
                middle = below.center() + QPoint(self.fontMetrics().horizontalAdvance(f"{frame}00") // 2, 0)
                self._fork(painter, QPointF(middle), 0.3 * below.height())
            if given:
                self._outline(painter, area, colours.accent, 3 if self.hasFocus() and frame == forecast.last else 2)
            elif forecast.last is not None and frame == forecast.last + 1:
                self._outline(painter, area, colours.text, 2, Qt.PenStyle.DotLine)

        painter.setPen(QColor(colours.muted))
        legend = self._words(self.width())
        legend.moveBottom(self.height())
        painter.drawText(legend.adjusted(0, 0, 4, 0), Qt.TextFlag.TextWordWrap, LEGEND)

    def _fork(self, painter: QPainter, middle: QPointF, size: float) -> None:
        """A way that parts in two."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ends = (QPointF(-size, 0), QPointF(size, -size), QPointF(size, size))
        painter.drawLines([QLineF(middle, middle + end) for end in ends])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _outline(
        self, painter: QPainter, area: QRect, colour: str, width: int, style: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> None:
        painter.setPen(QPen(QColor(colour), width, style))
        painter.drawRect(QRectF(area).adjusted(-1.5, -1.5, 1.5, 1.5))

    # -- events --------------------------------------------------------------------------------------------------

    def _at(self, point: QPoint) -> int | None:
        """The frame that is there, its number too."""
        below = self.fontMetrics().height()
        areas = ((frame, self.place(frame).adjusted(0, 0, 0, below)) for frame in range(len(self._images)))
        return next((frame for frame, area in areas if area.contains(point)), None)

    @safely
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._at(event.position().toPoint()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        frame = self._at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and frame is not None:
            self.chosen.emit(frame)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, forecast = Qt.Key(event.key()), self._forecast
        if key in _STEPS and forecast is not None:
            last = forecast.sequences.given - 2 if forecast.last is None else forecast.last
            self.chosen.emit(last + _STEPS[key])
        else:
            super().keyPressEvent(event)

    def tip(self, place: QPoint) -> str:
        """What a frame is."""
        frame = self._at(place)
        return "" if frame is None else self.told(frame)

    def told(self, frame: int) -> str:
        """What a frame is, in words."""
        forecast = self._forecast
        assert forecast is not None  # there are no frames without
        parts = [f"Frame {frame}"]
        if self._is_given(frame):
            parts.append("given")
        elif forecast.last is not None and frame == forecast.last + 1:
            parts.append("the true next frame")
        several = "several next frames are" if forecast.sequence.open[frame] else "one next frame is"
        return f"{', '.join(parts)}. After it {several} possible. Click: it is the last given one."
