"""Fitting a map: UMAP of items' features, as the settings say, with what is done told on the way (A3).

Called by `latent-loupe map`, a process of its own, since UMAP compiles for seconds and holds the interpreter; and by
`map_bundle`. One thread: on one machine the same settings give the same map.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis import map_data
from engine.analysis.basemap import Basemap
from engine.analysis.map_data import NOWHERE, Items, Source
from engine.data.digits import SHAPE
from engine.errors import InputError
from engine.settings.maps import MapSettings

if TYPE_CHECKING:
    from umap import UMAP

Progress = Callable[[float, str], None]
"""Told the share done, 0 .. 1, and what is being done: reading, features, neighbours or epochs."""

STAGES = {"reading": 0.0, "features": 0.02, "neighbours": 0.1, "epochs": 0.7}
"""The share of the time at which each begins, about: of 4,000 digits, where numba compiles before it can search."""

FEWEST = 10
"""Items that make a map."""


def fit(settings: MapSettings, source: Source = NOWHERE, progress: Progress = lambda share, what: None) -> Basemap:
    """The map that `settings` say, of data in `source` where they are a folder or particles.

    Coordinates have mean 0 and mean square 1; items that UMAP gives no place, since they are like no other, are left
    out. Raises `InputError`, one sentence, for data that are not there or make no map.
    """
    progress(STAGES["reading"], "reading")
    items = map_data.read(settings, source)
    progress(STAGES["features"], "features")
    rows = features(items, settings)
    if problem := _unfit(rows, settings):
        raise InputError(problem)
    progress(STAGES["neighbours"], "neighbours")
    start = STAGES["epochs"]
    embedding = fitted(rows, settings, lambda share: progress(start + (1 - start) * share, "epochs")).embedding_
    placed = np.isfinite(embedding).all(axis=1)
    if placed.sum() < FEWEST:
        raise InputError(f"Only {placed.sum()} items are like any other: choose another metric or other features.")
    return Basemap(
        items.label,
        settings,
        rows[placed],
        normalised(embedding[placed], embedding[placed]).astype(np.float32),
        items.labels[placed],
        items.names,
        items.numbers[placed],
        items.total,
        None if items.pictures is None else items.pictures[placed],
    )


def features(items: Items, settings: MapSettings) -> NDArray[np.float32]:
    """What items are compared by: [n, d]. Raises `InputError` where the classifier does not know their shape."""
    if settings.features == "values":
        return items.x0.reshape(len(items.x0), -1)
    shape = items.x0.shape[1:]
    if shape != SHAPE:
        raise InputError(
            f"The classifier reads digits in frames of {' × '.join(map(str, SHAPE))}, and these items are "
            f"{' × '.join(map(str, shape))}: choose the features values."
        )
    import torch

    from engine.analysis import reference

    return reference.features(torch.from_numpy(items.x0)).astype(np.float32)


def fitted(rows: NDArray[np.float32], settings: MapSettings, progress: Callable[[float], None]) -> UMAP:
    """UMAP of rows [n, d] (McInnes, Healy and Melville 2018), told the share of the epochs done."""
    from tqdm.auto import tqdm
    from umap import UMAP

    tqdm.monitor_interval = 0  # or it starts a thread of its own
    reducer = UMAP(
        n_neighbors=settings.neighbours,
        min_dist=settings.min_dist,
        metric=settings.metric,
        random_state=settings.seed,
        n_jobs=1,
        tqdm_kwds={"file": _Bar(progress), "bar_format": "{n}/{total}", "disable": False},
    )
    with warnings.catch_warnings():  # of items that are like no other, which `fit` leaves out, and of parts far apart
        warnings.simplefilter("ignore")
        return reducer.fit(rows)


def normalised(points: NDArray[Any], like: NDArray[Any]) -> NDArray[np.float64]:
    """Points [N, 2], moved and scaled as makes the mean of `like` 0 and its mean square 1."""
    centre = like.mean(axis=0, dtype=np.float64)
    scaled: NDArray[np.float64] = (points - centre) / np.sqrt(np.square(like - centre).mean())
    return scaled


def _unfit(rows: NDArray[np.float32], settings: MapSettings) -> str:
    """Why no map can be made of these features, in a sentence."""
    least = max(FEWEST, settings.neighbours + 1)
    if len(rows) < least:
        return f"There are {len(rows):,} items, and {least} are needed: take more, or fewer neighbours."
    different = len({row.tobytes() for row in rows})
    if different < least:
        return (
            f"Of {len(rows):,} items only {different} differ, and {least} that do are needed: take others, or fewer "
            "neighbours."
        )
    return ""


class _Bar:
    """The file that tqdm writes "31/500" to, over and over."""

    def __init__(self, progress: Callable[[float], None]) -> None:
        self._progress = progress

    def write(self, text: str) -> None:
        """Tell the last share in it."""
        for done, total in re.findall(r"(\d+)/(\d+)", text)[-1:]:
            self._progress(int(done) / int(total))

    def flush(self) -> None:
        """Nothing is held back."""
