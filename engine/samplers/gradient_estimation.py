"""Gradient estimation: Permenter and Yuan 2024, algorithm 2, which lets a step make good the error of the last."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from engine.denoiser import Denoise, per_particle
from engine.guidance import Guides, evaluate, settled
from engine.noise import Noise
from engine.step import Step


def gradient_estimation(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Tensor | None = None,
    gamma: float | Tensor = 2.0,
) -> Iterator[Step]:
    """x' = x + (sigma' - sigma) (gamma eps + (1 - gamma) eps of the step before); the first step takes eps alone.

    gamma is a float or one value a particle [N]: 1 is `euler`. A Step's `carry` is the eps of the step before
    [N, ...], None at the first; taken up without it, a trajectory begins anew with eps alone. Guides push as they are:
    what they add is no estimate to be made good. N evaluations; first order, but for gamma 1.5, which is the
    second-order method of Adams and Bashforth where levels are evenly spaced.
    """
    levels = sigmas.tolist()
    last = len(levels) - 1
    for i in range(start, last):
        sigma = levels[i]
        denoised, drift, guidance = evaluate(denoise, guides, x, sigma)
        slope = drift if carry is None else drift + per_particle(gamma - 1, x) * (drift - carry)
        if guidance is not None:
            slope = slope + guidance
        yield Step(i, sigma, x, sigma, None, denoised, drift, None, guidance, 1, carry=carry)
        x_next = x + (levels[i + 1] - sigma) * slope
        x, carry = settled(guides, x_next, denoised, sigma, levels[i + 1], noise, i), drift
    yield Step(last, levels[last], x)
