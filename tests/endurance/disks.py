"""Disks that fail: full ones and read-only ones, small and mounted where the system lets us, else simulated.

Called by `storage` for the `faults` command and the tests.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from unittest.mock import patch

SIZE = "8m"
"""How much a mounted disk holds: what the writers write before it is full, and more."""

_BALLAST = ".ballast"


class Disk(Protocol):
    """A disk that can `fail` and `recover`; `folder` is on it, `kind` says what fails and how."""

    folder: Path
    kind: str

    def fail(self) -> None:
        """From now on nothing more can be written."""
        ...

    def recover(self) -> None:
        """From now on writing works again."""
        ...


@dataclass
class Full:
    """A mounted disk, filled to the last byte."""

    folder: Path
    kind: str = "a full disk"

    def fail(self) -> None:
        with (self.folder / _BALLAST).open("wb", buffering=0) as file:
            for size in (2**16, 1):
                while _written(file.fileno(), size):
                    pass

    def recover(self) -> None:
        (self.folder / _BALLAST).unlink()


@dataclass
class ReadOnly:
    """A mounted disk that is made read-only: even root cannot write there."""

    folder: Path
    kind: str = "a read-only disk"

    def fail(self) -> None:
        _mount("-o", "remount,ro", str(self.folder))

    def recover(self) -> None:
        _mount("-o", "remount,rw", str(self.folder))


@dataclass
class Simulated:
    """A folder where flushing a file to the disk fails, as it does when the disk is full."""

    folder: Path
    kind: str = "a full disk, simulated"

    def fail(self) -> None:
        self._patch = patch("os.fsync", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        self._patch.start()

    def recover(self) -> None:
        self._patch.stop()


def can_mount() -> bool:
    """Whether this process may mount a disk of its own: root on Linux, in most containers not even that."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return False
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(probe, capture_output=True).returncode == 0
    except OSError:
        return False


@contextmanager
def mounted(kind: type[Full] | type[ReadOnly], place: Path) -> Iterator[Disk]:
    """A disk of `SIZE` of its own, mounted at `place`, which is made, until the block is left."""
    place.mkdir(parents=True)
    _mount("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place))
    try:
        yield kind(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def _written(descriptor: int, size: int) -> bool:
    try:
        return os.write(descriptor, bytes(size)) > 0
    except OSError:
        return False
