"""Basemap: a plane of known items, fitted once, on which particles are placed at every step. NumPy only, no torch.

The one for digits comes with the program (assets/digit-map.*); others are fitted by `map_fit`. Used by the UMAP view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.settings.maps import MapSettings

NEIGHBOURS = 15
"""References that a particle lies between."""

_NEAREST = 1e-12


@dataclass(frozen=True, eq=False)
class Basemap:
    """`features` [n, d], float32, and `coordinates` [n, 2], float32, of n items of `total`; `labels` [n], int16, are
    places in `names`, or -1; `numbers` [n], int64, are the items' own in their data. `label` is what people call it.

    `pictures` [n, C, H, W], uint8, are the items to look at, None where they are not kept.
    """

    label: str
    about: MapSettings
    features: NDArray[np.float32]
    coordinates: NDArray[np.float32]
    labels: NDArray[np.int16]
    names: tuple[str, ...]
    numbers: NDArray[np.int64]
    total: int
    pictures: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.coordinates)

    def place(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Where rows of features [N, d] lie, [N, 2]: the mean of their 15 nearest references, each weighted by one over
        its distance. Approximate: UMAP's own transform is another, and takes seconds. NaN for a row that is not finite.
        """
        rows = np.asarray(features, np.float32)
        squared = self._squares - 2 * (rows @ self.features.T)
        squared += np.einsum("nd,nd->n", rows, rows)[:, None]
        count = min(NEIGHBOURS, len(self))
        nearest = np.argpartition(squared, count - 1, axis=1)[:, :count]
        distances = np.sqrt(np.take_along_axis(squared, nearest, axis=1).clip(_NEAREST).astype(np.float64))
        weights = 1 / distances
        weights /= weights.sum(axis=1, keepdims=True)
        placed: NDArray[np.float64] = np.einsum("nk,nkc->nc", weights, self.coordinates[nearest].astype(np.float64))
        return placed

    @property
    def _squares(self) -> NDArray[np.float32]:
        squares: NDArray[np.float32] = np.einsum("nd,nd->n", self.features, self.features)
        return squares
