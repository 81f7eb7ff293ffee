"""Predictor-corrector: Song et al. 2021 (score-based modelling by SDEs), algorithms 2 to 5."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Literal

from torch import Tensor

from engine.denoiser import Denoise, per_particle
from engine.guidance import Guides, evaluate, guided, settled
from engine.noise import Noise
from engine.samplers.euler_maruyama import Coefficients, exploding
from engine.step import Step
from engine.sums import squared_norm


def predictor_corrector(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    process: Literal["VE", "VP"] = "VE",
    corrections: int = 1,
    snr: float = 0.16,
) -> Iterator[Step]:
    """A reverse diffusion step to the next level, then `corrections` Langevin steps there, without guides.

    A Langevin step has the size 2 (snr |z| / |score|)^2, for VP times alpha = abar / abar' of the step to come; it is
    the same in x_vp and in x. Norms are those of the particle alone. For pictures the size is about 2 snr^2 sigma^2; in
    few dimensions, where a score that happens to vanish would throw its particle out, it is held at sigma^2, up to
    which Langevin steps are stable for any data. Level 0 has no score: the step to it is the predictor's, without
    noise. N + (N - 1) `corrections` evaluations; the Step's `correction` is the last drift that was corrected by.
    """
    levels = sigmas.tolist()
    last = len(levels) - 1
    for i in range(start, last):
        sigma, sigma_next = levels[i], levels[i + 1]
        keep, push, spread = _PREDICTORS[process](sigma, sigma_next)
        denoised, drift, guidance = evaluate(denoise, guides, x, sigma)
        x_next = keep * x + push * guided(drift, guidance)
        added = correction = None
        evaluations = 1
        if sigma_next:
            added = spread * noise(i, x)
            x_next = x_next + added
            alpha = (1 + levels[i + 2] ** 2) / (1 + sigma_next**2) if process == "VP" else 1.0
            for j in range(corrections):
                _, correction, _ = evaluate(denoise, (), x_next, sigma_next)
                z = noise(i, x, draw=1 + j)
                ratio = squared_norm(z) / squared_norm(correction)  # as the score is -d / sigma
                size = per_particle((2 * alpha * snr**2 * ratio).clamp(max=1.0), x)
                kick = (2 * size) ** 0.5 * sigma_next * z
                x_next = x_next - size * sigma_next * correction + kick
                added = added + kick
                evaluations += 1
        yield Step(i, sigma, x, sigma, added, denoised, drift, correction, guidance, evaluations)
        x = settled(guides, x_next, denoised, sigma, sigma_next, noise, i)
    yield Step(last, levels[last], x)


def _reverse_diffusion(sigma: float, sigma_next: float) -> Coefficients:
    """x_vp' = (2 - sqrt(1 - beta)) x_vp + beta score_vp + sqrt(beta) z, 1 - beta = abar / abar', as a step in x."""
    root = math.hypot(1, sigma_next) / math.hypot(1, sigma)  # sqrt(1 - beta)
    _, push, spread = exploding(sigma, sigma_next)
    return root * (2 - root), root * push, root * spread


_PREDICTORS: dict[str, Callable[[float, float], Coefficients]] = {"VE": exploding, "VP": _reverse_diffusion}
