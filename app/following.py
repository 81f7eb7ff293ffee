"""Following: has the worker find out something of each Step of what is drawn, while somebody looks at it.

The base of `reader` and `placer`. Pictures come first: while anything is being drawn, only the Step under the playhead
is looked at, and what was being found out stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar
from weakref import WeakSet

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.state import SIDES, Side, State
from engine.models.catalogue import ModelInfo
from engine.worker import Event, Lane, Task

if TYPE_CHECKING:
    from engine.trajectory import Trajectory


class Found(Protocol):
    """What is known of the Steps of `trajectory`, by their index; it grows."""

    trajectory: Trajectory

    @property
    def complete(self) -> bool:
        """Whether every Step is known."""

    def __getitem__(self, index: int) -> Any:
        """What is known of that Step, None if nothing."""


Known = TypeVar("Known", bound=Found)

Find = Callable[[], Iterator[Known]]
"""Called on the worker: what is known, again each time that it has grown."""


class Request(NamedTuple):
    """What to look at of a trajectory: Step `first`, and if it is to be `whole` the others after it."""

    trajectory: Trajectory
    first: int
    whole: bool


class Follower(QObject, Generic[Known]):
    """Finds out what is to be known of both sides; does nothing until made active. `name` tells it from others."""

    def __init__(self, name: str, state: State, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name, self._state, self._bridge = name, state, bridge
        self._active = False
        self._asked: dict[Side, Request | None] = {}
        self._tasks: dict[Side, int] = {}
        self._failed: WeakSet[Trajectory] = WeakSet()  # a second try would fail too, and say so at each step
        for signal in (state.drawing_changed, state.step_arrived, state.playhead_changed):
            signal.connect(self._look)
        state.step_replayed.connect(self._look_again)

    def known(self, side: Side) -> Known | None:
        """What is known of what is drawn on that side, None where nothing is yet."""
        raise NotImplementedError

    def keep(self, side: Side, known: Known) -> None:
        """Tell what is known of that side."""
        raise NotImplementedError

    def finding(self, trajectory: Trajectory, info: ModelInfo, first: int, known: Known | None) -> Find[Known] | None:
        """What finds out about a trajectory of that model, Step `first` before the others; None if nothing can."""
        raise NotImplementedError

    def set_active(self, active: bool) -> None:
        """Follow what is drawn from now on, beginning with what is there; or stop."""
        self._active = active
        self._look()

    def begin_anew(self) -> None:
        """Something else is to be found out from now on: what was asked for is no longer wanted."""
        self._asked.clear()
        self._failed.clear()
        for side in SIDES:
            self._bridge.cancel(self._tasks.pop(side, 0))
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
        """What of that side should be looked at now, None if nothing."""
        trajectory, known = self._state.drawing(side).trajectory, self.known(side)
        if not self._active or trajectory is None or not trajectory.available or trajectory in self._failed:
            return None
        index = self._state.index(side)
        if not any(self._state.drawing(each).running for each in SIDES):
            if known is not None and known.complete:
                return None
            asked = self._asked.get(side)
            begun = asked is not None and asked.whole and asked.trajectory is trajectory
            # Before anything is known another first Step would begin anew, for ever while the playhead moves.
            wait = begun and (known is None or known[index] is not None)
            return asked if wait else Request(trajectory, index, whole=True)
        settled = trajectory.complete or index < trajectory.available - 1  # else the view goes on to what arrives
        missing = (known is None or known[index] is None) and trajectory[index] is not None
        return Request(trajectory, index, whole=False) if settled and missing else None

    def _ask(self, side: Side, request: Request) -> None:
        """Give the request to the worker, to go on with what is known of the trajectory, on whichever side."""
        trajectory, first, whole = request
        info = self._state.find_model(trajectory.run.model.sha256)
        if info is None:
            return
        both = (self.known(each) for each in SIDES)
        known = next((each for each in both if each is not None and each.trajectory is trajectory), None)
        if known is not None and known is not self.known(side):
            self.keep(side, known)
        find = self.finding(trajectory, info, first, known)
        if find is None:
            return

        def work(_: Task) -> Iterator[Known]:
            yield from islice(find(), None if whole else 1)

        self._tasks[side] = self._bridge.submit(
            Lane.INTERACTIVE, f"{self._name} {side}", work, partial(self._handle, side, trajectory)
        )

    def _handle(self, side: Side, trajectory: Trajectory, event: Event) -> None:
        if event.kind == "item":
            self.keep(side, event.payload)
        elif event.kind == "failed":
            self._failed.add(trajectory)
        self._bridge.complain_of(event)
