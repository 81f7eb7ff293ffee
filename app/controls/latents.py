"""The latents: seed, number of particles, and those that were moved by hand."""

from __future__ import annotations

import random

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.bind import Span
from app.controls.group import Group, add_row
from app.icons import IconButton
from app.state import State
from engine.run import Latents, Run
from engine.settings.edits import Move


class LatentsGroup(Group):
    """Seed, with a die for another one, and count; while particles are moved by hand, a line that puts them back."""

    def __init__(self, state: State) -> None:
        super().__init__("Latents")
        self._state = state
        seed = add_row(self, state, "latents", Latents, "seed", Span(0, 100, integer=True))
        self.die = IconButton("dice", "Another seed", "Draw with another seed, chosen at random.")
        self.die.clicked.connect(self.roll)
        seed.add_button(self.die)
        add_row(self, state, "latents", Latents, "count", Span(1, 64, integer=True))
        self.moved, self.about = QWidget(), QLabel()
        self.put_back = QPushButton("Put back")
        self.put_back.setToolTip("Let all particles go the way that they would have gone by themselves.")
        self.put_back.setAccessibleName("Put back what was moved by hand")
        self.put_back.clicked.connect(self._put_back)
        row = QHBoxLayout(self.moved)
        row.setContentsMargins(0, 2, 0, 0)
        row.addWidget(self.about, 1)
        row.addWidget(self.put_back)
        self.body.addWidget(self.moved)
        state.run_changed.connect(self._show)
        self._show(state.run)

    def _show(self, run: Run) -> None:
        count = len({edit.particle for edit in run.latents.edits if isinstance(edit, Move)})
        self.about.setText(f"{count} particle{'' if count == 1 else 's'} moved by hand")
        self.moved.setVisible(count > 0)

    def _put_back(self) -> None:
        self._state.end_gesture()
        kept = tuple(edit for edit in self._state.run.latents.edits if not isinstance(edit, Move))
        self._state.change("put particles back", latents={"edits": kept})
        self._state.end_gesture()

    def roll(self) -> None:
        """Choose another seed at random."""
        self._state.end_gesture()
        self._state.change("another seed", latents={"seed": random.randrange(1_000_000)})
        self._state.end_gesture()
