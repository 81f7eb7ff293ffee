"""Reader: has the worker read the groups of what is drawn, their modes and distances, while somebody looks at them.

Made by the Guidance workspace, which says when it is `active`. Pictures come first: while anything is being drawn, only
the Step under the playhead is read, and what was being read stops.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakSet

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.state import SIDES, Side, State
from engine.worker import Event, Lane, Task

if TYPE_CHECKING:
    from engine.analysis.groups import Readings
    from engine.trajectory import Trajectory


class Request(NamedTuple):
    """What to read of a trajectory: Step `first`, and if it is to be `whole` the others after it."""

    trajectory: Trajectory
    first: int
    whole: bool


class Reader(QObject):
    """Fills the state's readings of both sides; does nothing until it is made active."""

    def __init__(self, state: State, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._bridge = state, bridge
        self._active = False
        self._asked: dict[Side, Request | None] = {}
        self._tasks: dict[Side, int] = {}
        self._failed: WeakSet[Trajectory] = WeakSet()  # a second try would fail too, and say so at each step
        for signal in (state.drawing_changed, state.step_arrived, state.playhead_changed):
            signal.connect(self._look)
        state.step_replayed.connect(self._look_again)

    def set_active(self, active: bool) -> None:
        """Read what is drawn from now on, beginning with what is there; or stop."""
        self._active = active
        self._look()

    def _look_again(self, side: Side) -> None:
        """A Step that was dropped is at hand: what was asked for before may have missed it."""
        self._asked[side] = None
        self._look()

    def _look(self) -> None:
        """Ask for what is missing; what was asked for and is no longer wanted stops."""
        for side in SIDES:
            request = self._wanted(side)
            if request != self._asked.get(side):
                self._bridge.cancel(self._tasks.pop(side, 0))
                self._asked[side] = request
                if request is not None:
                    self._ask(side, request)

    def _wanted(self, side: Side) -> Request | None:
        """What of that side should be read now, None if nothing."""
        trajectory, readings = self._state.drawing(side).trajectory, self._state.readings(side)
        if not self._active or trajectory is None or not trajectory.available or trajectory in self._failed:
            return None
        index = self._state.index(side)
        if not any(self._state.drawing(each).running for each in SIDES):
            if readings is not None and readings.complete:
                return None
            asked = self._asked.get(side)
            begun = asked is not None and asked.whole and asked.trajectory is trajectory
            # Before anything is known another first Step would begin anew, for ever while the playhead moves.
            wait = begun and (readings is None or readings[index] is not None)
            return asked if wait else Request(trajectory, index, whole=True)
        settled = trajectory.complete or index < trajectory.available - 1  # else the view goes on to what arrives
        missing = (readings is None or readings[index] is None) and trajectory[index] is not None
        return Request(trajectory, index, whole=False) if settled and missing else None

    def _ask(self, side: Side, request: Request) -> None:
        """Give the request to the worker, to go on with what is known of the trajectory, on whichever side."""
        trajectory, first, whole = request
        info = self._state.find_model(trajectory.run.model.sha256)
        if info is None:
            return
        both = (self._state.readings(each) for each in SIDES)
        known = next((each for each in both if each is not None and each.trajectory is trajectory), None)
        if known is not None and known is not self._state.readings(side):
            self._state.set_readings(side, known)

        def work(_: Task) -> Iterator[Readings]:
            from engine.analysis.groups import read

            yield from islice(read(trajectory, info, first, known), None if whole else 1)

        self._tasks[side] = self._bridge.submit(
            Lane.INTERACTIVE, f"readings {side}", work, partial(self._handle, side, trajectory)
        )

    def _handle(self, side: Side, trajectory: Trajectory, event: Event) -> None:
        if event.kind == "item":
            self._state.set_readings(side, event.payload)
        elif event.kind == "failed":
            self._failed.add(trajectory)
        self._bridge.complain_of(event)
