"""The RBF kernel exp(-||x - y||^2 / h): J. Kleutgens's thesis on particle guidance, equations 2.12 to 2.14."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.guidance.kernels.base import FEW, Kernel, distances, forces, groups_first, groups_last


class RBF(Kernel):
    """See the module."""

    symbol = "‖x − y‖²"

    def distance(self, x: Tensor) -> Tensor:
        """See `Kernel.distance`."""
        return distances(x, 2)

    def _gradient(self, x: Tensor, h: Tensor) -> Tensor:
        return _of_few(x, h) if x[0, 0].numel() <= FEW else _of_many(x, h)


def _of_few(x: Tensor, h: Tensor) -> Tensor:
    """-(2/h) sum_j (x_b - x_j) k, pair by pair."""
    minus, buffers = -1 / h, x.new_empty(2, x.shape[1], len(x))  # kept, as memory that is new each time is slow

    def act(apart: Tensor, _: int) -> tuple[Tensor, None]:
        squared, square = buffers[:, : len(apart)]
        torch.square(apart[:, 0], out=squared)
        for k in range(1, apart.shape[1]):
            squared += torch.square(apart[:, k], out=square)
        apart *= squared.mul_(minus).exp_()[:, None]
        return apart, None

    return groups_first(forces(groups_last(x), act).mul_(2 * minus), x)


def _of_many(x: Tensor, h: Tensor) -> Tensor:
    """The same as a product of k with the particles, seen from the first one so that less is cancelled.

    Equal particles are left out: they do not push each other, but what rounding leaves of them, over a small h, would.
    """
    distance = distances(x, 2)
    weights = (-distance / h[:, None, None]).exp() * (2 / h[:, None, None])
    weights = weights.masked_fill_(distance == 0, 0)
    flat = x.flatten(2)
    pushes = [(weight - weight.sum(1).diag()) @ (group - group[0]) for weight, group in zip(weights, flat, strict=True)]
    return torch.stack(pushes).reshape(x.shape)
