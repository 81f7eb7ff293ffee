"""The budgets of sweeps: the ring of ten (G6) against a loop in NumPy, and a grid of cells against the loop over them.

Called by `engine.bench`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine import models
from engine.execute import execute
from engine.experiments.ring_modes import GROUP, NOISE, RingModes
from engine.run import Run
from engine.sweep import sweep

if TYPE_CHECKING:
    from engine.models import Model

    Array = NDArray[np.float64]

_PART = 5  # runs of the NumPy loop that are timed, of 100 a cell


def loop(run: Run, centres: Array, variance: float, generator: np.random.Generator) -> Array:
    """x0 [10, 2] of one group of a Run of `ring-modes`, as one would write it in NumPy: a loop over the steps,
    vectorised over the ten particles.
    """
    steps, weight, noise = run.schedule.steps, run.guidance.k_pg, run.sampler.values()["s_noise"]
    levels = np.append(np.geomspace(run.schedule.sigma_max, run.schedule.sigma_min, steps), 0.0)
    x = levels[0] * generator.standard_normal((GROUP, 2))
    for sigma, after in zip(levels[:-1], levels[1:], strict=True):
        noised = variance + sigma**2
        away = x[:, None] - centres
        logs = (away**2).sum(2) / (-2 * noised)
        share = np.exp(logs - logs.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
        score = -(share[:, :, None] * away).sum(1) / noised
        push = _angular(x, run.guidance.width * sigma) if run.guidance.kernel == "angular" else _rbf(x, sigma)
        step = sigma**2 - after**2
        x = x + step * (score + weight / GROUP * push)
        if after:
            x += noise * math.sqrt(step) * generator.standard_normal((GROUP, 2))
    return x


def _rbf(x: Array, h: float) -> Array:
    apart = x[:, None] - x
    return 2 / h * (np.exp((apart**2).sum(2) / -h)[:, :, None] * apart).sum(1)


def _angular(x: Array, h: float) -> Array:
    angle = np.arctan2(x[:, 1], x[:, 0])
    turn = (angle[:, None] - angle + math.pi) % (2 * math.pi) - math.pi
    turned = 2 / h * (turn * np.exp(turn**2 / -h)).sum(1)
    around: Array = (turned / (x**2).sum(1))[:, None] * np.stack([-x[:, 1], x[:, 0]], 1)
    return around


def rows() -> Iterator[Row]:
    """The budgets, one after the other."""
    yield _ring()
