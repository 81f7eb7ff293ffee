"""Groups: the group of the selected particle on each side, under the playhead. Read from the state by `group_panel` and
the plots in it. No widgets here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.state import SIDES, Side, State

if TYPE_CHECKING:
    from engine.analysis.groups import Reading, Readings
    from engine.trajectory import Trajectory


@dataclass(frozen=True)
class Counted:
    """The modes that a group of `size` particles has found at one Step: its particles in each by the mode's place in
    `names`, their mean `quality` and in `words` what that is; for comparison the `mean` number of modes over all
    `groups`, and what as many `independent` draws hold on average.
    """

    names: tuple[str, ...]
    size: int
    members: dict[int, list[int]]
    quality: float
    words: str
    mean: float
    groups: int
    independent: float


@dataclass(frozen=True, eq=False)
class Group:
    """The `particles` of one group of what is drawn on a side, at Step `index`; `readings` are those of its trajectory,
    None until the first has come.
    """

    side: Side
    trajectory: Trajectory
    index: int
    particles: range
    readings: Readings | None

    @property
    def reading(self) -> Reading | None:
        """What was read of that Step, None if it has not come."""
        return None if self.readings is None else self.readings[self.index]

    @property
    def counted(self) -> Counted | None:
        """The modes it has found, None while or where they are not known."""
        readings, reading = self.readings, self.reading
        if readings is None or reading is None or not readings.names:
            return None
        return Counted(
            readings.names,
            len(self.particles),
            reading.members(self.particles),
            reading.mean_quality(self.particles),
            readings.quality,
            readings.mean_found(self.index),
            self.groups,
            readings.independent,
        )

    @property
    def number(self) -> int:
        """Which of its Run's groups this is, counted from 0."""
        return self.particles.start // self.trajectory.run.latents.group_size

    @property
    def groups(self) -> int:
        """How many groups its Run has."""
        latents = self.trajectory.run.latents
        return -(-latents.count // latents.group_size)


def look(state: State) -> dict[Side, Group]:
    """The group of the first selected particle, of particle 0 where none is selected, on both sides, A first; empty
    while B has no Step. A group that A does not have is its last one.
    """
    found = {side: group for side in SIDES if (group := _of(state, side)) is not None}
    return found if "current" in found else {}


def _of(state: State, side: Side) -> Group | None:
    trajectory = state.drawing(side).trajectory
    if trajectory is None or not trajectory.available:
        return None
    latents = trajectory.run.latents
    particle = min(state.selection[0] if state.selection else 0, latents.count - 1)
    first = particle // latents.group_size * latents.group_size
    particles = range(first, min(first + latents.group_size, latents.count))
    return Group(side, trajectory, state.index(side), particles, state.readings(side))
