"""Region: the hook that keeps the state outside of a mask at what is known of it. Made by `execute`.

Locked is the degenerate q(x_t | x_T, x0) that W. Dalheim's thesis proposes (section 6.3), replaced is inpainting by
q(x_t | x0) (Sohl-Dickstein et al. 2015, as told in its section 6.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.guidance import Hook


@dataclass(frozen=True)
class Kept:
    """Outside of `inside` m [N, ...], x becomes known + sigma n: with the latent `n` [N, ...] where it is locked,
    with fresh noise where that is None. `known` is x0 [N, ...].
    """

    inside: Tensor
    known: Tensor
    n: Tensor | None = None

    def after(
        self, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, noise: Callable[[int], Tensor]
    ) -> Tensor:
        """See `Hook`: m x + (1 - m) (known + sigma_next n)."""
        there = self.known
        if sigma_next:
            there = there + sigma_next * (noise(0) if self.n is None else self.n)
        return self.inside * x + (1 - self.inside) * there


@dataclass(frozen=True)
class Within:
    """A hook of some rows of the batch: one Run's among many."""

    rows: slice
    hook: Hook

    def after(
        self, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, noise: Callable[[int], Tensor]
    ) -> Tensor:
        """See `Hook`: the other rows stay as they are."""
        rows = self.rows
        own = self.hook.after(x[rows], denoised[rows], sigma, sigma_next, lambda draw: noise(draw)[rows])
        return torch.cat([x[: rows.start], own, x[rows.stop :]])
