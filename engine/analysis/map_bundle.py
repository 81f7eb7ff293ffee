"""`python -m engine.analysis.map_bundle`: the map of digits that comes with the program, with what it is worth.

For who makes this program. Writes assets/digit-map.safetensors and, as its provenance, the JSON beside it, from
MNIST's test digits; their pictures are not in it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.resources
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis import classifier, map_data, map_fit
from engine.analysis.basemap import ASSET, NEIGHBOURS, Basemap, content
from engine.analysis.map_data import NOWHERE, Items
from engine.errors import InputError
from engine.files import write_atomically
from engine.settings.maps import MapSettings

_OTHERS = 2000  # digits that are not on the map, placed to see how well that goes


def make(folder: Path, settings: MapSettings) -> None:
    """Write digit-map.safetensors and .json into `folder`. Raises `InputError` without MNIST."""
    made = map_fit.fit(settings)
    stored = content(made, np.float16)
    rounded = dataclasses.replace(made, features=made.features.astype(np.float16).astype(np.float32))
    weights = (importlib.resources.files("assets") / f"{classifier.ASSET}.safetensors").read_bytes()
    provenance = {
        "file": f"{ASSET}.safetensors",
        "sha256": hashlib.sha256(stored).hexdigest(),
        "content": f"of {len(made):,} digits: features float16 [n, 128] of the digit classifier, masked by Otsu's "
        "threshold; coordinates float32 [n, 2], UMAP of the features before they were rounded, their mean 0 and mean "
        "square 1; labels int16 [n], 0 to 9; numbers int64 [n], from 0 in MNIST's test set; no pictures",
        "data": "MNIST's 10,000 test digits (Y. LeCun, C. Cortes, C. Burges), 16x16 in the middle of 32x32",
        "settings": settings.model_dump(),
        "method": "umap-learn (L. McInnes, J. Healy, J. Melville 2018), one thread",
        "classifier sha256": hashlib.sha256(weights).hexdigest(),
        "command": "python -m engine.analysis.map_bundle",
        "quality": quality(rounded, map_data.read(settings.model_copy(update={"count": made.total}), NOWHERE)),
    }
    write_atomically(folder / f"{ASSET}.safetensors", stored)
    write_atomically(folder / f"{ASSET}.json", (json.dumps(provenance, indent=2) + "\n").encode())


def quality(made: Basemap, everyone: Items, others: int = _OTHERS) -> dict[str, Any]:
    """How faithful the map is, and how well `place` puts others on it, beside UMAP's own transform; `everyone` are all
    items of its data, in order. Needs scikit-learn.
    """
    from sklearn.manifold import trustworthiness

    on_map = np.isin(everyone.numbers, made.numbers)
    left = np.random.default_rng(made.about.seed).permutation(np.flatnonzero(~on_map))[:others]
    part = dataclasses.replace(everyone, x0=everyone.x0[left])
    rows, labels = map_fit.features(part, made.about), everyone.labels[left]
    reducer = map_fit.fitted(made.features, made.about, lambda share: None)
    points = map_fit.normalised(reducer.embedding_, reducer.embedding_)
    own = dataclasses.replace(made, coordinates=points.astype(np.float32))
    placed, transformed = own.place(rows), map_fit.normalised(reducer.transform(rows), reducer.embedding_)
    width = float(np.ptp(own.coordinates, axis=0).max())
    off = np.linalg.norm(placed - transformed, axis=1) / width
    placed_here = made.place(rows)
    return {
        "trustworthiness": round(float(trustworthiness(made.features, made.coordinates, n_neighbors=NEIGHBOURS)), 4),
        "others placed": len(left),
        "share whose 15 nearest on the plane are mostly of their own class": {
            "placed": _hits(made, placed_here, labels),
            "by UMAP's own transform": _hits(own, transformed, labels),
        },
        "placed, by class": {
            name: _hits(made, placed_here[labels == label], labels[labels == label])
            for label, name in enumerate(made.names)
        },
        "distance between the two, in widths of the map": {
            "mean": round(float(off.mean()), 4),
            "median": round(float(np.median(off)), 4),
            "95 % are below": round(float(np.quantile(off, 0.95)), 4),
        },
    }


def _hits(made: Basemap, points: NDArray[Any], labels: NDArray[np.int16]) -> float:
    """The share of points on the plane most of whose 15 nearest items are of their own class."""
    apart = np.linalg.norm(points[:, None].astype(np.float32) - made.coordinates, axis=2)
    nearest = made.labels[np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]]
    votes = (nearest[:, :, None] == np.arange(len(made.names))).sum(axis=1)
    return round(float((votes.argmax(axis=1) == labels).mean()), 4)


def main() -> int:
    """Write the map into assets/; the exit code."""
    try:
        make(Path(str(importlib.resources.files("assets"))), MapSettings())
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
