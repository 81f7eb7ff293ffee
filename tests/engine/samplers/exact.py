"""One Gaussian, whose denoiser, flow and marginals are known: what the tests of samplers hold them against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from engine.denoiser import per_particle
from engine.noise import LATENT, Noise

PARTICLES = 50_000
"""Of a test that compares moments: their standard errors are 0.4 % (mean) and 0.6 % (variance) of their sizes."""


@dataclass(frozen=True)
class Gaussian:
    """Data N(mean, variance), alike and independent in every coordinate; all in closed form, x [N, ...]."""

    mean: float = 0.5
    variance: float = 0.25

    def denoise(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """D(x; sigma) = E[x0 | x], sigma a float or [N]."""
        return self.mean + (x - self.mean) * (self.variance / (self.variance + per_particle(sigma, x) ** 2))

    def log_density(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """Natural logarithm of the density of x0 + sigma n at x: [N]."""
        spread = self.variance + torch.as_tensor(per_particle(sigma, x), dtype=x.dtype) ** 2
        return -0.5 * ((x - self.mean) ** 2 / spread + (2 * math.pi * spread).log()).flatten(1).sum(1)

    def flow(self, x: Tensor, sigma: float, sigma_next: float) -> Tensor:
        """Where the probability-flow ODE takes x from level sigma to level sigma_next."""
        return self.mean + (x - self.mean) * math.sqrt(self.marginal(sigma_next)[1] / self.marginal(sigma)[1])

    def marginal(self, sigma: float) -> tuple[float, float]:
        """Mean and variance of x0 + sigma n."""
        return self.mean, self.variance + sigma**2

    def states(self, sigma: float, count: int = PARTICLES, seed: int = 0) -> Tensor:
        """`count` exact draws [count, 1] of x0 + sigma n, from the latents of `seed`."""
        mean, variance = self.marginal(sigma)
        return mean + math.sqrt(variance) * Noise(seed)(LATENT, torch.empty(count, 1, dtype=torch.float64))


def moments(x: Tensor) -> tuple[float, float]:
    """Mean and variance over all values of x."""
    return x.mean().item(), x.var().item()


def assert_moments(x: Tensor, mean: float, variance: float) -> None:
    """That independent normal values x have this mean and variance, within four standard errors of each."""
    got, count = moments(x), x.numel()
    assert abs(got[0] - mean) < 4 * math.sqrt(variance / count), (got, mean)
    assert abs(got[1] - variance) < 4 * variance * math.sqrt(2 / count), (got, variance)


def orders(errors: Sequence[float]) -> list[float]:
    """The observed orders of convergence between errors of which each took twice the steps of the one before."""
    return [math.log2(abs(coarse) / abs(fine)) for coarse, fine in pairwise(errors)]
