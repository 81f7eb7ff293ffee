"""Modes: which modes a group has found at the playhead's step, how good its particles are, and A's beside B's. Made by
`group_panel.GroupPanel`, which says what to show.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.state import SIDES, Side
from app.views.chips import Chips
from app.views.groups import Counted
from app.views.numerals import significant, tabular
from app.views.panel import Readings

LETTERS: dict[Side, str] = {"pinned": "A", "current": "B"}
"""What people call the sides."""


class Modes(QWidget):
    """A row of chips a side, and the numbers; `chosen` carries the particles of the chip that was clicked."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.headline = QLabel(self)
        self.chips: dict[Side, Chips] = {}
        self._letters: dict[Side, QLabel] = {}
        for side in SIDES:
            self._letters[side] = QLabel(LETTERS[side], self)
            self.chips[side] = Chips(self)
            self.chips[side].setAccessibleName(f"Modes of {LETTERS[side]}")
            self.chips[side].chosen.connect(self.chosen)
        self.numbers = Readings(self)
        self.words = QLabel(self)
        self._lay_out()

    def show_counted(self, counted: dict[Side, Counted], selected: int) -> None:
        """Show the modes of one side or both, B at least, and in which of them particle `selected` is."""
        for side in SIDES:
            there = side in counted
            self.chips[side].setVisible(there)
            self._letters[side].setVisible(there and len(counted) > 1)
            if there:
                own = counted[side]
                self.chips[side].show_modes(own.names, own.size, own.members, selected)
        shown = counted["current"]
        self.headline.setText(f"{'B: ' if len(counted) > 1 else ''}{_of(shown)} modes")
        self.numbers.show_rows(_rows([counted[side] for side in SIDES if side in counted]))
        over = f"mean: over {shown.groups} groups · " if shown.groups > 1 else ""
        self.words.setText(f"{over}independent: uniform draws, on average · quality: {shown.words}")

    def _lay_out(self) -> None:
        font = tabular(self.font(), 3)
        font.setBold(True)
        self.headline.setFont(font)
        self.headline.setToolTip("Modes that a particle of this group is in, at the playhead's step.")
        rows = QGridLayout()
        rows.setColumnStretch(1, 1)
        rows.setVerticalSpacing(4)
        for row, side in enumerate(SIDES):
            rows.addWidget(self._letters[side], row, 0, Qt.AlignmentFlag.AlignTop)
            rows.addWidget(self.chips[side], row, 1)
        self.numbers.setMinimumWidth(120)
        self.numbers.setAccessibleName("Modes and quality of the group at this step")
        self.numbers.setToolTip(
            "B independent draws from m modes, all as likely, find m (1 − (1 − 1/m)ᴮ) of them on average; quality is "
            "the mean over the particles of the group, from 0 to 1."
        )
        self.words.setObjectName("muted")
        self.words.setFont(tabular(self.words.font(), -1))
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.headline)
        column.addLayout(rows)
        column.addWidget(self.numbers)
        column.addWidget(self.words)


def _of(counted: Counted) -> str:
    return f"{len(counted.members)} of {len(counted.names)}"


def _rows(counted: Sequence[Counted]) -> list[tuple[str, Sequence[str]]]:
    """The numbers by name, one text a side; of one side alone without what the headline says."""
    rows: list[tuple[str, Sequence[str]]] = []
    if len(counted) > 1:
        rows += [("", ["A", "B"]), ("modes", [_of(each) for each in counted])]
    if counted[-1].groups > 1:
        rows += [("mean", [significant(each.mean) for each in counted])]
    return [
        *rows,
        ("independent", [significant(each.independent) for each in counted]),
        ("quality", [f"{each.quality:.3f}" for each in counted]),
    ]
