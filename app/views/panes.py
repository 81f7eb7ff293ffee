"""Panes: pictures of one particle beside each other, as large as the place allows. Used by `latents_page`."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.safely import safely
from app.views.pane import Pane


class Panes(QWidget):
    """Those of `panes` that are shown, by name, in their order, in one row or in several where they are larger then."""

    def __init__(self, panes: dict[str, Pane], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panes = panes
        self._shown: list[str] = []
        self._columns = 0
        self._table = QGridLayout(self)
        self._table.setContentsMargins(0, 0, 0, 0)
        self._table.setSpacing(1)
        for pane in panes.values():
            pane.setParent(self)
            # Columns of one width, whatever the words above the pictures, which must not move while one paints.
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            pane.hide()

    def show_panes(self, names: Iterable[str]) -> None:
        """Show these panes and no others."""
        wanted = set(names)
        shown = [name for name in self._panes if name in wanted]
        if shown != self._shown:
            self._shown, self._columns = shown, 0
            self._arrange()

    def _arrange(self) -> None:
        """Put the panes where their pictures, as high as wide, are largest."""
        count = max(1, len(self._shown))
        even = {math.ceil(count / rows) for rows in range(1, count + 1)}
        columns = max(even, key=lambda n: (self._side(n, math.ceil(count / n)), n))
        if columns == self._columns:
            return
        self._columns = columns
        for pane in self._panes.values():
            self._table.removeWidget(pane)
            pane.hide()
        for number in range(len(self._panes)):
            self._table.setColumnStretch(number, int(number < columns))
            self._table.setRowStretch(number, int(number < math.ceil(count / columns)))
        for number, name in enumerate(self._shown):
            self._table.addWidget(self._panes[name], *divmod(number, columns))
            self._panes[name].show()

    def _side(self, columns: int, rows: int) -> int:
        """The side of a picture in so many columns and rows."""
        heading = self.fontMetrics().height() + 8
        return min(self.width() // columns, self.height() // rows - heading)

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
