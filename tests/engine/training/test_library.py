"""The trainings kept on this machine: found, told apart, never mixed."""

from __future__ import annotations

import os
from pathlib import Path

from engine.training.config import FILE
from engine.training.library import entries, entry_of, place
from engine.training.train import start
from tests.engine.training.small import config


def kept(folder: Path, **changes: object) -> Path:
    start(config(**changes), folder).save(folder)
    return folder


def test_trainings_are_listed_the_newest_first(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old")):
        path = kept(tmp_path / name, name=name)
        os.utime(path / FILE, (1e9 - age, 1e9 - age))
    assert [entry.config.name for entry in entries(tmp_path)] == ["new", "old"]
    assert entries(tmp_path / "nothing") == []


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    kept(tmp_path / "whole")
    cut = kept(tmp_path / "cut") / FILE
    cut.write_bytes(cut.read_bytes()[:100])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).write_bytes(b"")
    assert [entry.folder.name for entry in entries(tmp_path)] == ["whole"]
    assert entry_of(tmp_path / "cut") is None


def test_a_training_goes_on_in_its_folder_and_another_one_gets_its_own(tmp_path: Path) -> None:
    assert place(config(), tmp_path) == tmp_path / "small"
    kept(tmp_path / "small")
    assert place(config(), tmp_path) == tmp_path / "small"
    assert place(config(preview_every=5), tmp_path) == tmp_path / "small"
    assert place(config(seed=1), tmp_path) == tmp_path / "small-2"
    kept(tmp_path / "small-2", seed=1)
    assert place(config(seed=1), tmp_path) == tmp_path / "small-2"
    assert place(config(seed=2), tmp_path) == tmp_path / "small-3"


def test_how_far_it_is_stands_in_the_entry(tmp_path: Path) -> None:
    entry = entry_of(kept(tmp_path))
    assert entry is not None
    assert (entry.step, entry.finished) == (0, False)
