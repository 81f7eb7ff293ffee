"""Particle guidance: the guide that pushes the particles of a group apart (Corso et al. 2023, equation 4).

Made by `execute` from a Run's settings, by `sweep` for many Runs at once. J. Kleutgens's thesis prints the sign that
attracts in its algorithm 2; this is the one of its equation 2.11, which repels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.denoiser import per_particle
from engine.guidance.kernels import KERNELS
from engine.guidance.kernels.base import Bandwidth

if TYPE_CHECKING:
    from engine.run import Run
    from engine.settings import GuidanceSettings

_SMALLEST = 1e-12
"""The median bandwidth of particles that are all the same, which then do not push."""


@dataclass(frozen=True)
class ParticleGuidance:
    """Adds k_PG(t) grad_b sum_{j != b} k(x_b, x_j) to the drift: a step goes to lower sigma, so away from the others.

    `size` is B, the last group having fewer particles where the batch is no multiple of it. `strength` and `width`
    stand in place of the settings' own; they are one number, or, in a batch of whole groups, one a group [G].
    """

    settings: GuidanceSettings
    size: int
    strength: float | Tensor
    width: float | Tensor
    needs_gradient: bool = False

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        """See `Guide`: [N, ...]."""
        seen = denoised if self.settings.sees == "denoised" else x
        values, slope = mapped(self.settings.kernel, seen)
        pushes = [self._push(part, level) for part, level in grouped(values, self.size, sigma)]
        push = slope(torch.cat(pushes).to(x.dtype))
        strength = self.strength
        if isinstance(strength, Tensor):
            strength = strength.to(device=x.device, dtype=x.dtype).repeat_interleave(self.size)
        if self.settings.over_time == "proportional":
            strength = strength * sigma
        return per_particle(strength, x) * push

    def _push(self, part: Tensor, sigma: float | Tensor) -> Tensor:
        """The gradient, summed over the others or their mean, of groups [G, B, ...] of mapped values: [G B, ...]."""
        push = KERNELS[self.settings.kernel].gradient(part, self.bandwidth(part, sigma)).flatten(0, 1)
        return push / part.shape[1] if self.settings.over_particles == "mean" else push

    def bandwidth(self, part: Tensor, sigma: float | Tensor) -> Bandwidth:
        """h of groups [G, B, ...] of mapped values at level sigma, a float or [G]."""
        if self.settings.bandwidth == "median":
            return median_bandwidth(KERNELS[self.settings.kernel].distance(part))
        return self.width * sigma if self.settings.bandwidth == "sigma" else self.width


def of(run: Run) -> ParticleGuidance | None:
    """The guide of a Run, None where its particles are independent."""
    if not run.guided:
        return None
    return ParticleGuidance(run.guidance, run.latents.group_size, run.guidance.k_pg, run.guidance.width)


def grouped(values: Tensor, size: int, sigma: float | Tensor) -> Iterator[tuple[Tensor, float | Tensor]]:
    """Values [N, ...] as groups [G, size, ...], then the last, smaller group [1, b, ...] if there is one, each with its
    level: sigma, or of sigma [N] the mean in each group.
    """
    whole = len(values) // size * size
    for part, b in ((slice(0, whole), size), (slice(whole, None), len(values) - whole)):
        if len(values[part]):
            level = sigma[part].reshape(-1, b).mean(1) if isinstance(sigma, Tensor) else sigma
            yield values[part].reshape(-1, b, *values.shape[1:]), level


def mapped(kernel: str, seen: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """What that kernel is given of pictures or points [N, ...], and what makes of its gradient the one in `seen`.

    For IoU values in [-1, 1] become ink in [0, 1]: half the gradient, and none where a value was cut. For features the
    values become float32, the classifier's own precision.
    """
    if kernel == "iou":
        slope = 0.5 * (seen.abs() <= 1).to(seen.dtype)
        return (seen.clamp(-1, 1) + 1) / 2, lambda gradient: gradient * slope
    return (seen.float() if kernel == "features" else seen), lambda gradient: gradient


def median_bandwidth(distance: Tensor) -> Tensor:
    """h [G] = median / ln B of the distances [G, B, B] between different particles: k is 1 / B at the median.

    The median heuristic of SVGD (Liu and Wang 2016, section 5), med^2 / log B for a squared distance. Of an even number
    of distances the median is the mean of the two in the middle.
    """
    b = distance.shape[-1]
    if b < 2:
        return distance.new_ones(len(distance))
    above = torch.triu_indices(b, b, 1, device=distance.device)
    pairs = distance[:, above[0], above[1]]
    middle = [pairs.kthvalue(k, dim=1).values for k in ((pairs.shape[1] + 1) // 2, pairs.shape[1] // 2 + 1)]
    return ((middle[0] + middle[1]) / (2 * math.log(b))).clamp(min=_SMALLEST)
