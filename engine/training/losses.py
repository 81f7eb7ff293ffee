"""What training minimises. `LOSSES` maps the name of a loss's settings to the function; called by `state`.

A loss here is how noise levels are drawn and how the squared error of D at each of them is weighted: D - x0 is -sigma
times the error of the noise.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from engine.denoiser import Denoiser
from engine.models.betas import levels
from engine.training.config import DDPMLoss, EDMLoss


def edm(settings: EDMLoss, denoiser: Denoiser, normal: Tensor) -> tuple[Tensor, Tensor]:
    """sigma [N] and weights [N] for standard normal values [N]: ln sigma is normal, and the weight makes the error of F
    count the same at all levels (Karras et al. 2022, table 1: (sigma^2 + sigma_data^2) / (sigma sigma_data)^2).
    """
    sigma = (settings.mean + settings.deviation * normal).exp()
    data = denoiser.sigma_data
    return sigma, (sigma.square() + data**2) / (sigma * data).square()


def ddpm(settings: DDPMLoss, denoiser: Denoiser, normal: Tensor) -> tuple[Tensor, Tensor]:
    """sigma_t [N] and weights [N] for standard normal values [N]: t is uniform on 1 .. T, as the normal distribution's
    function of a normal value is on [0, 1].
    """
    sigmas, weights = ddpm_weights(settings)
    uniform = torch.special.ndtr(normal.double())
    index = (uniform * len(sigmas)).long().clamp(max=len(sigmas) - 1)
    sigma = sigmas.to(normal.device)[index]
    weight = weights.to(normal.device)[index] / sigma.square()
    return sigma.to(normal.dtype), weight.to(normal.dtype)


@functools.lru_cache(maxsize=8)
def ddpm_weights(settings: DDPMLoss) -> tuple[Tensor, Tensor]:
    """sigma_t [T] and how much the noise's squared error counts at t = 1 .. T [T], 1 on average; float64.

    The score's error is 1 / sqrt(1 - abar_t) times the noise's, that of the posterior mean is
    beta_t / sqrt(alpha_t (1 - abar_t)) times the noise's; the bound counts the latter's square over 2 beta_t.
    """
    betas, sigmas = (torch.from_numpy(values) for values in (settings.betas.values, levels(settings.betas.values)))
    variance = sigmas.square() / (1 + sigmas.square())  # 1 - abar_t
    mean = betas.square() / ((1 - betas) * variance)
    weights = {"simple": torch.ones_like(betas), "score": 1 / variance, "mean": mean, "bound": mean / (2 * betas)}
    chosen = weights[settings.weighting]
    return sigmas, chosen / chosen.mean()


def squared_error(denoiser: Denoiser, x0: Tensor, cond: Tensor | None, noise: Tensor, sigma: Tensor) -> Tensor:
    """The mean squared error of D(x0 + sigma n; sigma) for each example, [N]."""
    x = x0 + sigma.reshape(-1, *[1] * (x0.dim() - 1)) * noise
    return (denoiser.denoise(x, sigma, cond) - x0).square().flatten(1).mean(dim=1)


LOSSES: dict[str, Callable[..., tuple[Tensor, Tensor]]] = {"edm": edm, "ddpm": ddpm}
