"""Material: the drawn Runs that a Sheet is made of, whether the window kept them or they are drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine import execute
from engine.errors import InputError
from engine.figures.sheet import Sheet
from engine.models import Model
from engine.models.catalogue import ModelInfo
from engine.run import Run
from engine.step import Step
from engine.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Material:
    """Of each of a Sheet's Runs the Trajectory, complete, the model and what the catalogue says of it."""

    trajectories: Sequence[Trajectory]
    models: Sequence[Model]
    infos: Sequence[ModelInfo]

    def step(self, place: int, index: int | None) -> Step:
        """Step `index` of the Run at that place, the last for None or beyond it; replayed if it was dropped."""
        trajectory = self.trajectories[place]
        wanted = trajectory.last if index is None else min(index, trajectory.last)
        found = trajectory[wanted]
        if found is None:
            *_, found = execute.replay(trajectory, wanted, self.models[place])
        return found


def gather(
    sheet: Sheet,
    find: Callable[[Run], ModelInfo | None],
    load: Callable[[ModelInfo], Model],
    kept: Callable[[Run], Trajectory | None] = lambda _: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Iterator[Material | float]:
    """The Material of `sheet`, last; before it the share drawn, in (0, 1). What is `kept` already is not drawn again.

    Raises `InputError` where a model is not found or a Run is refused; `Interrupted`.
    """
    infos = [_found(find, run) for run in sheet.runs]
    models = [load(info) for info in infos]
    trajectories: list[Trajectory] = []
    for run, model in zip(sheet.runs, models, strict=True):
        trajectory = kept(run)
        if trajectory is None:
            for trajectory in execute.record(run, model, interrupted=interrupted):
                yield (len(trajectories) + trajectory.available / (trajectory.last + 1)) / (len(sheet.runs) + 1)
            assert trajectory is not None  # a Run has a Step at least
        trajectories.append(trajectory)
    yield Material(trajectories, models, infos)


def _found(find: Callable[[Run], ModelInfo | None], run: Run) -> ModelInfo:
    info = find(run)
    if info is None:
        raise InputError(
            f"The figure needs the model {run.model.label!r} ({run.model.sha256[:8]}): open its checkpoint first."
        )
    return info
