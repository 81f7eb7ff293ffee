"""Kernels that are the RBF kernel of something else than the values themselves.

What `features` and `mahalanobis` share.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from engine.guidance.kernels.base import Kernel
from engine.guidance.kernels.rbf import RBF

_RBF = RBF()


class Mapped(Kernel):
    """exp(-||f(x) - f(y)||^2 / h), group by group, since a network rounds by the size of its batch."""

    def distance(self, x: Tensor) -> Tensor:
        """See `Kernel.distance`."""
        return torch.cat([_RBF.distance(self._map(group)[None]) for group in x])

    def _gradient(self, x: Tensor, h: Tensor) -> Tensor:
        pushes = []
        for group, width in zip(x, torch.split(h, 1), strict=True):
            values, back = self._map_and_back(group)
            pushes.append(back(_RBF.gradient(values[None], width)[0]))
        return torch.stack(pushes)

    @abstractmethod
    def _map(self, group: Tensor) -> Tensor:
        """f of one group [B, ...]: [B, m], differentiable."""

    @abstractmethod
    def _map_and_back(self, group: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """f of one group, and what makes of a gradient in f, [B, m], the one in the group."""
