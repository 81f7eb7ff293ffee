"""Where a trajectory's particles lie on a map, step by step. Computed on the worker for the views of the map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis import reference
from engine.analysis.basemap import Basemap, suits
from engine.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.catalogue import ModelInfo
    from engine.trajectory import Trajectory

    Points = NDArray[np.float64]


class Placements:
    """Where the particles' estimates lie on `basemap` at each Step of `trajectory`, by its index, as they come: the
    denoised ones, at the last Step the states. Appended by one thread while others read.
    """

    def __init__(self, trajectory: Trajectory, basemap: Basemap) -> None:
        self.trajectory = trajectory
        self.basemap = basemap
        self._at: dict[int, Points] = {}

    @property
    def complete(self) -> bool:
        """Whether the particles of every Step were placed."""
        return len(self._at) > self.trajectory.last

    def __getitem__(self, index: int) -> Points | None:
        """The particles at that Step, [N, 2], NaN for one that cannot be placed; None if they have not come."""
        return self._at.get(index)

    def append(self, index: int, points: Points) -> None:
        """Keep where the particles of a Step lie."""
        self._at[index] = points


def place(
    trajectory: Trajectory, basemap: Basemap, info: ModelInfo, first: int, placements: Placements | None = None
) -> Iterator[Placements]:
    """The growing Placements of a trajectory of that model: Step `first`, then the others, the nearest first.

    Steps that have not arrived, were dropped, or stand in `placements` already, which then grow on, are left out.
    Raises `InputError` if the map does not suit the model.
    """
    if reason := suits(basemap, info):
        raise InputError(reason)
    if placements is None:
        placements = Placements(trajectory, basemap)
    for step in trajectory.around(first):
        if placements[step.index] is None:
            placements.append(step.index, basemap.place(features(step.estimate, basemap)))
            yield placements


def features(x0: Tensor, basemap: Basemap) -> NDArray[Any]:
    """What the map compares x0 [N, *data_shape] by: [N, d], NaN for a particle that is not finite.

    Raises `ValueError` for a shape that the classifier does not know.
    """
    values: NDArray[Any] = x0.flatten(1).cpu().numpy()
    if basemap.about.features == "values":
        return values
    # Otsu's mask would make an empty picture of one that is not finite.
    return np.where(np.isfinite(values).all(axis=1, keepdims=True), reference.features(x0), np.nan)
