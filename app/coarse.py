"""Coarse: what is drawn ahead of a Run that takes long, so that the picture follows a control. Used by `bridge`.

No torch: it reckons with the times of what was drawn before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.run import Run
from engine.settings.samplers import LangevinSettings, ODESettings

if TYPE_CHECKING:
    from engine.models.catalogue import ModelInfo
    from engine.trajectory import Trajectory

LONG = 0.25
"""Seconds of drawing above which a coarse Run goes ahead."""

PATIENT = 1.0
"""Seconds that a drawing of the particles that an edit touches may take while newer changes of one gesture wait."""

SHORT = 0.15
"""Seconds that the coarse Run should take."""

FEWEST = 4
"""Its steps at least: fewer say little of the picture to come."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """What has been drawn of a request: of the coarse Run ahead of it, if there is one, and of the Run itself."""

    ahead: Trajectory | None
    whole: Trajectory | None

    @property
    def first(self) -> Trajectory:
        """The picture that comes first."""
        trajectory = self.ahead or self.whole
        assert trajectory is not None
        return trajectory

    def best(self, playhead: int) -> Trajectory:
        """What to show: the Run itself once it has come as far as the playhead, until then the coarse one."""
        whole = self.whole
        return whole if whole is not None and (whole.complete or whole.available > playhead) else self.first


@dataclass
class Draft:
    """A request under way. While its first picture is `brief` to draw and not done, further changes of one `gesture`
    wait for it, the newest one in `waiting`. Where it `follows` one of the same gesture, or is soon `spliced` into what
    stands, that is kept until that picture is done, so that a drag shows one finished picture after the other.
    """

    gesture: tuple[int, str]
    brief: bool
    follows: bool
    spliced: bool = False
    waiting: tuple[Run, ModelInfo] | None = None

    def hides(self, trajectory: Trajectory, playhead: int) -> bool:
        """Whether what stands is kept for now: of a spliced one the particles that stay would go back to its step."""
        return self.follows or (self.spliced and trajectory.available <= playhead)


class Speeds:
    """How long an evaluation of each model takes a particle of a full block, learned from what was drawn."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[float, int]] = {}

    def learn(self, trajectory: Trajectory) -> None:
        """Take up the time of a trajectory whose first Steps have arrived."""
        if trajectory.evaluations:
            evaluated, block = _padded(trajectory.drawn, trajectory.block), trajectory.block
            self._of[trajectory.run.model.sha256] = trajectory.seconds / trajectory.evaluations / evaluated, block

    def seconds(self, run: Run, drawn: int | None = None) -> float:
        """How long `run`, or so many of its particles, will take, about; NaN before its model has drawn anything."""
        each, block = self._of.get(run.model.sha256, (math.nan, 1))
        evaluated = _padded(run.latents.count if drawn is None else drawn, block)
        return each * evaluated * run.schedule.steps * run.sampler.per_step


def _padded(count: int, block: int) -> int:
    """The particles that a model in blocks evaluates for so many."""
    return -(-count // block) * block


def coarse(run: Run, seconds: float) -> Run | None:
    """`run`, which takes so many seconds, in so few steps that it takes about `SHORT`, but in `FEWEST` at least.

    None where it is not known to be long, where no less than half of its steps would do, and where fewer steps are no
    cheaper or mean something else: a picture noised, Langevin dynamics, adaptive solvers, edits on the way.
    """
    if not seconds > LONG:
        return None
    steps = max(FEWEST, int(run.schedule.steps * SHORT / seconds))
    if 2 * steps > run.schedule.steps or any(edit.step for edit in run.latents.edits) or not _thins(run):
        return None
    return run.replace(schedule={"steps": steps})


def _thins(run: Run) -> bool:
    """Whether its sampler draws about the same with fewer steps, and faster."""
    sampler = run.sampler
    adapts = isinstance(sampler, ODESettings) and sampler.adapts
    return not (sampler.needs_picture or adapts or isinstance(sampler, LangevinSettings))
