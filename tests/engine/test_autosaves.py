"""The folder of autosaves: one holder a file, what was left is found, what is damaged is set aside, nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import autosaves
from engine.autosaves import DAMAGED, KEPT, LOCK, Place, leftovers
from engine.errors import InputError
from engine.lock import Lock
from engine.session import SUFFIX, NewerError, Session
from tests.engine.test_session import full

HOLD = """
import sys
from pathlib import Path
from engine.lock import Lock
lock = Lock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


def kept(home: Path, session: Session | None = None) -> Place:
    """A window's file, held, with a session in it."""
    place = Place(home)
    place.write(session or full())
    return place


def aged(path: Path, seconds: float) -> None:
    """Let a file be that much older."""
    before = path.stat().st_mtime - seconds
    os.utime(path, (before, before))


def kill(place: Place) -> None:
    """What the system does with the files of a process that ends."""
    assert place._lock._file is not None
    place._lock._file.close()


# -- the lock --------------------------------------------------------------------------------------------------------


def test_a_lock_has_one_holder_and_another_after_it(tmp_path: Path) -> None:
    one, two = Lock(tmp_path / "x.lock"), Lock(tmp_path / "x.lock")
    assert one.take()
    assert one.take()
    assert not two.take()
    one.release()
    assert not one.path.exists()
    assert two.take()
    two.release(remove=False)
    assert two.path.exists()


def test_a_lock_is_held_by_a_process_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not Lock(path).take()
        holder.kill()
    assert path.exists()
    lock = Lock(path)
    assert lock.take()
    lock.release()


def test_a_lock_whose_file_was_taken_away_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import lock as module

    path, hold = tmp_path / "x.lock", module._hold
    tries = []

    def holding(file: object) -> None:
        tries.append(file)
        if len(tries) == 1:
            path.unlink()  # by its last holder, between opening and holding it
        hold(file)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_hold", holding)
    one = Lock(path)
    assert one.take()
    assert len(tries) == 2
    monkeypatch.undo()
    assert not Lock(path).take()
    one.release()


# -- what is left ----------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert leftovers(tmp_path / "none") == []


def test_what_is_open_is_not_offered(tmp_path: Path) -> None:
    place = kept(tmp_path)
    assert leftovers(tmp_path) == []
    assert not Place(tmp_path, place.path).take()
    place.leave()
    (left,) = leftovers(tmp_path)
    assert left.path == place.path
    assert not left.killed
    assert left.read() == full()


def test_what_a_killed_window_left_says_so_until_it_is_seen(tmp_path: Path) -> None:
    kill(kept(tmp_path))
    (left,) = leftovers(tmp_path)
    assert left.killed
    assert left.read() == full()
    left.seen()
    (left,) = leftovers(tmp_path)
    assert not left.killed


def test_the_newest_is_first(tmp_path: Path) -> None:
    places = [kept(tmp_path) for _ in range(3)]
    for age, place in zip((20, 0, 10), places, strict=True):
        aged(place.path, age)
        kill(place)
    assert [left.path for left in leftovers(tmp_path)] == [places[1].path, places[2].path, places[0].path]


def test_what_is_taken_up_is_replaced_in_its_place(tmp_path: Path) -> None:
    first = kept(tmp_path)
    first.leave()
    again = Place(tmp_path, first.path)
    assert again.take()
    again.write(full().model_copy(update={"beside": True}))
    assert leftovers(tmp_path) == []
    again.leave()
    (left,) = leftovers(tmp_path)
    assert left.read().beside


def test_of_what_closed_windows_left_the_oldest_goes_and_of_killed_ones_none(tmp_path: Path) -> None:
    killed = kept(tmp_path)
    aged(killed.path, 10_000)
    kill(killed)
    for age in range(KEPT + 2):
        place = kept(tmp_path)
        aged(place.path, age)
        place.leave()
    left = leftovers(tmp_path)
    assert len(left) == KEPT + 1
    assert [each.path for each in left if each.killed] == [killed.path]
    assert len(list(tmp_path.glob(f"*{SUFFIX}"))) == KEPT + 1


def test_locks_of_nothing_and_old_pieces_are_tidied(tmp_path: Path) -> None:
    empty = Place(tmp_path)
    assert empty.take()
    kill(empty)
    held = Place(tmp_path)
    assert held.take()
    for name, age in ((".old.part", 7200), (".new.part", 0)):
        (tmp_path / name).write_bytes(b"x")
        aged(tmp_path / name, age)
    assert leftovers(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == {held.path.with_suffix(LOCK).name, ".new.part"}
    held.leave()


def test_what_is_damaged_is_set_aside_and_never_deleted(tmp_path: Path) -> None:
    place = kept(tmp_path)
    place.path.write_bytes(place.path.read_bytes()[:-100])
    content = place.path.read_bytes()
    kill(place)
    (left,) = leftovers(tmp_path)
    with pytest.raises(InputError, match=rf"is damaged and was set aside as \w+\{DAMAGED}: .*\.$"):
        left.read()
    assert leftovers(tmp_path) == []
    (aside,) = tmp_path.glob(f"*{DAMAGED}")
    assert aside.read_bytes() == content


def test_what_a_newer_version_left_stays_as_it_is(tmp_path: Path) -> None:
    place = kept(tmp_path)
    place.path.write_text(json.dumps({**json.loads(full().to_json()), "version": 99}))
    place.leave()
    (left,) = leftovers(tmp_path)
    with pytest.raises(NewerError, match="update Latent Loupe"):
        left.read()
    assert leftovers(tmp_path) == [left]


def test_a_disk_that_refuses_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = kept(tmp_path)

    def full_disk(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(InputError, match=r"^The session cannot be written \(No space left on device\)"):
        place.write(full().model_copy(update={"beside": True}))
    monkeypatch.undo()
    place.leave()
    assert leftovers(tmp_path)[0].read() == full()
    assert autosaves.LOCK not in {path.suffix for path in tmp_path.iterdir()}
