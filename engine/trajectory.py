"""Trajectory: the Steps of one Run within a memory budget, from `execute.record` to every view, and to the next Run
that differs in the edits of some particles.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from engine import edits
from engine.step import FIELDS, Step

if TYPE_CHECKING:
    from torch import Tensor

    from engine.run import Run

BUDGET = 2**30
"""Bytes of Steps a Trajectory keeps by default."""


class Trajectory:
    """Steps 0 .. N of `run`, appended in order by one thread while others read.

    Within `budget` bytes every Step is kept. Over it only every 2nd, 4th, ... is, Step 0 at least; the others
    are replayed exactly, by `execute.replay` from `base(index)`. Beside those the newest Step and the one
    replayed last are at hand. `sigmas` are the N + 1 levels as floats, `condition` is what the particles were
    given [count, *cond_shape] or None; `evaluations` of the model were made in `seconds` up to the newest Step, in
    blocks of `block` particles, of the `drawn` ones: the others are those of another Trajectory.
    """

    def __init__(
        self,
        run: Run,
        sigmas: list[float],
        budget: int = BUDGET,
        condition: Tensor | None = None,
        *,
        drawn: int | None = None,
        block: int = 1,
    ) -> None:
        self.run = run
        self.sigmas = sigmas
        self.condition = condition
        self.budget = budget
        self.drawn = run.latents.count if drawn is None else drawn
        self.block = block
        self.stride = 1
        self.available = 0
        self.evaluations = 0
        self.seconds = 0.0
        self._begun = time.perf_counter()
        self._norms: dict[str, list[Tensor | None]] = {name: [] for name in ("x", *FIELDS)}
        self._kept: dict[int, Step] = {}
        self._nbytes = 0
        self._newest: Step | None = None
        self._replayed: Step | None = None
        self._lock = threading.Lock()

    @property
    def last(self) -> int:
        """N, the index of the last Step."""
        return len(self.sigmas) - 1

    @property
    def complete(self) -> bool:
        """Whether every Step has arrived."""
        return self.available == len(self.sigmas)

    @property
    def nbytes(self) -> int:
        """Memory the kept Steps take, in bytes: `budget` at most, unless Step 0 alone takes more."""
        return self._nbytes

    def append(self, step: Step) -> None:
        """Keep the next Step. Raises `ValueError` if it is not the next one."""
        if step.index != self.available:
            raise ValueError(f"step {step.index} arrived where step {self.available} was due")
        for name, norms in self._norms.items():
            value = getattr(step, name)
            norms.append(None if value is None else value.flatten(1).norm(dim=1))
        with self._lock:
            self._newest = step
            if step.index % self.stride == 0:
                self._kept[step.index] = step
                self._nbytes += step.nbytes
            while self._nbytes > self.budget and len(self._kept) > 1:
                self.stride *= 2
                self._kept = {i: kept for i, kept in self._kept.items() if i % self.stride == 0}
                self._nbytes = sum(kept.nbytes for kept in self._kept.values())
            self.available += 1
            self.evaluations += step.evaluations
            self.seconds = time.perf_counter() - self._begun

    def __getitem__(self, index: int) -> Step | None:
        """Step `index` if it is at hand, None if it has to be replayed or has not arrived. Never computes."""
        with self._lock:
            for step in (self._newest, self._replayed):
                if step is not None and step.index == index:
                    return step
            return self._kept.get(index)

    def around(self, first: int) -> Iterator[Step]:
        """Those Steps that have arrived by now and are at hand, Step `first` first, then the nearest."""
        for index in sorted(range(self.available), key=lambda index: abs(index - first)):
            step = self[index]
            if step is not None:
                yield step

    def norms(self, name: str) -> list[Tensor | None]:
        """Euclidean norms over a particle's values, [N] for each Step that has arrived, of "x" or one of
        `FIELDS`.

        None where a Step holds no such thing. Kept for every Step, whatever the budget.
        """
        return self._norms[name][: self.available]

    def nearest(self, sigma: float) -> int:
        """The index of the level closest to sigma on a log axis; the last Step for sigma 0."""
        if sigma <= 0:
            return self.last
        return min(range(self.last), key=lambda i: abs(math.log(self.sigmas[i] / sigma)), default=0)

    def base(self, index: int) -> Step:
        """The nearest Step at or before `index` at hand: where a replay of `index` starts.

        Raises `IndexError` if Step `index` has not arrived.
        """
        with self._lock:
            if not 0 <= index < self.available:
                raise IndexError(f"step {index} has not arrived: there are {self.available}")
            steps = [self._kept[index // self.stride * self.stride], self._newest, self._replayed]
            return max((s for s in steps if s is not None and s.index <= index), key=lambda s: s.index)

    def remember(self, step: Step) -> None:
        """Keep a replayed Step at hand until the next one is replayed."""
        with self._lock:
            self._replayed = step

    def under(self, run: Run) -> Trajectory:
        """The same Steps as those of `run`, whose edits change none of them."""
        same = copy.copy(self)
        same.run = run
        return same

    def splice(self, run: Run) -> Splice | None:
        """What a drawing of `run` may take from here; None where that is nothing, where Steps have been dropped, and
        where edits after Step 0 couple all particles.
        """
        if not self.complete or self.stride > 1:
            return None
        touched = edits.touched(self.run, run)
        if touched is None or len(touched) == run.latents.count or (touched and edits.coupled(run)):
            return None
        return Splice(self, touched)


class Splice(NamedTuple):
    """That all but some `particles` are as they are in `previous`, a complete Trajectory with every Step at hand."""

    previous: Trajectory
    particles: list[int]

    def into(self, step: Step) -> Step:
        """`step`, which has these particles alone, with the others at its level, or the nearest one, as they were.

        What a particle has on one of both sides only, all are without.
        """
        before = self.previous[self.previous.nearest(step.sigma)]
        assert before is not None
        whole: dict[str, Any] = {}
        for field in dataclasses.fields(step):
            old, new = getattr(before, field.name), getattr(step, field.name)
            if hasattr(new, "nbytes") and new.dim():
                # A memory of several steps has the particles behind their axis.
                axis = new.dim() - step.x.dim() if field.name == "carry" else 0
                whole[field.name] = _replaced(old, new, (*[slice(None)] * axis, self.particles))
        return dataclasses.replace(step, **whole)


def _replaced(old: Tensor | None, new: Tensor, rows: tuple[slice | Sequence[int], ...]) -> Tensor | None:
    """`old` with those rows as they are in `new`; None where there is none, or one of another number of steps."""
    if old is None or old[rows].shape != new.shape:
        return None
    whole = old.clone()
    whole[rows] = new
    return whole
