"""Finding a model by its content: where it was opened last, in the folders given, and never by its name alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine import models
from engine.checkpoints import save
from engine.models import search as module
from engine.models.mixture import Mixture
from engine.models.search import Searched, search
from engine.run import ModelReference


def mixture(path: Path, centre: float, label: str = "mine") -> ModelReference:
    """A checkpoint of a mixture about that place; which it is."""
    return models.load(save(path, Mixture([[centre]], [[[0.1]]], [1.0], label=label))).reference


def last(*arguments: object) -> Searched:
    """How the search ends."""
    *_, ended = search(*arguments)  # type: ignore[arg-type]
    return ended


def test_a_model_that_was_moved_is_found_by_its_content(tmp_path: Path) -> None:
    wanted = mixture(tmp_path / "mine.safetensors", 1.0)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for suffix in (".safetensors", ".json"):
        shutil.move(tmp_path / f"mine{suffix}", elsewhere / f"renamed{suffix}")
    mixture(elsewhere / "mine.safetensors", 2.0)  # another of the same name
    ended = last([wanted], {wanted.sha256: tmp_path / "mine.safetensors"}, [tmp_path, elsewhere])
    (found,) = ended.found
    assert found.reference == wanted
    assert found.source == "renamed.json"
    assert found.build().reference == wanted
    assert ended.done == ended.total


def test_the_place_where_it_was_opened_last_comes_first(tmp_path: Path) -> None:
    wanted = mixture(tmp_path / "mine.safetensors", 1.0)
    ended = last([wanted], {wanted.sha256: tmp_path / "mine.safetensors"}, [])
    assert [info.reference for info in ended.found] == [wanted]


def test_what_is_another_by_now_or_damaged_is_passed_over(tmp_path: Path) -> None:
    wanted = mixture(tmp_path / "a" / "mine.safetensors", 1.0)
    text = (tmp_path / "a" / "mine.json").read_text()
    weights = (tmp_path / "a" / "mine.safetensors").read_bytes()
    lies = tmp_path / "lies"
    lies.mkdir()
    (lies / "cut.json").write_text(text)
    (lies / "cut.safetensors").write_bytes(weights[:-4])
    (lies / "alone.json").write_text(text)
    (lies / "rubbish.json").write_text("{")
    (lies / "folder").mkdir()
    other = tmp_path / "other.safetensors"
    mixture(other, 2.0)
    known = {wanted.sha256: other}
    assert last([wanted], known, [lies, tmp_path / "gone"]).found == ()
    assert len(last([wanted], known, [lies, tmp_path / "a"]).found) == 1


def test_a_folder_of_diffusers_is_opened_only_where_its_name_is_the_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.engine.foreign import pipeline

    pipeline(tmp_path / "butterflies")
    pipeline(tmp_path / "others")
    wanted = models.load(tmp_path / "butterflies").reference
    opened: list[str] = []
    load = models.load
    monkeypatch.setattr(models, "load", lambda path: opened.append(path.name) or load(path))  # type: ignore[func-returns-value]
    (found,) = last([wanted], {}, [tmp_path]).found
    assert found.reference == wanted
    assert opened == ["butterflies"]


def test_only_so_many_places_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 5)
    for number in range(20):
        (tmp_path / f"{number}.json").write_text("{}")
    steps = list(search([ModelReference(label="gone", sha256="f" * 64)], {}, [tmp_path, tmp_path]))
    assert len(steps) == 6
    assert {step.total for step in steps} == {5}
    assert [step.done for step in steps] == list(range(6))
