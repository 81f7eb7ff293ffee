"""What a group of guided particles looks like at each step: distances as its kernel sees them, modes, quality.

Computed on the worker for the Guidance workspace, and by experiments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine import offers
from engine.analysis import modes
from engine.guidance.kernels import KERNELS
from engine.guidance.particle import ParticleGuidance, grouped, mapped

if TYPE_CHECKING:
    from engine.models.catalogue import ModelInfo
    from engine.step import Step
    from engine.trajectory import Trajectory

    Array = np.ndarray[Any, np.dtype[Any]]

LARGEST = 100
"""Particles of a group whose distances are kept."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One Step of G groups: `distances` [B, B] of each, as far as its first `LARGEST` particles go, and its bandwidth,
    `h` [G], both empty where the kernel does not suit the model; `labels` [N] and `quality` [N] of the particles, None
    where its modes are unknown.
    """

    distances: tuple[Array, ...]
    h: Array
    labels: Array | None
    quality: Array | None

    def found(self, size: int) -> list[int]:
        """Modes in each group of `size` particles."""
        return [] if self.labels is None else modes.found(torch.from_numpy(self.labels), size).tolist()


class Readings:
    """The Reading of each Step of `trajectory`, by its index, as they come. Appended by one thread while others read.

    `names` are those of the modes and `quality` says what that measures; both empty where the modes are unknown.
    """

    def __init__(self, trajectory: Trajectory, reader: modes.Reader | None) -> None:
        self.trajectory = trajectory
        self.names = () if reader is None else reader.names
        self.quality = "" if reader is None else reader.quality
        self._at: dict[int, Reading] = {}

    @property
    def size(self) -> int:
        """B, the particles of a group."""
        return self.trajectory.run.latents.group_size

    def __getitem__(self, index: int) -> Reading | None:
        """The Reading of that Step, None if it has not come."""
        return self._at.get(index)

    def append(self, index: int, reading: Reading) -> None:
        """Keep the Reading of a Step."""
        self._at[index] = reading


def read(trajectory: Trajectory, info: ModelInfo, first: int) -> Iterator[Readings]:
    """The growing Readings of a trajectory of that model: Step `first`, then the others, the nearest first.

    Steps that have not arrived or were dropped are left out.
    """
    reader = modes.reader(info, trajectory.condition)
    readings = Readings(trajectory, reader)
    for index in sorted(range(trajectory.available), key=lambda index: abs(index - first)):
        step = trajectory[index]
        if step is not None:
            readings.append(index, _reading(trajectory, info, step, reader))
            yield readings


def _reading(trajectory: Trajectory, info: ModelInfo, step: Step, reader: modes.Reader | None) -> Reading:
    run = trajectory.run
    size, settings = run.latents.group_size, run.guidance
    estimate = step.x if step.denoised is None else step.denoised
    labels, quality = (None, None) if reader is None else (part.numpy() for part in reader.read(estimate))
    distances: list[Array] = []
    widths: list[Array] = []
    if not offers.unsuited(settings.kernel, info):
        guide = ParticleGuidance(settings, size, settings.k_pg, settings.width)
        values, _ = mapped(settings.kernel, estimate if settings.sees == "denoised" else step.x)
        for part, level in grouped(values, size, step.sigma):
            h = guide.bandwidth(part, level)
            widths.append(torch.as_tensor(h).expand(len(part)).cpu().numpy())
            distances += KERNELS[settings.kernel].distance(part[:, :LARGEST]).cpu().numpy()
    return Reading(tuple(distances), np.concatenate(widths or [np.empty(0)]), labels, quality)
