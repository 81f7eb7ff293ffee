"""Mutations: bytes changed blindly, and changed as who knows the format would, so that a check lets them through.

Called by `cases`. `mutated` is a pure function of the bytes and of the generator's state.
"""

from __future__ import annotations

import gzip
import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

from tests.hostile import trees

MAGICS = (
    b"\x89PNG\r\n\x1a\n",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"GIF89a",
    b"\xff\xd8\xff",
    b"BM",
    b"II*\0",
    b"\x80\x04.",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"%PDF",
    b"\x93NUMPY",
    b"RIFF",
    b"\0\0\x08\x03",
    b"{",
    b"[",
    b"\0" * 16,
)
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**53, 2**60, 2**63, 2**64 - 1)
MOST = 2**20
"""Bytes of what a mutation makes, about."""


def mutated(content: bytes, name: str, random: Random) -> bytes:
    """`content`, a file of that name, with one to four changes, each of its form where there is one or of its bytes."""
    for _ in range(random.choice((1, 1, 2, 4))):
        form = _form(content, name)
        change = form if form is not None and random.random() < 0.7 else _bytes
        content = change(content, random)[:MOST]
    return content


def _form(content: bytes, name: str) -> Callable[[bytes, Random], bytes] | None:
    """What knows the format of the content."""
    if name.endswith(".toml"):
        return trees.toml
    if content.startswith(b"\x89PNG"):
        return _png
    if content.startswith(b"PK"):
        return _zip
    if content.startswith(b"\x1f\x8b"):
        return _gzip
    if content.lstrip()[:1] in (b"{", b"["):
        return trees.json_text
    return _safetensors if content[8:9] == b"{" else None


def _bytes(content: bytes, random: Random) -> bytes:
    """One blind change."""
    size = len(content)
    at = random.randrange(size + 1)
    end = min(size, at + random.choice((1, 2, 4, 8, 64, 1000)))
    some = content[at:end]
    if random.random() < 0.5:  # in place
        number = random.choice(NUMBERS).to_bytes(8, random.choice(("little", "big")))
        width = random.choice((1, 2, 4, 8))
        put = random.choice(
            (
                bytes(byte ^ (1 << random.randrange(8)) for byte in some),
                number[:width] if random.random() < 0.5 else number[-width:],
                random.randbytes(len(some)),
                bytes(len(some)),
                some[::-1],
            )
        )
        return content[:at] + put + content[at + len(put) :]
    other = random.randrange(size + 1)
    return random.choice(
        (
            content[:at],
            content[at:],
            content[:at] + content[end:],
            content[:at] + some * random.choice((2, 3, 500)) + content[end:],
            content[:at] + content[other : other + 200] + content[at:],
            content[:at] + random.choice(MAGICS) + content[at:],
            random.choice(MAGICS) + content[random.choice((0, 8)) :],
            content + random.randbytes(random.choice((1, 100, 5000))),
            content[:at] + b"\0" + content[at:],
            b"" if random.random() < 0.1 else content[: size // 2],
        )
    )


def _png(content: bytes, random: Random) -> bytes:
    """Chunks changed, moved, repeated or left out, each with the checksum that it needs."""
    chunks, at = [], 8
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunks.append([content[at + 4 : at + 8], content[at + 8 : at + 8 + length]])
        at += 12 + length
    if not chunks:
        return _bytes(content, random)
    place = random.randrange(len(chunks))
    kind, data = chunks[place]
    how = random.randrange(6)
    if how == 0 and kind == b"IDAT":
        chunks[place][1] = zlib.compress(_bytes(_inflated(data), random))
    elif how <= 2:
        chunks[place][1] = _bytes(data, random)
    elif how == 3:
        chunks[place][0] = random.choice(
            (b"IDAT", b"IHDR", b"iTXt", b"zTXt", b"PLTE", b"tRNS", b"acTL", b"eXIf", b"IEND")
        )
    elif how == 4:
        chunks[place:place] = [chunks[place]] * random.choice((1, 2, 300))
    else:
        chunks.pop(place)
    return content[:8] + b"".join(chunk(*each) for each in chunks)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MOST)
    except zlib.error:
        return data


def _zip(content: bytes, random: Random) -> bytes:
    """A member changed, renamed, repeated or left out, in a whole archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members: list[list[Any]] = [[name, archive.read(name)] for name in archive.namelist()]
    except Exception:  # what earlier mutations left is no archive
        return _bytes(content, random)
    if not members:
        return _bytes(content, random)
    place = random.randrange(len(members))
    how = random.randrange(6)
    if how <= 2:
        members[place][1] = mutated(members[place][1], members[place][0], random)
    elif how == 3:
        members[place][0] = random.choice(("../outside/new", "/outside", "C:\\x", "run.npy/", "a" * 5000, "x\0y", ""))
    elif how == 4:
        members[place:place] = [members[place]] * random.choice((1, 50))
    else:
        members.pop(place)
    return zipped(members, random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def zipped(members: list[list[Any]], method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of (name, content), also where names are the same."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def _gzip(content: bytes, random: Random) -> bytes:
    """What is packed changed, in one or several whole members."""
    try:
        plain = gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return _bytes(content, random)
    changed = gzip.compress(_bytes(plain, random), mtime=0)
    return changed * random.choice((1, 1, 1, 2, 100))


def _safetensors(content: bytes, random: Random) -> bytes:
    """The header changed as a JSON, with its length, or the values."""
    (length,) = struct.unpack("<Q", content[:8])
    header, values = content[8 : 8 + length], content[8 + length :]
    if random.random() < 0.3:
        return content[: 8 + length] + _bytes(values, random)
    header = trees.json_text(header, random)
    said = random.choice(NUMBERS) if random.random() < 0.05 else len(header)
    return struct.pack("<Q", said) + header + values
