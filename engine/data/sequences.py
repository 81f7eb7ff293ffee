"""Sequences of moving digits, by number: what a model of next frames can be given, and what may follow. No torch.

`WALKS` has a line for each data set of `data.moving`. Called by experiments and by the window's filmstrip.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from engine.data import digits, mnist, moving
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.models.catalogue import ModelInfo

Pixels = NDArray[np.uint8]
Source = Literal["mnist", "bundled"]
"""Whose digits move: MNIST's 10,000 test digits, which no bundled model has seen, or scikit-learn's 1,797."""

LABELS: dict[Source, str] = {"mnist": "MNIST's test digits", "bundled": "scikit-learn's digits"}

COUNT = 10_000
"""Sequences of each kind; number n has digit n of the source, which begins anew after its last."""


@dataclass(frozen=True, eq=False)
class Sequence:
    """`frames` [T, H, W], uint8, ink bright; `open` [T] says after which of them more than one next frame is possible,
    given all frames before: of a digit that is seen once only, it is not known which way it goes. `places` [T, 2] are
    those of `data.moving`.
    """

    frames: Pixels
    open: tuple[bool, ...]
    places: NDArray[np.int64]


@dataclass(frozen=True)
class Sequences:
    """Sequences that people call `label`, of digits of `source`; a model is given `given` frames and draws the next."""

    label: str
    given: int
    source: Source
    _pick: Callable[[int], Sequence]

    def pick(self, number: int) -> Sequence:
        """Sequence `number`, 0 .. COUNT - 1, always the same. Raises `InputError` beyond, or if MNIST is unreadable."""
        if not 0 <= number < COUNT:
            raise InputError(f"There is no sequence {number}: choose one from 0 to {COUNT - 1:,}.")
        return self._pick(number)

    def name(self, number: int, first: int) -> str:
        """What the frames from `first`, counted from 0, of a sequence are called: "horizontal 7, frames 3 to 5"."""
        last = first + self.given - 1
        frames = f"frames {first} to {last}" if last > first else f"frame {first}"
        digits = "" if self.source == "mnist" else f" of {LABELS[self.source]}"
        return f"{self.label} {number}, {frames}{digits}"

    def place(self, name: str) -> tuple[int, int] | None:
        """The number of the sequence, and the first of its frames, that are called so; None if none of these are."""
        found = re.fullmatch(r".* (\d{1,9}), frames? (\d{1,9})\b.*", name)
        number, first = map(int, found.groups()) if found else (0, 0)
        return (number, first) if name == self.name(number, first) else None


def source() -> Source:
    """MNIST's digits where they are at hand, else those that come with the program."""
    return "bundled" if mnist.find() is None else "mnist"


def pictures(of: Source) -> Pixels:
    """The digits of a source [M, 16, 16]. Raises `InputError` if MNIST is asked for and is not at hand."""
    if of == "bundled":
        return _bundled()
    folder = mnist.find()
    if folder is None:
        raise InputError(f"MNIST was not found: name the folder that holds its four files in {mnist.FOLDER}.")
    return _mnist(folder)


def of(model: ModelInfo) -> Sequences | None:
    """Sequences like those that the model was made of; None where it draws no next frames."""
    walk, given, found = WALKS.get(model.data), model.cond_shape, source()
    if walk is None or given is None or model.data_shape != digits.SHAPE:
        return None
    return Sequences(model.data, given[0], found, functools.partial(_sequence, walk, found))


@functools.lru_cache(maxsize=1)
def _mnist(folder: Path) -> Pixels:
    return digits.shrink(mnist.load(folder, "test")[0])


@functools.cache
def _bundled() -> Pixels:
    margin = (digits.SHAPE[1] - digits.INNER) // 2
    return np.ascontiguousarray(digits.bundled()[0][:, 0, margin:-margin, margin:-margin])


Walk = Callable[[np.random.Generator, int], np.ndarray]


def _sequence(walk: Walk, of: Source, number: int) -> Sequence:
    """A digit of that source on its walk, both chosen by `number`."""
    pool = pictures(of)
    places = walk(np.random.default_rng([_SEED, number]), 1)
    frames = moving.render(pool[[number % len(pool)]], places)[0]
    return Sequence(frames, tuple(_OPEN[walk](places[0]).tolist()), places[0])


def _free_open(places: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.any(moving.at_wall(places), axis=1)
    found[0] = True
    return found


def _horizontal_open(places: np.ndarray) -> np.ndarray:
    found: np.ndarray = places[:, 1] == 0
    found[0] = not moving.at_wall(places[0, 1])
    return found


_SEED = 7  # apart from the batches of a training

WALKS: dict[str, Walk] = {
    "circle": moving.circle,
    "free-directions": moving.free_directions,
    "horizontal": moving.horizontal,
}
"""The walk of each data set, as places [N, T, 2]."""

_OPEN: dict[Walk, Callable[[np.ndarray], np.ndarray]] = {
    moving.circle: lambda places: np.all(places == 0, axis=1),
    moving.free_directions: _free_open,
    moving.horizontal: _horizontal_open,
}
"""From which of its places [T, 2] a digit may go on to more than one, [T]."""
