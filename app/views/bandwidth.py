"""Bandwidth: how far the particles of the selected one's group are from each other, and how far the kernel reaches.

Placed under the bandwidth by `controls.guidance`. It follows playhead and selection, and changes nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.state import State
from app.views.numerals import significant, tabular
from engine.analysis import pairs
from engine.analysis.pairs import Pairs
from engine.offers import unsuited

WAITING = "How far its particles are from each other is shown here once they are drawn."
ALONE = "One particle a group: there are no pairs."

TIP = (
    "The distances of all pairs in the selected particle's group at this step, as the kernel measures them. The line "
    "is the kernel exp(−distance / h), the filled part of a bar what it leaves of them: far beyond h none is pushed."
)


class BandwidthView(QWidget):
    """A histogram of the group's distances, with the kernel over it and h marked."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._of: object = None
        self._symbol = ""
        self.pairs: Pairs | None = None
        self.sentence = WAITING
        self.setFont(tabular(self.font(), -1))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Distances in the group and the kernel's bandwidth")
        self.setToolTip(TIP)
        for signal in (state.playhead_changed, state.selection_changed, state.readings_changed, state.run_changed):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        """Take up what is known of the group now; while the same is drawn anew, what is shown stays."""
        run, readings = self._state.run, self._state.readings("current")
        reading = None if readings is None else readings[self._state.index("current")]
        of = (run.model, run.guidance.kernel, run.latents.group_size)
        if reading is not None and readings is not None and reading.distances:
            self._symbol = readings.symbol
            group = min((self._state.selection or (0,))[0] // readings.size, len(reading.distances) - 1)
            self.pairs = pairs.of(reading.distances[group], float(reading.h[group]))
            self._of = of
        elif of != self._of:
            self.pairs = None
        self.sentence = ""
        if self.pairs is None:
            alone = ALONE if run.latents.group_size == 1 else WAITING
            self.sentence = unsuited(run.guidance.kernel, self._state.model) or alone
        self.setAccessibleDescription(self.reading or self.sentence)
        self.update()

    @property
    def reading(self) -> str:
        """What is read off it."""
        if self.pairs is None:
            return ""
        return f"h {significant(self.pairs.h)}, median distance {significant(self.pairs.median)}"

    def sizeHint(self) -> QSize:
        unit = self.fontMetrics().height()
        return QSize(16 * unit, 7 * unit)

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    # -- painting ------------------------------------------------------------------------------------------------

    @property
    def _frame(self) -> QRectF:
        """Where the bars stand: a line of text above them and one below."""
        unit = self.fontMetrics().height()
        return QRectF(1.5, 1.3 * unit, self.width() - 3.0, self.height() - 2.5 * unit)

    def bar(self, part: int) -> QRectF:
        """Where the bar of that part of the distances stands; there are pairs."""
        assert self.pairs is not None
        frame, counts = self._frame, self.pairs.counts
        width, height = frame.width() / len(counts), frame.height() * counts[part] / max(counts.max(), 1)
        return QRectF(frame.left() + part * width, frame.bottom() - height, width - 1, height)

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.pairs is None:
            painter.setPen(QColor(theme.scheme().muted))
            middle = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()), middle, self.sentence)
            return
        self._paint_bars(painter, self.pairs)
        self._paint_kernel(painter, self.pairs)
        self._paint_words(painter, self.pairs)

    def _paint_bars(self, painter: QPainter, shown: Pairs) -> None:
        for part, weight in enumerate(shown.weights):
            bar = self.bar(part)
            painter.fillRect(bar, QColor(theme.scheme().line))
            bar.setTop(bar.bottom() - bar.height() * weight)
            painter.fillRect(bar, theme.category(0))
        painter.setPen(QColor(theme.scheme().muted))
        painter.drawLine(self._frame.bottomLeft(), self._frame.bottomRight())

    def _paint_kernel(self, painter: QPainter, shown: Pairs) -> None:
        frame, width = self._frame, self._frame.width() / len(shown.weights)
        middles = [frame.left() + (bar + 0.5) * width for bar in range(len(shown.weights))]
        heights = [frame.bottom() - frame.height() * weight for weight in shown.weights]
        line = QPolygonF([QPointF(x, y) for x, y in zip(middles, heights, strict=True)])
        painter.setPen(QPen(QColor(theme.scheme().text), 1.4))
        painter.drawPolyline(line)
        if shown.h <= shown.end:
            x = frame.left() + frame.width() * shown.h / shown.end
            painter.setPen(QPen(QColor(theme.scheme().text), 1.4, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))

    def _paint_words(self, painter: QPainter, shown: Pairs) -> None:
        painter.setPen(QColor(theme.scheme().muted))
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        words = QRectF(self.rect())
        beyond = " →" if shown.h > shown.end else ""
        painter.drawText(words, left, f"h {significant(shown.h)}{beyond}")
        painter.drawText(words, right, f"median {significant(shown.median)}")
        bottom = Qt.AlignmentFlag.AlignBottom
        painter.drawText(words, left | bottom, "0")
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | bottom, self._symbol)
        painter.drawText(words, right | bottom, significant(shown.end))
