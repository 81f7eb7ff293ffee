"""Guides: what pushes on the drift while a sampler runs, and the one helper through which samplers evaluate.

Nothing but `evaluate` enables gradients, and only where a guide asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from engine.denoiser import Denoise, per_particle


class Guide(Protocol):
    """Adds to the drift at each predictor evaluation. `needs_gradient`: D must be differentiable in x.

    Particle p is row p of the batch; a group of particles that act on each other stands in consecutive rows.
    """

    needs_gradient: bool

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        """What to add to the drift [N, ...] at x [N, ...], given D and the level, a float or [N]."""
        ...


def evaluate(
    denoise: Denoise,
    guides: Sequence[Guide],
    x: Tensor,
    sigma: float | Tensor,
    level: float | Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """D = denoise(x, sigma), d = (x - D) / sigma, and the sum of the guides, None without any.

    Guides are told `level`, the schedule's own t_i, where churn has raised sigma above it, else sigma.
    """
    wants_gradient = any(guide.needs_gradient for guide in guides)
    with torch.set_grad_enabled(wants_gradient):
        if wants_gradient:
            x = x.detach().requires_grad_()
        denoised = denoise(x, sigma)
        guidance = None
        for guide in guides:
            push = guide(x, denoised, sigma if level is None else level)
            guidance = push if guidance is None else guidance + push
    x, denoised = x.detach(), denoised.detach()
    drift = (x - denoised) / per_particle(sigma, x)
    return denoised, drift, None if guidance is None else guidance.detach()


def guided(drift: Tensor, guidance: Tensor | None) -> Tensor:
    """What x moves along: the drift, and what guides added to it."""
    return drift if guidance is None else drift + guidance
