"""What an experiment says of its cells: the key a cell is kept under, its cost, its columns."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.experiments.experiment import Cell, Experiment, Measured, Row
from tests.engine.experiments.small import Plan, Small
from tests.engine.tiny import run_of

CELL = Cell(run_of(), {"column": "first", "seed": 0})


def test_a_key_names_the_run_and_how_it_is_measured() -> None:
    experiment, plan = Small(), Plan()
    key = experiment.key(CELL, plan)
    assert key.startswith(CELL.run.digest[:32])
    assert key == experiment.key(Cell(CELL.run, {"column": "elsewhere"}), Plan(seeds=(5,), pictures=False))


@pytest.mark.parametrize("what", ["run", "settings", "version", "name"])
def test_a_key_changes_with_all_that_changes_what_is_measured(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, plan, cell = Small(), Plan(), CELL
    key = experiment.key(cell, plan)
    if what == "run":
        cell = Cell(run_of(latents={"seed": 1}), CELL.place)
    elif what == "settings":
        plan = Plan(rounding="up")
    else:
        monkeypatch.setattr(Small, what, 2 if what == "version" else "other")
    assert experiment.key(cell, plan) != key


def test_a_cell_costs_its_evaluations_unless_the_experiment_knows_better() -> None:
    run = run_of(schedule={"steps": 6}, latents={"count": 5})
    assert Experiment.cost(Small(), Cell(run, {}), Plan()) == 2 * 6 * 5


def test_columns_are_place_and_values() -> None:
    row = Row("key", CELL)
    assert row.columns == CELL.place
    assert Row("key", CELL, Measured({"third": 0.5})).columns == {**CELL.place, "third": 0.5}


def test_experiments_are_listed_and_planned_without_torch() -> None:
    script = (
        "import sys\n"
        "from engine.experiments import EXPERIMENTS, export, live, runner\n"
        "for name, experiment in EXPERIMENTS.items():\n"
        "    assert experiment.name == name\n"
        "    assert experiment.cells(experiment.plan) and experiment.cells(experiment.quick)\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'matplotlib', 'PySide6')))\n"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0
