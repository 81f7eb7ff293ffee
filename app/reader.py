"""Reader: has the worker read the groups of what is drawn, their modes and distances, while somebody looks at them.

Made by the Guidance workspace, which says when it is `active`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.following import Find, Follower
from app.state import Side, State
from engine.models.catalogue import ModelInfo

if TYPE_CHECKING:
    from engine.analysis.groups import Readings
    from engine.trajectory import Trajectory


class Reader(Follower["Readings"]):
    """Fills the state's readings of both sides."""

    def __init__(self, state: State, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__("readings", state, bridge, parent)

    def known(self, side: Side) -> Readings | None:
        """The state's readings of that side."""
        return self._state.readings(side)

    def keep(self, side: Side, known: Readings) -> None:
        """Give them to the state."""
        self._state.set_readings(side, known)

    def finding(
        self, trajectory: Trajectory, info: ModelInfo, first: int, known: Readings | None
    ) -> Find[Readings] | None:
        """What reads the trajectory."""

        def find() -> Iterator[Readings]:
            from engine.analysis.groups import read

            return read(trajectory, info, first, known)

        return find
