"""Material: the drawn Runs that a Sheet is made of, whether the window kept them or they are drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar, cast

from engine.errors import InputError

if TYPE_CHECKING:
    from engine.figures.sheet import Sheet
    from engine.models import Model
    from engine.models.catalogue import ModelInfo
    from engine.run import Run
    from engine.step import Step
    from engine.trajectory import Trajectory

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Material:
    """Of each of a Sheet's Runs the Trajectory, complete, the model and what the catalogue says of it.

    With `film` the panels are frames of a film: what colours mean is then the same at all steps.
    """

    trajectories: Sequence[Trajectory]
    models: Sequence[Model]
    infos: Sequence[ModelInfo]
    film: bool = False
    _found: dict[Hashable, object] = field(default_factory=dict, repr=False)

    def for_film(self) -> Material:
        """The same for the frames of a film."""
        return replace(self, film=True)

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What `find` gives for that key, found once for all panels and frames."""
        if key not in self._found:
            self._found[key] = find()
        return cast("Found", self._found[key])

    def index(self, place: int, index: int | None) -> int:
        """The Step that `step` gives."""
        last = self.trajectories[place].last
        return last if index is None else min(index, last)

    def step(self, place: int, index: int | None) -> Step:
        """Step `index` of the Run at that place, the last for None or beyond it; replayed if it was dropped."""
        trajectory = self.trajectories[place]
        wanted = self.index(place, index)
        found = trajectory[wanted]
        if found is None:
            from engine import execute  # torch is needed from here on

            *_, found = execute.replay(trajectory, wanted, self.models[place])
        return found


def gather(
    sheet: Sheet,
    find: Callable[[Run], ModelInfo | None],
    load: Callable[[ModelInfo], Model],
    kept: MutableMapping[str, Trajectory] | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Iterator[Material | float]:
    """The Material of `sheet`, last; before it the share drawn, in (0, 1). What is `kept` already, by the digest of its
    Run, is not drawn again; what is drawn is kept there too.

    Raises `InputError` where a model is not found or a Run is refused; `Interrupted`.
    """
    from engine import execute

    infos = [_found(find, run) for run in sheet.runs]
    loaded = {info.reference.sha256: load(info) for info in {info.reference.sha256: info for info in infos}.values()}
    models = [loaded[info.reference.sha256] for info in infos]
    kept = {} if kept is None else kept
    trajectories: list[Trajectory] = []
    for run, model in zip(sheet.runs, models, strict=True):
        trajectory = kept.get(run.digest)
        if trajectory is None:
            for trajectory in execute.record(run, model, interrupted=interrupted):
                yield (len(trajectories) + trajectory.available / (trajectory.last + 1)) / (len(sheet.runs) + 1)
            assert trajectory is not None  # a Run has a Step at least
            kept[run.digest] = trajectory
        trajectories.append(trajectory)
    yield Material(trajectories, models, infos)


def _found(find: Callable[[Run], ModelInfo | None], run: Run) -> ModelInfo:
    info = find(run)
    if info is None:
        raise InputError(
            f"The figure needs the model {run.model.label!r} ({run.model.sha256[:8]}): open its checkpoint first."
        )
    return info
