"""The probability-flow ODE dx/dsigma = d by Runge-Kutta methods: Song et al. 2021 (score-based modelling by SDEs),
section 4.3.

The methods are torchode's (Lienen and Gunnemann 2022): their tables of coefficients. Its loop is not used, as it would
make a particle's last bits depend on its batch: it sums stages by BLAS, takes vectorised powers, and interpolates the
end of an interval for some particles and not for others. Here no value depends on where it stands in a tensor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from engine.denoiser import Denoise, Watched, per_particle
from engine.guidance import Guides, evaluate, guided, settled
from engine.noise import Noise
from engine.samplers.ancestral import Level
from engine.step import Step

_SHORTEST = 1e-6  # of its interval: no step is shorter

_Slope = Callable[[Tensor, Level], Tensor]
"""`slope(x, sigma)`: d + guidance [N, ...] at x, one evaluation."""


def ode(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    method: Literal["dopri5", "tsit5", "heun", "euler"] = "dopri5",
    adaptive: bool = True,
    rtol: float = 1e-3,
    atol: float = 1e-3,
    substeps: int = 1,
) -> Iterator[Step]:
    """From level to level by steps of `method`, each interval anew; an interval that ends or begins at 0 by Euler.

    `adaptive`, each particle takes its own steps, the first over the whole interval, so that no value errs by more than
    atol + rtol |x| in a step; `error` is the largest estimate in these units among the steps taken. Else, and always
    for euler, `substeps` equal ones. Integrated in sigma, in which the flow is straight wherever D stands still: at
    high and at low noise. `evaluations` are calls of `denoise` on the batch, which wait for its slowest particle.
    """
    table = _table(method, adaptive)
    levels = sigmas.tolist()
    last = len(levels) - 1
    for i in range(start, last):
        sigma, sigma_next = levels[i], levels[i + 1]
        counted = Watched(denoise)
        level = sigma or sigma_next  # at 0 there is no drift
        denoised, drift, guidance = evaluate(counted, guides, x, level)
        first = guided(drift, guidance)
        error = None

        def slope(x: Tensor, sigma: Level, counted: Denoise = counted) -> Tensor:
            _, drift, guidance = evaluate(counted, guides, x, sigma)
            return guided(drift, guidance)

        if not (sigma and sigma_next):
            x_next = x + (sigma_next - sigma) * first
        elif table.error:
            x_next, error = _adaptive(slope, first, x, sigma, sigma_next, table, rtol, atol)
        else:
            x_next = _fixed(slope, first, x, sigma, sigma_next, table, substeps)
        yield Step(
            i, sigma, x, level, None, denoised, drift, None, guidance, evaluations=counted.evaluations, error=error
        )
        x = settled(guides, x_next, denoised, sigma, sigma_next, noise, i)
    yield Step(last, levels[last], x)


@dataclass(frozen=True)
class _Table:
    """A Runge-Kutta method: `nodes` c, `weights` a (a row for each stage), `result` b, of order `order`.

    `error` are the weights of its error, empty where that is not asked for. `chained`: its last stage is the first one
    of the step after.
    """

    nodes: list[float]
    weights: list[list[float]]
    result: list[float]
    error: list[float]
    order: int
    chained: bool


def _table(method: str, adaptive: bool) -> _Table:
    if method == "euler":
        return _Table([0.0], [[]], [1.0], [], 1, False)
    import torchode  # takes a second

    solver = {"dopri5": torchode.Dopri5, "tsit5": torchode.Tsit5, "heun": torchode.Heun}[method]()
    made = solver.tableau
    nodes, weights, result, error = (part.tolist() for part in (made.c, made.a, made.b, made.b_err))
    if adaptive:
        return _Table(nodes, weights, result, error, solver.convergence_order(), made.fsal)
    used = len(nodes) - made.fsal  # the stage that is the first of the next step serves the error alone
    return _Table(nodes[:used], weights[:used], result[:used], [], solver.convergence_order(), False)


def _stages(slope: _Slope, first: Tensor, x: Tensor, length: Level, end: Level, table: _Table) -> list[Tensor]:
    """The slopes of a step of `length` that ends at level `end`; `first` is the one at x."""
    stages = [first]
    for node, weights in zip(table.nodes[1:], table.weights[1:], strict=True):
        stages.append(slope(x + per_particle(length, x) * _mix(weights, stages), end - (1 - node) * length))
    return stages


def _mix(weights: list[float], stages: list[Tensor]) -> Tensor:
    """The sum of `stages`, each times its weight."""
    terms = [weight * stage for weight, stage in zip(weights, stages, strict=False) if weight]
    return sum(terms[1:], terms[0])


def _fixed(
    slope: _Slope, first: Tensor, x: Tensor, sigma: float, sigma_next: float, table: _Table, substeps: int
) -> Tensor:
    """x at level sigma_next after `substeps` equal steps from level sigma."""
    length = (sigma_next - sigma) / substeps
    for left in reversed(range(substeps)):
        end = sigma_next - left * length
        x = x + length * _mix(table.result, _stages(slope, first, x, length, end, table))
        if left:
            first = slope(x, end)
    return x


def _adaptive(
    slope: _Slope, first: Tensor, x: Tensor, sigma: float, sigma_next: float, table: _Table, rtol: float, atol: float
) -> tuple[Tensor, Tensor]:
    """x at level sigma_next, and the largest error of a step taken [N] in units of the tolerance.

    A step of `_SHORTEST` is taken whatever its error, and so is every step from a state that is not finite: so every
    particle comes to its end, also where the rounding of the model is above the tolerance.
    """
    span = sigma_next - sigma
    left = x.new_ones(len(x))  # of the interval, as a share of it, for each particle; 0 where it is done
    share, worst = left, torch.zeros_like(left)
    while True:
        length, end = span * share, sigma_next - span * (left - share)
        stages = _stages(slope, first, x, length, end, table)
        step = per_particle(length, x)
        moved = x + step * _mix(table.result, stages)
        allowed = atol + rtol * torch.maximum(x.abs(), moved.abs())
        error = (step * _mix(table.error, stages) / allowed).abs().flatten(1).amax(1).nan_to_num(math.inf)
        error = torch.where(x.isfinite().flatten(1).all(1), error, 0.0)
        taken = (error <= 1) | (share <= _SHORTEST)
        chosen = taken.reshape(-1, *[1] * (x.dim() - 1))
        x, left = torch.where(chosen, moved, x), torch.where(taken, left - share, left)
        worst = torch.where(taken, torch.maximum(worst, error), worst)
        if not bool((left > 0).any()):
            return x, worst
        first = torch.where(chosen, stages[-1], first) if table.chained else slope(x, sigma_next - span * left)
        share = torch.minimum((share * _growth(error, table.order)).clamp(min=_SHORTEST), left)


def _growth(error: Tensor, order: int) -> Tensor:
    """By how much the next step is longer [N]: to nine tenths of what the tolerance allows, 0.2 to 10 times.

    By Python's power, value by value: torch's differs in the last bit between the vectors and the rest of a tensor.
    """
    return error.new_tensor([min(10.0, max(0.2, 0.9 * max(one, 1e-10) ** (-1 / order))) for one in error.tolist()])
