"""Headers of pictures that would keep a decoder busy for minutes: refused before it sees them. No Pillow, no torch.

Called by `data.folder` and `engine.picture` ahead of Pillow, which looks for a picture's size byte by byte in a PPM,
through all chunks in a PNG, and goes over a progressive JPEG as often as that says.
"""

from __future__ import annotations

import re
from io import BufferedReader
from pathlib import Path

from engine.reading import check as size_of
from engine.reading import opened

LARGEST = 2**30
"""Bytes that a picture's file may have."""

CHUNKS = 2**14
"""Chunks that a PNG may have before its picture's end."""

SCANS = 64
"""Times that a progressive JPEG may go over its picture; encoders make about ten."""

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_NUMBER = rb"(?:(?:\s|#[^\r\n]*[\r\n])+\d+)"  # blanks and comments before it
_PPM = re.compile(rb"P(?:[14]%b{2}|[2356]%b{3})\s" % (_NUMBER, _NUMBER))
_BEGINNING = 4096  # bytes within which the sizes of a PPM stand


def check(path: Path) -> None:
    """Raise `ValueError` for a picture that is too large, or whose header is made to take time; any file may be given.

    Raises `InputError`, which is one, if it cannot be read or is no file.
    """
    if size_of(path) > LARGEST:
        raise ValueError(f"it is over {LARGEST >> 30} GiB")
    with opened(path) as file:
        start = file.peek(_BEGINNING)[:_BEGINNING]
        if start.startswith(_PNG):
            _check_chunks(file)
        elif start.startswith(_JPEG):
            _check_scans(file)
        elif re.match(rb"P[0-9A-Za-z]\s", start) and not _PPM.match(start):
            raise ValueError("its header is too long")


def _check_chunks(file: BufferedReader) -> None:
    file.seek(len(_PNG))
    for _ in range(CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        file.seek(int.from_bytes(head[:4], "big") + 4, 1)
    raise ValueError(f"it has more than {CHUNKS:,} parts")


def _check_scans(file: BufferedReader) -> None:
    """The two bytes that begin a scan do not occur among a JPEG's values."""
    if sum(block.count(b"\xff\xda") for block in iter(lambda: file.read(2**20), b"")) > SCANS:
        raise ValueError(f"it goes over its picture more than {SCANS} times")
