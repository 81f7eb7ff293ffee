"""Ancestral sampling of a DDPM: Ho et al. 2020, algorithm 2, over any levels that fall."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

from torch import Tensor

from engine.denoiser import Denoise
from engine.guidance import Guides
from engine.noise import Noise
from engine.samplers.ancestral import ancestral
from engine.step import Step


def ddpm(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    variance: Literal["beta tilde", "beta", "none"] = "beta tilde",
) -> Iterator[Step]:
    """x' from q(x' | x, x0 = D), with as much noise as `variance` says, and none in the step to 0.

    The levels are abar = 1 / (1 + sigma^2), and beta = 1 - abar / abar' lies between one and the next. In
    x = x_vp / sqrt(abar) the mean (x_vp - beta / sqrt(1 - abar) eps) / sqrt(1 - beta) becomes
    x + (sigma'^2 / sigma - sigma) eps, which keeps its digits at any sigma, and a variance is divided by abar'. Without
    noise the spread of the data is lost. N evaluations; first order.
    """

    def plan(sigma: float, sigma_next: float) -> tuple[float, float]:
        rise = (sigma - sigma_next) * (sigma + sigma_next)
        variances = {
            "beta tilde": rise * (sigma_next / sigma) ** 2,
            "beta": rise * (1 + sigma_next**2) / (1 + sigma**2),
            "none": 0.0,
        }
        return sigma_next**2 / sigma, math.sqrt(variances[variance]) if sigma_next else 0.0

    return ancestral(denoise, x, sigmas, noise, guides, start, plan)
