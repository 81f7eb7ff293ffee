"""Strip sheet: the pictures of a strip, one column a value and one row a particle, and the numbers under them.

Part of `strip.StripPanel`. It reads `strips.Strips`.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.strips import Strips
from app.views import shown
from app.views.images import image
from app.views.numerals import significant, tabular
from app.views.painted import Painted
from engine.analysis.pictures import to_uint8
from engine.latents.strips import Column, brightness

GAP = 6
LARGEST, SMALLEST = 160, 28
"""Points that a picture is wide at most, and where there is little room."""

HEADS = {"strength": "λ", "source": "source", "share": "share"}
"""What stands before the captions."""

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class StripSheet(Painted):
    """A click on a column, or the arrow keys, choose it: `chosen`. The chosen one is framed in the accent colour, that
    which is `played` in the colour of text.
    """

    chosen = Signal(int)

    def __init__(self, strips: Strips, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strips = strips
        self.played: int | None = None
        self._images: dict[tuple[int, int], QImage] = {}
        self._of: tuple[object, ...] = ()
        self._numbers: list[tuple[str, list[str]]] = []
        self._margin = self._widest = 0
        self.setFont(tabular(self.font(), -1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Strip")

    # -- layout --------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> tuple[Column, ...]:
        """What there is a column of."""
        return () if self._strips.strip is None else self._strips.strip.columns

    @property
    def particles(self) -> tuple[int, ...]:
        """What there is a row of."""
        return () if self._strips.strip is None else self._strips.strip.particles

    def place(self, column: int, row: int) -> QRect:
        """Where a picture stands, in points of this widget."""
        size, pitch, left = self._geometry
        middle = left + column * pitch + pitch // 2
        return QRect(middle - size.width() // 2, self._top + row * (size.height() + GAP), size.width(), size.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self._top + self._foot + max(1, len(self.particles)) * (SMALLEST + GAP))

    def sizeHint(self) -> QSize:
        return QSize(600, self._top + self._foot + max(1, len(self.particles)) * (64 + GAP))

    def needed(self, width: int, height: int) -> int:
        """The least height in which the pictures are as large as they can be in that width and height."""
        rows = max(1, len(self.particles))
        return min(height, self._top + self._foot + rows * (self._size(width, height).height() + GAP) + GAP)

    @property
    def _line(self) -> int:
        return self.fontMetrics().height()

    @property
    def _top(self) -> int:
        return (2 if any(column.note for column in self.columns) else 1) * self._line + GAP

    @property
    def _foot(self) -> int:
        return len(self._numbers) * self._line

    def _advance(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)

    @property
    def _geometry(self) -> tuple[QSize, int, int]:
        """The size of a picture, the distance of columns, and where they begin; a picture's pixel is a whole number of
        the screen's where there is room.
        """
        columns = max(1, len(self.columns))
        room, size = self._room(self.width()), self._size(self.width(), self.height())
        pitch = min(room, max(size.width(), self._widest) + 2 * GAP)
        left = self._margin + (self.width() - self._margin - columns * pitch) // 2
        return size, pitch, left

    def _room(self, across: int) -> int:
        """What a column has of that width."""
        return (across - self._margin - GAP) // max(1, len(self.columns))

    def _size(self, across: int, down: int) -> QSize:
        """The size of a picture where the sheet is so wide and high."""
        _, height, width = self.columns[0].model.data_shape if self.columns else (1, 1, 1)
        down = (down - self._top - self._foot) // max(1, len(self.particles)) - GAP
        across, ratio = max(1, min(self._room(across) - GAP, down * width // height, LARGEST)), self.devicePixelRatioF()
        if across * ratio >= width:
            across = int(across * ratio // width * width / ratio)
        return QSize(across, max(1, round(across * height / width)))

    @property
    def _head(self) -> str:
        return HEADS.get(self._strips.varies, "")

    def _names(self) -> list[str]:
        return [f"particle {particle}" for particle in self.particles]

    def _measured(self) -> list[tuple[str, list[str]]]:
        """The lines under the columns: their names and a text for each column."""
        sheet, places = self._strips.sheet, range(len(self.columns))
        means = [None if sheet is None else sheet.pictures[place] for place in places]
        lines = [("brightness", ["" if each is None else f"{brightness(each).mean():.3f}" for each in means])]
        found = [self._strips.correlation(place) for place in places]
        count = next((each.count for each in found if each is not None), 0)
        if count:
            pairs = ["" if each is None else f"{each.pairs:.2f}" for each in found]
            spans = ["" if each is None else _span(each.pairs_interval) for each in found]
            shuffled = ["" if each is None else f"{each.shuffled:.2f}" for each in found]
            lines += [(f"r of {count} pairs", pairs), ("95 %", spans), ("r shuffled", shuffled)]
        return lines

    # -- what is shown -------------------------------------------------------------------------------------------

    def play(self, column: int | None) -> None:
        """Mark the column that an animation is at, or none."""
        self.played = column
        self.update()

    def refresh(self) -> None:
        """Show what the strips say now."""
        current = self._strips.current
        said = [_spoken(column) + (", chosen" if place == current else "") for place, column in enumerate(self.columns)]
        self.setAccessibleDescription("; ".join(said))
        self._numbers = self._measured()
        names = (*self._names(), *(name for name, _ in self._numbers), self._head)
        self._margin = max((self._advance(name) for name in names), default=0) + 2 * GAP
        texts = (text for column in self.columns for text in (column.caption, column.note))
        self._widest = max((self._advance(text) for text in texts), default=0)
        self.updateGeometry()
        self.update()

    def _image(self, column: int, row: int) -> QImage | None:
        """A picture, made once; None while there is nothing of it."""
        sheet, width = self._strips.sheet, self._geometry[0].width() * self.devicePixelRatioF()
        if self._of != (sheet, width):
            self._images, self._of = {}, (sheet, width)
        pictures = None if sheet is None else sheet.pictures[column]
        if pictures is None:
            return None
        if (column, row) not in self._images:
            self._images[column, row] = image(to_uint8(shown.shrunk(pictures[row], width)))
        return self._images[column, row]

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.columns:
            return
        painter, colours = QPainter(self), theme.scheme()
        self._paint_names(painter)
        for column, described in enumerate(self.columns):
            self._paint_captions(painter, column, described)
            for row in range(len(self.particles)):
                self._paint_picture(painter, self.place(column, row), self._image(column, row))
        for marked, colour, width in (
            (self.played, colours.text, 1),
            (self._strips.current, colours.accent, 3 if self.hasFocus() else 2),
        ):
            if marked is not None:
                painter.setPen(QPen(QColor(colour), width))
                painter.drawRect(self._column(marked).adjusted(-2, -2, 1, 1))

    def _column(self, column: int) -> QRect:
        return self.place(column, 0).united(self.place(column, len(self.particles) - 1))

    def _paint_names(self, painter: QPainter) -> None:
        """The names at the left edge of the first column."""
        painter.setPen(QColor(theme.scheme().muted))
        left, margin = self.place(0, 0).left() - self._margin, self._margin - 2 * GAP
        painter.drawText(QRect(left, 0, margin, self._line), Qt.AlignmentFlag.AlignRight, self._head)
        for row, name in enumerate(self._names()):
            area = QRect(left, self.place(0, row).top(), margin, self.place(0, row).height())
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
        for (name, _), top in self._lines():
            painter.drawText(QRect(left, top, margin, self._line), Qt.AlignmentFlag.AlignRight, name)

    def _lines(self) -> Iterator[tuple[tuple[str, list[str]], int]]:
        """The lines under the columns, each with where it stands."""
        bottom = self.place(0, max(0, len(self.particles) - 1)).bottom() + GAP
        for number, line in enumerate(self._numbers):
            yield line, bottom + number * self._line

    def _paint_captions(self, painter: QPainter, column: int, described: Column) -> None:
        """The lines over a column and under it."""
        colours, area = theme.scheme(), self._column(column)
        pitch = self._geometry[1]
        left, wide = area.center().x() - pitch // 2, pitch - 2
        current = column == self._strips.current
        font = QFont(self.font())
        font.setBold(current)
        above = [(described.caption, colours.text if current else colours.muted), (described.note, colours.muted)]
        for line, (text, colour) in enumerate(above):
            painter.setFont(font if line == 0 else self.font())
            painter.setPen(QColor(colour))
            elided = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, wide)
            place = QRect(left, line * self._line, wide, self._line)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, elided)
        painter.setFont(self.font())
        painter.setPen(QColor(colours.muted))
        for (_, texts), top in self._lines():
            painter.drawText(QRect(left, top, wide, self._line), Qt.AlignmentFlag.AlignHCenter, texts[column])

    def _paint_picture(self, painter: QPainter, area: QRect, picture: QImage | None) -> None:
        if picture is None:
            painter.fillRect(area, QBrush(QColor(theme.scheme().line), Qt.BrushStyle.BDiagPattern))
            return
        shrinks = picture.width() > area.width() * self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
        painter.drawImage(area, picture)

    # -- events --------------------------------------------------------------------------------------------------

    def _at(self, point: QPointF) -> int | None:
        """The column that is there, its captions too."""
        pitch = self._geometry[1]
        middles = ((place, self.place(place, 0).center().x()) for place in range(len(self.columns)))
        return next((place for place, middle in middles if abs(point.x() - middle) <= pitch / 2), None)

    @safely
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and place is not None:
            self.chosen.emit(place)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current, last = Qt.Key(event.key()), self._strips.current, len(self.columns) - 1
        if key in _STEPS and last >= 0:
            self.chosen.emit(0 if current is None else min(max(current + _STEPS[key], 0), last))
        else:
            super().keyPressEvent(event)

    def tip(self, place: QPoint) -> str:
        """All of a column."""
        column = self._at(QPointF(place))
        return "" if column is None else self._told(column)

    def _told(self, place: int) -> str:
        column, found = self.columns[place], self._strips.correlation(place)
        text = f"{_spoken(column)}: click to choose it."
        if found is not None:
            low, high = (significant(end) for end in found.pairs_interval)
            text += (
                f" Over {found.count} particles the pixels correlate with those of the chosen one by "
                f"{significant(found.pairs)} (95 % interval {low} to {high}), with those of other particles by "
                f"{significant(found.shuffled)}."
            )
        return text


def _spoken(column: Column) -> str:
    return f"{column.caption}, {column.note}" if column.note else column.caption


def _span(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.2f}–{interval[1]:.2f}"
