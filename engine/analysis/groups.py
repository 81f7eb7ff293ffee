"""What a group of guided particles looks like at each step: distances as its kernel sees them, modes, quality.

Computed on the worker for the Guidance workspace, and by experiments.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine import offers
from engine.analysis import chance, modes
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
    `h` [G], of a Run that is not guided that of those particles; both empty where the kernel does not suit the model.
    `labels` [N] and `quality` [N] of the particles, None where its modes are unknown.
    """

    distances: tuple[Array, ...]
    h: Array
    labels: Array | None
    quality: Array | None

    def found(self, size: int) -> list[int]:
        """Modes in each group of `size` particles."""
        return [] if self.labels is None else modes.found(torch.from_numpy(self.labels), size).tolist()

    def members(self, particles: range) -> dict[int, list[int]]:
        """Which of these particles are in each mode where there are any, by its label."""
        if self.labels is None:
            return {}
        own = self.labels[particles.start : particles.stop]
        held = (int(label) for label in np.unique(own) if label != modes.NOWHERE)
        return {label: (np.flatnonzero(own == label) + particles.start).tolist() for label in held}

    def mean_quality(self, particles: range) -> float:
        """The mean quality of these particles, NaN where their modes are unknown."""
        return math.nan if self.quality is None else float(self.quality[particles.start : particles.stop].mean())


class Readings:
    """The Reading of each Step of `trajectory`, by its index, as they come. Appended by one thread while others read.

    `names` are those of the modes and `quality` says what that measures; both empty where the modes are unknown.
    `symbol` is what the distances are.
    """

    def __init__(self, trajectory: Trajectory, reader: modes.Reader | None) -> None:
        self.trajectory = trajectory
        self.names = () if reader is None else reader.names
        self.quality = "" if reader is None else reader.quality
        self.symbol = KERNELS[trajectory.run.guidance.kernel].symbol
        self._at: dict[int, Reading] = {}
        self._found: dict[int, float] = {}

    @property
    def size(self) -> int:
        """B, the particles of a group."""
        return self.trajectory.run.latents.group_size

    @property
    def complete(self) -> bool:
        """Whether every Step was read."""
        return len(self._at) > self.trajectory.last

    @property
    def independent(self) -> float:
        """Modes that a group would hold on average if its particles were drawn independently, all modes as likely."""
        return chance.independent(len(self.names), self.size) if self.names else math.nan

    def mean_found(self, index: int) -> float:
        """Modes in a group at that Step, the mean over all groups; NaN where they are not known."""
        return self._found.get(index, math.nan)

    def __getitem__(self, index: int) -> Reading | None:
        """The Reading of that Step, None if it has not come."""
        return self._at.get(index)

    def append(self, index: int, reading: Reading) -> None:
        """Keep the Reading of a Step."""
        found = reading.found(self.size)
        if found:
            self._found[index] = sum(found) / len(found)
        self._at[index] = reading


def read(trajectory: Trajectory, info: ModelInfo, first: int, readings: Readings | None = None) -> Iterator[Readings]:
    """The growing Readings of a trajectory of that model: Step `first`, then the others, the nearest first.

    Steps that have not arrived, were dropped, or stand in `readings` already, which then grow on, are left out.
    """
    reader = modes.reader(info, trajectory.condition)
    if readings is None:
        readings = Readings(trajectory, reader)
    for step in trajectory.around(first):
        if readings[step.index] is None:
            readings.append(step.index, reading(trajectory, info, step, reader))
            yield readings


def reading(trajectory: Trajectory, info: ModelInfo, step: Step, reader: modes.Reader | None) -> Reading:
    """That Step of a trajectory of that model, its modes as `reader` says, if they are known."""
    run = trajectory.run
    size, settings = run.latents.group_size, run.guidance
    labels, quality = (None, None) if reader is None else (part.numpy() for part in reader.read(step.estimate))
    distances: list[Array] = []
    widths: list[Array] = []
    if not offers.unsuited(settings.kernel, info):
        guide = ParticleGuidance(settings, size, settings.k_pg, settings.width)
        values, _ = mapped(settings.kernel, step.estimate if settings.sees == "denoised" else step.x)
        sigma = step.sigma or trajectory.sigmas[-2]  # the last level at which anything is guided
        for part, level in grouped(values, size, sigma):
            kept = part[:, :LARGEST]
            h = guide.bandwidth(part if run.guided else kept, level)
            widths.append(torch.as_tensor(h).expand(len(part)).cpu().numpy())
            distances.extend(KERNELS[settings.kernel].distance(kept).cpu().numpy())
    return Reading(tuple(distances), np.concatenate(widths or [np.empty(0)]), labels, quality)
