"""What an experiment takes, guessed before anything of it is measured. # spec: S14"""

from __future__ import annotations

import pytest

from engine import cli
from engine.errors import InputError
from engine.experiments import EXPERIMENTS, cost
from engine.experiments.experiment import Cell
from tests.app.studied import TINY
from tests.engine.experiments.small import Small
from tests.engine.tiny import run_of


def test_points_are_fast_and_pictures_slow() -> None:
    runs = [cell.run for cell in TINY.cells(TINY.plan)]
    assert cost.seconds(runs) == pytest.approx(cost.POINT * 2 * 10 * 3 * (5 + 10 + 20 + 50))
    unknown = run_of(latents={"count": 3})
    assert cost.seconds([unknown]) == cost.PICTURE * unknown.sampler.per_step * unknown.schedule.steps * 3
    assert cost.seconds([]) == 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 min"), (59, "1 min"), (754, "12 min"), (7_300, "2 h"), (187_200, "2 d")]
)
def test_a_guess_has_one_unit(seconds: float, text: str) -> None:
    assert cost.rough(seconds) == text


def test_the_list_names_each_with_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reproduce", "--list"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(EXPERIMENTS)
    assert "361 cells, about 8 h" in next(line for line in lines if line.startswith("digit-modes"))
    assert {line.index(each.title) for line, each in zip(lines, EXPERIMENTS.values(), strict=True)} == {
        2 + max(map(len, EXPERIMENTS))
    }
    assert head.split() == ["in", "full,", "on", "one", "core", "--quick"]


def test_what_cannot_be_carried_out_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> list[Cell]:
        raise InputError("The model is not here: open its checkpoint.")

    monkeypatch.setattr(Small, "cells", refuse)
    assert cost.told(Small(), Small.plan) == "The model is not here"
