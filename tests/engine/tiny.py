"""Stand-ins that the tests of the core share: a small Gaussian mixture as a model, and Runs on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.run import ModelReference, Run
from engine.step import Step

REFERENCE = ModelReference(label="tiny", sha256="a" * 64)

CENTRES = ((-1.0, 0.5), (2.0, 0.0), (0.0, -1.5))
WEIGHTS = (0.5, 0.3, 0.2)
VARIANCE = 0.04


class TinyMixture:
    """Three Gaussians in the plane: a Denoiser with a reference; `before` is called ahead of each evaluation."""

    data_shape: tuple[int, ...] = (2,)
    cond_shape: tuple[int, ...] | None = None
    kind = "tiny"
    reference = REFERENCE

    def __init__(
        self,
        before: Callable[[Tensor], object] = lambda x: None,
        *,
        sigma_min: float = 0.0,
        sigma_max: float = math.inf,
        block: int = 8,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.before = before
        self.sigma_min, self.sigma_max, self.sigma_data = sigma_min, sigma_max, 1.3
        self.block, self.dtype = block, dtype

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """The posterior mean of the mixture, x [N, 2]."""
        self.before(x)
        level = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1)
        spread = VARIANCE + level**2
        gap = x[:, None, :] - x.new_tensor(CENTRES)
        weight = (x.new_tensor(WEIGHTS).log() - (gap**2).sum(2) / (2 * spread)).softmax(1)
        return x - (weight[:, :, None] * gap).sum(1) * (level**2 / spread)


def run_of(**groups: Any) -> Run:
    """A Run on `TinyMixture` of five particles and six steps, with `groups` changed."""
    small = Run(model=REFERENCE).replace(latents={"count": 5}, schedule={"steps": 6})
    return small.replace(**groups)


def same_bits(one: Step, other: Step) -> bool:
    """Whether two Steps hold the same numbers, to the bit."""
    tensors = [list(step.tensors()) for step in (one, other)]
    return (one.index, one.sigma, len(tensors[0])) == (other.index, other.sigma, len(tensors[1])) and all(
        a.numpy().tobytes() == b.numpy().tobytes() for a, b in zip(*tensors, strict=True)
    )
