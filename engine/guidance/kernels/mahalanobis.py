"""The kernel exp(-(x - y)^T C^-1 (x - y) / h), which J. Kleutgens's thesis on particle guidance names (section 3).

C = (1 - rho) S + rho (tr S / d) I is the group's covariance, shrunk by the oracle approximating shrinkage of Chen,
Wiesel, Eldar and Hero 2010 (equation 23): S of no more than d particles has no inverse, and its pseudo-inverse would
make all their distances equal.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.guidance.kernels.mapped import Mapped


class Mahalanobis(Mapped):
    """See the module. C counts as constant; particles that are all equal are at distance 0."""

    symbol = "(x − y)ᵀ C⁻¹ (x − y)"

    def _map(self, group: Tensor) -> Tensor:
        return _whitening(group.detach())(group.flatten(1))

    def _map_and_back(self, group: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        whitened = _whitening(group)
        return whitened(group.flatten(1)), lambda gradient: whitened(gradient).reshape(group.shape)


def _whitening(group: Tensor) -> Callable[[Tensor], Tensor]:
    """C^-1/2, which is symmetric, of a group [B, ...], as it acts on rows [n, d]; as it is for I where C is 0.

    From the smaller one of X^T X [d, d] and X X^T [B, B] of the centred particles X, which is U diag(l) U^T. With
    C = a I + c X^T X and s = sqrt(1 + l c / a) the first gives C^-1/2 = U diag(1 / s) U^T / sqrt a; the second, by
    Woodbury's identity, (I - X^T U diag(w) U^T X) / sqrt a for w = (1 - 1 / s) / l.
    """
    x = group.flatten(1)
    x = x - x[0]
    x = x - x.mean(0)
    b, d = x.shape
    levels, turn = torch.linalg.eigh(x.mT @ x if d < b else x @ x.mT)
    levels = levels.clamp(min=0)
    trace, squared = levels.sum() / b, levels.square().sum() / b**2
    rho = _shrinkage(trace, squared, b, d)
    a, c = (rho * trace / d).masked_fill_(trace == 0, 1), (1 - rho) / b
    stretch = (1 + levels * c / a).sqrt()
    if d < b:
        root = turn / (stretch * a.sqrt()) @ turn.mT
        return lambda rows: rows @ root
    inner = turn * (c / a / (stretch * (1 + stretch))) @ turn.mT
    return lambda rows: (rows - rows @ x.mT @ inner @ x) / a.sqrt()


def _shrinkage(trace: Tensor, squared: Tensor, n: int, d: int) -> Tensor:
    """rho of the oracle approximating shrinkage from tr S and tr S^2: above 0, at most 1; 1 where S is a tr S / d I."""
    if d == 1:  # where both terms of the fraction are what rounding leaves of 0
        return torch.ones_like(trace)
    away = (squared - trace**2 / d).clamp(min=0)
    rho = ((1 - 2 / d) * squared + trace**2) / ((n + 1 - 2 / d) * away)
    return rho.nan_to_num(nan=1, posinf=1, neginf=1).clamp(max=1)
