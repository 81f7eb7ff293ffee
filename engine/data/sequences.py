"""Sequences of moving digits, by number: what a model of next frames can be given, and what may follow. No torch.

`WALKS` has a line for each data set of `data.moving`. Called by experiments and by the window's filmstrip.
"""

from __future__ import annotations

import functools
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
    given all frames before.
    """

    frames: Pixels
    open: tuple[bool, ...]


@dataclass(frozen=True)
class Sequences:
    """Sequences that people call `label`; the model is given `given` frames of one and draws the next."""

    label: str
    given: int
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
        return f"{self.label} {number}, {frames}"


def source() -> Source:
    """MNIST's digits where they are at hand, else those that come with the program."""
    return "bundled" if mnist.find() is None else "mnist"


@functools.lru_cache(maxsize=2)
def pictures(of: Source) -> Pixels:
    """The digits of a source [M, 16, 16]. Raises `InputError` if MNIST is asked for and is not at hand."""
    if of == "bundled":
        return _inner(digits.bundled()[0])
    folder = mnist.find()
    if folder is None:
        raise InputError(f"MNIST was not found: name the folder that holds its four files in {mnist.FOLDER}.")
    return _mnist(folder)


def of(model: ModelInfo) -> Sequences | None:
    """Sequences like those that the model was made of; None where it draws no next frames."""
    walk = WALKS.get(model.data)
    if walk is None or model.cond_shape is None or model.data_shape != digits.SHAPE:
        return None
    return Sequences(model.data, model.cond_shape[0], functools.partial(_sequence, walk))


@functools.lru_cache(maxsize=1)
def _mnist(folder: Path) -> Pixels:
    return digits.shrink(mnist.load(folder, "test")[0])


def _inner(frames: Pixels) -> Pixels:
    margin = (digits.SHAPE[1] - digits.INNER) // 2
    return np.ascontiguousarray(frames[:, 0, margin:-margin, margin:-margin])


def _sequence(walk: Callable[[np.random.Generator, int], np.ndarray], number: int) -> Sequence:
    """A digit on its walk, both chosen by `number`."""
    pool = pictures(source())
    places = walk(np.random.default_rng([_SEED, number]), 1)
    frames = moving.render(pool[[number % len(pool)]], places)[0]
    return Sequence(frames, tuple(_OPEN[walk](place) for place in places[0]))


_SEED = 7  # apart from the batches of a training

WALKS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "circle": moving.circle,
    "free-directions": moving.free_directions,
    "horizontal": moving.horizontal,
}
"""The walk of each data set, as places [N, T, 2]."""

_OPEN: dict[Callable[[np.random.Generator, int], np.ndarray], Callable[[np.ndarray], bool]] = {
    moving.circle: lambda place: not place.any(),
    moving.free_directions: lambda place: bool(moving.at_wall(place).any()),
    moving.horizontal: lambda place: place[1] == 0,
}
"""Whether a digit may go on from a place to more than one."""
