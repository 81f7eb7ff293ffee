"""A folder of pictures as a data set (D7): of any size and in any tree below it, read from disk for each batch.

Used by `data.sets`, `decode` by `engine.picture` and `opened` by `engine.mask`. Memory holds the names of the files,
one batch, and `KEPT` bytes of pictures.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.data import headers
from engine.errors import InputError
from engine.reading import brief

FORMATS = {
    "JPEG": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "TIFF": (".tif", ".tiff"),
    "GIF": (".gif",),
    "PPM": (".pgm", ".ppm"),
}
"""The formats that are read, as Pillow calls them, and the endings by which a file counts as a picture."""

KEPT = 2**28
"""Bytes of pictures, cut and resized, that are kept in memory so that they are not read again."""

MAX_PIXELS = 2**26
"""Pixels that a picture may claim at most; one that claims more is not decoded."""

_ENDINGS = tuple(ending for endings in FORMATS.values() for ending in endings)
_READERS = min(4, os.cpu_count() or 1)  # Pillow decodes without the interpreter's lock


class Folder:
    """The pictures below `path` in the order of their names, cropped to a square about the middle and resized to
    `size` x `size`; `grey` makes one channel of them, else there are three.

    `names` are the files relative to `path`, `skipped` says of those that could not be read, so far, why.
    Raises `InputError` if `path` is no folder or holds no picture that can be read.
    """

    def __init__(self, path: Path, size: int, grey: bool = False) -> None:
        self._path, self._size, self._grey = path, size, grey
        self.data_shape = (1 if grey else 3, size, size)
        self.skipped: dict[str, str] = {}
        self.names = _pictures(path)
        self._kept: dict[str, np.ndarray] = {}
        self._room = KEPT // math.prod(self.data_shape)
        self._readable(0)

    def draw(self, generator: np.random.Generator, count: int) -> np.ndarray:
        """`count` pictures at random, [count, C, size, size] in [-1, 1], float32.

        For one that cannot be read the next one that can is taken. Raises `InputError` if none is left.
        """
        chosen = generator.integers(len(self.names), size=count).tolist()
        with ThreadPoolExecutor(_READERS) as pool:
            pixels = np.stack(list(pool.map(self._readable, chosen)))
        return pixels.astype(np.float32) * np.float32(1 / 127.5) - 1

    def _readable(self, index: int) -> np.ndarray:
        """The picture at `index`, or the first readable one after it, from the start again after the last."""
        for offset in range(len(self.names)):
            name = self.names[(index + offset) % len(self.names)]
            if name in self.skipped:
                continue
            try:
                return self._at_hand(name)
            except Exception as error:  # Pillow's decoders raise errors of a dozen kinds on damaged files
                self.skipped[name] = str(error) or type(error).__name__
        raise InputError(
            f"{self._path.name} has {len(self.names):,} pictures, none of which can be read: choose another folder."
        )

    def _at_hand(self, name: str) -> np.ndarray:
        """The picture, from memory if it was read before and there was room for it."""
        if name in self._kept:
            return self._kept[name]
        picture = self.read(name)
        if len(self._kept) < self._room:
            self._kept[name] = picture
        return picture

    def read(self, name: str) -> np.ndarray:
        """The picture of one of `names` as uint8 [C, size, size]; a link may lead to another file of the folder alone.

        Raises as `decode`.
        """
        if not (self._path / name).resolve().is_relative_to(self._path.resolve()):
            raise ValueError("it is a link that leaves the folder")
        return decode(self._path / name, self.data_shape)


def decode(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The picture in a file as uint8 of `shape` [C, H, W], C 1 or 3: cropped about its middle to the ratio of H to W,
    then resized.

    Raises whatever Pillow's decoders raise on damaged files, and `ValueError`.
    """
    _, height, width = shape
    # A JPEG is decoded at a half, a quarter or an eighth, as long as that is twice the size that is needed.
    return fitted(opened(path, (2 * width, 2 * height)), shape)


def fitted(picture: Image.Image, shape: tuple[int, ...]) -> np.ndarray:
    """A picture of bytes as uint8 of `shape` [C, H, W], C 1 or 3: cropped about its middle, then resized."""
    channels, height, width = shape
    plain = picture.convert("L" if channels == 1 else "RGB")
    resized = ImageOps.fit(plain, (width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized).reshape(height, width, channels).transpose(2, 0, 1)


def opened(path: Path, least: tuple[int, int] | None = None) -> Image.Image:
    """The picture in a file, upright, with bytes for values; of `least` (width, height) or larger a JPEG may be smaller
    than it is.

    Raises whatever Pillow's decoders raise on damaged files, and `ValueError`.
    """
    if not path.is_file():  # opening a pipe would wait for ever
        raise ValueError("it is not a file")
    headers.check(path)
    with Image.open(path, formats=tuple(FORMATS)) as file:
        if file.width * file.height > MAX_PIXELS:
            raise ValueError(f"it claims {file.width} x {file.height} pixels, more than {MAX_PIXELS:,}")
        if least is not None:
            file.draft(None, least)
        ImageOps.exif_transpose(file, in_place=True)
        return _eight_bits(file)


def unreadable(path: Path, what: str, error: Exception, choose: str = "a PNG or a JPEG") -> InputError:
    """The sentence for a file in which `opened` or `decode` found no picture to be `what`, "a mask" say."""
    problem = getattr(error, "strerror", None) or brief(error)
    if isinstance(error, UnidentifiedImageError):  # it says the whole path
        problem = "it is no picture of a kind that is read"
    return InputError(f"{path.name or path} cannot be read as {what} ({problem}): choose {choose}.")


def _pictures(path: Path) -> list[str]:
    """The pictures below `path`, sorted, as names relative to it; hidden files and what is behind links to folders
    are left out.
    """
    if not path.is_dir():
        raise InputError(f"{path.name} is not a folder: choose one with pictures.")
    found: list[str] = []
    try:
        for folder, _, names in os.walk(path):
            below = Path(folder).relative_to(path)
            found += [(below / name).as_posix() for name in names if _is_picture(name)]
    except RecursionError as error:
        raise InputError(f"{path.name} has folders in folders without end: choose another folder.") from error
    if not found:
        endings = ", ".join(_ENDINGS)
        raise InputError(f"{path.name} holds no pictures ({endings}): choose another folder.")
    return sorted(found)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """The picture with bytes for values. Grey of 16 bits would be cut by Pillow, floats have no known range."""
    if picture.mode == "F":
        raise ValueError("its values are floats")
    return picture.convert("I").point(lambda value: value * (1 / 257)) if picture.mode.startswith("I") else picture


def _is_picture(name: str) -> bool:
    return name.lower().endswith(_ENDINGS) and not name.startswith(".")
