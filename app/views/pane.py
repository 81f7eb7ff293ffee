"""Pane: one place of the canvas: what it is, on which scale it is drawn, and the view or a sentence in its place."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.icons import pixmap
from app.safely import safely
from app.views.numerals import tabular
from app.views.shown import Array

NARROW = 300
"""Width of a pane, in points, below which its title would leave no room for a scale."""


class ScaleBar(QWidget):
    """A strip of a colour map between the two values it spans."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low = self._high = ""
        self._colours: Array = np.zeros((256, 3), np.uint8)
        self.setFont(tabular(self.font(), -1))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Scale")

    def show_scale(self, colours: Array, low: str, high: str) -> None:
        """Show the map [256, 3 or 4] uint8 from `low` to `high`; empty texts show nothing."""
        self._colours, self._low, self._high = np.ascontiguousarray(colours[:, :3]), low, high
        self.setAccessibleDescription(f"from {low} to {high}")
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        """What is printed at its ends."""
        return f"{self._low} … {self._high}" if self._high else ""

    def sizeHint(self) -> QSize:
        return self._with_strip(64)

    def minimumSizeHint(self) -> QSize:
        return self._with_strip(24)

    def _with_strip(self, points: int) -> QSize:
        """The size with a strip of that width."""
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance(self._low) + metrics.horizontalAdvance(self._high)
        return QSize(words + points + 10 if self._high else 0, metrics.height() + 2)

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._high:
            return
        painter = QPainter(self)
        painter.setPen(QColor(theme.scheme().muted))
        left = self.fontMetrics().horizontalAdvance(self._low)
        right = self.fontMetrics().horizontalAdvance(self._high)
        area = self.rect()
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._low)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._high)
        strip = QRectF(left + 5, area.height() / 2 - 4, area.width() - left - right - 10, 8)
        painter.drawImage(strip, QImage(self._colours.data, 256, 1, 768, QImage.Format.Format_RGB888))
        painter.setPen(QColor(theme.scheme().line))
        painter.drawRect(strip)


class Message(QWidget):
    """A sentence where the picture would be, centred, with a button where something went wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wrong = False
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.label = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setMaximumWidth(460)
        self.mend = QPushButton()
        self.mend.setToolTip("Draw this Run.")
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addWidget(self._icon)
        row = QHBoxLayout()
        column.addLayout(row)
        row.addStretch(1)
        row.addWidget(self.label, 8)
        row.addStretch(1)
        column.addWidget(self.mend, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._style()

    def say(self, text: str, mend: str | None, *, wrong: bool = True) -> None:
        """Show that sentence: with a button that says `mend`, as an error unless nothing went `wrong`, or as a hint."""
        wrong = wrong and mend is not None
        if (text, mend or "", wrong) == (self.label.text(), self.mend.text(), self._wrong):
            return
        self.mend.setText(mend or "")
        self.label.setText(text)
        self.mend.setVisible(mend is not None)
        if wrong != self._wrong:
            self._wrong = wrong
            self._style()

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._style()

    def _style(self) -> None:
        colours = theme.scheme()
        name, colour = ("alert", colours.warning) if self._wrong else ("picture", colours.muted)
        self._icon.setPixmap(pixmap(name, colour).scaled(36, 36, mode=Qt.TransformationMode.SmoothTransformation))
        ink = colours.text if self._wrong else colours.muted
        self.label.setStyleSheet(f"color: {ink}")


class Title(QLabel):
    """One line that ends in "…" where it does not fit; the whole of it is its tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much of the text as fits."""
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        self.setToolTip("" if shown == self.text() else self.text())
        painter = QPainter(self)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


class Pane(QWidget):
    """A title, a scale and a view; `mend_wanted` when the user asks to try again after an error."""

    mend_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: QWidget | None = None
        self.title = Title()
        self.title.setFont(tabular(self.font()))
        self.scale = ScaleBar()
        self.message = Message()
        self.message.mend.clicked.connect(self.mend_wanted)
        self._below = False
        self._head = QGridLayout()
        self._head.setContentsMargins(8, 4, 8, 2)
        self._head.setHorizontalSpacing(8)
        self._head.setVerticalSpacing(0)
        self._head.setColumnStretch(0, 1)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # Layouts are added empty: PySide would wrap the items in them for good, and what changes its place is freed.
        column.addLayout(self._head)
        column.addLayout(self._stack, 1)
        self._head.addWidget(self.title, 0, 0)
        self._head.addWidget(self.scale, 0, 1)
        self._stack.addWidget(self.message)  # in a layout without a widget it would come up as a window first

    def hold(self, view: QWidget) -> None:
        """Show this view from now on, in place of the one before."""
        if self.view is not None:
            self._stack.removeWidget(self.view)
            self.view.deleteLater()
        self.view = view
        self._stack.addWidget(view)

    def caption(self, text: str) -> None:
        """Say what is shown."""
        self.title.setText(text)
        self.title.setToolTip(text)

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where both do not fit beside each other, the scale stands under the title."""
        super().resizeEvent(event)
        below = self.width() < NARROW
        if self._below != below:
            self._below = below
            # Aligned, so that its largest width is not that of the column, which the title shares below.
            self._head.addWidget(self.scale, int(below), int(not below), Qt.AlignmentFlag.AlignLeft)

    def show_view(self) -> None:
        """Show the view."""
        if self.view is not None:
            self._stack.setCurrentWidget(self.view)

    def say(self, text: str, mend: str | None = None) -> None:
        """Show a sentence in place of the view, for an error with a button that says `mend`."""
        self.message.say(text, mend)
        self.scale.show_scale(np.zeros((256, 3), np.uint8), "", "")
        self._stack.setCurrentWidget(self.message)

    @property
    def sentence(self) -> str:
        """The sentence shown in place of the view; empty while the view is shown."""
        return self.message.label.text() if self._stack.currentWidget() is self.message else ""
