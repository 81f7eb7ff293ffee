"""Chips: the modes of a model in a row, each with how many particles of a group are in it. Made by `modes.Modes`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.views.numerals import tabular

MOST = 40
"""Modes beyond which their number alone is told."""

FOUND = 2
"""The category whose colour says that a mode was found."""

GAP = 3


class Chip(QAbstractButton):
    """A mode: filled once a particle is in it, outlined where the selected one is."""

    def __init__(self, name: str, most: int, parent: QWidget) -> None:
        """`most` particles can be in the mode called `name`."""
        super().__init__(parent)
        self._name, self.count, self.here = name, -1, False
        self._widest = max(name, f"×{most}", key=len)
        self.setFont(tabular(self.font(), -1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_count(0, False)

    def show_count(self, count: int, here: bool) -> None:
        """Show that so many particles are in the mode, and whether the selected one is."""
        if (count, here) == (self.count, self.here):
            return
        self.count, self.here = count, here
        told = f"{count} particle{'' if count == 1 else 's'}" if count else "not found"
        self.setAccessibleName(f"mode {self._name}: {told}")
        self.setToolTip(f"Mode {self._name}: {told}." + (" Click to select them." if count else ""))
        self.update()

    def sizeHint(self) -> QSize:
        unit = self.fontMetrics().height()
        return QSize(max(round(1.7 * unit), self.fontMetrics().horizontalAdvance(self._widest) + 6), round(2.6 * unit))

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter = theme.scheme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = colours.accent if self.here else colours.muted if self.hasFocus() else colours.line
        painter.setPen(QPen(QColor(edge), 2 if self.here or self.hasFocus() else 1))
        painter.setBrush(theme.category(FOUND) if self.count else QColor(colours.base))
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor("black" if self.count else colours.muted))
        middle = QRectF(box.left(), box.top(), box.width(), box.height() / (2 if self.count else 1))
        painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, self._name)
        if self.count:
            painter.drawText(middle.translated(0, middle.height() - 1), Qt.AlignmentFlag.AlignCenter, f"×{self.count}")


class Chips(QWidget):
    """One chip a mode, in as many lines as the width asks for; `chosen` carries the particles of the one clicked."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips: list[Chip] = []
        self._form: tuple[tuple[str, ...], int] = ((), 0)
        self._members: dict[int, list[int]] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_modes(self, names: tuple[str, ...], size: int, members: dict[int, list[int]], selected: int) -> None:
        """Show which of `size` particles are in each mode, by its place in `names`, and where the selected one is."""
        if self._form != (names, size):
            self._form = (names, size)
            self._build()
        self._members = members
        for label, chip in enumerate(self.chips):
            held: Sequence[int] = members.get(label, ())
            chip.show_count(len(held), selected in held)

    def _build(self) -> None:
        for chip in self.chips:
            chip.hide()
            chip.deleteLater()
        names, size = self._form
        self.chips = [Chip(name, size, self) for name in names] if len(names) <= MOST else []
        for label, chip in enumerate(self.chips):
            chip.clicked.connect(partial(self._choose, label))
            chip.show()
        self._order()
        self._place()
        self.updateGeometry()

    def _order(self) -> None:
        """Let Tab come to the chips where they stand, not after all that was there before them."""
        before = self.previousInFocusChain()
        while before is not None and before is not self and not before.focusPolicy() & Qt.FocusPolicy.TabFocus:
            before = before.previousInFocusChain()
        for chip in self.chips:
            if before is not None:
                QWidget.setTabOrder(before, chip)
            before = chip

    def _choose(self, label: int) -> None:
        if label in self._members:
            self.chosen.emit(self._members[label])

    # -- layout --------------------------------------------------------------------------------------------------

    def _pitch(self) -> tuple[int, int]:
        """From one chip to the next, across and down."""
        sizes = [chip.sizeHint() for chip in self.chips]
        return max(size.width() for size in sizes) + GAP, max(size.height() for size in sizes) + GAP

    def _columns(self, width: int) -> int:
        """Chips a line, so that all lines are about as long."""
        most = max(1, (width + GAP) // self._pitch()[0])
        return -(-len(self.chips) // -(-len(self.chips) // most))

    def _place(self) -> None:
        for number, chip in enumerate(self.chips):
            across, down = self._pitch()
            row, column = divmod(number, self._columns(self.width()))
            chip.setGeometry(column * across, row * down, across - GAP, down - GAP)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return -(-len(self.chips) // self._columns(width)) * self._pitch()[1] if self.chips else 0

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 0)

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
