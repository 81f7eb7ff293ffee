"""Nasties: what is made by hand and put in the place of a file: contents of every kind, and things that are no files.

Called by `cases`. Each is tried with every kind of file.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.hostile.bombs import BOMBS
from tests.hostile.payloads import PICKLES, objects_npz

Put = Callable[[Path, Path], Path | None]
"""Puts a nasty at a path, where the valid file is, given a folder outside; the path under which it is opened, if it is
another.
"""


@dataclass(frozen=True)
class Nasty:
    """One of them; `large` says that it takes a second to make or more than ten MB."""

    put: Put
    large: bool = False


def _written(make: Callable[[], bytes]) -> Put:
    def put(path: Path, _: Path) -> None:
        path.write_bytes(make())

    return put


_CONTENTS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one byte": lambda: b"\0",
    "zeros": lambda: bytes(100_000),
    "text": lambda: b"<html><script>alert(1)</script></html>\r\n" * 50,
    "a script": lambda: b"#!/bin/sh\ntouch sprung\n",
    "bytes that are no UTF-8": lambda: bytes(range(128, 256)) * 10,
    "npz of objects": objects_npz,
    **PICKLES,
}

_JSON: dict[str, Callable[[], bytes]] = {
    "JSON of lists 100,000 deep": lambda: b"[" * 100_000,
    "JSON of objects 100,000 deep": lambda: b'{"a":' * 100_000,
    "JSON of a number of 5 million digits": lambda: b'{"version": ' + b"9" * 5_000_000 + b"}",
    "JSON of 200,000 equal keys": lambda: b"{" + b'"model": {},' * 200_000 + b'"a": 1}',
    "JSON of 200,000 unknown keys": lambda: ("{" + ", ".join(f'"k{k}": {k}' for k in range(200_000)) + "}").encode(),
    "JSON of 100,000 edits": lambda: b'{"latents": {"edits": [' + b'{"kind": "x"},' * 100_000 + b"{}]}}",
    "JSON that says it is a checkpoint": lambda: b'{"format": "latent-loupe checkpoint", "version": 1e400}',
    "JSON of a newer version": lambda: b'{"format": "latent-loupe checkpoint", "version": 99, "kind": "unet"}',
    "JSON in UTF-16": lambda: '{"version": 1}'.encode("utf-16"),
    "JSON after a BOM": lambda: b'\xef\xbb\xbf{"version": 1}',
    "JSON with NUL": lambda: b'{"version": 1}\0\0\0',
    "TOML of lists 50,000 deep": lambda: b"a = " + b"[" * 50_000,
    "TOML of a key 50,000 deep": lambda: b"a." * 50_000 + b"b = 1",
    "TOML of 5,000 deepening tables": lambda: b"\n".join(b"[" + b"a." * k + b"b]" for k in range(1, 1200)),
    "TOML of a number of a million digits": lambda: b"steps = " + b"9" * 1_000_000,
    "TOML of tables within a line": lambda: b"a = " + b"{a=" * 5000,
}

_LARGE: dict[str, Callable[[], bytes]] = {
    "60 MB of empty lists": lambda: b"[" + b"[]," * 20_000_000 + b"[]]",
    "60 MB of empty objects in a Run": lambda: b'{"latents": {"edits": [' + b"{}," * 20_000_000 + b"{}]}}",
    "60 MB of numbers": lambda: b'{"schedule": [' + b"1.5," * 15_000_000 + b"1]}",
    "60 MB of one text": lambda: b'{"model": "' + b"a" * 60_000_000 + b'"}',
    "100 MB of lists of lists": lambda: b"[" * 100_000_000,
    "14 MB of unknown keys": lambda: ("{" + ",".join(f'"{k:x}":0' for k in range(1_300_000)) + "}").encode(),
    "20 MB of TOML": lambda: b"".join(b"k%d = 1\n" % k for k in range(1_500_000)),
}

# -- things that are no files ------------------------------------------------------------------------------------------


def _instead(make: Callable[[Path, Path], object]) -> Put:
    """Takes the file away first."""

    def put(path: Path, outside: Path) -> None:
        path.unlink()
        make(path, outside)

    return put


def _link(target: str) -> Put:
    return _instead(lambda path, _: path.symlink_to(target))


def _socket(path: Path, _: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's name may have a hundred bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _linked_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path.with_name("the pipe"))
    path.symlink_to("the pipe")


def _sparse(size: int) -> Put:
    def put(path: Path, _: Path) -> None:
        with path.open("r+b") as file:
            file.truncate(size)

    return put


def _full_folder(path: Path, _: Path) -> None:
    path.mkdir()
    for number in range(2000):
        (path / f"{number}{path.suffix}").write_bytes(b"")


def _renamed(name: bytes) -> Put:
    """A broken file under an odd name; what stands beside it goes along."""

    def put(path: Path, _: Path) -> Path:
        odd = path.with_name(os.fsdecode(name) + path.suffix)
        path.rename(odd)
        odd.write_bytes(odd.read_bytes()[:-7] + b"\0")
        return odd

    return put


PLACES: dict[str, Put] = {
    "nothing": lambda path, _: path.unlink(),
    "a folder": _instead(lambda path, _: path.mkdir()),
    "a folder of 2,000 files": _instead(_full_folder),
    "a pipe": _instead(lambda path, _: os.mkfifo(path)),
    "a link to a pipe": _instead(_linked_pipe),
    "a socket": _instead(_socket),
    "a link to /dev/zero": _link("/dev/zero"),
    "a link to /dev/full": _link("/dev/full"),
    "a link to /dev/null": _link("/dev/null"),
    "a link to /etc/passwd": _link("/etc/passwd"),
    "a link to /proc/self/mem": _link("/proc/self/mem"),
    "a link to /proc/self/environ": _link("/proc/self/environ"),
    "a link to /proc/self/pagemap": _link("/proc/self/pagemap"),
    "a link to the folder": _link("."),
    "a link to nothing": _link("missing"),
    "a link to itself": _instead(lambda path, _: path.symlink_to(path.name)),
    "a file of 1 TiB": _sparse(2**40),
    "a file of 3 GiB": _sparse(3 * 2**30),
    "a file that nobody may read": lambda path, _: path.chmod(0),
    "a name of two lines": _renamed(b"a\nb"),
    "a name that commands a terminal": _renamed(b"\x1b[2J\x07x"),
    "a name that reads backwards": _renamed("\u202egnp".encode()),
    "a name that is no UTF-8": _renamed(b"\xff\xfe"),
    "a name of 240 bytes": _renamed(b"n" * 240),
}

NASTIES: dict[str, Nasty] = {
    **{name: Nasty(_written(cache(make))) for name, make in _CONTENTS.items()},
    **{name: Nasty(put) for name, put in PLACES.items()},
    **{name: Nasty(_written(cache(make))) for name, make in _JSON.items()},
    **{name: Nasty(_written(make), large=True) for name, make in _LARGE.items()},
    **{name: Nasty(_written(cache(make)), large=" 2 GiB" in name or "8,192" in name) for name, make in BOMBS.items()},
}
