"""The cells of `next-frame`: where in which sequences, what the data do there, and what was found. No torch.

Used by the experiment, its figure and its findings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.data import moving, sequences
from engine.errors import InputError
from engine.experiments.experiment import Row
from engine.experiments.guided import number
from engine.experiments.prior_cells import MODELS
from engine.models.catalogue import ModelInfo

Situation = Literal["one outcome", "several outcomes"]
Sampler = Literal["stochastic", "deterministic"]

SITUATIONS: tuple[Situation, ...] = ("one outcome", "several outcomes")

SAMPLERS: dict[Sampler, float] = {"stochastic": 0.9, "deterministic": 0.0}
"""S_churn of each; the first is the source's."""

_SEARCHED = 200  # sequences looked through


@dataclass(frozen=True, eq=False)
class Window:
    """Sequence `number` up to its frame `last`: `given` [F, H, W] is what a model is given, `true` [H, W] is the next
    frame, both uint8. `moves` [K, 2], (rows down, columns right) in pixels, are those that the data may make from
    there, with `shares` [K] of the sequences.
    """

    number: int
    last: int
    given: sequences.Pixels
    true: sequences.Pixels
    moves: NDArray[np.int64]
    shares: NDArray[np.float64]


def of(model: ModelInfo) -> sequences.Sequences:
    """The sequences that the model has learnt. Raises `InputError` where it has not."""
    found = sequences.of(model)
    if found is None:
        raise InputError(
            f"{model.name} draws no next frames of moving digits: choose a model of these, such as free-directions."
        )
    return found


def windows(model: ModelInfo, situation: Situation, count: int) -> list[Window]:
    """The first such window of the first so many sequences that have one; fewer where there are no more."""
    several, known = situation == SITUATIONS[1], of(model)
    found: list[Window] = []
    for place in range(_SEARCHED):
        opened = known.pick(place).open
        last = next((t for t in range(known.given - 1, len(opened) - 1) if opened[t] is several), None)
        if last is not None:
            found.append(window(model, place, last))
        if len(found) == count:
            break
    return found


def window(model: ModelInfo, place: int, last: int) -> Window:
    """The one of that sequence and frame."""
    known = of(model)
    sequence, first = known.pick(place), last - known.given + 1
    at, then = sequence.places[last], sequence.places[last + 1]
    moves = WAYS[model.data](at) if sequence.open[last] else (then - at)[None]
    shares = np.full(len(moves), 1 / len(moves))
    if len(moves) > 1 and model.name in MODELS:
        shares = np.where(moves[:, 1] > 0, MODELS[model.name], 1 - MODELS[model.name])
    return Window(place, last, sequence.frames[first : last + 1], sequence.frames[last + 1], moves, shares)


def _free_ways(place: NDArray[np.int64]) -> NDArray[np.int64]:
    inward = np.all((moving.VELOCITIES * np.sign(place) < 0) | ~moving.at_wall(place), axis=1)
    after: NDArray[np.int64] = np.clip(place + moving.VELOCITIES[inward], -moving.WALL, moving.WALL)
    return after - place


WAYS: dict[str, Callable[[NDArray[np.int64]], NDArray[np.int64]]] = {
    "circle": lambda place: moving.CIRCLE,
    "free-directions": _free_ways,
    "horizontal": lambda place: moving.SPEED * np.array([(0, 1), (0, -1)]),
}
"""The moves [K, 2] that a digit may make from a place where several are possible, by data set."""


class Cells:
    """The rows of a table, measured or not."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.models = list(dict.fromkeys(str(row.cell.place["model"]) for row in rows))

    def at(self, model: str, situation: str, sampler: str) -> list[Row]:
        """The rows of these, a sequence each."""
        wanted = (model, situation, sampler)
        return [row for row in self.rows if tuple(map(row.cell.place.get, ("model", "situation", "sampler"))) == wanted]

    def values(self, model: str, situation: str, sampler: str, column: str) -> list[float]:
        """The numbers of a column there, of each sequence that has one."""
        found = (row.columns.get(column) for row in self.at(model, situation, sampler))
        return [number(value) for value in found if value is not None]
