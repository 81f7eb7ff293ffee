"""DDIM: Song et al. 2021 (denoising diffusion implicit models), equations 12 and 16, over any levels that fall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from engine.denoiser import Denoise
from engine.guidance import Guides
from engine.noise import Noise
from engine.samplers.ancestral import Level, ancestral
from engine.step import Step


def ddim(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    eta: float | Tensor = 0.0,
) -> Iterator[Step]:
    """Deterministic for eta 0 (`euler`), ancestral for eta 1 (`ddpm`); eta, 0 to 1, is a float or one a particle [N].

    In x_vp = sqrt(abar) x the noise of equation 16 has the standard deviation eta sqrt((1 - abar') / (1 - abar))
    sqrt(1 - abar / abar'), so in x, where abar = 1 / (1 + sigma^2), eta sigma' sqrt(1 - (sigma' / sigma)^2): with
    skipped steps too, as abar / abar' is taken between the levels that are visited. What is left of sigma'^2 is the
    direction back to x. N evaluations; first order.
    """
    fresh = (eta.double() if isinstance(eta, Tensor) else eta) ** 2

    def plan(sigma: float, sigma_next: float) -> tuple[Level, Level]:
        ratio = (sigma_next / sigma) ** 2 if sigma else 1.0
        return sigma_next * (1 - fresh * (1 - ratio)) ** 0.5, sigma_next * (fresh * (1 - ratio)) ** 0.5

    return ancestral(denoise, x, sigmas, noise, guides, start, plan)
