"""The IDX format of MNIST and its relatives: unsigned bytes in 1 to 3 dimensions, gzip or not.

Called by `data.mnist`. What a header claims is checked against the file's size before anything is allocated.
Format: two zero bytes, the type (8: unsigned byte), the number of dimensions, their sizes as big-endian 32-bit
integers, the values (LeCun, Cortes and Burges, "The MNIST database").
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.errors import InputError
from engine.reading import opened, unreadable

MAX_BYTES = 2**30
"""Values that a file may hold at most: 20 times MNIST."""

_UNSIGNED_BYTE = 8
_HEADER = 16  # bytes before the values, at most
_MAX_RATIO = 1032  # deflate cannot shrink anything further than this
_GZIP = b"\x1f\x8b"


def read(path: Path, dimensions: int) -> np.ndarray:
    """The values of an IDX file, uint8, in as many dimensions as asked for (1 labels, 3 pictures), writable.

    Raises `InputError`, one sentence, if the file cannot be read or is anything else.
    """
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if not _zipped(file):
                return _values(path, file, size, dimensions)
            with gzip.open(file) as content:
                return _values(path, content, size * _MAX_RATIO, dimensions)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path.name} is damaged or cut short ({error}): fetch it again.") from error
    except OSError as error:
        raise unreadable(path, error) from error


def checksum(path: Path) -> tuple[int, int]:
    """(CRC-32, length modulo 2^32) of the content, the same for a file and its gzip form: 15 ms for MNIST at most.

    Of a gzip file it is what its last eight bytes state, which `read` makes sure of. Raises `OSError`, and `InputError`
    for what `read` would not read.
    """
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > MAX_BYTES + _HEADER:
            raise InputError(f"{path.name} is over {MAX_BYTES >> 20} MiB: choose a smaller set.")
        if _zipped(file):
            file.seek(-8, 2)
            crc, length = struct.unpack("<II", file.read(8))
            return crc, length
        crc, length = 0, 0
        while block := file.read(2**20):
            crc, length = zlib.crc32(block, crc), length + len(block)
        return crc, length


def _zipped(file: BinaryIO) -> bool:
    start = file.read(2)
    file.seek(0)
    return start == _GZIP


def _values(path: Path, file: BinaryIO | gzip.GzipFile, most: int, dimensions: int) -> np.ndarray:
    """What follows the header, which may claim no more than `most` bytes."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise InputError(f"{path.name} is not an IDX file: choose one of MNIST's four files.")
    if magic[2] != _UNSIGNED_BYTE:
        raise InputError(f"{path.name} holds values of type {magic[2]:#04x}, not bytes: choose another file.")
    if magic[3] != dimensions:
        raise InputError(f"{path.name} has {magic[3]} dimensions where {dimensions} are needed: choose the right file.")
    header = file.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise InputError(f"{path.name} is cut short inside its header: fetch it again.")
    shape = struct.unpack(f">{dimensions}I", header)
    count = math.prod(shape)
    if count == 0:
        raise InputError(f"{path.name} holds nothing: fetch it again.")
    if count > MAX_BYTES:
        raise InputError(f"{path.name} claims {count:,} values, more than {MAX_BYTES:,}: choose a smaller set.")
    # One byte more than claimed: it reaches the end, where gzip's checksum is compared, and shows what is too much.
    values = file.read(count + 1) if count <= most else b""
    if len(values) != count:
        problem = "cut short" if len(values) < count else "longer than it says"
        raise InputError(f"{path.name} is {problem} ({count:,} values are claimed): fetch it again.")
    return np.frombuffer(values, dtype=np.uint8).reshape(shape).copy()
