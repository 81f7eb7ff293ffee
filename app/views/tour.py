"""Bubble: a few words with a pointer to what they speak of, beside it and never over it. Shown by `app.tour`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF, QRegion
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.safely import safely

WIDTH = 284
"""Points: what stands left of the canvas in the narrowest window is as wide."""

TIP = 10
"""Points that the pointer stands out of the box, and that are left free around the box."""

ROUND = 6
"""Radius of the corners."""

EDGES = (Qt.Edge.RightEdge, Qt.Edge.LeftEdge, Qt.Edge.BottomEdge, Qt.Edge.TopEdge)


def stand(size: QSize, target: QRect, room: QRect, edges: Sequence[Qt.Edge]) -> tuple[QRect, Qt.Edge | None]:
    """Where something of `size` stands in `room` at an edge of `target`, and at which: the first of `edges`, then of
    the others, where it fits beside it; at none, in the corner of the room, where it fits nowhere or `target` is null.
    """
    place = QRect(QPoint(), size)
    for edge in (*edges, *EDGES) if not target.isNull() else ():
        place.moveCenter(target.center())
        place.moveLeft(max(room.left(), min(place.left(), room.right() + 1 - place.width())))
        place.moveTop(max(room.top(), min(place.top(), room.bottom() + 1 - place.height())))
        if edge is Qt.Edge.RightEdge:
            place.moveLeft(target.right() + 1)
        elif edge is Qt.Edge.LeftEdge:
            place.moveRight(target.left() - 1)
        elif edge is Qt.Edge.BottomEdge:
            place.moveTop(target.bottom() + 1)
        else:
            place.moveBottom(target.top() - 1)
        if room.contains(place):
            return place, edge
    place.moveBottomRight(room.bottomRight())
    return place, None


class Bubble(QWidget):
    """A title, a text, how far one is, and buttons: `moved` says by how many stops one wants on, `skipped` that one
    has had enough. Enter goes on from it, Tab comes to its buttons; they leave all other keys to the window.
    """

    moved = Signal(int)
    skipped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self._target = QRect()
        self._edge: Qt.Edge | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title, self.text, self.count = QLabel(), QLabel(), QLabel()
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        self.text.setWordWrap(True)
        self.count.setObjectName("muted")
        self.skip = self._button("Skip", "End the guided tour; Help > Guided tour starts it again. Esc")
        self.back = self._button("Back", "The stop before this one.")
        self.next = self._button("Next", "The next stop. Enter")
        self.skip.clicked.connect(self.skipped)
        self.back.clicked.connect(lambda: self.moved.emit(-1))
        self.next.clicked.connect(lambda: self.moved.emit(1))
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.count, 1)
        for button in (self.skip, self.back, self.next):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(TIP + 12, TIP + 8, TIP + 10, TIP + 8)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(row)
        self.hide()

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName("segment")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys of the window where they are
        button.setToolTip(tip)
        button.setAccessibleName(f"{text}, guided tour")
        return button

    def tell(self, title: str, text: str, number: int, of: int) -> None:
        """Say this, the stop `number` (from 1) of so many."""
        self.title.setText(title)
        self.text.setText(text)
        self.count.setText(f"{number} of {of}")
        self.skip.setVisible(number < of)
        self.back.setEnabled(number > 1)
        self.next.setText("Next" if number < of else "Done")
        self.setAccessibleName(f"Guided tour, {number} of {of}: {title}")
        self.setAccessibleDescription(text)
        self.resize(WIDTH, self.heightForWidth(WIDTH))

    def praise(self) -> None:
        """Say that it was done."""
        self.count.setText(f"✓ {self.count.text().removeprefix('✓ ')}")

    def point_at(self, target: QRect, edges: Sequence[Qt.Edge]) -> None:
        """Stand beside that part of the parent, at one of those edges if there is room, or in the corner if null."""
        place, self._edge = stand(self.size(), target, self._room.rect(), edges)
        self._target = target.translated(-place.topLeft())
        if place.topLeft() != self.pos():
            self.move(place.topLeft())
        self.setMask(QRegion(self._box()).united(QRegion(self._pointer().boundingRect().toAlignedRect())))
        self.update()

    @property
    def pointing(self) -> bool:
        """Whether there is something to point at."""
        return self._edge is not None

    # -- painting ------------------------------------------------------------------------------------------------

    def _box(self) -> QRect:
        return self.rect().adjusted(TIP, TIP, -TIP, -TIP)

    def _pointer(self) -> QPolygonF:
        """The triangle from the box to the target; empty without one."""
        if self._edge is None:
            return QPolygonF()
        box, middle = QRectF(self._box()), QRectF(self._target).center()
        free = ROUND + TIP
        x = max(box.left() + free, min(middle.x(), box.right() - free))
        y = max(box.top() + free, min(middle.y(), box.bottom() - free))
        base, along, out = {
            Qt.Edge.RightEdge: (QPointF(box.left(), y), QPointF(0, TIP), QPointF(-TIP, 0)),
            Qt.Edge.LeftEdge: (QPointF(box.right(), y), QPointF(0, TIP), QPointF(TIP, 0)),
            Qt.Edge.BottomEdge: (QPointF(x, box.top()), QPointF(TIP, 0), QPointF(0, -TIP)),
            Qt.Edge.TopEdge: (QPointF(x, box.bottom()), QPointF(TIP, 0), QPointF(0, TIP)),
        }[self._edge]
        return QPolygonF([base - along, base + out, base + along])

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        colours, box, pointer = theme.scheme(), QPainterPath(), QPainterPath()
        box.addRoundedRect(QRectF(self._box()).adjusted(1, 1, -1, -1), ROUND, ROUND)
        pointer.addPolygon(self._pointer())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.text), 1.5))
        painter.setBrush(QColor(colours.raised))
        painter.drawPath(box.united(pointer))

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.moved.emit(1)
        else:
            super().keyPressEvent(event)
