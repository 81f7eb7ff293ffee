"""Euler's method in sigmas, DDIM and DDPM in the simplest form: Permenter and Yuan 2024, algorithm 1 and equation 4."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from engine.denoiser import Denoise
from engine.guidance import Guides
from engine.noise import Noise
from engine.samplers.ancestral import ancestral
from engine.step import Step


def euler(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    stochastic: bool = False,
) -> Iterator[Step]:
    """x' = x + (sigma' - sigma) eps; stochastic, with sigma'' = sigma'^2 / sigma in place of sigma', and noise of
    standard deviation sqrt(sigma'^2 - sigma''^2) after it. N evaluations; first order.
    """
    return ancestral(denoise, x, sigmas, noise, guides, start, _beyond if stochastic else _onto)


def _onto(sigma: float, sigma_next: float) -> tuple[float, float]:
    return sigma_next, 0.0


def _beyond(sigma: float, sigma_next: float) -> tuple[float, float]:
    further = sigma_next**2 / sigma
    return further, math.sqrt(sigma_next**2 - further**2)
