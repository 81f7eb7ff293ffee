"""The IDX reader: what it reads back, and a corpus of files it must refuse in one sentence."""

from __future__ import annotations

import contextlib
import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data import idx
from engine.errors import InputError


def content(*shape: int, kind: int = 8, values: bytes | None = None) -> bytes:
    """An IDX file of these sizes; `values` in place of as many zeros."""
    size = int(np.prod(shape)) if values is None else 0
    return struct.pack(f">4B{len(shape)}I", 0, 0, kind, len(shape), *shape) + (
        bytes(size) if values is None else values
    )


@given(shape=st.lists(st.integers(1, 6), min_size=1, max_size=3), zipped=st.booleans(), seed=st.integers(0, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read(tmp_path: Path, shape: list[int], zipped: bool, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    data = content(*shape, values=values.tobytes())
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(data) if zipped else data)
    np.testing.assert_array_equal(idx.read(path, len(shape)), values)
    assert idx.checksum(path) == (zlib.crc32(data), len(data))


GOOD = content(3, 2, 2)
ZIPPED = gzip.compress(GOOD)
WRONG_CRC = ZIPPED[:-8] + struct.pack("<I", 1) + ZIPPED[-4:]

HOSTILE = {
    "empty": (b"", "not an IDX file"),
    "three bytes": (b"\0\0\x08", "not an IDX file"),
    "text": (b"<html>not found</html>", "not an IDX file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "not an IDX file"),
    "floats": (content(1, 1, 1, kind=0x0D, values=bytes(4)), "type 0x0d"),
    "no such type": (content(1, 1, 1, kind=0xEE), "type 0xee"),
    "labels": (content(3), "1 dimensions where 3"),
    "255 dimensions": (b"\0\0\x08\xff" + bytes(2000), "255 dimensions"),
    "header cut short": (GOOD[:10], "inside its header"),
    "nothing in it": (content(0, 28, 28), "holds nothing"),
    "values cut short": (GOOD[:-1], "cut short"),
    "one value too many": (GOOD + b"\0", "longer than it says"),
    "claims 64 GB": (content(2**32 - 1, 4, 4, values=b"x"), "more than"),
    "claims that overflow": (content(2**32 - 1, 2**32 - 1, 2**32 - 1, values=b"x"), "more than"),
    "claims a gigabyte": (content(2**10, 2**10, 2**10, values=b"x"), "cut short"),
    "gzip: rubbish": (b"\x1f\x8b" + bytes(range(100)), "damaged"),
    "gzip: only its magic": (b"\x1f\x8b", "damaged"),
    "gzip: cut short": (ZIPPED[:-12], "damaged"),
    "gzip: without its checksum": (ZIPPED[:-8], "damaged"),
    "gzip: wrong checksum": (WRONG_CRC, "damaged"),
    "gzip: flipped bits": (
        ZIPPED[:14] + bytes([ZIPPED[14] ^ 0xFF]) + ZIPPED[15:],
        "damaged|not an IDX|claims|dimensions",
    ),
    "gzip: claims a gigabyte": (gzip.compress(content(2**10, 2**10, 2**10, values=b"x")), "cut short"),
    "gzip: a bomb": (gzip.compress(content(2, 2, 2) + bytes(50_000_000), 9), "longer than it says"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    data, problem = HOSTILE[name]
    path = tmp_path / "images"
    path.write_bytes(data)
    with pytest.raises(InputError, match=problem) as error:
        idx.read(path, 3)
    assert str(error.value).startswith("images")
    assert "\n" not in str(error.value)


@given(data=st.binary(max_size=200), zipped=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rubbish_never_does_more_than_be_refused(tmp_path: Path, data: bytes, zipped: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes((b"\x1f\x8b\x08" if zipped else b"\0\0\x08\x01") + data)
    with contextlib.suppress(InputError):
        assert idx.read(path, 1).nbytes <= 1032 * path.stat().st_size


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir])
def test_what_cannot_be_read_is_said(tmp_path: Path, make: object) -> None:
    path = tmp_path / "images"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError, match="cannot be read"):
        idx.read(path, 3)
