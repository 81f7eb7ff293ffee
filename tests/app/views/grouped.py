"""States with a guided ring of ten drawn and its groups read, for the tests of what shows groups; no worker."""

from __future__ import annotations

from itertools import islice
from typing import Any

from app.state import Drawing, Side, State
from engine.analysis.groups import Readings, read
from engine.models import catalogue
from engine.trajectory import Trajectory
from tests.app.views.drawn import drawn, saw, trajectory

GROUPS = {"latents": {"count": 20, "group": 10}, "guidance": {"k_pg": 0.05}}
"""Two groups of ten that push each other, gently."""


def grouped(name: str = "ring", *, read_steps: int | None = None, **settings: Any) -> State:
    """A state whose Run on that model is drawn, and its groups read, all steps or the first few."""
    state = drawn(name, **{**GROUPS, **settings})
    take_up(state, "current", read_steps)
    return state


def take_up(state: State, side: Side, steps: int | None = None) -> Readings:
    """Read the groups of what is drawn on that side, so many steps from the playhead on."""
    found = saw(state, side)
    info = next(info for info in catalogue.offered() if info.reference.sha256 == found.run.model.sha256)
    *_, readings = islice(read(found, info, state.playhead), steps)
    state.set_readings(side, readings)
    return readings


def draw_again(state: State, name: str = "ring", **settings: Any) -> Trajectory:
    """Change the Run and draw it; nothing is read of it yet."""
    state.change("test", **settings)
    made = trajectory(state.run, name)
    state.set_drawing("current", Drawing(made))
    return made
