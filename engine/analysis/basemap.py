"""Basemap: a plane of known items, fitted once, on which particles are placed at every step. NumPy only, no torch.

The one for digits comes with the program (assets/digit-map.*); others are fitted by `map_fit`. Used by the view of the
map and by `placing`. A file of one is a safetensors file whose header says the rest; nothing in it is trusted.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import platformdirs
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as packed

from engine.data import digits
from engine.errors import InputError
from engine.output import write_new
from engine.reading import brief, opened
from engine.run import explain
from engine.settings.base import Frozen
from engine.settings.maps import MapSettings
from engine.settings.references import plain_label

if TYPE_CHECKING:
    from engine.models.catalogue import ModelInfo

ASSET = "digit-map"

HOME = platformdirs.user_data_path("latent-loupe", appauthor=False) / "maps"
"""Where the window keeps the maps that were fitted in it."""

NEIGHBOURS = 15
"""References that a particle lies between."""

CLASSIFIED = 128
"""Features of the digit classifier: `analysis.classifier.FEATURES`, which needs torch to be read."""

MOST_ITEMS = 60_000
MOST_VALUES = 2**25
"""Items that a map may have, and values of their features, or of their pictures, in all."""

NAMED = 40
"""Classes up to which each is named on a map."""

LETTER, LINE = 0.03, 0.06
"""The room that a letter of a name takes, and a line, by the extent of a map in a small view."""

_BUNDLED = Path(str(importlib.resources.files("assets") / f"{ASSET}.safetensors"))
_LARGEST = 2**28  # bytes of a file
_LARGEST_HEADER = 2**20
_FAR = 4.0  # median distances from the middle of a class beyond which its items are strays
_FURTHEST = 1e6  # coordinates are about 1, and a view adds and multiplies them
_BLOCK = 2**22  # distances, or gaps between values, that are at hand at once

_ARRAYS: dict[str, tuple[tuple[str, ...], int]] = {
    "features": (("F16", "F32"), 2),
    "coordinates": (("F32",), 2),
    "labels": (("I16",), 1),
    "numbers": (("I64",), 1),
    "pictures": (("U8",), 4),
}
"""What a file holds: the precisions, as safetensors names them, and the dimensions."""


@dataclass(frozen=True, eq=False)
class Basemap:
    """`features` [n, d], float32, and `coordinates` [n, 2], float32, of n items of `total`; `labels` [n], int16, are
    places in `names`, or -1; `numbers` [n], int64, are the items' own in their data. `label` is what people call it.

    `pictures` [n, C, H, W], uint8, are the items to look at, None where they are not kept: see `map_data.picture`.
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
        its distance, so that what equals a reference lies on it. NaN for a row that is not finite.

        Approximate: UMAP's own transform is another, and takes seconds. Near is meant in the map's own metric; of
        cosine and correlation it is the chord between directions. Raises `ValueError` for another d.
        """
        with np.errstate(over="ignore"):
            rows = np.asarray(features).astype(np.float32).astype(np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.features.shape[1]:
            raise ValueError(f"features must be [N, {self.features.shape[1]}], not {list(rows.shape)}")
        placed = np.full((len(rows), 2), np.nan)
        finite = np.flatnonzero(np.isfinite(rows).all(axis=1))
        at_once = max(1, _BLOCK // max(len(self), NEIGHBOURS * rows.shape[1]))
        for start in range(0, len(finite), at_once):
            part = finite[start : start + at_once]
            placed[part] = self._between(_comparable(rows[part], self.about.metric))
        return placed

    @property
    def sampled(self) -> str:
        """What it is made of, and how much of it."""
        count = len(self)
        return f"{self.label}: {count:,} of {self.total:,}" if count < self.total else f"{self.label}: all {count:,}"

    @property
    def extent(self) -> float:
        """The longer side of what the items cover."""
        return float(np.ptp(self.coordinates, axis=0).max())

    def crowns(self) -> dict[int, tuple[float, float]]:
        """Where to write the name of each label that has items: over those in their midst, whatever lies far off."""
        crowns = {}
        for label in np.unique(self.labels[self.labels >= 0]).tolist():
            own = self.coordinates[self.labels == label]
            middle = np.median(own, axis=0)
            apart = np.abs(own - middle)
            near = own[(apart <= _FAR * np.median(apart, axis=0)).all(axis=1)]
            crowns[label] = float(middle[0]), float(near[:, 1].max(initial=middle[1]))
        return crowns

    def _between(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        nearest, distances = self._nearest(rows)
        closest = distances.min(axis=1, keepdims=True)
        weights = np.divide(closest, distances, out=np.ones_like(distances), where=distances > 0)
        weights /= weights.sum(axis=1, keepdims=True)
        placed: NDArray[np.float64] = np.einsum("nk,nkc->nc", weights, self.coordinates[nearest])
        return placed

    def _nearest(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The references nearest to comparable rows, and how far off they are: both [N, k]."""
        references, squares = self._references
        manhattan = self.about.metric == "manhattan"
        if manhattan:
            from scipy.spatial.distance import cdist  # here, since it takes long to import

            apart = cdist(rows, references, "cityblock")
        else:
            apart = squares - 2 * (rows @ references.T)  # up to the row's own square
        count = min(NEIGHBOURS, len(self))
        nearest = np.argpartition(apart, count - 1, axis=1)[:, :count]
        # Measured again, since of squares that nearly cancel little is left.
        gaps = references[nearest] - rows[:, None]
        return nearest, np.linalg.norm(gaps, ord=1 if manhattan else 2, axis=2)

    @functools.cached_property
    def _references(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The features as they are compared, and their squares [n]."""
        references = _comparable(self.features.astype(np.float64), self.about.metric)
        return references, np.einsum("nd,nd->n", references, references)


def _comparable(rows: NDArray[np.float64], metric: str) -> NDArray[np.float64]:
    """Rows whose Euclidean distances are in the order of the metric's, but for manhattan."""
    if metric == "correlation":
        rows = rows - rows.mean(axis=1, keepdims=True)
    if metric in ("cosine", "correlation"):
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.where(lengths > 0, lengths, 1)
    return rows


def suits(basemap: Basemap, info: ModelInfo) -> str:
    """Why what that model draws cannot be placed on the map, in a sentence; empty where it can."""
    shape = " × ".join(map(str, info.data_shape))
    if basemap.about.features == "classifier":
        if info.data_shape == digits.SHAPE:
            return ""
        return (
            f"This map compares digits in frames of 32 × 32, and {info.title} draws {shape}: "
            "fit a map of its particles' values."
        )
    values = basemap.features.shape[1]
    if math.prod(info.data_shape) == values:
        return ""
    return f"This map compares {values:,} values, and {info.title} draws {shape}: fit a map of its particles."


def apart(names: dict[int, tuple[float, float, str]], extent: float) -> dict[int, tuple[float, float]]:
    """Where to write those names, each as near above its own place (x, y) as none hides another, on a map whose items
    cover so much.
    """
    placed: dict[int, tuple[float, float]] = {}
    for label, (x, y, name) in sorted(names.items(), key=lambda each: each[1][1]):
        for other, (right, up) in sorted(placed.items(), key=lambda each: each[1][1]):
            room = LETTER * (len(name) + len(names[other][2])) / 2
            if abs(x - right) < room * extent and abs(y - up) < LINE * extent:
                y = up + LINE * extent
        placed[label] = x, y
    return placed


@functools.cache
def bundled() -> Basemap:
    """The map of MNIST's test digits that comes with the program."""
    return load(_BUNDLED)


def find(sha256: str | None) -> Basemap:
    """The map in the file of that content, of those that come with the program or are kept in `HOME`; None is the
    bundled one. Raises `InputError` where there is no such map.
    """
    if sha256 is None:
        return bundled()
    for path in (_BUNDLED, *sorted(HOME.glob("*.safetensors"))):
        if digest(path) == sha256:
            return load(path)
    raise InputError(f"The map {sha256[:8]} is not here: fit it again, or choose another.")


def digest(path: Path) -> str:
    """The SHA-256 of a map's file, by which figures name it. Raises `InputError` if it cannot be read."""
    _check_size(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


# -- files -----------------------------------------------------------------------------------------------------------

_FORMAT: Final = "latent-loupe map"


class _Header(Frozen):
    """What the header of a map's file says beside its arrays, under the key of its `format`."""

    format: Literal["latent-loupe map"] = _FORMAT
    version: Literal[1] = 1
    label: str = Field(min_length=1, max_length=200)
    about: MapSettings
    names: tuple[str, ...] = Field(max_length=1000)
    total: int = Field(ge=1, lt=2**53)


def save(basemap: Basemap, path: Path) -> Path:
    """Write the map to `path`, whole or not at all, or to the first of NAME-2, NAME-3, ... that is free or holds the
    same; returns which. Raises `InputError` if the disk refuses.
    """
    return write_new(path, content(basemap))


def content(basemap: Basemap, precision: type[np.floating[Any]] = np.float32) -> bytes:
    """The bytes of a map's file, the features in that precision: float32 or float16."""
    label = plain_label(basemap.label)
    header = _Header(label=label, about=basemap.about, names=basemap.names, total=basemap.total)
    arrays: dict[str, NDArray[Any]] = {name: getattr(basemap, name) for name in _ARRAYS}
    arrays["features"] = basemap.features.astype(precision)
    kept = {name: np.ascontiguousarray(array) for name, array in arrays.items() if array is not None}
    return packed(kept, {_FORMAT: header.model_dump_json()})


def load(path: Path) -> Basemap:
    """The map in a file. Raises `InputError`, one sentence, if it is missing, damaged, too large or no map."""
    try:
        _check_size(path)
        with safe_open(path, framework="numpy") as file:
            header = _header(file.metadata(), path.name)
            _check_shapes({name: file.get_slice(name) for name in file.keys()}, path.name)  # noqa: SIM118
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise InputError(f"{path.name} is not a whole safetensors file ({brief(error)}): fit the map again.") from error
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror or error}): check the path.") from error
    arrays["features"] = arrays["features"].astype(np.float32)
    label, names = plain_label(header.label), tuple(map(plain_label, header.names))
    made = Basemap(label, header.about, names=names, total=header.total, **arrays)
    if problem := _problem(made):
        raise InputError(f"{path.name} {problem}: fit the map again.")
    return made


def _check_size(path: Path) -> None:
    """Refuse what claims too much before any of it is read."""
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > _LARGEST:
            raise InputError(f"{path.name} is over {_LARGEST >> 20} MiB: fit a map of fewer items.")
        start = file.read(8)
    if len(start) == 8 and struct.unpack("<Q", start)[0] > _LARGEST_HEADER:
        raise InputError(f"{path.name} is no map, its header is too long: choose another file.")


def _header(metadata: dict[str, str] | None, name: str) -> _Header:
    text = (metadata or {}).get(_FORMAT)
    if text is None:
        raise InputError(f"{name} is no map: choose a file that `latent-loupe map` wrote.")
    try:
        return _Header.model_validate_json(text)
    except ValidationError as error:
        raise InputError(explain(error, name)) from error


def _check_shapes(slices: dict[str, Any], name: str) -> None:
    """Refuse arrays that are not those of a map, before they are read."""
    shapes = {own: tuple(part.get_shape()) for own, part in slices.items()}
    fits = shapes.keys() | {"pictures"} == _ARRAYS.keys() and all(
        slices[own].get_dtype() in _ARRAYS[own][0] and len(shape) == _ARRAYS[own][1] for own, shape in shapes.items()
    )
    if not fits or len({shape[0] for shape in shapes.values()}) > 1 or shapes["coordinates"][1] != 2:
        raise InputError(f"{name} does not hold the arrays of a map: choose a file that `latent-loupe map` wrote.")
    items = shapes["coordinates"][0]
    if not 1 <= items <= MOST_ITEMS or not all(0 < math.prod(shape) <= MOST_VALUES for shape in shapes.values()):
        raise InputError(
            f"{name} has {items:,} items: a map has 1 to {MOST_ITEMS:,}, of {MOST_VALUES:,} values at most in all."
        )


def _problem(made: Basemap) -> str:
    """What is wrong with the values of a map, as the end of a sentence."""
    if not (np.isfinite(made.features).all() and np.isfinite(made.coordinates).all()):
        return "holds values that are not finite"
    if abs(made.coordinates).max() > _FURTHEST:
        return "has coordinates that no map has"
    if made.labels.min() < -1 or made.labels.max() >= len(made.names):
        return "has labels without names"
    if made.numbers.min() < 0 or made.total < len(made):
        return "counts its items wrongly"
    if made.about.features == "classifier" and made.features.shape[1] != CLASSIFIED:
        return f"has {made.features.shape[1]} features where the classifier has {CLASSIFIED}"
    if made.pictures is not None and made.pictures.shape[1] not in (1, 3):
        return "has pictures that are neither grey nor RGB"
    return ""
