"""Stand-ins that the tests of the core share: small mixtures, a network with a condition, and Runs on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from engine.models.learned import build
from engine.models.networks import MLPSettings, PreconditionedSettings, UNetSettings
from engine.models.preconditioned import Preconditioned
from engine.run import ModelReference, Run
from engine.step import Step
from engine.trajectory import Trajectory

REFERENCE = ModelReference(label="tiny", sha256="a" * 64)

CENTRES = ((-1.0, 0.5), (2.0, 0.0), (0.0, -1.5))
WEIGHTS = (0.5, 0.3, 0.2)
VARIANCE = 0.04


class TinyMixture:
    """Three Gaussians in the plane: a Denoiser with a reference; `before` is called ahead of each evaluation."""

    data_shape: tuple[int, ...] = (2,)
    centres: Sequence[Sequence[float]] = CENTRES
    cond_shape: tuple[int, ...] | None = None
    levels: Tensor | None = None
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
        """The posterior mean of the mixture, x [N, *data_shape]."""
        self.before(x)
        points = x.flatten(1)
        level = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1)
        spread = VARIANCE + level**2
        gap = points[:, None, :] - x.new_tensor(self.centres)
        weight = (x.new_tensor(WEIGHTS).log() - (gap**2).sum(2) / (2 * spread)).softmax(1)
        return (points - (weight[:, :, None] * gap).sum(1) * (level**2 / spread)).reshape(x.shape)


class TinyPictures(TinyMixture):
    """The same about three pictures [3, 4, 5]: what is changed in one place changes all others."""

    data_shape = (3, 4, 5)
    centres = tuple(tuple(math.sin(place * (k + 1)) for place in range(60)) for k in range(3))


def conditional(data_shape: tuple[int, ...] = (2,), frames: int = 1, count: int | None = 3) -> Preconditioned:
    """An untrained network for points or pictures, given so many frames, with `count` examples or none; the same each
    time, its weights values of float16.
    """
    network: MLPSettings | UNetSettings = MLPSettings(width=8, layers=2)
    if len(data_shape) == 3:
        network = UNetSettings(channels=8, multipliers=(1,), blocks=(1,), patch=1)
    cond_shape = (frames * data_shape[0], *data_shape[1:])
    settings = PreconditionedSettings(
        network=network, data_shape=data_shape, cond_shape=cond_shape, sigma_data=0.5, mean=(0.0,) * data_shape[0]
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = build(settings)
        for weight in made.parameters():
            torch.nn.init.normal_(weight, std=0.3)
        examples = None if count is None else torch.rand(count, *cond_shape) * 2 - 1
    return Preconditioned(settings, made.requires_grad_(False), examples=examples).snapshot("conditional")


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


def assert_same(one: Trajectory, other: Trajectory) -> None:
    """All numbers are the same, to the bit, and so is what a replay from any Step goes on from."""
    assert one.run == other.run
    assert one.complete
    for index in range(other.last + 1):
        step, whole = one[index], other[index]
        assert step is not None
        assert whole is not None
        assert same_bits(step, whole)
