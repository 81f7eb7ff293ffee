"""`latent-loupe train`: it trains, goes on, stops at Ctrl+C without loss, and refuses in a sentence."""
# spec: T6

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import cli, models
from engine.training import command
from engine.training.config import FILE
from engine.training.train import Progress, start
from tests.engine.training.small import config

TOML = """
name = "small"
title = "A small one"
steps = {steps}
batch = 32
microbatch = 16
{more}
[data]
name = "mixture"
[network]
kind = "mlp"
width = 16
layers = 2
"""


def write(folder: Path, steps: int = 30, more: str = "") -> Path:
    path = folder / "small.toml"
    path.write_text(TOML.format(steps=steps, more=more))
    return path


def test_it_trains_and_writes_a_model_that_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    assert cli.main(["train", str(write(tmp_path)), "--folder", str(folder)]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{folder / 'small.safetensors'}\n"
    assert "step 30 of 30  loss " in shown.err
    provenance = json.loads((folder / "small.json").read_text())["provenance"]
    assert provenance["command"] == "latent-loupe train small.toml"
    assert (provenance["title"], provenance["steps"], provenance["training"]["batch"]) == ("A small one", 30, 32)
    assert len(provenance["loss"]["means"]) == 30
    assert models.load(folder / "small.json").data_shape == (1,)


def test_the_folder_is_named_like_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["train", str(write(tmp_path, steps=1))]) == 0
    assert (tmp_path / "small" / "small.safetensors").exists()


def test_ctrl_c_saves_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, handler = command.train, signal.getsignal(signal.SIGINT)

    def pressed(*arguments: Any) -> Iterator[Progress]:
        for progress in real(*arguments):
            if progress.step == 7 and progress.loss is not None:
                signal.raise_signal(signal.SIGINT)
            yield progress

    arguments = ["train", str(write(tmp_path)), "--folder", str(tmp_path / "out")]
    monkeypatch.setattr(command, "train", pressed)
    assert cli.main(arguments) == 130
    assert capsys.readouterr().err == "Stopped: the same command goes on with what out holds.\n"
    assert signal.getsignal(signal.SIGINT) is handler
    assert start(config(steps=30, save_minutes=5, preview_every=500), tmp_path / "out").step == 7
    assert not (tmp_path / "out" / "small.json").exists()

    assert cli.main([*arguments, "--export"]) == 0
    assert json.loads((tmp_path / "out" / "small.json").read_text())["provenance"]["steps"] == 7
    monkeypatch.setattr(command, "train", real)
    assert cli.main(arguments) == 0
    assert json.loads((tmp_path / "out" / "small-2.json").read_text())["provenance"]["steps"] == 30


@pytest.fixture
def heard() -> Iterator[None]:
    """Ctrl+C is heard, as it is not by what a shell starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_a_second_ctrl_c_ends_at_once() -> None:
    with command.until_interrupted() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_texts_and_intervals_may_change_on_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    assert cli.main(["train", str(write(tmp_path)), "--folder", str(folder)]) == 0
    changed = write(tmp_path, more='save_minutes = 1\ndescription = "New."')
    assert cli.main(["train", str(changed), "--folder", str(folder)]) == 0
    assert json.loads((folder / "small-2.json").read_text())["provenance"]["description"] == "New."
    assert cli.main(["train", str(write(tmp_path, steps=31)), "--folder", str(folder)]) == 2
    assert "another configuration" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "says"),
    [("colour = 1", "colour: "), ("average = 1.0", "average: should be less than 1"), ("seed =", "is not TOML")],
)
def test_rubbish_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, says: str) -> None:
    assert cli.main(["train", str(write(tmp_path, more=more)), "--folder", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_exporting_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", str(write(tmp_path)), "--folder", str(tmp_path / "out"), "--export"]) == 2
    assert "out holds no training" in capsys.readouterr().err
    assert FILE not in {path.name for path in tmp_path.rglob("*")}
