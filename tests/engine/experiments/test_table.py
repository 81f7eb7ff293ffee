"""The table in files and on a terminal: full precision, whole recipe, nothing of whose machine it was."""

from __future__ import annotations

import csv
import getpass
import io
import json
import socket
from pathlib import Path

import pytest

from engine.experiments import runner, table
from engine.experiments.experiment import Compared, Context, Row
from engine.run import parse
from tests.engine.experiments.small import InSeries, Plan, Small, load

PLAN = Plan(seeds=(0, 4))


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    list(runner.perform(Small(), PLAN, tmp_path, Context(load)))
    return runner.rows(Small(), PLAN, tmp_path)


def test_csv_has_a_line_a_row_in_full_precision(rows: list[Row]) -> None:
    text = table.as_csv(Small(), rows).decode()
    assert text.splitlines()[:2] == ["column,seed,third,word,none", 'first,0,0.3333333333333333,"seed 0, down",']
    read = list(csv.DictReader(io.StringIO(text)))
    assert [float(line["third"]) for line in read] == [1 / 3, 1 / 7] * 2
    assert [line["none"] for line in read] == [""] * 4


def test_csv_leaves_empty_what_is_still_to_come() -> None:
    unmeasured = [Row("key", cell) for cell in Small().cells(PLAN)]
    assert table.as_csv(Small(), unmeasured).decode().splitlines()[1] == "first,0,,,"


def test_json_holds_all_that_it_takes_to_do_it_again(rows: list[Row]) -> None:
    told = json.loads(table.as_json(Small(), PLAN, rows))
    assert (told["experiment"], told["version"], told["source"]) == ("small", 1, "a test")
    assert Plan.model_validate_json(json.dumps(told["plan"])) == PLAN
    assert told["columns"][:3] == [
        {"name": "column", "kind": "place", "unit": None},
        {"name": "seed", "kind": "place", "unit": None},
        {"name": "third", "kind": "value", "unit": "mm"},
    ]
    assert [parse(cell["run"]) for cell in told["cells"]] == [row.cell.run for row in rows]
    assert [cell["key"] for cell in told["cells"]] == [row.key for row in rows]
    assert [cell["values"]["third"] for cell in told["cells"]] == [1 / 3, 1 / 7] * 2
    assert told["findings"] == ["The largest is 0.333."]
    assert told["comparison"] == [
        {"what": "the smallest", "published": "0.25 ± 0.1", "here": "0.143", "note": "Another seed."}
    ]


def test_an_unfinished_table_has_no_findings(rows: list[Row]) -> None:
    unfinished = [*rows[:-1], Row(rows[-1].key, rows[-1].cell)]
    told = json.loads(table.as_json(Small(), PLAN, unfinished))
    assert (told["findings"], told["cells"][-1]["values"]) == ([], None)


def test_the_environment_names_programs_and_processor_but_no_one(rows: list[Row]) -> None:
    told = table.environment()
    assert set(told) == {
        "latent-loupe",
        "python",
        "torch",
        "numpy",
        "platform",
        "machine",
        "processors",
        "device",
    }
    assert all(told.values())
    content = table.as_json(Small(), PLAN, rows).decode()
    private = [str(Path.home()), str(Path.cwd()), socket.gethostname()]
    assert not [word for word in private if len(word) > 3 and word in content]
    assert getpass.getuser() not in " ".join(map(str, told.values()))


def test_a_terminal_shows_aligned_columns_to_three_digits(rows: list[Row]) -> None:
    assert table.as_text(Small(), rows).splitlines() == [
        "column  seed  third (mm)  word          none",
        "first      0       0.333  seed 0, down  –",
        "first      4       0.143  seed 4, down  –",
        "again      0       0.333  seed 0, down  –",
        "again      4       0.143  seed 4, down  –",
    ]


def test_a_terminal_shows_published_beside_here_with_the_note_below() -> None:
    found = [Compared("the smallest", "0.25 ± 0.1", "0.143", "Another seed."), Compared("all", "2", "2")]
    assert table.compared(found).splitlines() == [
        "              published   here",
        "the smallest  0.25 ± 0.1  0.143",
        "    Another seed.",
        "all           2           2",
    ]
    assert table.compared([]) == ""


def test_series_have_a_line_a_step(tmp_path: Path) -> None:
    """Empty where a series has no number or is the shorter one; nothing of what is still to come."""
    experiment = InSeries()
    list(runner.perform(experiment, Plan(seeds=(0,)), tmp_path, Context(load)))
    rows = runner.rows(experiment, PLAN, tmp_path)
    assert table.series_csv(experiment, rows).decode().splitlines() == [
        "column,seed,step,level,norm",
        *["first,0,0,2.0,0.3333333333333333", "first,0,1,1.0,", "first,0,2,0.0,"],
        *["again,0,0,2.0,0.3333333333333333", "again,0,1,1.0,", "again,0,2,0.0,"],
    ]
    cells = json.loads(table.as_json(experiment, PLAN, rows))["cells"]
    assert cells[0]["series"] == {"level": [2.0, 1.0, 0.0], "norm": [1 / 3, None]}
    assert cells[1]["series"] is None


def test_without_series_nothing_is_said_of_them(rows: list[Row]) -> None:
    assert "series" not in json.loads(table.as_json(Small(), PLAN, rows))["cells"][0]
