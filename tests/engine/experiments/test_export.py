"""Files of an experiment: five of them, the same bytes each time, nothing else replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.experiments import export, runner, table
from engine.experiments.experiment import Context
from tests.engine.experiments.small import InSeries, Plan, Small, load

PLAN = Plan(seeds=(0, 1))


def test_files_are_the_same_each_time_and_replace_nothing(tmp_path: Path) -> None:
    list(runner.perform(Small(), PLAN, tmp_path / "cells", Context(load)))
    rows = runner.rows(Small(), PLAN, tmp_path / "cells")
    (tmp_path / "small.csv").write_text("mine")
    first = list(export.files(Small(), PLAN, rows, tmp_path))
    assert [path.name for path in first] == ["small-2.csv", "small.json", "small.png", "small.svg", "small.pdf"]
    assert (tmp_path / "small.csv").read_text() == "mine"
    kinds = ("csv", "json", "svg")
    again = list(export.files(Small(), PLAN, rows, tmp_path, kinds))
    assert again == [path for path in first if path.suffix[1:] in kinds]


def test_series_have_a_file_of_their_own(tmp_path: Path) -> None:
    list(runner.perform(InSeries(), PLAN, tmp_path / "cells", Context(load)))
    rows = runner.rows(InSeries(), PLAN, tmp_path / "cells")
    written = list(export.files(InSeries(), PLAN, rows, tmp_path, ("csv", "json")))
    assert [path.name for path in written] == ["small.csv", "small-series.csv", "small.json"]
    assert written[1].read_bytes() == table.series_csv(InSeries(), rows)


def test_only_the_kinds_that_are_asked_for_are_written(tmp_path: Path) -> None:
    rows = runner.rows(Small(), PLAN, tmp_path / "cells")
    assert list(export.files(Small(), PLAN, rows, tmp_path, ("csv",))) == [tmp_path / "small.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["small.csv"]


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(InputError, match="notes is a file"):
        list(export.files(Small(), PLAN, [], tmp_path / "notes", ("csv",)))
