"""A Run inside other files: written into PNG pictures, read back from PNG, run.npz, run.json and figures.

Called by the command line and by the window's export and open. Reading never decodes pixels, never executes anything
and holds at most `LIMIT` bytes, whatever the file claims.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import npz
from engine import run as runs
from engine.analysis.pictures import enlarge
from engine.errors import InputError
from engine.files import write_atomically
from engine.reading import opened, unreadable
from engine.run import LIMIT, Run

KEYWORD = "latent-loupe"
"""The keyword of the iTXt chunk that holds the Run's JSON."""

_CHUNKS = 2**16  # chunks looked at before giving up: more than any writer makes, few enough to end within a second
_COMPRESS_FROM = 4096
_HEADER = 33  # bytes of a PNG's signature and first chunk
_PNG, _ZIP = b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"


def png_bytes(pixels: NDArray[np.uint8], run: Run, scale: int = 1) -> bytes:
    """A PNG of pixels [H, W], [H, W, 3] or [H, W, 4] that carries `run`; each pixel becomes scale x scale."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(enlarge(pixels, scale))).save(file, "PNG")
    return add_run(file.getvalue(), run)


def add_run(png: bytes, run: Run) -> bytes:
    """The PNG with `run` inside."""
    text = run.to_json().encode()
    return add_text(png, KEYWORD, text, packed=len(text) > _COMPRESS_FROM)


def add_text(png: bytes, keyword: str, text: bytes, *, packed: bool = False) -> bytes:
    """The PNG with a text in UTF-8 in an iTXt chunk behind its header."""
    content = zlib.compress(text) if packed else text
    chunk = b"iTXt" + keyword.encode() + bytes([0, packed, 0, 0, 0]) + content
    length, check = struct.pack(">I", len(chunk) - 4), struct.pack(">I", zlib.crc32(chunk))
    return png[:_HEADER] + length + chunk + check + png[_HEADER:]


def write_png(path: Path, pixels: NDArray[np.uint8], run: Run, scale: int = 1) -> None:
    """`png_bytes` as a file, whole or not at all. Raises `InputError` where it cannot be written."""
    write_atomically(path, png_bytes(pixels, run, scale))


def read_run(path: Path) -> Run:
    """The Run in a PNG, run.npz or run.json, told apart by content, or the first one of a figure in any kind of file.

    Raises `InputError`, one sentence, for a file that cannot be read, is damaged, or holds no valid Run.
    """
    from engine.figures import carried  # which puts Runs into PNGs by what is here

    try:
        with opened(path) as file:
            signature = file.read(len(_PNG))
            if signature == _PNG:
                return runs.parse(_from_png(file, path.name), path.name)
            if signature.startswith(_ZIP):
                return runs.parse(_from_npz(file, path.name), path.name)
        sheet = carried.read(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if sheet is None:
        return runs.read(path)
    if not sheet.runs:
        raise InputError(f"{path.name} holds a figure of curves without a Run: choose another file.")
    return sheet.runs[0]


def carries_run(path: Path) -> bool:
    """Whether a PNG has a chunk for a Run, readable or not. Raises `InputError` if it is cut short before its end."""
    with opened(path) as file:
        return file.read(len(_PNG)) == _PNG and _chunk(file, path.name) is not None


def _from_png(file: BinaryIO, name: str) -> bytes:
    """The text of the first chunk that bears our keyword."""
    chunk = _chunk(file, name)
    if chunk is None:
        raise InputError(f"{name} holds no Run: choose a PNG that Latent Loupe exported, unchanged by other programs.")
    data, check = chunk
    if struct.unpack(">I", check)[0] != zlib.crc32(b"iTXt" + data):
        raise InputError(f"The Run in {name} is damaged (its checksum differs): export the picture again.")
    return _text(data, name)


def _chunk(file: BinaryIO, name: str) -> tuple[bytes, bytes] | None:
    """The first chunk that bears our keyword, and its checksum; None if there is none."""
    for kind, length in _chunks(file, name):
        if kind != b"iTXt":
            continue
        if length > LIMIT:
            raise InputError(f"{name} holds a text of {length >> 20} MiB, too large for a Run: choose another file.")
        data, check = file.read(length), file.read(4)
        if len(data) + len(check) < length + 4:
            raise _cut_short(name)
        if data.startswith(KEYWORD.encode() + b"\0"):
            return data, check
    return None


def _chunks(file: BinaryIO, name: str) -> Iterator[tuple[bytes, int]]:
    """(type, length) of each chunk, the file standing at its data; what the caller leaves unread is skipped."""
    for _ in range(_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            raise _cut_short(name)
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        end = file.tell() + length + 4
        yield kind, length
        file.seek(end)


def _text(data: bytes, name: str) -> bytes:
    """The text of an iTXt chunk: keyword, compressed (1) and method (0), language, translated keyword, text."""
    _, _, rest = data.partition(b"\0")
    flags, rest = rest[:2], rest[2:]
    _, _, rest = rest.partition(b"\0")
    _, _, text = rest.partition(b"\0")
    if flags[:1] != b"\1":
        return text
    inflate = zlib.decompressobj()
    try:
        text = inflate.decompress(text, LIMIT)
    except zlib.error as error:
        raise InputError(f"The Run in {name} is damaged ({error}): export the picture again.") from error
    if inflate.unconsumed_tail:
        raise InputError(
            f"The text in {name} unpacks to over {LIMIT >> 20} MiB, too large for a Run: choose another file."
        )
    return text


def _from_npz(file: BinaryIO, name: str) -> str:
    """The text of the array `run`."""
    try:
        return npz.read_text(file, "run")
    except OSError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise errors of a dozen kinds on damaged files
        raise InputError(f"{name} holds no Run: choose a run.npz that Latent Loupe wrote.") from error


def _cut_short(name: str) -> InputError:
    return InputError(f"{name} is cut short: copy or export it again.")
