"""What training minimises. `LOSSES` maps the name of a loss's settings to the function; called by `state`.

A loss here is how noise levels are drawn and how the squared error of D at each of them is weighted.
"""

from __future__ import annotations

from torch import Tensor

from engine.denoiser import Denoiser
from engine.training.config import EDMLoss


def edm(settings: EDMLoss, denoiser: Denoiser, normal: Tensor) -> tuple[Tensor, Tensor]:
    """sigma [N] and weights [N] for standard normal values [N]: ln sigma is normal, and the weight makes the error of F
    count the same at all levels (Karras et al. 2022, table 1: (sigma^2 + sigma_data^2) / (sigma sigma_data)^2).
    """
    sigma = (settings.mean + settings.deviation * normal).exp()
    data = denoiser.sigma_data
    return sigma, (sigma.square() + data**2) / (sigma * data).square()


def squared_error(denoiser: Denoiser, x0: Tensor, cond: Tensor | None, noise: Tensor, sigma: Tensor) -> Tensor:
    """The mean squared error of D(x0 + sigma n; sigma) for each example, [N]."""
    x = x0 + sigma.reshape(-1, *[1] * (x0.dim() - 1)) * noise
    return (denoiser.denoise(x, sigma, cond) - x0).square().flatten(1).mean(dim=1)


LOSSES = {"edm": edm}
