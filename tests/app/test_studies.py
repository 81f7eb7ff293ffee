"""Studies: plans with their history, what is known of them, the chosen one and the selected cell. # spec: S14"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from PySide6.QtGui import QUndoStack

from app.studies import Studies
from tests.app.studied import OTHER, TINY, reported


@pytest.fixture
def studies(qapp: object) -> Studies:
    return Studies([(TINY, TINY.plan), (OTHER, OTHER.plan)], QUndoStack())


def test_a_drag_of_one_setting_is_one_undo_step(studies: Studies) -> None:
    study = studies.chosen
    for seed in range(5):
        study.change("change Seed", seed=seed)
    study.end_gesture()
    study.change("change Seed", seed=9)
    assert (study.plan.seed, studies.undo.count()) == (9, 2)  # type: ignore[attr-defined]
    studies.undo.undo()
    assert study.plan.seed == 4  # type: ignore[attr-defined]
    studies.undo.undo()
    assert study.plan == TINY.plan


def test_undo_shows_the_experiment_that_it_changes(studies: Studies) -> None:
    first, second = studies.all
    first.change("change Seed", seed=3)
    studies.choose(second)
    second.change("change Seed", seed=5)
    studies.choose(first)
    studies.undo.undo()
    assert studies.chosen is second
    assert (first.plan.seed, second.plan) == (3, OTHER.plan)  # type: ignore[attr-defined]


def test_a_refused_value_leaves_the_plan(studies: Studies) -> None:
    with pytest.raises(ValidationError):
        studies.chosen.change("change Seed", seed=-1)
    assert studies.chosen.plan == TINY.plan


def test_a_plan_that_is_carried_out_stays_and_cannot_be_undone(studies: Studies) -> None:
    study = studies.chosen
    study.change("change Seed", seed=3)
    study.set_status("running")
    assert not studies.undo.canUndo()
    study.change("change Seed", seed=4)
    assert study.plan.seed == 3  # type: ignore[attr-defined]


def test_what_is_told_of_another_plan_is_not_shown(studies: Studies, tmp_path: Path) -> None:
    study, told = studies.chosen, reported(tmp_path, cells=3)
    study.change("change Seed", seed=3)
    study.set_report(told)
    assert study.report is None
    studies.undo.undo()
    study.set_report(told)
    assert study.report is told


def test_choosing_another_experiment_selects_nothing(studies: Studies, tmp_path: Path) -> None:
    told = reported(tmp_path, cells=3)
    studies.chosen.set_report(told)
    studies.select(told.rows[1].key)
    assert studies.chosen.row(studies.selected) is told.rows[1]
    studies.choose(studies.all[1])
    assert studies.selected is None
