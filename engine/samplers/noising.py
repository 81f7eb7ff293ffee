"""Noising: no sampling, but a clean x0 taken up to each level, with the model's estimate of it there.

B. Galerne's course shows x_t, the estimate of x0 and x0 beside each other; Song et al. 2021 (denoising diffusion
implicit models), equation 7, is the family of paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from torch import Tensor

from engine.denoiser import Denoise
from engine.guidance import Guides, evaluate
from engine.noise import LATENT, Noise
from engine.samplers.ddim import ddim
from engine.step import Step


def noising(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: Noise,
    guides: Guides = (),
    start: int = 0,
    carry: Any = None,
    eta: float | Tensor = 0.0,
) -> Iterator[Step]:
    """x at step 0 must be x0 + sigmas[0] n with the latents n of `noise`; x_N is x0.

    The states are those that `ddim` visits where the estimate is x0 itself: x0 + sigma_i n for eta 0, and for eta 1 a
    path of the forward process, x_{i+1} ~ q(x_{i+1} | x_i, x0); x_i is N(x0, sigma_i^2) for every eta. The Steps hold
    the model's D there instead, which moves nothing, nor do guides. `carry` is x0. N evaluations.
    """
    clean = x - sigmas[0].item() * noise(LATENT, x) if carry is None else carry.to(x.device)
    for step in ddim(lambda *_: clean, x, sigmas, noise=noise, start=start, eta=eta):
        if step.denoised is None:
            yield replace(step, x=clean)
            return
        denoised, drift, guidance = evaluate(denoise, guides, step.x, step.sigma)
        yield replace(step, denoised=denoised, drift=drift, guidance=guidance, carry=clean)
