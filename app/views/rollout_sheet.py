"""Rollout sheet: the frames of a rollout, a column a level: films as rows, or a tree. Part of `rollout.RolloutView`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.futures import Forecast, FuturesState, Looked, Pixels
from app.safely import safely
from app.views.images import image
from app.views.numerals import tabular
from app.views.painted import Painted

if TYPE_CHECKING:
    from engine.rollout import Level

LARGEST, SMALLEST = 64, 22
"""Points of a frame's side."""

GAP, APART = 6, 22
"""Points between frames, and between the columns of a tree, where its lines are."""

TRUE = "the sequence itself"

TIP = "Click: see it large. Double click or Enter: open its Run in Explore."


class RolloutSheet(Painted):
    """The last given frame, then a column a level; above all, how the sequence itself goes on. A click, or the arrow
    keys, let a frame stand large; a double click or Enter opens it. The level that is played stands out.
    """

    def __init__(self, futures: FuturesState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._futures = futures
        self._room = QSize(0, 0)
        self._images: dict[object, QImage] = {}
        self.setFont(tabular(self.font(), -1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Rollout")
        self.setAccessibleDescription(f"A column a frame. {TIP}")
        for signal in (futures.looked_changed, futures.played_changed):
            signal.connect(lambda _: self.update())

    # -- layout --------------------------------------------------------------------------------------------------

    @property
    def levels(self) -> tuple[Level, ...]:
        """What is drawn."""
        return () if self._futures.rolled is None else self._futures.rolled.levels

    @property
    def rows(self) -> int:
        """Particles of the last level."""
        return 0 if self._futures.rolled is None else self._futures.rolled.settings.counts[-1]

    def fit(self, room: QSize) -> None:
        """Become as large as the frames can be in that width; downwards the sheet scrolls."""
        self._room = room
        self.setFixedHeight(max(room.height(), self._needed))
        self.update()

    @property
    def _depth(self) -> int:
        return 0 if self._futures.rolled is None else self._futures.rolled.settings.depth

    @property
    def _line(self) -> int:
        return self.fontMetrics().height()

    @property
    def _apart(self) -> int:
        """Points between columns."""
        rolled = self._futures.rolled
        return APART if rolled is not None and rolled.settings.branches > 1 else 2 * GAP

    @property
    def _side(self) -> int:
        """A frame's side: so large that all columns and rows fit, or the columns alone where there are many rows."""
        across = (self._room.width() - 2 * GAP) // (self._depth + 1) - self._apart
        down = (self._room.height() - 2 * self._line - 2 * GAP) // (self.rows + 1) - GAP
        return max(SMALLEST, min(LARGEST, across, down))

    @property
    def _needed(self) -> int:
        return 2 * self._line + self._side + GAP + self.rows * (self._side + GAP) + GAP

    def place(self, level: int, particle: int) -> QRect:
        """Where a frame stands; level -1 is what is given."""
        counts = [1] if self._futures.rolled is None else self._futures.rolled.settings.counts
        across = self.rows if level < 0 else self.rows // counts[level]  # rows that a particle has for its children
        middle = (particle + 0.5) * across
        top = 2 * self._line + self._side + GAP
        y = top + round((middle - 0.5) * (self._side + GAP)) + GAP
        return QRect(self._left(level), y, self._side, self._side)

    def true(self, level: int) -> QRect:
        """Where the frame of the sequence itself stands."""
        return QRect(self._left(level), 2 * self._line, self._side, self._side)

    def _left(self, level: int) -> int:
        return GAP + (level + 1) * (self._side + self._apart)

    # -- what is shown -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what there is now."""
        if not self.levels:
            self._images.clear()
        self.fit(self._room)

    def _image(self, key: object, pixels: Pixels) -> QImage:
        if key not in self._images:
            self._images[key] = image(pixels)
        return self._images[key]

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        forecast = self._futures.forecast
        if forecast is None or forecast.last is None or self._futures.rolled is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._side * self.devicePixelRatioF() < 32)
        self._paint_heads(painter, forecast.last)
        self._paint_true(painter, forecast)
        self._paint_lines(painter)
        given = forecast.true(-1)
        assert given is not None  # the last given one
        painter.drawImage(self.place(-1, 0), self._image("given", given))
        self._outline(painter, self.place(-1, 0), theme.scheme().accent, 2)
        for level in range(self._depth):
            for particle in range(self._futures.rolled.settings.counts[level]):
                self._paint_frame(painter, level, particle)

    def _paint_heads(self, painter: QPainter, last: int) -> None:
        """The number of the frame above each column, and what the first row is."""
        colours = theme.scheme()
        painter.setPen(QColor(colours.muted))
        flags = Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(GAP, 0, self.width(), self._line), flags, f"First row: {TRUE}.")
        for level in range(-1, self._depth):
            painter.setPen(QColor(colours.text if level == self._futures.played else colours.muted))
            head = QRect(self._left(level), self._line, self._side, self._line)
            painter.drawText(head, Qt.AlignmentFlag.AlignHCenter, str(last + 1 + level))

    def _paint_true(self, painter: QPainter, forecast: Forecast) -> None:
        for level in range(-1, self._depth):
            frame = forecast.true(level)
            if frame is not None:
                painter.drawImage(self.true(level), self._image(("true", level), frame))
            if frame is not None and level >= 0:
                self._outline(painter, self.true(level), theme.scheme().text, 2, Qt.PenStyle.DotLine)

    def _paint_lines(self, painter: QPainter) -> None:
        """From each frame to those that go on from it."""
        painter.setPen(QPen(QColor(theme.scheme().muted), 1.2))
        for level, drawn in enumerate(self.levels):
            for particle, parent in enumerate(drawn.parents.tolist()):
                start, end = self.place(level - 1, max(0, parent)), self.place(level, particle)
                left = QPointF(start.right() + 3, start.center().y())
                painter.drawLine(left, QPointF(end.left() - 3, end.center().y()))

    def _paint_frame(self, painter: QPainter, level: int, particle: int) -> None:
        area, colours = self.place(level, particle), theme.scheme()
        if level >= len(self.levels):
            painter.fillRect(area, QBrush(QColor(colours.line), Qt.BrushStyle.BDiagPattern))
            return
        drawn = self.levels[level]
        painter.drawImage(area, self._image((id(drawn), particle), drawn.frames[particle]))
        if self._futures.looked == Looked(particle, level):
            self._outline(painter, area, colours.accent, 3 if self.hasFocus() else 2)
        elif level == self._futures.played:
            self._outline(painter, area, colours.text, 1)

    def _outline(
        self, painter: QPainter, area: QRect, colour: str, width: int, style: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> None:
        painter.setPen(QPen(QColor(colour), width, style))
        painter.drawRect(QRectF(area).adjusted(-1.5, -1.5, 1.5, 1.5))

    # -- events --------------------------------------------------------------------------------------------------

    def _at(self, point: QPointF) -> Looked | None:
        """The drawn frame that is there."""
        for level, drawn in enumerate(self.levels):
            for particle in range(len(drawn.frames)):
                if self.place(level, particle).contains(point.toPoint()):
                    return Looked(particle, level)
        return None

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        looked = self._at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and looked is not None:
            self._futures.look(looked)

    @safely
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._at(event.position()) is not None:
            self._futures.open_wanted.emit()

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, looked = Qt.Key(event.key()), self._futures.looked
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and looked.level is not None:
            self._futures.open_wanted.emit()
            return
        wanted = self._beside(looked, key)
        if wanted is None:
            super().keyPressEvent(event)
        else:
            self._futures.look(wanted)

    def _beside(self, looked: Looked, key: Qt.Key) -> Looked | None:
        """The frame that an arrow key leads to: the parent, the first child, the next or the one before on a level."""
        particle, level, levels = looked.particle, looked.level, self.levels
        if key not in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down) or not levels:
            return None
        if level is None:
            return Looked(0, 0)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            path = self._futures.path
            return path[max(0, min(level + (1 if key == Qt.Key.Key_Right else -1), len(path) - 1))]
        wanted = particle + (1 if key == Qt.Key.Key_Down else -1)
        return Looked(max(0, min(wanted, len(levels[level].frames) - 1)), level)

    def tip(self, place: QPoint) -> str:
        """Which particle a frame is of."""
        looked = self._at(QPointF(place))
        return "" if looked is None else f"Particle {looked.particle}. {TIP}"
