"""Panels group: the panels on the page in their order, to add, remove and move, over the settings of the chosen one.

Part of the export dialog.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydantic import ValidationError
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QMenu, QToolButton

from app.controls.group import Group
from app.export.draft import Draft
from app.export.offers import NAMES
from app.export.pages import Piece
from app.export.settings import STEPPED, PanelRows
from app.icons import IconButton
from app.state import State
from engine.figures.sheet import AnyPanel
from engine.run import explain

LINES = 5
"""Panels in sight."""

Offered = list[tuple[str, list[Piece]]]
"""Pieces that can be added, under headings."""


class PanelsGroup(Group):
    """The list with its buttons and the rows of the chosen panel. `offered` says what can be added now."""

    refused = Signal(str)  # why a panel could not be added

    def __init__(self, draft: Draft, state: State, offered: Callable[[], Offered]) -> None:
        super().__init__("Panels")
        self._draft, self._offered = draft, offered
        self.list = QListWidget()
        self.list.setAccessibleName("Panels on the page")
        self.list.setToolTip("The panels on the page, row by row; the chosen one's settings stand below.")
        self.list.setFixedHeight(LINES * self.fontMetrics().lineSpacing() + 8)
        self.add = IconButton("add", "Add a panel", "Add a panel: what the window shows now, or another kind.")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.add)
        self.add.setMenu(self.menu)
        self.remove = IconButton("remove", "Remove the panel", "Take the chosen panel off the page. Del")
        self.earlier = IconButton("previous", "Move the panel forward", "Move the chosen panel forward. Alt+Up")
        self.later = IconButton("next", "Move the panel back", "Move the chosen panel back. Alt+Down")
        self.rows = PanelRows(draft, state)
        row = QHBoxLayout()
        row.setSpacing(2)
        for button in (self.add, self.remove, self.earlier, self.later):
            row.addWidget(button)
        row.addStretch(1)
        self.body.addWidget(self.list)
        self.body.addLayout(row)
        self.body.addWidget(self.rows)
        self._connect()
        self._show()

    def _connect(self) -> None:
        draft = self._draft
        self.menu.aboutToShow.connect(self._fill)
        self.list.currentRowChanged.connect(draft.choose)
        self.remove.clicked.connect(draft.remove)
        self.earlier.clicked.connect(partial(draft.move, -1))
        self.later.clicked.connect(partial(draft.move, 1))
        for keys, call in (("Del", draft.remove), ("Alt+Up", self.earlier.click), ("Alt+Down", self.later.click)):
            QShortcut(QKeySequence(keys), self.list, call, context=Qt.ShortcutContext.WidgetShortcut)
        draft.changed.connect(self._show)
        draft.panel_changed.connect(lambda _: self._mark())

    def _fill(self) -> None:
        """List what can be added now."""
        self.menu.clear()
        for heading, pieces in self._offered():
            self.menu.addSection(heading)
            for piece in pieces:
                self.menu.addAction(piece.name, partial(self._add, piece))

    def _add(self, piece: Piece) -> None:
        try:
            self._draft.add(piece)
        except ValidationError as error:
            self.refused.emit(explain(error, "The page"))

    def _show(self) -> None:
        """List the panels."""
        texts = [described(panel, len(self._draft.sheet.runs) > 1) for panel in self._draft.sheet.panels]
        if texts != [self.list.item(row).text() for row in range(self.list.count())]:
            self.list.blockSignals(True)
            self.list.clear()
            self.list.addItems(texts)
            self.list.blockSignals(False)
        self._mark()

    def _mark(self) -> None:
        """Mark the chosen one."""
        place, last = self._draft.place, len(self._draft.sheet.panels) - 1
        self.list.blockSignals(True)
        self.list.setCurrentRow(place)
        self.list.blockSignals(False)
        self.remove.setEnabled(last > 0)
        self.earlier.setEnabled(place > 0)
        self.later.setEnabled(place < last)


def described(panel: AnyPanel, numbered: bool) -> str:
    """A panel in a line; `numbered` says which Run it shows."""
    parts = [panel.title or NAMES[panel.kind]]
    if panel.kind in STEPPED and panel.step is not None:
        parts.append(f"step {panel.step}")
    if numbered and len(panel.runs) <= 2:
        parts.append(" and ".join(f"Run {place + 1}" for place in panel.runs))
    return " · ".join(parts)
