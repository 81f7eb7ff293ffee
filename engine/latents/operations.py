"""What the edits of a Run do to the states of a batch: one function a kind, in `OPERATIONS`. Called by `edits`.

All of it is element by element, or in sums that do not depend on the batch: a particle's bits are its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.latents import measure, stored
from engine.settings.edits import Edit, Intensity, Interpolate, Move, Regional, Set, Transfer
from engine.sums import total


@dataclass
class Split:
    """States x = base + unit n [N, *data_shape] of a batch in which particle p has the row `rows[p]`.

    At Step 0 n is the latent, `unit` what it is multiplied with there and `base` 0 or the picture that the Run starts
    from; later `base` is the estimate D and `unit` the level. `moved` are rows with the state that they are put to.
    """

    base: Tensor
    n: Tensor
    unit: float
    rows: Mapping[int, int]
    moved: dict[int, Tensor]

    def put(self, row: int, n: Tensor, base: Tensor | None = None) -> None:
        """Give that row another n, and another base if there is one [*data_shape]."""
        self.n[row] = n
        if base is not None:
            self.base[row] = base
        self.moved.pop(row, None)


def state(n: Tensor, base: Tensor, unit: float) -> Tensor:
    """x = base + unit n."""
    return base + unit * n


def intensity(split: Split, edit: Intensity) -> None:
    """n + strength m (W. Dalheim's thesis, experiments H.2a and H.2b)."""
    shift = edit.strength * weights(edit, split.n)
    for row in _rows(split, edit):
        split.put(row, split.n[row] + shift)


def transfer(split: Split, edit: Transfer) -> None:
    """m n_source + (1 - m) n, by `blend` (experiment H.2c); with `swap` the source is given the other's."""
    m, source = weights(edit, split.n), split.rows[edit.source]
    there = split.n[source].clone(), split.base[source].clone()
    for row in _rows(split, edit, but=edit.source):  # what is transferred to itself stays
        here = split.n[row].clone(), split.base[row].clone()
        split.put(row, blend(here[0], there[0], m), mean(here[1], there[1], m))
        if edit.swap:
            split.put(source, blend(there[0], here[0], m), mean(there[1], here[1], m))


def interpolate(split: Split, edit: Interpolate) -> None:
    """n' = slerp of the two, and the base between theirs, through the mask."""
    m, (one, other) = weights(edit, split.n), (split.rows[particle] for particle in edit.between)
    n = slerp(split.n[one], split.n[other], edit.share)
    base = mean(split.base[one], split.base[other], split.n.new_tensor(edit.share))
    for row in _rows(split, edit):
        split.put(row, blend(split.n[row], n, m), mean(split.base[row], base, m))


def put(split: Split, edit: Set) -> None:
    """n' = the stored latent, through the mask."""
    m = weights(edit, split.n)
    latent = torch.from_numpy(stored.values(edit.latent, split.n.shape[1:])).to(split.n)
    for row in _rows(split, edit):
        split.put(row, blend(split.n[row], latent, m))


def move(split: Split, edit: Move) -> None:
    """x' = `to`."""
    row = split.rows.get(edit.particle)
    if row is not None:
        to = split.n.new_tensor(edit.to).reshape(split.n.shape[1:])
        split.put(row, (to - split.base[row]) / split.unit)
        split.moved[row] = to


OPERATIONS: dict[str, Callable[[Split, Any], None]] = {
    "intensity": intensity,
    "transfer": transfer,
    "interpolate": interpolate,
    "set": put,
    "move": move,
}
"""The edits of `engine.settings.edits.EDITS`. Those of particles that are not in the batch do nothing."""


def apply(split: Split, edit: Edit) -> None:
    """Carry out one edit. Raises `InputError` for a mask or a latent that is missing or does not fit."""
    OPERATIONS[edit.kind](split, edit)


def weights(edit: Regional, like: Tensor) -> Tensor:
    """m [*data_shape] for particles like those of `like` [N, *data_shape]: 0 in all channels but the chosen one."""
    m = measure.weights(like.shape[1:], edit.mask, edit.channel)
    return torch.from_numpy(m).to(like)


def blend(n: Tensor, other: Tensor, m: Tensor) -> Tensor:
    """(m other + (1 - m) n) / sqrt(m^2 + (1 - m)^2): where both are standard normal and independent, so is this.

    Where the two are equal it is n: a latent blended with itself is itself.
    """
    blended = mean(n, other, m) / (m.square() + (1 - m).square()).sqrt()
    return torch.where(other == n, n, blended)


def mean(one: Tensor, other: Tensor, m: Tensor) -> Tensor:
    """m other + (1 - m) one; where the two are equal, that."""
    return torch.where(other == one, one, m * other + (1 - m) * one)


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """The point `share` of the way from a to b [*data_shape] along the great circle through their directions.

    Its length goes along (Shoemake 1985, with the lengths as they are), and so keeps that of latents. Parallel to each
    other, or opposite, they have no such circle: there it is the straight line.
    """
    if share in (0.0, 1.0):
        return b.clone() if share else a.clone()
    products = torch.stack([a * a, b * b, a * b]).flatten(1).T
    squared_a, squared_b, dot = total(products).tolist()
    cosine = dot / math.sqrt(squared_a * squared_b) if squared_a and squared_b else 1.0
    angle = math.acos(max(-1.0, min(1.0, cosine)))
    if math.sin(angle) < 1e-6:
        return mean(a, b, a.new_tensor(share))
    return (math.sin((1 - share) * angle) * a + math.sin(share * angle) * b) / math.sin(angle)


def _rows(split: Split, edit: Edit, but: int | None = None) -> list[int]:
    """The rows of the particles that it changes and that are in the batch."""
    chosen = split.rows if edit.targets is None else dict.fromkeys(edit.targets)
    return [split.rows[particle] for particle in chosen if particle in split.rows and particle != but]
