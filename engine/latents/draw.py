"""Latents: the unit-variance n from which a trajectory starts, x_T = sigma_max * n (VP: x_vp = n)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.noise import LATENT, Noise


def draw(noise: Noise, count: int, data_shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Latents n [count, *data_shape]; particle p's depend on (seed, p) alone."""
    return noise(LATENT, torch.empty(count, *data_shape, dtype=dtype, device=device))
