"""Lock: a file that one holder has at a time, of all processes of this machine. Used by `engine.autosaves`.

The system lets go of it when the process ends, however that comes about: a lock that can be taken and whose file is
there was left by a process that was killed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Lock:
    """The lock at `path`. Another `Lock` of the same path, in this process too, is another holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def take(self) -> bool:
        """Hold it from now on; False where somebody else does, or the disk refuses."""
        while self._file is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                file = self.path.open("ab")
            except OSError:
                return False
            try:
                _hold(file)
            except OSError:
                file.close()
                return False
            if _stands_at(file, self.path):
                self._file = file
            else:  # its last holder took it away meanwhile
                file.close()
        return True

    def release(self, *, remove: bool = True) -> None:
        """Let go of it, and take its file away unless it is to be seen that it was there."""
        if self._file is None:
            return
        if remove and sys.platform != "win32":
            self._remove()
        self._file.close()
        self._file = None
        if remove and sys.platform == "win32":  # where no open file can be taken away
            self._remove()

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self.path)


def _stands_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def _hold(file: BinaryIO) -> None:
    """Raises `OSError` where another one holds it."""
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
