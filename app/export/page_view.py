"""Page view: the page as it will be, at true proportions, on a desk; fitted into it, or in the size of the paper.

Part of the export dialog. The page is light in every scheme.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.controls.editing.segments import Segments
from app.export.preview import Seen
from app.safely import safely
from app.views.images import image
from app.views.pane import Message
from engine.figures.sheet import INCH, Paper

MARGIN = 14
"""Points of the desk around the page."""

LARGEST = 4000
"""Pixels that a preview is wide at most."""

FIT, TRUE = "fit", "true"

TIPS = {FIT: "Show the whole page.", TRUE: "Show the page as large as it will be on paper."}


class Sheet(QWidget):
    """The desk with the page in its middle."""

    def __init__(self) -> None:
        super().__init__()
        self.page: QImage | None = None
        self.true: QSize | None = None  # points of the page on paper, None to fit it in
        self.setAccessibleName("Preview of the page")

    def show_page(self, page: QImage, true: QSize | None) -> None:
        """Show that page, fitted in or in its true size."""
        self.page, self.true = page, true
        self.setMinimumSize(QSize(0, 0) if true is None else true + QSize(2, 2) * MARGIN)
        self.update()

    @property
    def place(self) -> QRect:
        """Where the page lies."""
        assert self.page is not None
        room = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        size = self.true or self.page.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(room.center())
        return place

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.scheme().raised))
        if self.page is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setPen(QColor(theme.scheme().line))
            painter.drawRect(self.place.adjusted(-1, -1, 0, 0))
            painter.drawImage(self.place, self.page)


class PageView(QWidget):
    """The page, or the sentence in its place, under a row that says how large it is shown and that it is drawn anew."""

    resized = Signal()  # another width of the page may be wanted

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seen: Seen | None = None
        self.sheet, self.message, self.area = Sheet(), Message(), QScrollArea()
        self.size_of = Segments("Size of the preview", {"Fit": FIT, "100 %": TRUE}, TIPS)
        self.size_of.set_value(FIT)
        self.busy = QProgressBar()
        self.doing = QLabel()
        self._lay_out()
        self.size_of.chosen.connect(self._resize_page)
        self.rest()

    @property
    def sentence(self) -> str:
        """What stands in place of the page; empty while the page is shown."""
        return self.message.label.text() if self._stack.currentWidget() is self.message else ""

    def width_for(self, paper: Paper) -> int:
        """Pixels that the page should be wide."""
        ratio = self.devicePixelRatioF()
        points = self._true(paper) if self.size_of.value == TRUE else self.area.viewport().width() - 2 * MARGIN
        return max(64, min(LARGEST, round(points * ratio)))

    def show_page(self, seen: Seen) -> None:
        """Show that page."""
        self.seen = seen
        width = self._true(seen.paper)
        true = QSize(width, round(width * seen.height / seen.paper.millimetres))
        self.sheet.show_page(image(seen.pixels), true if self.size_of.value == TRUE else None)
        self.sheet.setAccessibleDescription(f"{seen.paper.millimetres:.0f} by {seen.height:.0f} mm")
        self._stack.setCurrentWidget(self.area)
        self.rest()

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the page."""
        self.seen = None
        self.message.say(sentence, None)
        self._stack.setCurrentWidget(self.message)
        self.rest()

    def work(self, doing: str, share: float | None = None) -> None:
        """Say what is being done, and how much of it is."""
        self.doing.setText(doing)
        self.busy.setRange(0, 0 if share is None else 100)
        self.busy.setValue(round(100 * (share or 0.0)))
        self.busy.show()

    def rest(self) -> None:
        """Nothing is being done."""
        self.doing.clear()
        self.busy.hide()

    def put_below(self, widget: QWidget) -> None:
        """Add what stands below the page."""
        self._column.addWidget(widget)

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.sheet.update()

    def _true(self, paper: Paper) -> int:
        """Points of the screen that the page is wide on paper."""
        return round(paper.millimetres / INCH * self.logicalDpiX())

    def _resize_page(self, size: str) -> None:
        self.size_of.set_value(size)
        if self.seen is not None:
            self.show_page(self.seen)
        self.resized.emit()

    def _lay_out(self) -> None:
        self.busy.setFixedSize(140, 6)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName("How much of the preview is drawn")
        self.doing.setObjectName("muted")
        self.area.setWidget(self.sheet)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        head = QHBoxLayout()
        head.setContentsMargins(8, 6, 8, 6)
        head.setSpacing(8)
        head.addWidget(self.size_of)
        head.addStretch(1)
        head.addWidget(self.doing)
        head.addWidget(self.busy)
        self._stack = QStackedLayout()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self._column.addLayout(self._stack, 1)
        for page in (self.message, self.area):
            self._stack.addWidget(page)
