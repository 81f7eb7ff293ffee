"""NumPy archives: written with the same bytes for the same arrays, and a text read back from a file of a stranger.

Called by `output`, `embed` and `figures`. Reading allocates what the file has, never what it claims.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.run import LIMIT


def add(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    """Add one array; none of Python's objects."""
    with _member(archive, name) as file:
        np.lib.format.write_array(file, array, allow_pickle=False)


def add_frames(
    archive: zipfile.ZipFile, name: str, frames: Iterable[NDArray[Any]], count: int, like: NDArray[Any]
) -> None:
    """One array [count, *like.shape] of frames that are drawn one at a time."""
    header = {"descr": like.dtype.str, "fortran_order": False, "shape": (count, *like.shape)}
    with _member(archive, name) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for frame in frames:
            file.write(frame.tobytes())


def read_text(file: BinaryIO, name: str) -> str:
    """The text that the array of that name holds, at most `LIMIT` characters; its header is read first.

    Raises `KeyError` if there is none, and errors of a dozen kinds for a damaged file.
    """
    with zipfile.ZipFile(file) as archive, archive.open(f"{name}.npy") as member:
        np.lib.format.read_magic(member)
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        if shape != () or dtype.kind != "U" or dtype.itemsize > 4 * LIMIT:  # four bytes a character
            raise ValueError("the array is no text")
        return str(np.frombuffer(member.read(dtype.itemsize), dtype)[0])


def _member(archive: zipfile.ZipFile, name: str) -> Any:
    """A file in the archive; ZipInfo's own date, 1980, keeps the time of day out of it."""
    return archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True)
