"""Bombs: small files that unpack or claim to unpack to far more, and files that take long to look through.

Called by `nasties`; each is a function without arguments, since some of them take a second to make.
"""

from __future__ import annotations

import functools
import json
import struct
import zlib
from collections.abc import Callable

from tests.hostile.mutations import chunk, zipped

_HUGE = 2**31
"""Bytes to which a bomb unpacks: more than is allowed, and not so many that a reader that takes them ends a machine."""

_PNG = b"\x89PNG\r\n\x1a\n"


@functools.cache
def _zeros(size: int, wbits: int) -> bytes:
    """So many zeros, deflated: a block that is repeated, since to deflate them all takes seconds."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    body = block * (size >> 20) + zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    if wbits < 0:
        return body
    if wbits > 15:
        return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + struct.pack("<II", 0, size % 2**32)
    return b"\x78\xda" + body + struct.pack(">I", size % 65521 << 16 | 1)  # Adler-32 of zeros


def _zip_bomb(name: str, head: bytes = b"") -> bytes:
    """An archive of one member of zeros, its sizes told truly."""
    body, own = _zeros(_HUGE, -15), name.encode()
    if head:
        body = _stored(head) + body
    size = _HUGE + len(head)
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(body), size, len(own), 0)
    entry = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + own
    local = b"PK\3\4" + common + own + body
    return local + entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)


def _stored(head: bytes) -> bytes:
    """A block of deflate that is not the last, as it is."""
    return b"\0" + struct.pack("<HH", len(head), len(head) ^ 0xFFFF) + head


def npy(descr: str, shape: tuple[int, ...] | str, length: int | None = None, version: int = 1) -> bytes:
    """The start of an npy that claims this."""
    head = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    said = len(head) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", said) + head


def png(width: int, height: int, depth: int = 8, colour: int = 0, *before: bytes, data: bytes = b"") -> bytes:
    """A PNG of that size, in zeros if they are given."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return _PNG + header + b"".join(before) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _rows(width: int, height: int, bytes_a_pixel: int) -> bytes:
    size = height * (1 + width * bytes_a_pixel)
    return _zeros(size + (-size) % 2**20, 15)


def _text(keyword: bytes) -> bytes:
    return chunk(b"iTXt", keyword + b"\0\1\0\0\0" + _zeros(_HUGE, 15))


def safetensors(header: object, data: bytes = b"", said: int | None = None) -> bytes:
    """A safetensors file with that header, or that text for one."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if said is None else said) + text + data


def _tensor(*shape: int, start: int = 0, end: int = 0, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def _jpeg(side: int, scans: int) -> bytes:
    """A progressive JPEG of that side in as many scans, which refine nothing."""
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, side, side, 1) + b"\1\x11\0"
    quantisation = b"\xff\xdb\0\x43\0" + b"\1" * 64
    tables = b"".join(b"\xff\xc4" + struct.pack(">HB", 20, kind) + b"\1" + bytes(15) + b"\0" for kind in (0, 0x10))
    scan = b"\xff\xda\0\x08\1\1\0\1\x01\x00" + bytes(40)
    return b"\xff\xd8" + quantisation + frame + tables + scan * scans + b"\xff\xd9"


def _gif(side: int, frames: int) -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x08\x01\0\0"
    return b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6) + frame * frames + b"\x3b"


def _tiff(*tags: tuple[int, int, int, int], next_at: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", next_at)


BOMBS: dict[str, Callable[[], bytes]] = {
    "zip of 2 GiB in run.npy": lambda: _zip_bomb("run.npy", npy("'<U536870912'", ())),
    "zip of 2 GiB in x0.npy": lambda: _zip_bomb("x0.npy", npy("'<f4'", (2**19, 1, 32, 32))),
    "zip of 2 GiB in data.pkl": lambda: _zip_bomb("archive/data.pkl"),
    "zip with names that leave": lambda: zipped([["../../outside/new", b"x"], ["/outside", b"x"], ["run.npy", b"x"]]),
    "zip of 20,000 members": lambda: zipped([[f"{k}.npy", b""] for k in range(20_000)]),
    "zip of one name many times": lambda: zipped([["run.npy", npy("'<U1'", (1,))]] * 1000),
    "npy of 2^60 values": lambda: npy("'<f8'", (2**60,)),
    "npy of 2^40 values": lambda: npy("'<f4'", (2**40,)),
    "npy of a shape below 0": lambda: npy("'<f4'", (-1, 4)),
    "npy of deep brackets": lambda: npy("'<f4'", "(" * 3000),
    "npy of a header of 4 GiB": lambda: npy("'<f4'", (1,), 2**32 - 1, version=2),
    "npy of a type that is code": lambda: npy("__import__('os').system('touch sprung')", (1,)),
    "gzip of 2 GiB": lambda: _zeros(_HUGE, 31),
    "gzip of 100,000 members": lambda: (b"\x1f\x8b\x08\0\0\0\0\0\0\xff\3\0" + bytes(8)) * 100_000,
    "IDX of 2^32 pictures": lambda: struct.pack(">4B3I", 0, 0, 8, 3, 2**32 - 1, 28, 28) + bytes(1000),
    "IDX of 1 GiB": lambda: struct.pack(">4B3I", 0, 0, 8, 3, 2**20, 32, 32) + bytes(1000),
    "IDX of 255 dimensions": lambda: b"\0\0\x08\xff" + bytes(2000),
    "PNG of 2^31 pixels a side": lambda: png(2**31 - 1, 2**31 - 1),
    "PNG of 65,535 pixels a side": lambda: png(65535, 65535, data=_zeros(_HUGE, 15)),
    "PNG of 8,192 pixels a side": lambda: png(8192, 8192, 8, 2, data=_rows(8192, 8192, 3)),
    "PNG of 8,192 pixels a side, 16 bits": lambda: png(8192, 8192, 16, 0, data=_rows(8192, 8192, 2)),
    "PNG of 8,192 pixels a side, 16 bits RGBA": lambda: png(8192, 8192, 16, 6, data=_rows(8192, 8192, 8)),
    "PNG of one row of 2^26 pixels": lambda: png(2**26, 1, data=_rows(2**26, 1, 1)),
    "PNG of no height": lambda: png(8, 0),
    "PNG of a text of 2 GiB": lambda: png(8, 8, 8, 0, _text(b"latent-loupe"), data=zlib.compress(bytes(72))),
    "PNG of another text of 2 GiB": lambda: png(8, 8, 8, 0, _text(b"Comment"), data=zlib.compress(bytes(72))),
    "PNG of a profile of 2 GiB": lambda: png(
        8, 8, 8, 0, chunk(b"iCCP", b"x\0\0" + _zeros(_HUGE, 15)), data=zlib.compress(bytes(72))
    ),
    "PNG of 200,000 chunks": lambda: png(8, 8, 8, 0, chunk(b"tEXt", b"a\0b") * 200_000, data=zlib.compress(bytes(72))),
    "PNG of 200,000 empty IDAT": lambda: png(8, 8, 8, 0, chunk(b"IDAT", b"") * 200_000, data=zlib.compress(bytes(72))),
    "APNG of 2^31 frames": lambda: png(
        8,
        8,
        8,
        0,
        chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)),
        *(chunk(b"fcTL", struct.pack(">5I2H2B", k, 2**30, 2**30, 0, 0, 1, 1, 0, 0)) for k in range(1000)),
        data=zlib.compress(bytes(72)),
    ),
    "JPEG of 65,535 pixels a side": lambda: _jpeg(65535, 1),
    "JPEG of 8,000 pixels a side in 2,000 scans": lambda: _jpeg(8000, 2000),
    "GIF of 65,535 pixels a side": lambda: _gif(65535, 1),
    "GIF of 50,000 frames": lambda: _gif(64, 50_000),
    "BMP of 2^31 pixels a side": lambda: (
        b"BM" + struct.pack("<IIIIiiHHIIIIII", 54, 0, 54, 40, 2**31 - 1, -(2**31), 1, 8, 1, 0, 0, 0, 0, 0)
    ),
    "TIFF that leads to itself": lambda: _tiff((256, 4, 1, 8), (257, 4, 1, 8), next_at=8),
    "TIFF of 2^32 strips": lambda: _tiff(
        (256, 4, 1, 60000), (257, 4, 1, 60000), (273, 4, 2**32 - 1, 8), (259, 3, 1, 8)
    ),
    "PPM of 10^9 pixels a side": lambda: b"P6 1000000000 1000000000 255\n",
    "PPM of 8,192 pixels a side, plain": lambda: b"P3 8192 8192 255\n" + b"1 " * 100_000,
    "PPM of a long comment": lambda: b"P6 #" + b"x" * 5_000_000,
    "safetensors of a header of 2^60 bytes": lambda: safetensors({}, said=2**60),
    "safetensors of a header of 90 MB": lambda: safetensors(b"{" + b" " * 90_000_000 + b"}"),
    "safetensors of tensors that overlap": lambda: safetensors(
        {"a": _tensor(4, end=16), "b": _tensor(4, start=8, end=24)}, bytes(24)
    ),
    "safetensors of one name twice": lambda: safetensors(
        b'{"means":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]},"means":{"dtype":"F64","shape":[1,2],'
        b'"data_offsets":[0,16]}}',
        bytes(16),
    ),
    "safetensors of 2^62 values": lambda: safetensors({"a": _tensor(2**31, 2**31, end=16)}, bytes(16)),
    "safetensors of no values": lambda: safetensors({"means": _tensor(0, 2**40), "x0": _tensor(0, 2**40)}),
    "safetensors of offsets below 0": lambda: safetensors({"a": _tensor(4, start=-16, end=0)}),
    "safetensors of 50,000 tensors": lambda: safetensors({f"t{k}": _tensor(0) for k in range(50_000)}),
    "safetensors of deep metadata": lambda: safetensors(b'{"__metadata__":' + b'{"a":' * 50_000),
    "safetensors of another type": lambda: safetensors({"means": _tensor(1, 2, end=4, dtype="BF16")}, bytes(4)),
}
