"""Which mode of its data each particle is in, how good it is there, and how many modes a group has found.

Used by experiments and, through `analysis.groups`, by the window. Modes are the components of a mixture, the ten
digits, or the eight places of the data set circle.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.analysis import classifier, directions
from engine.data import moving
from engine.models.catalogue import ModelInfo, mixture_of
from engine.offers import modes_of
from engine.sums import total

if TYPE_CHECKING:
    from engine.models.mixture import Mixture

NOWHERE = -1
"""The label of a particle that is in no mode."""

WITHIN = 1.0
"""Pixels that a digit may be off the place that it jumped to."""


@dataclass(frozen=True)
class Reader:
    """`read(x0)`, x0 [N, *data_shape], gives the labels [N], int64, places in `names` or `NOWHERE`, and the quality [N]
    of each particle, float64 from 0 to 1, which `quality` says in words; both on the CPU.
    """

    names: tuple[str, ...]
    quality: str
    read: Callable[[Tensor], tuple[Tensor, Tensor]]


def reader(info: ModelInfo, condition: Tensor | None = None) -> Reader | None:
    """What reads the modes of that model's particles, None where none are known.

    `condition` [N, *cond_shape] is what the particles were given, needed where the model has one.
    """
    kind = modes_of(info)
    if kind == "components":
        return _components(info)
    if kind == "digits":
        return Reader(tuple(map(str, range(10))), "confidence of the classifier", _digits)
    if kind == "places" and condition is not None:
        names = ("→", "↗", "↑", "↖", "←", "↙", "↓", "↘")
        return Reader(names, "1 − Q, as a share of the digit's ink", functools.partial(_places, condition))
    return None


def read(info: ModelInfo, x0: Tensor) -> tuple[Tensor, Tensor]:
    """Labels and quality, see `Reader`, of a model whose modes are known and that has no condition."""
    known = reader(info)
    assert known is not None
    return known.read(x0)


def found(labels: Tensor, size: int) -> Tensor:
    """How many modes each group of `size` particles holds, labels [N]: [G], int64; the last group may be smaller."""
    every = labels.tolist()
    groups = [every[first : first + size] for first in range(0, len(every), size)]
    return torch.tensor([len(set(group) - {NOWHERE}) for group in groups])


def _components(info: ModelInfo) -> Reader:
    """The nearest centre; the quality is the share of that component that lies farther from its centre (uniform on
    [0, 1] for exact samples).
    """
    exact = mixture_of(info)
    assert exact is not None
    mixture: Mixture = exact.build()  # type: ignore[assignment]
    centres = mixture.modes.flatten(1)
    precisions = torch.linalg.inv(torch.from_numpy(mixture.arrays["covariances"]))

    def read(x0: Tensor) -> tuple[Tensor, Tensor]:
        points = x0.detach().cpu().double().flatten(1)
        labels = (points[:, None] - centres).square().sum(2).argmin(1)
        away = points - centres[labels]
        squared = total((away[:, :, None] * precisions[labels] * away[:, None]).flatten(1).T)
        half = torch.tensor(points.shape[1] / 2, dtype=torch.float64)
        return labels, torch.special.gammaincc(half, squared / 2)

    return Reader(tuple(map(str, range(1, len(centres) + 1))), "share of the mode that lies farther out", read)


def _digits(x0: Tensor) -> tuple[Tensor, Tensor]:
    quality, labels = classifier.load().probabilities(x0).double().cpu().max(1)
    return labels, quality


def _places(condition: Tensor, x0: Tensor) -> tuple[Tensor, Tensor]:
    before, after = directions.ink(condition[:, -1:].cpu()), directions.ink(x0.cpu())
    labels = directions.landed(directions.moves(before, after), torch.from_numpy(moving.CIRCLE), WITHIN)
    share = directions.quality(before, after) / before.square().sum((1, 2)).clamp(min=1e-12)
    return labels, (1 - share).clamp(0, 1)
