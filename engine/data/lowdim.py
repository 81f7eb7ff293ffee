"""Points in one and two dimensions: Gaussian mixtures (D5, D6) and the S-curve.

Called by `data.sets` and, for the exact models of the same names, by `models.catalogue`.
"""

from __future__ import annotations

import math

import numpy as np

MIXTURES: dict[str, tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]] = {
    "symmetric-2d": (((-5, -5), (-5, 5), (5, -5), (5, 5)), (0.1,) * 4),
    "asymmetric-2d": (((-5, -5), (-5, 5), (5, -5), (3, 3)), (0.1,) * 4),
    "shifted-2d": (((10, 0),), (1.0,)),
    "bimodal-2d": (((-7.5, 0), (7.5, 0)), (1.0, 1.0)),
    "mixture-1d": (((-1.25,), (-0.25,), (1.5,)), (0.25**2, 0.333**2, 0.1667**2)),
}
"""Mixtures of equal weights by name: the components' means, and the variance of each in all directions."""


def mixture(generator: np.random.Generator, count: int, name: str) -> np.ndarray:
    """Points [count, d] of the mixture of that name, float32."""
    means, variances = (np.array(part, dtype=np.float64) for part in MIXTURES[name])
    component = generator.integers(len(means), size=count)
    spread = np.sqrt(variances)[component, None] * generator.standard_normal((count, means.shape[1]))
    points: np.ndarray = (means[component] + spread).astype(np.float32)
    return points


def s_curve(generator: np.random.Generator, count: int, noise: float = 0.15) -> np.ndarray:
    """Points [count, 2] of scikit-learn's S-curve, its x and z, with z halved and both times 1.9; float32.

    `noise` is the standard deviation added before scaling.
    """
    angle = 3 * math.pi * (generator.random(count) - 0.5)
    curve = np.stack([np.sin(angle), np.sign(angle) * (np.cos(angle) - 1)], axis=1)
    curve += noise * generator.standard_normal(curve.shape)
    points: np.ndarray = (curve * (1.9, 0.95)).astype(np.float32)
    return points
