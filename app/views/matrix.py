"""Matrix: numbers in rows and columns, as colours with the numbers on them. A panel of `figure.FigureView`."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.safely import safely
from app.views.cells import CellView
from app.views.numerals import significant, tabular
from app.views.pane import ScaleBar
from engine.figures.figure import Key, Matrix

LABELS = 0.3
"""Share of the width that the names of the rows take at most, where the cells want the rest."""

WIDEST = 150
"""Points that a cell is wide, at most."""

_DARK = 0.45  # luminance below which white is read better than black


class MatrixView(CellView):
    """Rows of coloured cells under the names of their columns; those still to come are hatched, places without a cell
    are empty.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel: Matrix | None = None
        self.corner = self.scale = ScaleBar()
        self.setFont(tabular(self.font()))

    def show_panel(self, panel: Matrix) -> None:
        """Show these numbers."""
        self._panel = panel
        low, high = self._ends()
        unit = f" {panel.unit}" if panel.unit else ""
        known = not math.isnan(low)
        self.scale.show_scale(
            theme.sequential(), significant(low) if known else "", f"{significant(high)}{unit}" if known else ""
        )
        self.update()

    @property
    def keys(self) -> list[list[Key]]:
        """The keys of the cells."""
        return [] if self._panel is None else [list(row) for row in self._panel.keys]

    def place(self, key: Key) -> QPoint | None:
        """The middle of that cell."""
        for row, line in enumerate(self.keys):
            for column, own in enumerate(line):
                if own == key:
                    return self._cell(row, column).center()
        return None

    def key_at(self, spot: QPoint) -> Key:
        """The cell around that point."""
        for row, line in enumerate(self.keys):
            for column, key in enumerate(line):
                if self._cell(row, column).contains(spot):
                    return key
        return None

    # -- layout --------------------------------------------------------------------------------------------------

    @property
    def _line(self) -> int:
        return self.fontMetrics().height()

    @property
    def _left(self) -> int:
        """Where the cells begin."""
        assert self._panel is not None
        names = (*self._panel.rows, *self._axes)
        widest = max(self.fontMetrics().horizontalAdvance(name) for name in names)
        left = self.width() - 8 - WIDEST * len(self._panel.columns)  # by cells at their widest
        return min(widest + self._line, max(left, round(LABELS * self.width())))

    @property
    def _axes(self) -> tuple[str, str]:
        """What the columns are and what the rows are, one below the other beside the columns' names."""
        assert self._panel is not None
        return f"{self._panel.column_label} →", f"{self._panel.row_label} ↓"

    @property
    def _head(self) -> int:
        """Where the rows begin."""
        return round(2.6 * self._line)

    def _cell(self, row: int, column: int) -> QRect:
        assert self._panel is not None
        width = min(WIDEST, (self.width() - self._left - 8) / max(1, len(self._panel.columns)))
        height, left = self._pitch, self._left + column * width
        top = self._head + row * height
        return QRect(round(left), top, round(left + width) - round(left) - 1, height - 1)

    @property
    def _pitch(self) -> int:
        """From one row to the next; with errors, two lines stand in it."""
        return round((1.7 if self._panel is None or self._panel.errors is None else 2.6) * self._line)

    def needed(self, width: int) -> int:
        rows = 0 if self._panel is None else len(self._panel.rows)
        return self._head + rows * self._pitch + 4

    # -- colours -------------------------------------------------------------------------------------------------

    def _ends(self) -> tuple[float, float]:
        """The least and the greatest value that have a colour; NaN where there are none."""
        assert self._panel is not None
        values = [value for row in self._panel.values for value in row if value is not None]
        coloured = [value for value in values if value > 0] if self._panel.log else values
        return (min(coloured), max(coloured)) if coloured else (math.nan, math.nan)

    def _colour(self, value: float) -> QColor:
        assert self._panel is not None
        low, high = self._ends()
        if self._panel.log:
            low, high, value = (math.log(max(v, 1e-300)) for v in (low, high, value))
        part = (value - low) / (high - low) if high > low else 0.5
        return QColor(*(int(channel) for channel in theme.sequential()[round(255 * max(0.0, min(1.0, part)))]))

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        panel = self._panel
        if panel is None:
            return
        painter = QPainter(self)
        metrics, middle = self.fontMetrics(), Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(theme.scheme().muted))
        for number, axis in enumerate(self._axes):
            place = QRect(0, round((0.1 + 1.2 * number) * self._line), self._left - 8, self._line)
            text = metrics.elidedText(axis, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, text)
        for column, name in enumerate(panel.columns):
            cell = self._cell(0, column)
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, cell.width())
            painter.drawText(QRect(cell.left(), 0, cell.width(), self._head), Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QColor(theme.scheme().text))
        for row, name in enumerate(panel.rows):
            cell = self._cell(row, 0)
            place = QRect(0, cell.top(), self._left - 8, cell.height())
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, text)
        for row, line in enumerate(panel.values):
            for column, value in enumerate(line):
                self._paint_cell(painter, row, column, value)

    def _paint_cell(self, painter: QPainter, row: int, column: int, value: float | None) -> None:
        assert self._panel is not None
        cell, key, colours = self._cell(row, column), self._panel.keys[row][column], theme.scheme()
        if value is None and key is not None:
            painter.fillRect(cell, QBrush(QColor(colours.line), Qt.BrushStyle.BDiagPattern))
        elif value is not None:
            colour = self._colour(value)
            painter.fillRect(cell, colour)
            light = 0.299 * colour.redF() + 0.587 * colour.greenF() + 0.114 * colour.blueF()
            painter.setPen(QColor("white" if light < _DARK else "black"))
            error = self._panel.errors[row][column] if self._panel.errors is not None else None
            text = significant(value) if error is None else f"{significant(value)}\n± {significant(error, 2)}"
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
        if key is not None and key in (self.marked, self.under):
            chosen = key == self.marked
            painter.setPen(QPen(QColor(colours.accent if chosen else colours.text), 3 if chosen else 1))
            painter.drawRect(cell.adjusted(1, 1, -2, -2))
