"""MNIST where the user has it: its four IDX files, gzip or not, in one folder. `data.download` fetches it.

Used by `models.catalogue` and by training.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import numpy as np
import platformdirs

from engine.data import digits, idx
from engine.errors import InputError

Split = Literal["train", "test"]

FOLDER = "LATENT_LOUPE_DATA"
"""The environment variable naming a folder that holds the files, or holds a folder `mnist` that does."""

DOWNLOADED = platformdirs.user_data_path("latent-loupe", appauthor=False) / "mnist"
"""The folder of the user into which the program downloads MNIST."""

_PREFIX: dict[Split, str] = {"train": "train", "test": "t10k"}


_chosen: list[Path] = []


def choose(folder: Path | None) -> None:
    """Look for MNIST in `folder`, which the user named, before anywhere else from now on; None forgets it."""
    _chosen[:] = [] if folder is None else [folder]


def find(folder: Path | None = None) -> Path | None:
    """The folder that holds MNIST's training pictures, or None.

    Looked for in `folder` if it is given, else in the chosen one, where LATENT_LOUPE_DATA says, where it is downloaded
    to and, for who develops this program, in ../shared/data beside the checkout.
    """
    if folder is not None:
        places = [folder]
    else:
        named = os.environ.get(FOLDER)
        places = [*_chosen, *([Path(named)] if named else [])]
        places.append(DOWNLOADED)
        places.append(Path(__file__).resolve().parents[3] / "shared" / "data")
    candidates = [candidate for place in places for candidate in (place, place / "mnist")]
    return next((candidate for candidate in candidates if _file(candidate, "train", "images-idx3")), None)


def load(folder: Path, split: Split = "train") -> tuple[np.ndarray, np.ndarray]:
    """The pictures as they are, uint8 [M, h, w] with ink bright, and their labels 0 .. 9, uint8 [M].

    Raises `InputError` if a file is missing or unusable, or if the two do not belong together.
    """
    pictures = idx.read(images(folder, split), 3)
    labels = idx.read(_needed(folder, split, "labels-idx1"), 1)
    if len(pictures) != len(labels):
        raise InputError(f"{folder.name} has {len(pictures):,} pictures but {len(labels):,} labels: fetch both again.")
    if labels.max() > 9:
        raise InputError(f"{folder.name} has the label {labels.max()}: labels must be 0 to 9, so fetch them again.")
    return pictures, labels


def framed(folder: Path, split: Split = "train") -> tuple[np.ndarray, np.ndarray]:
    """As `load`, the pictures as 16x16 in a 32x32 frame: uint8 [M, 1, 32, 32]."""
    pictures, labels = load(folder, split)
    return digits.frame(digits.shrink(pictures)), labels


def images(folder: Path, split: Split = "train") -> Path:
    """The file of a split's pictures. Raises `InputError` if there is none."""
    return _needed(folder, split, "images-idx3")


def _needed(folder: Path, split: Split, what: str) -> Path:
    path = _file(folder, split, what)
    if path is None:
        raise InputError(f"{folder.name} lacks {_PREFIX[split]}-{what}-ubyte: put MNIST's four files there.")
    return path


def _file(folder: Path, split: Split, what: str) -> Path | None:
    """The file under any of the names in use: with or without .gz, and with a dot before "idx"."""
    stem = f"{_PREFIX[split]}-{what}-ubyte"
    names = [name + suffix for name in (stem, stem.replace("-idx", ".idx")) for suffix in ("", ".gz")]
    return next((folder / name for name in names if os.path.isfile(folder / name)), None)
