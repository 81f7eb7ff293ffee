"""How well a model of points learned its data: transport, the components of a mixture, the error of D.

Called by `quality`, for what is kept with a model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from engine.analysis import wasserstein
from engine.data.sets import DataSet, MixtureSettings
from engine.denoiser import Denoiser
from engine.models.catalogue import named
from engine.noise import Noise
from engine.training.config import Training

COUNT = 2000
"""Samples that are measured."""

FRESH = 2**31
"""A seed of data that no training has."""

_PAIRS = 4
_LEVELS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


def measure(model: Denoiser, config: Training, data: DataSet, samples: np.ndarray) -> dict[str, Any]:
    """How samples [N, d] of a model compare with fresh data, as JSON.

    The 2-Wasserstein distance of the samples to as many data, and of such data to each other, each for a few draws;
    for a mixture also the share of each component and the standard deviation about its mean (of the points nearest to
    it), of samples and of data, and the root mean square error of D, in standard deviations of the data, by sigma.
    """
    fresh = [data.batch(FRESH, step, len(samples))[0] for step in range(2 * _PAIRS)]
    pairs = list(zip(fresh[:_PAIRS], fresh[_PAIRS:], strict=True))
    quality: dict[str, Any] = {
        "2-Wasserstein distance": {
            "samples to data": [round(wasserstein.distance(samples, points), 4) for points, _ in pairs],
            "data to data": [round(wasserstein.distance(*pair), 4) for pair in pairs],
        },
    }
    if isinstance(config.data, MixtureSettings):
        exact = named(config.data.which).build()
        means = exact.arrays["means"]
        quality["components"] = {
            "means": means.tolist(),
            "samples": components(samples, means),
            "data": components(np.concatenate(fresh), means),
        }
        quality["error of D"] = {f"{sigma:g}": round(error(model, exact, fresh[0], sigma), 4) for sigma in _LEVELS}
    return quality


def error(model: Denoiser, exact: Denoiser, points: np.ndarray, sigma: float) -> float:
    """Root mean square of the difference of two models' D, of data [N, d] noised, over the data's deviation."""
    x0 = torch.from_numpy(points).double()
    x = x0 + sigma * Noise(0)(0, x0)
    away = model.denoise(x.to(model.dtype), sigma) - exact.denoise(x, sigma)
    return away.square().mean().sqrt().item() / exact.sigma_data


def components(points: np.ndarray, means: np.ndarray) -> dict[str, list[float]]:
    """Of the points [N, d] nearest to each of the means [K, d], their share and root mean square distance an axis."""
    distances = np.square(points[:, None] - means).sum(axis=2)
    nearest = distances.argmin(axis=1)
    away = [distances[nearest == k, k] for k in range(len(means))]
    return {
        "shares": [round(len(part) / len(points), 4) for part in away],
        "deviations": [round(float(np.sqrt(part.mean() / means.shape[1])), 4) if len(part) else 0.0 for part in away],
    }
