"""Euler-Maruyama on the diffusion's SDEs: Song et al. 2021 (score-based modelling by SDEs), section 3.

Backwards in time where the levels fall, forwards where they rise. What B. Galerne's course prints of its VP process
lacks factors: dx = -beta x dt + sqrt(2 beta) dw has the reverse drift -beta x - 2 beta score, and this noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Literal

from torch import Tensor

from engine.denoiser import Denoise, per_particle
from engine.guidance import Guides, evaluate, guided, settled
from engine.noise import Noise
from engine.step import Step


def euler_maruyama(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    process: Literal["VE", "VP"] = "VE",
    s_noise: float | Tensor = 1.0,
) -> Iterator[Step]:
    """One step of the SDE between each two levels; first order in law, and without noise into level 0.

    Process VE is dx = dw in the time sigma^2, VP is dx_vp = -x_vp dt + sqrt(2) dw in the time ln(1 + sigma^2) / 2 for
    x_vp = x / sqrt(1 + sigma^2); x is the same for both. Forwards, where x may start as data at level 0, no score is
    needed: nothing is evaluated and guides do nothing. Backwards N evaluations; guides act on the score. `s_noise`, a
    float or one value a particle [N], weighs the noise; the score keeps its full weight, so that 0 is not the ODE.
    """
    levels = sigmas.tolist()
    last = len(levels) - 1
    for i in range(start, last):
        sigma, sigma_next = levels[i], levels[i + 1]
        keep, push, spread = _PROCESSES[process](sigma, sigma_next)
        added = per_particle(spread * s_noise, x) * noise(i, x) if sigma_next else None
        x_next = keep * x
        if sigma_next < sigma:
            denoised, drift, guidance = evaluate(denoise, guides, x, sigma)
            x_next = x_next + push * guided(drift, guidance)
            yield Step(i, sigma, x, sigma, added, denoised, drift, None, guidance, 1)
            x_next = x_next if added is None else x_next + added
            x = settled(guides, x_next, denoised, sigma, sigma_next, noise, i)
        else:
            yield Step(i, sigma, x, noise=added)
            x = x_next if added is None else x_next + added
    yield Step(last, levels[last], x)


Coefficients = tuple[float, float, float]
"""`keep`, `push` and `spread` of a step to keep x + push (d + guidance) + spread z."""


def exploding(sigma: float, sigma_next: float) -> Coefficients:
    """VE between two levels: forwards exact in law, backwards x + (sigma^2 - sigma'^2) score, with noise of that
    variance (d is -sigma score). It is also the reverse diffusion predictor of Song et al. 2021, algorithm 2.
    """
    rise = (sigma_next - sigma) * (sigma_next + sigma)
    return 1.0, rise / sigma if rise < 0 else 0.0, math.sqrt(abs(rise))


def _preserving(sigma: float, sigma_next: float) -> Coefficients:
    """VP between two levels, `time` apart: x_vp - time x_vp, and backwards, where it is below 0, - 2 time score_vp."""
    size, size_next = math.hypot(1, sigma), math.hypot(1, sigma_next)
    time = (math.log1p(sigma_next**2) - math.log1p(sigma**2)) / 2
    push = 2 * time * size * size_next / sigma if time < 0 else 0.0
    return (1 - time) * size_next / size, push, size_next * math.sqrt(2 * abs(time))


_PROCESSES: dict[str, Callable[[float, float], Coefficients]] = {"VE": exploding, "VP": _preserving}
