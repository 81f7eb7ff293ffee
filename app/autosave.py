"""Autosave: keeps what a window holds on the disk while it changes, off Qt's thread. Owned by `sessions`."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject, QTimer, Signal

from engine.autosaves import Place
from engine.errors import InputError
from engine.session import Layout, Session

HOME = platformdirs.user_data_path("latent-loupe", appauthor=False) / "sessions"
"""Where windows keep their sessions."""

LOOK = 1000
"""Milliseconds between two looks at what the window holds: most changes come many at a time."""

SETTLED, LONGEST, AGAIN = 2.0, 30.0, 30.0
"""Seconds without a change after which it is saved, between two savings of what never settles, and until one that was
refused is tried again."""

LOST = "What is open cannot be kept on the disk: free some space, then open the other session again."


class Autosave(QObject):
    """Saves what `collect` gives into a `place` in the folder `home`; nothing until it differs from what it is now."""

    refused = Signal(str)  # why it cannot be saved: once, until it was

    def __init__(self, home: Path, collect: Callable[[], Session], parent: QObject) -> None:
        super().__init__(parent)
        self._home, self._collect = home, collect
        self.place = Place(home)
        self._untouched: Session | None = _without_layout(collect())
        self._saved: Session | None = None
        self._seen: Session | None = None
        self._changed = self._began = self._earliest = 0.0
        self._writing: tuple[Session, Future[None]] | None = None
        self._complained = False
        self._writer = ThreadPoolExecutor(1, "autosave")
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(lambda: self.look(time.monotonic()))
        self._timer.start()

    def look(self, now: float) -> None:
        """Begin to save what the window holds at `now`, in seconds, if it has changed and it is time."""
        session = self._collect()
        if self._busy(now) or session == self._saved or self._is_untouched(session):
            self._began = now
            return
        if session != self._seen:
            self._seen, self._changed = session, now
        due = now - self._changed >= SETTLED or now - self._began >= LONGEST
        if due and now >= self._earliest:
            self._began = now
            self._writing = session, self._writer.submit(self.place.write, session)

    def flush(self) -> None:
        """Save what the window holds, if it was touched, and wait until it is on the disk."""
        self._wait()
        session = self._collect()
        if session != self._saved and not self._is_untouched(session):
            self._writing = session, self._writer.submit(self.place.write, session)
            self._wait()

    def move(self, place: Place) -> None:
        """Leave what is open for another start, and go on in `place`, where what the window will hold is saved.

        Raises `InputError` if what is open cannot be kept; nothing is left then.
        """
        self.flush()
        if self._untouched is None and self._saved != self._collect():
            raise InputError(LOST)
        self.place.leave()
        self.place = place
        self._untouched = self._saved = None

    def close(self) -> None:
        """Save for the last time; the next start finds it."""
        self._timer.stop()
        self.flush()
        self._writer.shutdown()
        self.place.leave()

    def _is_untouched(self, session: Session) -> bool:
        """Whether there was nothing to save so far, and is nothing now."""
        if self._untouched is not None and _without_layout(session) != self._untouched:
            self._untouched = None
        return self._untouched is not None

    def _busy(self, now: float) -> bool:
        """Whether it is being written; tells what became of what was."""
        if self._writing is None or not self._writing[1].done():
            return self._writing is not None
        (session, written), self._writing = self._writing, None
        try:
            written.result()
        except InputError as error:
            self._earliest = now + AGAIN
            if not self._complained:
                self._complained = True
                self.refused.emit(str(error))
        else:
            self._saved, self._complained = session, False
        return False

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing[1].exception()
            self._busy(time.monotonic())


def _without_layout(session: Session) -> Session:
    """What one touches: panels find their sizes by themselves when a window opens."""
    return session.model_copy(update={"layout": Layout()})
