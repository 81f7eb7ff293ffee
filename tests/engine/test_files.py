"""Writing files whole or not at all, and never over others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from engine.errors import InputError
from engine.files import numbered, write_atomically


def test_bytes_and_writers_are_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new" / "a", b"one")
    assert (tmp_path / "new" / "a").read_bytes() == b"one"
    write_atomically(tmp_path / "new" / "a", lambda file: file.write(b"two"))
    assert (tmp_path / "new" / "a").read_bytes() == b"two"
    assert os.listdir(tmp_path / "new") == ["a"]


def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")

    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_atomically(path, fail)
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["a"]


def test_it_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda number: done.append("fsync") or fsync(number))  # type: ignore[func-returns-value]
    monkeypatch.setattr(os, "replace", lambda a, b: done.append("replace") or replace(a, b))  # type: ignore[func-returns-value]
    write_atomically(tmp_path / "a", b"content")
    assert done == ["fsync", "replace"]


def test_a_full_disk_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"^a cannot be written \(No space left on device\): "):
        write_atomically(tmp_path / "a", b"content")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path / "file" / "a", b"content")


def test_an_unused_name_is_the_first_free_one(tmp_path: Path) -> None:
    path = tmp_path / "run.v1.png"
    assert next(name for name in numbered(path) if not name.exists()) == path
    path.touch()
    (tmp_path / "run.v1-2.png").touch()
    assert next(name for name in numbered(path) if not name.exists()) == tmp_path / "run.v1-3.png"
