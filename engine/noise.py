"""Counter-based noise: a pure function of (seed, particle, step, draw), vectorised over the batch.

Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") with the Box-Muller
transform. No state is kept, so nothing else in a batch can change particle p, and any step can be replayed
alone. Computed by NumPy on the CPU for every device, so that a Run's latents are the same on all of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from engine.errors import Interrupted

LATENT = -1
"""The step whose noise is the latent n itself."""

_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HIGH = np.uint64(32)
_CHUNK = 1 << 14  # counters at a time: the working set stays in the second-level cache


@dataclass(frozen=True)
class Noise:
    """Standard normal noise for particles of one seed.

    `particles` are the identities of the rows of the batch; None means 0 .. N - 1. An identity that is there more than
    once is drawn once. A large batch stops with `Interrupted` once `interrupted()`.
    """

    seed: int
    particles: Sequence[int] | None = None
    interrupted: Callable[[], bool] = field(default=lambda: False, compare=False, repr=False)

    def __call__(self, step: int, like: Tensor, draw: int = 0) -> Tensor:
        """Normal values of the shape, precision and device of `like` [N, ...], the same for the same
        arguments.

        `step` is -1 (the latent) or more, `draw` 0 or more numbers the draws within a step.
        """
        size = like[0].numel() if len(like) else 0
        particles, rows = (np.arange(len(like)), None) if self.particles is None else self._distinct
        values = torch.from_numpy(normal(self.seed, particles, step, draw, size, self.interrupted))
        if rows is not None:
            values = values.index_select(0, rows)
        return values.reshape(like.shape).to(device=like.device, dtype=like.dtype)

    @functools.cached_property
    def _distinct(self) -> tuple[np.ndarray, Tensor]:
        """The different identities, and the place of each row's among them."""
        particles, rows = np.unique(np.asarray(self.particles, dtype=np.int64), return_inverse=True)
        return particles, torch.from_numpy(rows)


def normal(
    seed: int,
    particles: np.ndarray,
    step: int,
    draw: int,
    size: int,
    interrupted: Callable[[], bool] = lambda: False,
) -> np.ndarray:
    """Standard normal values [len(particles), size], float64."""
    blocks = -(-size // 4)
    counters = np.empty((len(particles), blocks, 2), dtype=np.uint64)
    counters[..., 0] = np.arange(blocks, dtype=np.uint64)
    counters[..., 1] = np.asarray(particles, dtype=np.uint64)[:, None]
    flat = counters.reshape(-1, 2)
    out = np.empty((len(flat), 4))
    for start in range(0, len(flat), _CHUNK):
        if interrupted():
            raise Interrupted
        chunk = flat[start : start + _CHUNK]
        words = philox(seed, chunk[:, 0], chunk[:, 1], step & 0xFFFFFFFF, draw)
        _box_muller(words, out[start : start + _CHUNK])
    return out.reshape(len(particles), blocks * 4)[:, :size]


def philox(seed: int, block: np.ndarray, particle: np.ndarray, step: int, draw: int) -> list[np.ndarray]:
    """Four arrays of 32 random bits, uint64, for counters (block, particle, step, draw) and a 64-bit key."""
    key = [seed & 0xFFFFFFFF, seed >> 32]
    a, b = block, particle
    c, d = np.full_like(block, step), np.full_like(block, draw)
    for _ in range(_ROUNDS):
        first, second = a * _MULTIPLIERS[0], c * _MULTIPLIERS[1]
        a, b, c, d = (
            (second >> _HIGH) ^ b ^ np.uint64(key[0]),
            second & _LOW,
            (first >> _HIGH) ^ d ^ np.uint64(key[1]),
            first & _LOW,
        )
        key = [(part + weyl) & 0xFFFFFFFF for part, weyl in zip(key, _WEYL, strict=True)]
    return [a, b, c, d]


def _box_muller(words: list[np.ndarray], out: np.ndarray) -> None:
    """Write four normal values a counter into out [n, 4]; 32 bits each reach 6.7 standard deviations."""
    scale = 2.0**-32
    for column in (0, 2):
        radius = np.sqrt(-2.0 * np.log((words[column].astype(np.float64) + 0.5) * scale))
        angle = words[column + 1].astype(np.float64) * (2.0 * np.pi * scale)
        np.multiply(radius, np.cos(angle), out=out[:, column])
        np.multiply(radius, np.sin(angle), out=out[:, column + 1])
