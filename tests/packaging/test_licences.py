"""LICENCES.txt: every file of the bundle belongs to something whose licence is told, in full."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from packaging.requirements import Requirement
from PySide6 import QtCore

from tests.packaging.loaded import ROOT, script

licences = script("licences")


def needed() -> set[str]:
    """The distributions that the program is made of: what it asks for, and what that asks for, as installed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(line) for line in [*project["dependencies"], *project["optional-dependencies"]["diffusers"]]]
    found: set[str] = set()
    while wanted:
        asked = wanted.pop()
        if asked.name not in found and (asked.marker is None or asked.marker.evaluate({"extra": ""})):
            found.add(asked.name)
            wanted += [Requirement(line) for line in licences.distribution(asked.name).requires or ()]
    return found


def test_whatever_the_program_asks_for_has_a_licence_and_its_text() -> None:
    names = needed()
    assert {"torch", "PySide6-Essentials", "numba", "diffusers", "torchode"} <= names
    parts = [licences.part(name) for name in names]
    assert [part.name for part in parts if not part.licence or not max(map(len, part.texts)) > 150] == []


def test_files_are_told_apart_by_where_they_come_from() -> None:
    files = [torch.__file__, np.__file__, QtCore.__file__, json.__file__, ROOT / "app" / "window.py"]
    owners = [licences.owned([Path(file)]) for file in files]
    assert owners == [{"torch"}, {"numpy"}, {"PySide6_Essentials"}, {"Python"}, {"latent-loupe"}]


def test_a_library_of_the_system_is_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"--search": "libx11-6:amd64: /usr/lib/libX11.so.6\n", "--show": "1.8\n"}
    monkeypatch.setattr(licences, "_said", lambda program, verb, *_: said[verb])
    monkeypatch.setattr(licences.shutil, "which", lambda name: name)
    assert licences.owned([Path("/usr/lib/libX11.so.6")]) == {"system:libx11-6"}


def test_a_file_of_nobody_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licences.shutil, "which", lambda name: None)
    with pytest.raises(licences.Unlicensed, match=r"stray\.py belongs to no distribution"):
        licences.owned([tmp_path / "stray.py"])


def test_a_distribution_without_a_text_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licences, "OWN_TEXTS", tmp_path)
    with pytest.raises(licences.Unlicensed, match=r"add packaging/licences/PySide6_Essentials\.txt"):
        licences.part("PySide6_Essentials")


def test_every_text_stands_once_and_what_is_replaceable_is_told() -> None:
    parts = [licences.part(name) for name in ("PySide6_Essentials", "av", "numpy", "torch")]
    text = licences.told([*parts, parts[2]])
    assert text.startswith("The licences of all that this folder holds")
    assert [line for line in text.splitlines() if re.fullmatch(r"(av|numpy|torch) \S+: .*", line)]
    assert text.count(parts[2].texts[0]) == 1
    assert "(The text that stands under numpy.)" in text
    assert "which you may replace" in text
    assert text.index("x264, Copyright") < text.index("GNU LESSER GENERAL PUBLIC LICENSE")


def test_metadata_says_nothing_of_this_machine(tmp_path: Path) -> None:
    licences.write([Path(torch.__file__), ROOT / "app" / "window.py"], tmp_path)
    written = sorted(file for file in (tmp_path / "metadata").rglob("*") if file.is_file())
    assert {file.name for file in written} <= {"METADATA", "entry_points.txt"}
    assert {file.parent.name.partition("-")[0] for file in written} == {"torch", "latent_loupe"}
    assert [file for file in [*written, tmp_path / "LICENCES.txt"] if str(ROOT) in file.read_text()] == []
