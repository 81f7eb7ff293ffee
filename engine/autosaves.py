"""Autosaves: the folder in which windows keep their sessions by themselves: one locked file a window, newest first.

A file without a lock was left by a window that was closed, one whose lock nobody holds by a window that was killed.
What cannot be read is set aside, never deleted. Called by `app.autosave` and `app.sessions`.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError
from engine.files import numbered, write_atomically
from engine.lock import Lock
from engine.session import SUFFIX, NewerError, Session, read

LOCK, DAMAGED = ".lock", ".damaged"

KEPT = 20
"""Sessions of closed windows that stay; beyond that the oldest goes. Those of killed windows stay until seen."""

_PARTS = 3600.0  # seconds after which a file that was being written when its process was killed is nobody's


@dataclass(frozen=True)
class Leftover:
    """A session that a window left: whether that was `killed`, and when it was saved last, in seconds since 1970."""

    path: Path
    killed: bool
    saved: float

    def read(self) -> Session:
        """It. Raises `InputError`, one sentence, where it cannot be used; what is damaged is set aside first."""
        try:
            return read(self.path)
        except NewerError:
            raise
        except InputError as error:
            aside = next(path for path in numbered(self.path.with_suffix(DAMAGED)) if not path.exists())
            with contextlib.suppress(OSError):
                os.replace(self.path, aside)
            self.seen()
            raise InputError(
                f"The session that was left is damaged and was set aside as {aside.name}: choose another one under "
                "File, Earlier sessions."
            ) from error

    def seen(self) -> None:
        """From now on it is one of those that closed windows left."""
        _drop(self.path.with_suffix(LOCK))


class Place:
    """The file in which one window keeps its session, held while the window is open."""

    def __init__(self, home: Path, path: Path | None = None) -> None:
        """A new file in the folder `home`, or the one at `path` that was left there."""
        self.path = path or home / f"{uuid.uuid4().hex}{SUFFIX}"
        self._lock = Lock(self.path.with_suffix(LOCK))

    def take(self) -> bool:
        """Hold it; False where another window does."""
        return self._lock.take()

    def write(self, session: Session) -> None:
        """Keep that session, in place of what is there once it is whole on the disk. Any thread.

        Raises `InputError` as `Session.to_json`, and where the disk refuses.
        """
        self.take()
        write_atomically(self.path, session.to_json().encode(), name="The session")

    def leave(self) -> None:
        """The window is closed, or holds another session."""
        self._lock.release()


def leftovers(home: Path) -> list[Leftover]:
    """What windows left that are not open any more, newest first; tidies the folder."""
    found = []
    for path in home.glob(f"*{SUFFIX}"):
        lock = path.with_suffix(LOCK)
        with contextlib.suppress(OSError):
            killed = lock.exists()
            if not killed or _free(lock):
                found.append(Leftover(path, killed, path.stat().st_mtime))
    found.sort(key=lambda leftover: (leftover.saved, leftover.path.name), reverse=True)
    closed = [leftover for leftover in found if not leftover.killed]
    _tidy(home, closed[KEPT:])
    return [leftover for leftover in found if leftover not in closed[KEPT:]]


def _free(path: Path) -> bool:
    """Whether nobody holds the lock that is there."""
    lock = Lock(path)
    taken = lock.take()
    lock.release(remove=False)
    return taken


def _drop(path: Path) -> None:
    """Take the lock there away unless somebody holds it."""
    lock = Lock(path)
    if path.exists() and lock.take():
        lock.release()


def _tidy(home: Path, old: list[Leftover]) -> None:
    """Take away those, locks of nothing, and pieces of files that were never finished."""
    for path in home.glob(f"*{LOCK}"):
        if not path.with_suffix(SUFFIX).exists():
            _drop(path)
    pieces = [path for path in home.glob(".*.part") if _age(path) > _PARTS]
    for path in (*(leftover.path for leftover in old), *pieces):
        with contextlib.suppress(OSError):
            path.unlink()


def _age(path: Path) -> float:
    """Seconds since it was written; 0 where it is gone."""
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0
