"""Langevin dynamics: annealed (Song and Ermon 2019, algorithm 1) or at one level, without (ULA) or with a Metropolis
test (MALA: Roberts and Tweedie 1996, section 1.4).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from engine.denoiser import Denoise, Watched
from engine.errors import InputError
from engine.guidance import Guides, evaluate, guided, settled
from engine.noise import Noise
from engine.offers import NO_DENSITY
from engine.step import Step
from engine.sums import squared_norm

_Field = Callable[[Tensor], Tensor]
"""A function of x [N, ...] at one level."""


def langevin(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    annealed: bool = True,
    level: float = 0.1,
    iterations: int = 10,
    step_size: float = 0.1,
    metropolis: bool = False,
) -> Iterator[Step]:
    """At each level `iterations` moves x + h score + sqrt(2 h) z, h = step_size sigma^2, and at level 0 the estimate D.

    Not annealed, all moves are made at `level`, which is then the Steps' `sigma_hat`. With `metropolis` a move is made
    with the probability that keeps the density of the data noised to the level; guides, which add to the score, then
    change what is proposed and not that density. A Step takes `iterations` evaluations, one more with `metropolis` and
    one more into level 0. Raises `InputError` for `metropolis` where `denoise.log_density` is missing or None.
    """
    log_density = getattr(denoise, "log_density", None) if metropolis else None
    if metropolis and log_density is None:
        raise InputError(NO_DENSITY)
    levels = sigmas.tolist()
    last = len(levels) - 1
    for i in range(start, last):
        sigma = levels[i] if annealed else level
        counted = Watched(denoise)
        denoised, drift, guidance = evaluate(counted, guides, x, sigma)
        slope = guided(drift, guidance)
        slope_at = functools.partial(_slope, counted, guides, sigma)
        spread = math.sqrt(2 * step_size) * sigma
        kicks = (spread * noise(i, x, draw=2 * j) for j in range(iterations))
        if log_density is None:
            x_next, added = _unadjusted(slope_at, x, slope, step_size * sigma, kicks)
        else:
            tests = (noise(i, x.flatten(1)[:, :1], draw=2 * j + 1)[:, 0] for j in range(iterations))
            density_at = functools.partial(log_density, sigma=sigma)
            x_next, added = _metropolis(slope_at, density_at, x, slope, step_size * sigma, spread, kicks, tests)
        if not levels[i + 1]:
            x_next = evaluate(counted, guides, x_next, sigma)[0]
        yield Step(i, levels[i], x, sigma, added, denoised, drift, None, guidance, counted.evaluations)
        x = settled(guides, x_next, denoised, levels[i], levels[i + 1], noise, i)
    yield Step(last, levels[last], x)


def _slope(denoise: Denoise, guides: Guides, sigma: float, x: Tensor) -> Tensor:
    """d + guidance, which is -sigma score, at x: one evaluation."""
    _, drift, guidance = evaluate(denoise, guides, x, sigma)
    return guided(drift, guidance)


def _unadjusted(
    slope_at: _Field, x: Tensor, slope: Tensor, pull: float, kicks: Iterable[Tensor]
) -> tuple[Tensor, Tensor]:
    """x after the moves x - pull slope + kick, and the sum of the kicks; `slope` is that at x."""
    added = torch.zeros_like(x)
    for j, kick in enumerate(kicks):
        slope = slope_at(x) if j else slope
        x, added = x - pull * slope + kick, added + kick
    return x, added


def _metropolis(
    slope_at: _Field,
    log_density: _Field,
    x: Tensor,
    slope: Tensor,
    pull: float,
    spread: float,
    kicks: Iterable[Tensor],
    tests: Iterable[Tensor],
) -> tuple[Tensor, Tensor]:
    """As `_unadjusted`, but a move is made only where the normal value `test` [N] lies low enough.

    That is with the probability p(x') q(x | x') / (p(x) q(x' | x)), at most 1; q(x' | x) is the normal density of
    deviation `spread` about x - pull slope.
    """
    added, known = torch.zeros_like(x), log_density(x)
    for kick, test in zip(kicks, tests, strict=True):
        moved = x - pull * slope + kick
        slope_there, log_there = slope_at(moved), log_density(moved)
        back = x - moved + pull * slope_there
        gain = log_there - known + (squared_norm(kick) - squared_norm(back)) / (2 * spread**2)
        made = torch.special.log_ndtr(test) < gain  # the normal distribution function makes a test uniform
        chosen = made.reshape(-1, *[1] * (x.dim() - 1))
        x, slope = torch.where(chosen, moved, x), torch.where(chosen, slope_there, slope)
        known, added = torch.where(made, log_there, known), torch.where(chosen, added + kick, added)
    return x, added
