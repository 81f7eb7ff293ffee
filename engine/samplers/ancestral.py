"""Steps along eps with noise added after them: the loop that `euler`, `ddpm` and `ddim` share.

They differ only in how far a step goes and in how much noise follows. For the posterior q(x' | x, x0) of levels
sigma' < sigma it goes to sigma'' = sigma'^2 / sigma, and the noise, of variance sigma'^2 - sigma''^2, leads back up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from engine.denoiser import Denoise, per_particle
from engine.guidance import Guides, evaluate, guided, settled
from engine.noise import Noise
from engine.step import Step

Level = float | Tensor
"""One value for all particles, or one a particle [N]."""

Plan = Callable[[float, float], tuple[Level, Level]]
"""`plan(sigma, sigma_next)`: the level `down` to which x moves along eps, the standard deviation `up` of the noise."""


def ancestral(
    denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise, guides: Guides, start: int, plan: Plan
) -> Iterator[Step]:
    """x' = x + (down - sigma) (d + guidance) + up z, one evaluation a step; where `up` is 0 no noise is drawn.

    Levels may rise where no noise is added; from 0, where there is no drift, along the one at the next level.
    """
    levels = sigmas.tolist()
    last = len(levels) - 1
    for i in range(start, last):
        sigma = levels[i]
        level = sigma or levels[i + 1]
        denoised, drift, guidance = evaluate(denoise, guides, x, level)
        down, up = plan(sigma, levels[i + 1])
        added = per_particle(up, x) * noise(i, x) if torch.as_tensor(up).any() else None
        slope = guided(drift, guidance)
        x_next = x + per_particle(down - sigma, x) * slope
        yield Step(i, sigma, x, level, added, denoised, drift, None, guidance, 1)
        x_next = x_next if added is None else x_next + added
        x = settled(guides, x_next, denoised, sigma, levels[i + 1], noise, i)
    yield Step(last, levels[last], x)
