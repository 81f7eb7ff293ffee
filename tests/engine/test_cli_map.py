"""`latent-loupe map`: what it asks for, what it tells, that it writes a whole file or none."""
# spec: A3

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine import cli
from engine.analysis import map_fit
from engine.analysis.basemap import load
from engine.settings.maps import MapSettings

VALUES = ["map", "--data", "handwritten-digits", "--features", "values"]


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[MapSettings]:
    """The settings that UMAP got; in its place the first two features are the embedding."""
    asked: list[MapSettings] = []

    def fitted(rows: np.ndarray, settings: MapSettings, progress: Callable[[float], None]) -> SimpleNamespace:
        asked.append(settings)
        progress(1.0)
        return SimpleNamespace(embedding_=np.random.default_rng(0).normal(size=(len(rows), 2)))

    monkeypatch.setattr(map_fit, "fitted", fitted)
    return asked


def test_every_setting_is_an_option(
    tmp_path: Path, asked: list[MapSettings], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "map.safetensors"
    options = "--count 70 --neighbours 7 --min-dist 0.3 --metric cosine --seed 4"
    assert cli.main([*VALUES, "--out", str(path), *options.split()]) == 0
    told: dict[str, Any] = {"count": 70, "neighbours": 7, "min_dist": 0.3, "metric": "cosine", "seed": 4}
    settings = MapSettings(data="handwritten-digits", features="values", **told)
    assert asked == [settings]
    assert load(path).about == settings
    assert capsys.readouterr().out == f"{path}\n"


def test_each_line_of_progress_is_an_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "map.safetensors"
    assert cli.main([*VALUES, "--count", "50", "--out", str(path), "--progress-lines"]) == 0
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["what"] for line in lines] == list(map_fit.STAGES)
    shares = [line["share"] for line in lines]
    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(shares)
    assert captured.err == ""
    assert len(load(path)) == 50


def test_folders_and_particles_lie_where_their_option_says(tmp_path: Path) -> None:
    np.savez(tmp_path / "run.npz", x0=np.random.default_rng(0).normal(size=(60, 2)))
    path = tmp_path / "map.safetensors"
    own = ["map", "--data", "particles", "--features", "values", "--particles", str(tmp_path / "run.npz")]
    assert cli.main([*own, "--out", str(path)]) == 0
    assert (load(path).label, load(path).features.shape) == ("particles", (60, 2))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--count", "49"], "count: should be greater than or equal to 50"),
        (["--data", "folder"], "--data folder and --folder go together"),
        (["--particles", "run.npz"], "--data particles and --particles go together"),
        (["--data", "folder", "--folder", "nowhere"], "nowhere is not a folder"),
        (["--data", "particles", "--particles", "nowhere.npz"], "nowhere.npz is missing"),
        (["--size", "7"], "--size is 7: give 8 to 256"),
        (["--out", "."], "is a folder"),
        (["--data", "faces", "--features", "classifier", "--count", "50"], "choose the features values"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*VALUES, "--out", str(tmp_path / "map.safetensors"), "--progress-lines", *arguments]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_ended_from_outside_it_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "engine.cli", *VALUES, "--out", str(tmp_path / "map.safetensors")]
    with subprocess.Popen(
        [*command, "--progress-lines"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert any(json.loads(line)["what"] == "neighbours" for line in process.stdout)
        process.terminate()
        assert process.wait(60) != 0
        assert process.stderr.read() == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_map_from_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "map.safetensors"
    command = [sys.executable, "-m", "engine.cli", *VALUES, "--count", "300", "--progress-lines", "--out", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shares = [json.loads(line)["share"] for line in done.stdout.splitlines()]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert done.stderr == ""
    made = load(path)
    apart = np.linalg.norm(made.coordinates[:, None] - made.coordinates, axis=2)
    nearest = made.labels[apart.argsort(axis=1)[:, 1:6]]
    assert (nearest == made.labels[:, None]).mean() > 0.8
