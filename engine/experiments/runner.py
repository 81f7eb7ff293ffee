"""Carrying out an experiment, batch by batch, and going on where it was stopped. No torch here.

Called by `latent-loupe reproduce` and, through the worker, by the window. `folder` is where the cells lie, one file
each: `DIR/cells` on the command line.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import models
from engine.errors import InputError, Interrupted
from engine.experiments import store
from engine.experiments.experiment import Cell, Context, Experiment, Measured, Row
from engine.run import ModelReference

if TYPE_CHECKING:
    from engine.models import Model
    from engine.settings import Frozen

_MODELS = 2  # kept in memory from one batch to the next


@dataclass(frozen=True)
class Progress:
    """How far it is: `done` of `total` cells, the `share` of the whole by cost, 0 to 1, also within a batch.

    `seconds_left` follows from the speed since `perform` was called, None until there is one. `row` is one that has
    just been finished, None while a batch is in the middle.
    """

    done: int
    total: int
    share: float
    seconds_left: float | None
    row: Row | None = None


def rows(experiment: Experiment[Any], plan: Frozen, folder: Path) -> list[Row]:
    """The table as far as `folder` holds it, a Row for every cell; two cells with one key share a measurement."""

    @functools.cache
    def measured(key: str) -> Measured | None:
        return store.read(folder, experiment, cells[key], key)

    keyed = [(experiment.key(cell, plan), cell) for cell in experiment.cells(plan)]
    cells = dict(keyed)
    return [Row(key, cell, measured(key)) for key, cell in keyed]


def perform(experiment: Experiment[Any], plan: Frozen, folder: Path, context: Context) -> Iterator[Progress]:
    """Measure the cells that `folder` does not hold, batch by batch, and keep those of each when it is finished.

    Yields what is there already, then after each piece of work, and each finished row. Stopped at any point and called
    again it ends with the same files. Raises `Interrupted`, asked for between the batches too, and `InputError` where a
    cell cannot be measured or kept; what is finished by then stays.
    """
    context = replace(context, load=functools.lru_cache(_MODELS)(context.load))
    table = rows(experiment, plan, folder)
    found = {row.key: row.measured for row in table if row.measured is not None}
    clock = _Clock({row.key: experiment.cost(row.cell, plan) for row in table}, found)
    missing: dict[str, Cell] = {}
    for row in table:
        if row.measured is None:
            missing.setdefault(row.key, row.cell)
    done = sum(row.measured is not None for row in table)
    yield clock.progress(done, len(table))
    for batch in experiment.batches([*missing.values()], plan):
        if context.interrupted():
            raise Interrupted
        keys = [experiment.key(cell, plan) for cell in batch]
        work = experiment.measure_together(batch, plan, context)
        with closing(work):
            measured = yield from _told(work, functools.partial(clock.progress, done, len(table), keys=keys))
        for key, cell, one in zip(keys, batch, measured, strict=True):
            found[key] = _kept(folder, experiment, Row(key, cell, one))
        clock.finish(keys)
        for row in table:
            if row.key in keys:
                done += 1
                yield clock.progress(done, len(table), row=replace(row, measured=found[row.key]))


def load(reference: ModelReference) -> Model:
    """The model on offer with that hash, for a `Context` of the command line. Raises `InputError` if it is not here."""
    info = models.find(reference)
    if info is None:
        raise InputError(
            f"The experiment needs the model {reference.label!r} ({reference.sha256[:8]}), which is not here: "
            "see latent-loupe models for those that are."
        )
    return info.build()


class _Clock:
    """How much is done of what all keys cost together, and how fast it goes. `found` were done before it started."""

    def __init__(self, costs: Mapping[str, float], found: Collection[str]) -> None:
        self._costs = costs
        self._all = sum(costs.values())
        self._done = self._before = sum(costs[key] for key in found)
        self._start = time.monotonic()

    def finish(self, keys: Iterable[str]) -> None:
        """These are done."""
        self._done += sum(self._costs[key] for key in keys)

    def progress(
        self, done: int, total: int, *, keys: Iterable[str] = (), within: float = 0.0, row: Row | None = None
    ) -> Progress:
        """Where it stands, `within` that share of what the keys' cells cost."""
        reached = self._done + within * sum(self._costs[key] for key in keys)
        spent = reached - self._before
        seconds = (time.monotonic() - self._start) * (self._all - reached) / spent if spent > 0 else None
        return Progress(done, total, reached / self._all if self._all > 0 else 1.0, seconds, row)


def _told(
    work: Generator[float, None, Sequence[Measured]], tell: Callable[..., Progress]
) -> Generator[Progress, None, Sequence[Measured]]:
    """What `work` returns; the shares that it yields become Progress."""
    while True:
        try:
            share = next(work)
        except StopIteration as end:
            measured: Sequence[Measured] = end.value
            return measured
        yield tell(within=share)


def _kept(folder: Path, experiment: Experiment[Any], row: Row) -> Measured:
    """What was measured, as the file that it has been written to says: what the next session will read."""
    store.write(folder, experiment, row)
    measured = store.read(folder, experiment, row.cell, row.key)
    if measured is None:
        raise ValueError(f"{experiment.name} measured what it does not name, or a picture that lacks its Run")
    return measured
