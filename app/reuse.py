"""Reuse: what a drawing can take from those that are done, so that only what an edit touches is drawn. Of the bridge.

No torch: it compares Runs.
"""

from __future__ import annotations

from typing import get_args

from app.state import Side, State
from engine.run import Run
from engine.trajectory import Splice, Trajectory


class Reuse:
    """The Trajectories that are done: those that stand in the state, and of each side the last one, which while an edit
    is dragged on is no longer there.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._last: dict[Side, Trajectory] = {}

    def keep(self, side: Side, trajectory: Trajectory) -> None:
        """Remember it for that side, if it is done."""
        if trajectory.complete:
            self._last[side] = trajectory

    def forget(self) -> None:
        """Remember nothing: what was drawn cannot be read any more."""
        self._last.clear()

    def splice(self, side: Side, run: Run) -> Splice | None:
        """What that side's drawing of `run` can take over most from; where there is none, what it has is forgotten."""
        splices = [splice for done in self._done() if (splice := done.splice(run)) is not None]
        if not splices:
            self._last.pop(side, None)
        return min(splices, key=lambda splice: len(splice.particles), default=None)

    def known(self, run: Run) -> Trajectory | None:
        """The particles of `run` without its edits, where they are needed to keep the outside of a mask."""
        if run.region.outside == "free" or run.region.picture is not None:
            return None
        return next((done for done in self._done() if done.run == run.unedited), None)

    def _done(self) -> list[Trajectory]:
        shown = (self._state.drawing(side).trajectory for side in get_args(Side))
        found = dict.fromkeys([*shown, *self._last.values()])
        return [trajectory for trajectory in found if trajectory is not None and trajectory.complete]
