"""What maps are made of: items of a data set, of a folder or of drawn particles, by number. No torch.

`map_fit` reads them; the view of the map looks at them one by one (`picture`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis.basemap import MOST_ITEMS, MOST_VALUES, Basemap
from engine.analysis.pictures import is_picture, to_uint8
from engine.data import digits, faces, items, mnist, sequences
from engine.data.folder import Folder
from engine.errors import InputError
from engine.reading import brief, check
from engine.settings.maps import MapSettings

Pixels = NDArray[np.uint8]

FACES = ("neither", "sunglasses", "smile", "both")
"""The classes of toy faces."""

_LARGEST = 2**30  # bytes of a file of particles
_MOST_NAMES = 1000
_TEN = tuple(map(str, range(10)))


@dataclass(frozen=True)
class Source:
    """Where data that are no data set lie: a folder of pictures, brought to `size` x `size` pixels and, if wanted, to
    `grey`, or a file of particles.
    """

    path: Path = Path()
    size: int = 32
    grey: bool = False


NOWHERE = Source()
"""The source of a data set."""


@dataclass(frozen=True, eq=False)
class Items:
    """`x0` [n, *data_shape], float32, of n items of `total`, which people call `label`, in the order of their `numbers`
    [n], int64; `labels` [n], int16, are places in `names`, or -1. `pictures` [n, C, H, W], uint8, are there where a
    number does not find them again.
    """

    label: str
    x0: NDArray[np.float32]
    labels: NDArray[np.int16]
    names: tuple[str, ...]
    numbers: NDArray[np.int64]
    total: int
    pictures: Pixels | None = None


def read(settings: MapSettings, source: Source) -> Items:
    """The items that `settings` choose. Raises `InputError`, one sentence, for data that are not there or too large."""
    return _READERS[settings.data](settings, source)


def picture(basemap: Basemap, item: int) -> Pixels | None:
    """Item 0 .. n - 1 of a map as uint8 [C, H, W]; None where it is no picture or its data are not at hand."""
    if basemap.pictures is not None:
        kept: Pixels = basemap.pictures[item]
        return kept
    draw = _PICTURES.get(basemap.about.data)
    try:
        return None if draw is None else draw(int(basemap.numbers[item]))
    except (InputError, IndexError):
        return None


def _mnist(settings: MapSettings, _: Source) -> Items:
    """MNIST's 10,000 test digits, which no bundled model was trained on."""
    frames = digits.frame(sequences.pictures("mnist"))
    folder = mnist.find()
    assert folder is not None, "its pictures were just read"
    return _set("MNIST's test digits", frames, mnist.load(folder, "test")[1], settings)


def _handwritten(settings: MapSettings, _: Source) -> Items:
    return _set("handwritten digits", *digits.bundled(), settings)


def _set(label: str, frames: Pixels, classes: Pixels, settings: MapSettings) -> Items:
    """Some of the framed digits of a set."""
    numbers = _chosen(len(frames), settings)
    return Items(label, _values(frames[numbers]), classes[numbers].astype(np.int16), _TEN, numbers, len(frames))


def _faces(settings: MapSettings, _: Source) -> Items:
    """Toy faces, each drawn from its number; their classes are by sunglasses and smile."""
    known = _known("faces")
    numbers = _chosen(known.count, settings)
    _check_size(len(numbers), faces.SHAPE)
    each = [faces.sample(np.random.default_rng(number), 1) for number in numbers]
    all_of = (np.concatenate([getattr(face, field.name) for face in each]) for field in fields(faces.Attributes))
    about = faces.Attributes(*all_of)
    classes = (about.sunglasses + 2 * about.smile).astype(np.int16)
    return Items("toy faces", faces.draw(about), classes, FACES, numbers, known.count)


def _folder(settings: MapSettings, source: Source) -> Items:
    """Pictures below a folder, what cannot be read left out; their classes are the folders directly below it."""
    folder = Folder(source.path, source.size, source.grey)
    read: dict[int, Pixels] = {}
    numbers = _chosen(len(folder.names), settings)
    _check_size(len(numbers), folder.data_shape)
    for number in numbers.tolist():
        try:
            read[number] = folder.read(folder.names[number])
        except Exception:  # Pillow's decoders raise errors of a dozen kinds on damaged files
            continue
    if not read:
        raise InputError(f"None of {len(numbers):,} pictures of {source.path.name} can be read: choose another folder.")
    pictures = np.stack(list(read.values()))
    tops = [Path(folder.names[number]).parts[0] if "/" in folder.names[number] else "" for number in read]
    names = tuple(sorted({*tops} - {""}))
    if len(names) > _MOST_NAMES:
        names = ()
    classes = np.array([names.index(top) if top in names else -1 for top in tops], np.int16)
    own = np.array(list(read), np.int64)
    return Items(source.path.name, _values(pictures), classes, names, own, len(folder.names), pictures)


def _particles(_: MapSettings, source: Source) -> Items:
    """x0 of a run.npz, of a safetensors file, or the array of an npy: all of them."""
    x0 = _array(source.path)
    name = source.path.name
    if x0.ndim < 2 or x0.dtype.kind != "f" or not math.prod(x0.shape):
        raise InputError(f"{name} holds no particles [N, ...] of numbers with a point: give a run.npz.")
    if len(x0) > MOST_ITEMS:
        raise InputError(f"{name} has {len(x0):,} particles: give {MOST_ITEMS:,} at most.")
    _check_size(len(x0), x0.shape[1:])
    x0 = x0.astype(np.float32)
    if not np.isfinite(x0).all():
        raise InputError(f"{name} has particles that are not finite: leave them out.")
    pictures = None
    if is_picture(x0.shape[1:]):
        drawn = to_uint8(x0)
        pictures = drawn[:, None] if x0.shape[1] == 1 else np.moveaxis(drawn, -1, 1)
    nameless = np.full(len(x0), -1, np.int16)
    return Items("particles", x0, nameless, (), np.arange(len(x0)), len(x0), pictures)


def _array(path: Path) -> NDArray[Any]:
    """The array in a file of particles, for which nothing in it is executed."""
    if not path.is_file():
        raise InputError(f"{path.name or path} is missing or no file: give a run.npz with --particles.")
    if check(path) > _LARGEST:
        raise InputError(f"{path.name} is over {_LARGEST >> 30} GiB: give fewer particles.")
    try:
        if path.suffix == ".safetensors":
            from safetensors.numpy import load_file

            return load_file(path)["x0"]
        loaded: Any = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            if loaded.zip.getinfo("x0.npy").file_size > _LARGEST:
                raise ValueError(f"its x0 is over {_LARGEST >> 30} GiB")
            x0 = loaded["x0"]  # bytes, where that member is no npy
            if not isinstance(x0, np.ndarray):
                raise ValueError("its x0 is no array")
            return x0
    except Exception as error:  # NumPy, zipfile and safetensors raise errors of a dozen kinds on damaged files
        raise InputError(f"{path.name} cannot be read as particles ({brief(error)}): give a run.npz.") from error


def _chosen(total: int, settings: MapSettings) -> NDArray[np.int64]:
    """`settings.count` numbers below `total`, or all, rising; the same for the same seed."""
    order = np.random.default_rng(settings.seed).permutation(total)
    return np.sort(order[: settings.count])


def _check_size(count: int, shape: tuple[int, ...]) -> None:
    if count * math.prod(shape) > MOST_VALUES:
        raise InputError(
            f"{count:,} items of {' × '.join(map(str, shape))} are more than a map holds, {MOST_VALUES:,} values: "
            "choose fewer items or smaller pictures."
        )


def _values(pixels: Pixels) -> NDArray[np.float32]:
    """uint8 as the engine's values in [-1, 1]."""
    return pixels.astype(np.float32) * np.float32(1 / 127.5) - 1


def _item(data: str, number: int) -> Pixels:
    return _known(data).pick(number)


def _known(data: str) -> items.Items:
    known = items.ITEMS[data]()
    assert known is not None, "these come with the program"
    return known


_READERS: dict[str, Callable[[MapSettings, Source], Items]] = {
    "mnist": _mnist,
    "handwritten-digits": _handwritten,
    "faces": _faces,
    "folder": _folder,
    "particles": _particles,
}

_PICTURES: dict[str, Callable[[int], Pixels]] = {
    "mnist": lambda number: digits.frame(sequences.pictures("mnist")[[number]])[0],
    "handwritten-digits": functools.partial(_item, "handwritten-digits"),
    "faces": functools.partial(_item, "faces"),
}
