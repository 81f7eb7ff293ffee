"""Guides: what pushes on the drift or acts on the state while a sampler runs, and the two helpers of all samplers.

Nothing but `evaluate` enables gradients, and only where a guide asks for them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from engine.denoiser import Denoise, per_particle
from engine.noise import Noise


class Guide(Protocol):
    """Adds to the drift at each predictor evaluation. `needs_gradient`: D must be differentiable in x.

    Particle p is row p of the batch; a group of particles that act on each other stands in consecutive rows.
    """

    needs_gradient: bool

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        """What to add to the drift [N, ...] at x [N, ...], given D and the level, a float or [N]."""
        ...


@runtime_checkable
class Hook(Protocol):
    """Stands among the guides and acts on the state that a step has come to, before the next one begins."""

    def after(
        self, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, noise: Callable[[int], Tensor]
    ) -> Tensor:
        """The state in place of x [N, ...] at level sigma_next, where the step from level sigma with the estimate D
        has led; `noise(draw)` is standard normal and like x, another one for each draw from 0 on.
        """
        ...


Guides = Sequence[Guide | Hook]
"""What a sampler is given: in any order, what pushes by `evaluate` and what acts on the state by `settled`."""

_DRAWS = 2**20
"""From which draw on the noise of a step belongs to hooks; samplers draw less often."""


def evaluate(
    denoise: Denoise,
    guides: Guides,
    x: Tensor,
    sigma: float | Tensor,
    level: float | Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """D = denoise(x, sigma), d = (x - D) / sigma, and the sum of what guides push, None without any.

    Guides are told `level`, the schedule's own t_i, where churn has raised sigma above it, else sigma.
    """
    pushing = [guide for guide in guides if not isinstance(guide, Hook)]
    wants_gradient = any(guide.needs_gradient for guide in pushing)
    with torch.set_grad_enabled(wants_gradient):
        if wants_gradient:
            x = x.detach().requires_grad_()
        denoised = denoise(x, sigma)
        guidance = None
        for guide in pushing:
            push = guide(x, denoised, sigma if level is None else level)
            guidance = push if guidance is None else guidance + push
    x, denoised = x.detach(), denoised.detach()
    drift = (x - denoised) / per_particle(sigma, x)
    return denoised, drift, None if guidance is None else guidance.detach()


def guided(drift: Tensor, guidance: Tensor | None) -> Tensor:
    """What x moves along: the drift, and what guides added to it."""
    return drift if guidance is None else drift + guidance


def settled(
    guides: Guides, x: Tensor, denoised: Tensor, sigma: float, sigma_next: float, noise: Noise, index: int
) -> Tensor:
    """The state x [N, ...] that step `index` has come to, at level sigma_next, as the hooks among `guides` leave it."""
    for hook in guides:
        if isinstance(hook, Hook):
            x = hook.after(x, denoised, sigma, sigma_next, functools.partial(_fresh, noise, index, x))
    return x


def _fresh(noise: Noise, index: int, like: Tensor, draw: int) -> Tensor:
    return noise(index, like, draw=_DRAWS + draw)
