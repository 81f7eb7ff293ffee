"""The budgets of sweeps: the ring of ten (G6) against a loop in NumPy, and a grid of cells against the loop over them.

Called by `engine.bench`.
"""

from __future__ import annotations

import collections
import itertools
import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine import models
from engine.bench import Row, paired
from engine.execute import execute
from engine.experiments.ring_modes import GROUP, RingModes
from engine.run import Run
from engine.sweep import sweep

if TYPE_CHECKING:
    from engine.models import Model
    from engine.models.mixture import Mixture

    Array = NDArray[np.float64]

_EVERY = 5  # of the ring's cells, the one of which the loop in NumPy draws a group
_STEPS = 50  # in place of 200: a step takes as long whatever their number
_REPEATS = 3
_SCALE = "a group of each fifth cell in NumPy, scaled to 100 groups of each"


def rows() -> Iterator[Row]:
    """The budgets, one after the other."""
    model: Mixture = models.load("ring")  # type: ignore[assignment]
    found = [_ring(kernel, model) for kernel in RingModes.plan.kernels]
    how = f"55 cells × 100 groups × {_STEPS} steps; {_SCALE}; median of {_REPEATS} interleaved pairs"
    for kernel, ratio in zip(RingModes.plan.kernels, found, strict=True):
        yield Row(f"a loop in NumPy against the ring of ten as one batch: {kernel}", ratio, "×", 60, how, at_least=True)
    ratio = statistics.median(paired(*_grid(model, 22), _REPEATS))
    how = f"16 cells of ten particles, 22 Heun steps; median of {_REPEATS} interleaved pairs"
    yield Row("the loop over cells against the grid as one batch: ring", 1 / ratio, "×", 2, how, at_least=True)
    ratio = statistics.median(paired(*_grid(models.load("digits"), 2), _REPEATS))
    how = f"16 cells of ten particles, 2 Heun steps; median of {_REPEATS} interleaved pairs; 0.03 is noise"
    yield Row("a grid as one batch against the loop over its cells: digits", ratio, "×", 1.03, how)


def _ring(kernel: str, model: Mixture) -> float:
    """How many times as long a loop over groups takes as the sweep."""
    cells = [cell for cell in RingModes().cells(RingModes.plan) if cell.place["kernel"] == kernel]
    runs = [cell.run.replace(schedule={"steps": _STEPS}) for cell in cells]
    some, groups = runs[::_EVERY], sum(run.latents.count for run in runs) // GROUP
    centres, variance = model.modes.numpy(), float(model.arrays["covariances"][0, 0, 0])
    generator = np.random.default_rng(0)

    def looped() -> None:
        for run in some:
            loop(run, centres, variance, generator)

    return groups / len(some) * statistics.median(paired(looped, partial(_drain, sweep, runs, model), _REPEATS))


def _grid(model: Model, steps: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """A grid of churn and k_PG as one batch, and cell by cell."""
    base = Run(model=model.reference).replace(latents={"count": GROUP, "group": GROUP}, schedule={"steps": steps})
    values = (0.0, 0.3, 1.0, 3.0)
    runs = [base.replace(sampler={"churn": churn}, guidance={"k_pg": k_pg}) for churn in values for k_pg in values]

    def one_by_one() -> None:
        for run in runs:
            _drain(execute, run, model)

    return partial(_drain, sweep, runs, model), one_by_one


def _drain(draw: Callable[..., Iterator[Any]], what: Run | Sequence[Run], model: Model) -> None:
    collections.deque(draw(what, model), 0)


def loop(run: Run, centres: Array, variance: float, generator: np.random.Generator) -> Array:
    """x0 [10, 2] of one group of a Run of `ring-modes`, as one would write it in NumPy: a loop over the steps,
    vectorised over the ten particles.
    """
    steps, weight, noise = run.schedule.steps, run.guidance.k_pg, float(run.sampler.values()["s_noise"])
    levels = np.append(np.geomspace(run.schedule.sigma_max, run.schedule.sigma_min, steps), 0.0)
    x: Array = levels[0] * generator.standard_normal((GROUP, 2))
    for sigma, after in itertools.pairwise(levels):
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
    push: Array = 2 / h * (np.exp((apart**2).sum(2) / -h)[:, :, None] * apart).sum(1)
    return push


def _angular(x: Array, h: float) -> Array:
    angle = np.arctan2(x[:, 1], x[:, 0])
    turn = (angle[:, None] - angle + math.pi) % (2 * math.pi) - math.pi
    turned = 2 / h * (turn * np.exp(turn**2 / -h)).sum(1)
    around: Array = (turned / (x**2).sum(1))[:, None] * np.stack([-x[:, 1], x[:, 0]], 1)
    return around
