"""The Denoiser protocol every model keeps, and the two wrappers `execute` puts around one.

D(x; sigma) = E[x0 | x] for x = x0 + sigma n (sigma(t) = t, s(t) = 1). The score is (D - x) / sigma^2
(Tweedie), the drift of the probability-flow ODE dx/dsigma = (x - D) / sigma.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from engine.errors import Interrupted

Denoise = Callable[..., Tensor]
"""`denoise(x, sigma) -> x0`: x [N, ...], sigma a float or [N], x0 [N, ...]."""


class Denoiser(Protocol):
    """A model, exact or learned: the expected clean x0 given the noisy x.

    `data_shape` is the shape of one x0, `cond_shape` of its condition or None. `sigma_min`, `sigma_max` bound
    the noise levels it knows (0 and infinity for exact models), `sigma_data` is its data's standard
    deviation. `levels` are sigma_1 .. sigma_T [T], float64, of a discrete-time, variance-preserving model, None
    for any other. `block` is how many particles are best evaluated at once, `dtype` the precision it computes
    in by default.
    """

    data_shape: tuple[int, ...]
    cond_shape: tuple[int, ...] | None
    sigma_min: float
    sigma_max: float
    sigma_data: float
    levels: Tensor | None
    block: int
    dtype: torch.dtype

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """x0 [N, *data_shape] for x alike and sigma, a positive float or [N], in the precision of x."""
        ...


def per_particle(sigma: float | Tensor, x: Tensor) -> float | Tensor:
    """sigma ready to multiply with x [N, ...]: a float as it is, a tensor [N] as [N, 1, ..., 1]."""
    if not isinstance(sigma, Tensor):
        return sigma
    return sigma.to(dtype=x.dtype, device=x.device).reshape(-1, *[1] * (x.dim() - 1))


def in_blocks(
    denoiser: Denoiser,
    block: int,
    dtype: torch.dtype,
    cond: Tensor | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Denoise:
    """`denoiser` evaluated in blocks of exactly `block` particles, the last one padded, computing in `dtype`.

    One fixed shape means that a particle's bits depend neither on the size of its batch nor on the company in
    it, that memory is bounded, and that a captured graph can be replayed. The result has the precision of x;
    gradients flow through it where they are enabled. Raises `Interrupted` before a block once `interrupted()`.
    """

    def denoise(x: Tensor, sigma: float | Tensor) -> Tensor:
        count = len(x)
        if isinstance(sigma, Tensor):
            levels = sigma.to(dtype=dtype, device=x.device).expand(count)
        else:
            levels = torch.full((count,), sigma, dtype=dtype, device=x.device)
        out = torch.empty_like(x)
        for start in range(0, count, block):
            if interrupted():
                raise Interrupted
            stop = min(start + block, count)
            part, level = x[start:stop].to(dtype), levels[start:stop]
            frames = None if cond is None else cond[start:stop].to(device=x.device, dtype=dtype).contiguous()
            if stop - start < block:
                missing = block - (stop - start)
                part = torch.cat([part, part[:1].expand(missing, *part.shape[1:])])
                level = torch.cat([level, level[:1].expand(missing)])
                if frames is not None:
                    frames = torch.cat([frames, frames[:1].expand(missing, *frames.shape[1:])])
            out[start:stop] = denoiser.denoise(part, level, frames)[: stop - start]
        return out

    return denoise


@dataclass
class Watched:
    """Counts the evaluations of `denoise`, stops before the next one when asked, shows each result.

    `log_density(x, sigma)` [N] is the model's own where it is known, for samplers that test their steps by it.
    """

    denoise: Denoise
    interrupted: Callable[[], bool] = lambda: False
    observe: Callable[[Tensor], None] | None = None
    log_density: Callable[[Tensor, float | Tensor], Tensor] | None = None
    evaluations: int = 0

    def __call__(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """As `denoise`; raises `Interrupted` instead of evaluating once `interrupted()` is true."""
        if self.interrupted():
            raise Interrupted
        self.evaluations += 1
        denoised = self.denoise(x, sigma)
        if self.observe is not None:
            self.observe(denoised.detach())
        return denoised
