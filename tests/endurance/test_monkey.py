"""The monkey: a game of a fixed seed goes well, and what goes wrong in one is seen. # spec: -"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.endurance import monkey
from tests.endurance.actions import Action
from tests.endurance.memory import Sample, growth
from tests.endurance.watch import is_sentence

REPORT = {
    "seed": 0,
    "seconds": 1.0,
    "actions": 2,
    "kinds": {"click": 2},
    "steps_trained": 3,
    "runs_drawn": 4,
    "growth": None,
    "samples": [],
    "gaps": [],
    "sentences": {},
    "problems": [],
}


def test_a_short_game_goes_well(tmp_path: Path) -> None:
    report = monkey.play(tmp_path, seed=0, count=50, seconds=60.0)
    assert monkey.passed(report), monkey.tell(report)
    assert report["actions"] >= 50 or report["seconds"] >= 60
    assert report["runs_drawn"] > 1
    assert len((tmp_path / "actions.jsonl").read_text().splitlines()) == report["actions"]


@pytest.mark.slow
def test_two_minutes_go_well(tmp_path: Path) -> None:
    report = monkey.play(tmp_path, seed=1, seconds=120.0)
    assert monkey.passed(report), monkey.tell(report)


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize(
    ("dies", "how"),
    [("sys.exit('no window')", "ended with code 1"), ("os.kill(os.getpid(), 11)", "died of SIGSEGV")],
)
def test_a_game_that_dies_is_told_with_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: str, how: str
) -> None:
    said = "import os, sys; print('no window', flush=True); " + dies
    monkeypatch.setattr(monkey, "GAME", ("-c", said))
    report = monkey.play(tmp_path)
    assert not monkey.passed(report)
    (problem,) = report["problems"]
    assert problem["kind"] == how
    assert "no window" in problem["text"]
    assert how in monkey.tell(report)


def test_memory_that_grows_does_not_pass() -> None:
    assert monkey.passed(REPORT)
    assert monkey.passed({**REPORT, "growth": monkey.FLAT - 0.1})
    assert not monkey.passed({**REPORT, "growth": monkey.FLAT})
    assert not monkey.passed({**REPORT, "problems": [{"kind": "Qt", "text": "a warning", "action": 1}]})
    assert "FAILED" in monkey.tell({**REPORT, "growth": monkey.FLAT})


def test_growth_is_that_of_the_second_half_at_rest_without_trajectories() -> None:
    first = Sample(0, 100, 0, 0, 0, 0, 0, True)
    samples = [
        replace(
            first, seconds=30.0 * each, resident=100 + 7.0 * max(0, each - 10) + 50 * each, trajectories=50.0 * each
        )
        for each in range(21)
    ]
    busy = replace(first, seconds=500, resident=10_000, rested=False)
    assert growth([busy, *samples]) == pytest.approx(14.0)
    assert growth(samples[:6]) is None


def test_an_action_comes_back_from_its_line() -> None:
    action = Action("type", "Window/QWidget.0", (0.1, 0.2), (0.3, 0.4), "right", "Ctrl", "½ 𝔇", 3, 5)
    assert Action.from_json(action.to_json()) == action
    assert len(json.loads(action.to_json())) == 9


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("The mask is 4 x 4 and the model's pictures are 32 x 32: resample it.", True),
        ("run.json v1.2 cannot be read (No space left on device): free some space.", True),
        ("", False),
        ("No full stop", False),
        ("Two sentences. And another.", False),
        ("A fault of Latent Loupe, please report it: KeyError: 'x'.", False),
        ("Traceback (most recent call last).", False),
        ("ValueError is what happened.", False),
        ("On two\nlines.", False),
    ],
)
def test_what_a_sentence_is(text: str, is_one: bool) -> None:
    assert is_sentence(text) is is_one
