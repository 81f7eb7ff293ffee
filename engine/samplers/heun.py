"""Heun's method with churn: Karras et al. 2022, algorithm 2 with sigma(t) = t and s(t) = 1."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from engine.denoiser import Denoise, per_particle
from engine.guidance import Guides, evaluate, guided, settled
from engine.noise import Noise
from engine.settings import GAMMA_MAX
from engine.step import Step


def heun(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    churn: float | Tensor = 0.0,
    s_min: float = 0.0,
    s_max: float = math.inf,
    s_noise: float = 1.0,
) -> Iterator[Step]:
    """Deterministic for churn 0 (algorithm 1, 2N - 1 evaluations); else each step first adds noise.

    gamma = min(churn / N, sqrt(2) - 1) at levels inside [s_min, s_max], N the steps of the whole schedule;
    churn is a float or one value a particle [N]. Guides are told t_i, not the raised level; the corrector
    is not guided, so that the average halves what they add. The step to 0 is Euler's; levels may also rise, from 0 by
    Euler's step with the drift at the next one, as at 0 there is none.
    """
    levels = sigmas.tolist()
    last = len(levels) - 1
    gamma = (torch.as_tensor(churn, dtype=torch.float64) / max(last, 1)).clamp(max=GAMMA_MAX)
    churned = bool((gamma > 0).any())
    for i in range(start, last):
        sigma, sigma_next = levels[i], levels[i + 1]
        sigma_hat: float | Tensor = sigma
        added = None
        x_hat = x
        if churned and sigma and s_min <= sigma <= s_max:
            raised = sigma + gamma * sigma
            spread = (raised**2 - sigma**2).sqrt() * s_noise
            added = per_particle(_scalar(spread), x) * noise(i, x)
            sigma_hat, x_hat = _scalar(raised), x + added
        asked, told = (sigma_hat, sigma) if sigma else (sigma_next, sigma_next)
        denoised, drift, guidance = evaluate(denoise, guides, x_hat, asked, told)
        span = per_particle(sigma_next - sigma_hat, x)
        slope = guided(drift, guidance)
        x_next = x_hat + span * slope
        correction = None
        if sigma and sigma_next:
            _, correction, _ = evaluate(denoise, (), x_next, sigma_next)
            x_next = x_hat + span * (0.5 * slope + 0.5 * correction)
        evaluations = 1 if correction is None else 2
        yield Step(i, sigma, x, asked, added, denoised, drift, correction, guidance, evaluations)
        x = settled(guides, x_next, denoised, sigma, sigma_next, noise, i)
    yield Step(last, levels[last], x)


def _scalar(value: Tensor) -> float | Tensor:
    """One value for all particles as a float; one a particle stays a tensor [N]."""
    return value if value.dim() else value.item()
