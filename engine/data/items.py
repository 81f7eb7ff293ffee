"""Items: the pictures of a data set by their number, for a Run that starts from one of them. No torch.

`ITEMS` has the sets by the name that `ModelInfo.data` gives. Called by the window and by the command line.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.analysis.pictures import to_uint8
from engine.data import digits, faces, idx, mnist
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.models.catalogue import ModelInfo


@dataclass(frozen=True)
class Items:
    """`count` pictures of the set that people call `label`, read when the first of them is picked."""

    label: str
    count: int
    _pick: Callable[[int], NDArray[np.uint8]]

    def pick(self, number: int) -> NDArray[np.uint8]:
        """Picture `number`, 0 or more, as uint8 [C, H, W]. Raises `InputError` if there is none of that number."""
        try:
            return self._pick(number)
        except IndexError:
            raise InputError(f"There is no picture {number} of {self.label}: choose a smaller number.") from None

    def name(self, number: int) -> str:
        """What picture `number` is called: "digits 17"."""
        return f"{self.label} {number}"

    def number(self, name: str) -> int | None:
        """The number of the picture that is called so; None if none of these is."""
        label, _, number = name.rpartition(" ")
        return int(number) if label == self.label and number.isdecimal() else None


def of(model: ModelInfo) -> Items | None:
    """Pictures like those that the model was made of; None where there are none at hand."""
    return ITEMS[model.data]() if model.data in ITEMS else None


def _handwritten() -> Items:
    return Items("digits", 1797, lambda number: _bundled()[number])


def _mnist() -> Items | None:
    folder = mnist.find()
    if folder is None:
        return None
    return Items("MNIST digits", 60_000, lambda number: digits.frame(digits.shrink(_read(folder)[[number]]))[0])


def _faces() -> Items:
    """There is no end of them; each is drawn from its number."""

    def pick(number: int) -> NDArray[np.uint8]:
        face = faces.draw(faces.sample(np.random.default_rng(number), 1))
        drawn: NDArray[np.uint8] = np.moveaxis(to_uint8(face)[0], -1, 0)
        return drawn

    return Items("faces", 10_000, pick)


@functools.cache
def _bundled() -> NDArray[np.uint8]:
    return digits.bundled()[0]


@functools.lru_cache(maxsize=1)
def _read(folder: Path) -> NDArray[np.uint8]:
    """MNIST's training pictures [60000, 28, 28]."""
    return idx.read(mnist.images(folder), 3)


ITEMS: dict[str, Callable[[], Items | None]] = {
    "handwritten-digits": _handwritten,
    "mnist": _mnist,
    "digits": lambda: _mnist() or _handwritten(),
    "faces": _faces,
}
