"""Mosaic: pictures in rows and columns, each with its caption. A panel of `figure.FigureView`."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.safely import safely
from app.views.cells import CellView
from app.views.numerals import tabular
from engine.figures.figure import Key, Pictures

LABELS = 0.2
"""Share of the width that the names of the rows take, at most."""

WIDEST = 240
"""Points that a column is wide, at most."""

GAP = 6


class MosaicView(CellView):
    """Rows of pictures as wide as their columns; those still to come are hatched, places without a cell are empty. Only
    what is in sight is decoded.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel: Pictures | None = None
        self._images: dict[bytes, QImage] = {}
        self.setFont(tabular(self.font(), -1))

    def show_panel(self, panel: Pictures) -> None:
        """Show these pictures."""
        self._panel = panel
        kept = {picture for row in panel.pictures for picture in row if picture is not None}
        self._images = {picture: image for picture, image in self._images.items() if picture in kept}
        self.update()

    @property
    def keys(self) -> list[list[Key]]:
        """The keys of the pictures."""
        return [] if self._panel is None else [list(row) for row in self._panel.keys]

    def place(self, key: Key) -> QPoint | None:
        """The middle of that cell's picture."""
        return next((area.center() for _, _, area, own in self.cells() if own == key), None)

    def key_at(self, spot: QPoint) -> Key:
        """The cell whose picture or caption stands there."""
        caption = self._caption
        return next((key for _, _, area, key in self.cells() if area.adjusted(0, 0, 0, caption).contains(spot)), None)

    # -- layout --------------------------------------------------------------------------------------------------

    @property
    def _line(self) -> int:
        return self.fontMetrics().height()

    @property
    def _corner(self) -> str:
        return f"{self._panel.row_label} ↓" if self._panel is not None and self._panel.row_label else ""

    @property
    def _caption(self) -> int:
        """The height of the captions: as many lines as the longest has."""
        captions = () if self._panel is None else (text for row in self._panel.captions for text in row)
        return self._line * max((text.count("\n") + 1 for text in captions if text), default=0)

    def _columns(self, width: int) -> tuple[int, int]:
        """Where the pictures begin, and how wide a column is, in so wide a widget."""
        assert self._panel is not None
        names = (*self._panel.rows, self._corner)
        label = max(self.fontMetrics().horizontalAdvance(name) for name in names) + self._line
        left = min(label, round(LABELS * width))
        return left, max(16, min(WIDEST, (width - left) // max(1, len(self._panel.columns)) - GAP))

    def _heights(self, width: int) -> list[int]:
        """How high the pictures of each row are, for a column of that width; as in other rows where none is there."""
        assert self._panel is not None
        shapes = [[_ratio(picture) for picture in row if picture is not None] for row in self._panel.pictures]
        usual = max((ratio for row in shapes for ratio in row), default=1.0)
        return [max(1, round(width * max(row, default=usual))) for row in shapes]

    def cells(self) -> list[tuple[int, int, QRect, Key]]:
        """Row, column, place of the picture, and key of each cell."""
        if self._panel is None:
            return []
        left, width = self._columns(self.width())
        top, cells = round(1.6 * self._line), []
        for row, height in enumerate(self._heights(width)):
            for column, key in enumerate(self._panel.keys[row]):
                cells.append((row, column, QRect(left + column * (width + GAP), top, width, height), key))
            top += height + self._caption + GAP
        return cells

    def needed(self, width: int) -> int:
        if self._panel is None:
            return 0
        heights = self._heights(self._columns(width)[1])
        return round(1.6 * self._line) + sum(height + self._caption + GAP for height in heights)

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        panel = self._panel
        if panel is None:
            return
        painter = QPainter(self)
        metrics = self.fontMetrics()
        left, width = self._columns(self.width())
        head = round(1.5 * self._line)
        painter.setPen(QColor(theme.scheme().muted))
        corner = metrics.elidedText(self._corner, Qt.TextElideMode.ElideRight, left - GAP)
        painter.drawText(QRect(0, 0, left - GAP, head), Qt.AlignmentFlag.AlignRight, corner)
        for column, name in enumerate(panel.columns):
            whole = f"{panel.column_label} {name}"
            fits = metrics.horizontalAdvance(whole) <= width
            text = metrics.elidedText(whole if fits else name, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRect(left + column * (width + GAP), 0, width, head), Qt.AlignmentFlag.AlignHCenter, text)
        for row, column, area, key in self.cells():
            if column == 0:
                painter.setPen(QColor(theme.scheme().text))
                place = QRect(0, area.top(), left - GAP, area.height())
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(place, flags, panel.rows[row])
            if key is not None and area.adjusted(0, 0, 0, self._caption).intersects(event.rect()):
                self._paint_cell(painter, area, panel.pictures[row][column], panel.captions[row][column])
                self._paint_mark(painter, area, key)

    def _paint_cell(self, painter: QPainter, area: QRect, picture: bytes | None, caption: str) -> None:
        colours = theme.scheme()
        if picture is None:
            painter.fillRect(area, QBrush(QColor(colours.line), Qt.BrushStyle.BDiagPattern))
        else:
            image = self._image(picture)
            size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(QPoint(0, 0), size)
            place.moveCenter(area.center())
            whole = (size.width() * self.devicePixelRatioF()) % max(1, image.width()) == 0
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not whole)
            painter.drawImage(place, image)
        painter.setPen(QColor(colours.muted))
        below = QRect(area.left(), area.bottom() + 1, area.width(), self._caption)
        lines = [
            self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, area.width())
            for line in caption.split("\n")
        ]
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "\n".join(lines))

    def _paint_mark(self, painter: QPainter, area: QRect, key: str) -> None:
        if key in (self.marked, self.under):
            colours, chosen = theme.scheme(), key == self.marked
            painter.setPen(QPen(QColor(colours.accent if chosen else colours.text), 3 if chosen else 1))
            painter.drawRect(area.adjusted(-1, -1, 0, 0))

    def _image(self, picture: bytes) -> QImage:
        if picture not in self._images:
            image = QImage.fromData(picture)
            self._images[picture] = image.convertToFormat(QImage.Format.Format_RGB32)
        return self._images[picture]


def _ratio(png: bytes) -> float:
    """Height by width of a PNG, which stand at the begin of its first chunk."""
    width, height = (int.from_bytes(png[place : place + 4]) for place in (16, 20))
    return height / max(1, width)
