"""When a session is saved by itself, and what happens where it cannot be: no clock is waited for. # spec: -"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.autosave import AGAIN, LONGEST, SETTLED, Autosave
from engine.autosaves import Place, leftovers
from engine.errors import InputError
from engine.run import ModelReference, Run
from engine.session import KnownModel, Layout, Session, View, read

TINY = ModelReference(label="tiny", sha256="a" * 64)
FIRST = Session(models=(KnownModel(reference=TINY, data_shape=(2,)),), run=Run(model=TINY))


class Desk:
    """Something that changes, and its autosave under a clock of the test."""

    def __init__(self, home: Path) -> None:
        self.home, self.now, self.session = home, 1000.0, FIRST
        self._parent = QObject()
        self.autosave = Autosave(home, lambda: self.session, self._parent)
        self.autosave._timer.stop()
        self.autosave.look(self.now)
        self.said: list[str] = []
        self.autosave.refused.connect(self.said.append)

    def change(self, seed: int) -> None:
        """Another Run."""
        self.session = FIRST.model_copy(update={"run": FIRST.run.replace(latents={"seed": seed})})

    def pass_(self, seconds: float) -> None:
        """Look once a second for so long; what is written is waited for."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 1.0)
            self.autosave.look(self.now)
            if self.autosave._writing is not None:
                self.autosave._writing[1].exception()

    @property
    def kept(self) -> int | None:
        """The seed that is on the disk."""
        return next((read(path).run.latents.seed for path in self.home.glob("*.loupe")), None)


@pytest.fixture
def desk(qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "sessions")
    yield made
    made.autosave.close()


def test_what_was_never_touched_is_never_saved(desk: Desk) -> None:
    desk.pass_(100)
    desk.session = FIRST.model_copy(update={"layout": Layout(widths=(1, 2, 3))})  # panels find their sizes
    desk.pass_(100)
    desk.autosave.flush()
    assert not desk.home.exists()


def test_a_change_is_saved_once_it_has_settled(desk: Desk) -> None:
    desk.change(1)
    desk.pass_(SETTLED - 1)
    assert desk.kept is None
    desk.pass_(2)
    assert desk.kept == 1


def test_looking_elsewhere_is_saved_too(desk: Desk) -> None:
    desk.session = FIRST.model_copy(update={"view": View(selection=(3,))})
    desk.pass_(SETTLED + 1)
    assert leftovers(desk.home) == []  # it is held
    assert desk.kept == 0


def test_what_never_settles_is_saved_now_and_then(desk: Desk) -> None:
    kept = []
    for seed in range(1, 100):
        desk.change(seed)
        desk.pass_(1)
        kept.append(desk.kept)
    saved = sorted({seed for seed in kept if seed is not None})
    assert len(saved) == 99 // LONGEST
    assert all(later - earlier == LONGEST for earlier, later in itertools.pairwise(saved))


def test_going_back_to_what_was_first_is_saved_as_well(desk: Desk) -> None:
    desk.change(5)
    desk.pass_(SETTLED + 1)
    desk.session = FIRST
    desk.pass_(SETTLED + 1)
    assert desk.kept == 0


def test_a_full_disk_is_said_once_and_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def refuse(file: int) -> None:
        tries.append(desk.now)
        raise OSError(28, "No space left on device")

    desk.change(1)
    monkeypatch.setattr(os, "fsync", refuse)
    desk.pass_(3 * AGAIN)
    assert len(desk.said) == 1
    assert desk.said[0].startswith("The session cannot be written (No space left on device)")
    assert 2 <= len(tries) <= 4
    assert desk.kept is None
    monkeypatch.undo()
    desk.pass_(AGAIN + SETTLED)
    assert desk.kept == 1
    monkeypatch.setattr(os, "fsync", refuse)
    desk.change(2)
    desk.pass_(SETTLED + 2)
    assert len(desk.said) == 2  # it went well in between
    assert desk.kept == 1


def test_closing_saves_what_is_new_and_leaves_it(desk: Desk) -> None:
    desk.change(8)
    desk.autosave.close()
    (left,) = leftovers(desk.home)
    assert not left.killed
    assert left.read() == desk.session


def test_what_is_open_is_kept_before_another_takes_its_place(desk: Desk) -> None:
    desk.change(8)
    desk.autosave.move(Place(desk.home))
    (left,) = leftovers(desk.home)
    assert left.read().run.latents.seed == 8
    desk.pass_(SETTLED + 1)  # what stands there now is saved, though it was not touched since
    assert len(list(desk.home.glob("*.loupe"))) == 2


def test_nothing_takes_the_place_of_what_cannot_be_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: int) -> None:
        raise OSError(28, "No space left on device")

    desk.change(8)
    place = desk.autosave.place
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(InputError, match="What is open cannot be kept"):
        desk.autosave.move(Place(desk.home))
    assert desk.autosave.place is place


def test_the_writing_is_not_done_in_the_threads_of_the_window(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    monkeypatch.setattr(Place, "write", lambda *_: threads.append(threading.current_thread().name))
    desk.change(1)
    desk.pass_(SETTLED + 1)
    assert len(threads) == 1
    assert threads[0].startswith("autosave")
