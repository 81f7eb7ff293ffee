"""The latents: seed and number of particles."""

from __future__ import annotations

import random

from app.bind import Span
from app.controls.group import Group, add_row
from app.icons import IconButton
from app.state import State
from engine.run import Latents


class LatentsGroup(Group):
    """Seed, with a die for another one, and count."""

    def __init__(self, state: State) -> None:
        super().__init__("Latents")
        self._state = state
        seed = add_row(self, state, "latents", Latents, "seed", Span(0, 100, integer=True))
        self.die = IconButton("dice", "Another seed", "Draw with another seed, chosen at random.")
        self.die.clicked.connect(self.roll)
        seed.add_button(self.die)
        add_row(self, state, "latents", Latents, "count", Span(1, 64, integer=True))

    def roll(self) -> None:
        """Choose another seed at random."""
        self._state.end_gesture()
        self._state.change("another seed", latents={"seed": random.randrange(1_000_000)})
        self._state.end_gesture()
