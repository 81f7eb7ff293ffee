"""The kernel exp(-(1 - IoU) / h) of pictures' ink: J. Kleutgens's thesis on particle guidance, equations 3.5 to 3.7.

IoU = sum min(x, y) / sum max(x, y), meant for values in [0, 1]; 1 where the union is 0.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.guidance.kernels.base import Kernel, distances, forces, groups_first, groups_last, shifted
from engine.sums import total


class IoU(Kernel):
    """See the module. Where two values are equal, the derivative is 0."""

    symbol = "1 − IoU"

    def distance(self, x: Tensor) -> Tensor:
        """See `Kernel.distance`."""
        result: Tensor = _Distance.apply(x)  # type: ignore[no-untyped-call]
        return result

    def _gradient(self, x: Tensor, h: Tensor) -> Tensor:
        return _pulled(x, -self.value(x, h) / h[:, None, None])


class _Distance(torch.autograd.Function):
    """1 - IoU [G, B, B]. A function of its own: autograd's minimum and maximum halve the derivative of equal values."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        difference, union = _parts(x)
        return 2 * difference / union

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return _pulled(x, grad + grad.mT)


def _parts(x: Tensor) -> tuple[Tensor, Tensor]:
    """The L1 distance, which is the union less the intersection, and twice the union, which is x's ink and y's and
    that distance; [G, B, B] each. An empty union is infinite here: nothing there differs, and nothing moves it.
    """
    difference = distances(x, 1)
    ink = total(x.flatten(2).movedim(2, 0))
    union = ink[:, :, None] + ink[:, None] + difference
    return difference, union.masked_fill_(union < torch.finfo(x.dtype).tiny, torch.inf)


def _pulled(x: Tensor, weights: Tensor) -> Tensor:
    """sum_j w_bj grad_b (1 - IoU(x_b, x_j)), shaped as x [G, B, ...], for symmetric weights [G, B, B].

    With the L1 distance L and twice the union T, 1 - IoU = 2 L / T: L' = sign(x - y), and T' = 1 + L' where x and y
    differ, else 0. So the derivative has an odd part, L' 2 (T - L) / T^2, and an even one, -|L'| 2 L / T^2.
    """
    difference, union = _parts(x)
    share = 2 * difference / union
    odd, even = shifted(weights * (2 - share) / union), shifted(-weights * share / union)

    def act(apart: Tensor, shift: int) -> tuple[Tensor, Tensor]:
        sign = apart.sign_()
        return sign * odd(shift), sign.abs_().mul_(even(shift))

    return groups_first(forces(groups_last(x), act), x)
