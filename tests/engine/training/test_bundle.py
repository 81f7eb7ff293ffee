"""Bundling: what is measured goes with the model, nothing there is lost unless that is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import models
from engine.training import bundle
from engine.training.state import State
from engine.training.train import start, train
from tests.engine.training.small import config

TOML = """
name = "small"
steps = 10
batch = 32
microbatch = 16
save_minutes = 0
[data]
name = "mixture"
[network]
kind = "mlp"
width = 16
layers = 2
"""


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments for a training of ten steps; assets are in tmp_path/assets."""
    (tmp_path / "small.toml").write_text(TOML)
    (tmp_path / "assets").mkdir()
    monkeypatch.setattr(bundle, "_ASSETS", tmp_path / "assets")
    go_on(tmp_path)
    return [str(tmp_path / "small.toml"), "--folder", str(tmp_path / "small"), "--samples", "50"]


def go_on(folder: Path, steps: int = 5) -> State:
    """The training that small.toml says, some steps further."""
    state = start(config(steps=10, preview_every=500), folder / "small")
    for progress in train(state, folder / "small"):
        if progress.loss is not None and progress.step % steps == 0:
            break
    state.save(folder / "small")
    return state


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "assets").iterdir())


def test_a_model_is_written_with_its_quality(
    tmp_path: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundle.main(trained) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'assets' / 'small.safetensors'}\n"
    quality = json.loads((tmp_path / "assets" / "small.json").read_text())["provenance"]["quality"]
    assert quality["samples"] == "50 by the default Run: 22 Heun steps, seed 0"
    assert set(quality["Mean"]) == {"samples", "data"}
    assert len(quality["components"]["data"]["shares"]) == 3
    assert len(quality["2-Wasserstein distance"]["samples to data"]) == 4


def test_a_model_that_is_there_is_replaced_only_where_asked(
    tmp_path: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundle.main(trained) == 0
    before = models.load(tmp_path / "assets" / "small.json").reference
    go_on(tmp_path)
    assert bundle.main(trained) == 0
    assert names(tmp_path) == ["small-2.json", "small-2.safetensors", "small.json", "small.safetensors"]
    assert models.load(tmp_path / "assets" / "small.json").reference == before
    assert bundle.main([*trained, "--replace"]) == 0
    assert names(tmp_path) == ["small-2.json", "small-2.safetensors", "small.json", "small.safetensors"]
    after = models.load(tmp_path / "assets" / "small.json").reference
    assert after == models.load(tmp_path / "assets" / "small-2.json").reference
    assert after != before


def test_printing_writes_nothing(tmp_path: Path, trained: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert bundle.main([*trained, "--print"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["steps"] == 5
    assert "error of D" in shown
    assert names(tmp_path) == []


def test_nothing_to_measure_is_one_sentence(
    tmp_path: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundle.main([trained[0], "--folder", str(tmp_path / "other")]) == 2
    assert capsys.readouterr().err == "other holds no training: name the folder it was started in.\n"
    assert not (tmp_path / "other").exists()
    with pytest.raises(SystemExit):
        bundle.main([*trained, "--samples", "3"])
