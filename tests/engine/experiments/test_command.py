"""`latent-loupe reproduce`: the table, the files, going on after Ctrl+C, the settings of a plan as options."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from engine import cli
from engine.experiments import EXPERIMENTS, runner
from engine.experiments.experiment import Cell, Context, Measured
from engine.figures.figure import Figure
from tests.engine.experiments import small
from tests.engine.experiments.small import Plan, Small

FILES = [f"small.{kind}" for kind in ("csv", "json", "png", "svg", "pdf")]


@pytest.fixture
def experiment(monkeypatch: pytest.MonkeyPatch) -> Small:
    """`Small` among the experiments, on a model that is always here."""
    experiment = Small()
    monkeypatch.setitem(EXPERIMENTS, "small", experiment)
    monkeypatch.setattr(runner, "load", small.load)
    return experiment


def test_a_table_is_printed_with_its_findings_and_files(
    tmp_path: Path, experiment: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["reproduce", "small", "--out", str(tmp_path), "--quick"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "column  seed  third (mm)  word          none",
        "first      0       0.333  seed 0, down  –",
        "again      0       0.333  seed 0, down  –",
        "",
        "The largest is 0.333.",
        "",
        "              published   here",
        "the smallest  0.25 ± 0.1  0.333",
        "    Another seed.",
        "",
        *(str(tmp_path / name) for name in FILES),
    ]
    assert captured.err.splitlines()[-1] == "2 of 2 cells, 00:00 left"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FILES, "cells"])
    assert experiment.measured == [0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_says_how_to_go_on_and_does(
    tmp_path: Path,
    experiment: Small,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stops = [True]

    def measure(self: Small, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        if cell.run.latents.seed == 1 and stops.pop():
            os.kill(os.getpid(), number)
        return (yield from whole(self, cell, plan, context))

    whole = Small.measure
    monkeypatch.setattr(Small, "figure", lambda *_: Figure("Drawn in no time", []))
    monkeypatch.setattr(Small, "measure", measure)
    command = ["reproduce", "small", "--out", str(tmp_path / "out"), "--no-pictures"]
    assert cli.main(command) == 130
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"Stopped: the same command goes on with the cells that {tmp_path / 'out' / 'cells'} holds."
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["cells"]
    stops.append(False)
    assert cli.main(command) == 0
    assert experiment.measured == [0, 1, 2]
    other = Small()
    monkeypatch.setitem(EXPERIMENTS, "small", other)
    stops.append(False)
    assert cli.main(["reproduce", "small", "--out", str(tmp_path / "straight"), "--no-pictures"]) == 0
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()


def test_every_setting_of_a_plan_is_an_option(
    tmp_path: Path, experiment: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.experiments import command

    asked = []
    monkeypatch.setattr(command, "reproduce", lambda *arguments: asked.append(arguments[:3]))
    options = ["--seeds", "7, 8", "--pieces", "3", "--no-pictures", "--rounding", "up"]
    assert cli.main(["reproduce", "small", "--out", str(tmp_path), *options]) == 0
    assert cli.main(["reproduce", "small", "--out", str(tmp_path), "--quick", "--pieces", "4"]) == 0
    plans = [Plan(seeds=(7, 8), pieces=3, pictures=False, rounding="up"), Plan(seeds=(0,), pieces=4)]
    assert asked == [(experiment, plan, tmp_path) for plan in plans]


def test_help_tells_each_setting_and_its_quick_default(experiment: Small, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reproduce", "small", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "--seeds VALUE,... Seeds: One a measurement. [default 0,1,2, with --quick 0]" in shown
    assert "--pieces VALUE Pieces: Of each measurement. [≥ 1; default 2]" in shown
    assert "100 % of it." in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["reproduce"], "NAME"),
        (["reproduce", "smal", "--out", "x"], "smal"),
        (["reproduce", "small"], "--out"),
        (["reproduce", "small", "--out", "x", "--pieces", "0"], "pieces"),
        (["reproduce", "small", "--out", "x", "--seeds", "1,two"], "--seeds"),
        (["reproduce", "small", "--out", "x", "--rounding", "off"], "--rounding"),
        (["reproduce", "small", "--out", __file__], "is a file"),
    ],
)
def test_errors_are_one_sentence_and_exit_code_2(
    experiment: Small, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert says in captured.err
    assert experiment.measured == []
