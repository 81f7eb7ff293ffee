"""Cells as files: whatever else lies in their place is measured again, and nothing that cannot be kept is taken."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import attachments
from engine.embed import png_bytes
from engine.experiments import runner, store
from engine.experiments.experiment import Cell, Context, Measured, Row
from tests.engine.experiments.small import InSeries, Plan, Small, load
from tests.engine.tiny import run_of

PLAN = Plan(seeds=(0,), pieces=1)
CELL = Small().cells(PLAN)[0]
KEY = Small().key(CELL, PLAN)
LEVELS = {"level": (2.0, 1.0, None)}
IN_A_FOLDER = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


def kept(folder: Path) -> Measured:
    """What is measured of the one cell; its files are in `folder` afterwards."""
    list(runner.perform(Small(), PLAN, folder, Context(load)))
    measured = store.read(folder, Small(), CELL, KEY)
    assert measured is not None
    return measured


def test_a_cell_says_what_it_is(tmp_path: Path) -> None:
    kept(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{KEY}.json", f"{KEY}.png"]
    content = json.loads((tmp_path / f"{KEY}.json").read_text())
    assert (content["experiment"], content["version"]) == ("small", 1)
    assert content["run"] == CELL.run.to_dict()
    assert content["place"] == {"column": "first", "seed": 0}
    assert content["values"] == {"third": 1 / 3, "word": "seed 0, down", "none": None}


def _of_another_run(content: dict[str, Any]) -> None:
    content["run"]["latents"]["seed"] = 7


def _of_another_version(content: dict[str, Any]) -> None:
    content["version"] = 2


def _of_another_experiment(content: dict[str, Any]) -> None:
    content["experiment"] = "other"


def _of_another_column(content: dict[str, Any]) -> None:
    content["values"]["fourth"] = 0.25


def _not_finite(content: dict[str, Any]) -> None:
    content["values"]["third"] = math.nan


def _no_value(content: dict[str, Any]) -> None:
    content["values"]["third"] = [1, 2]


def _of_another_picture(content: dict[str, Any]) -> None:
    content["picture"] = "0" * 64


def _no_run(content: dict[str, Any]) -> None:
    content["run"] = {"format": "latent-loupe checkpoint"}


@pytest.mark.parametrize(
    "change",
    [
        _of_another_run,
        _of_another_version,
        _of_another_experiment,
        _of_another_column,
        _not_finite,
        _no_value,
        _of_another_picture,
        _no_run,
    ],
)
def test_what_is_foreign_is_measured_again(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    measured, path = kept(tmp_path), tmp_path / f"{KEY}.json"
    right = path.read_bytes()
    content = json.loads(right)
    change(content)
    path.write_text(json.dumps(content))
    assert store.read(tmp_path, Small(), CELL, KEY) is None
    assert kept(tmp_path) == measured
    assert path.read_bytes() == right


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"9" * 10_000, b'{"version": 1e999}', b"\xff\xfe\0", b"null"])
def test_what_is_no_cell_counts_as_missing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / f"{KEY}.json").write_bytes(content)
    assert store.read(tmp_path, Small(), CELL, KEY) is None


@IN_A_FOLDER
@given(where=st.integers(0, 10_000), byte=st.integers(1, 255), picture=st.booleans())
def test_a_damaged_cell_is_missing_or_says_the_same(tmp_path: Path, where: int, byte: int, picture: bool) -> None:
    measured, path = kept(tmp_path), tmp_path / f"{KEY}.{'png' if picture else 'json'}"
    content = bytearray(path.read_bytes())
    content[where % len(content)] ^= byte
    path.write_bytes(content)
    read = store.read(tmp_path, Small(), CELL, KEY)
    if picture:
        assert read is None
    elif read is not None:  # a digit or a letter of a value is another one: that is no damage that shows
        assert read.values.keys() <= measured.values.keys()
        assert read.picture == measured.picture


def _forged(folder: Path, picture: bytes) -> Measured | None:
    """What is read of a cell beside which that picture lies, its checksum right."""
    store.write(folder, Small(), Row(KEY, CELL, Measured({}, picture)))
    return store.read(folder, Small(), CELL, KEY)


def test_only_a_picture_of_the_cell_is_taken(tmp_path: Path) -> None:
    good = png_bytes(np.zeros((4, 4), np.uint8), CELL.run)
    assert _forged(tmp_path, good) == Measured({}, good)
    other = png_bytes(np.zeros((4, 4), np.uint8), run_of(latents={"seed": 9}))
    wide = png_bytes(np.zeros((1, store.LARGEST_SIDE + 1), np.uint8), CELL.run)
    for bad in (other, wide, b"no picture", good[: len(good) // 2], good.replace(b"IDAT", b"IDAX")):
        assert _forged(tmp_path, bad) is None


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path)
    monkeypatch.setattr(store, "LARGEST_TEXT", 10)
    assert store.read(tmp_path, Small(), CELL, KEY) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{KEY}.json")  # reading it would wait for ever
    assert store.read(tmp_path, Small(), CELL, KEY) is None


@pytest.mark.parametrize(
    "measured",
    [
        Measured({"third": math.nan}),
        Measured({"third": math.inf}),
        Measured({"fourth": 1.0}),
        Measured({"third": [1]}),  # type: ignore[dict-item]
        Measured({}, b"no picture"),
        Measured({}, series=LEVELS),
        Measured({}, series={"level": (math.inf,)}),
    ],
)
def test_what_cannot_be_kept_is_refused(tmp_path: Path, measured: Measured) -> None:
    class Wrong(Small):
        def measure(self, cell: Cell, plan: Plan, context: Context) -> Any:
            yield 1.0
            return measured

    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        list(runner.perform(Wrong(), PLAN, tmp_path, Context(load)))


def test_series_are_kept(tmp_path: Path) -> None:
    measured = Measured({"third": 0.5}, series=LEVELS)
    store.write(tmp_path, InSeries(), Row(KEY, CELL, measured))
    assert json.loads((tmp_path / f"{KEY}.json").read_text())["series"] == {"level": [2.0, 1.0, None]}
    assert store.read(tmp_path, InSeries(), CELL, KEY) == measured
    assert store.read(tmp_path, Small(), CELL, KEY) is None, "it names no such series"


def test_a_file_without_series_is_still_read(tmp_path: Path) -> None:
    """Such as those of versions that had none."""
    store.write(tmp_path, InSeries(), Row(KEY, CELL, Measured({"third": 0.5})))
    assert "series" not in json.loads((tmp_path / f"{KEY}.json").read_text())
    assert store.read(tmp_path, InSeries(), CELL, KEY) == Measured({"third": 0.5})


@pytest.mark.parametrize("series", [{"level": [math.nan]}, {"level": ["1"]}, {"level": 1}, {"slope": [1.0]}, []])
def test_series_that_are_none_are_measured_again(tmp_path: Path, series: Any) -> None:
    store.write(tmp_path, InSeries(), Row(KEY, CELL, Measured({"third": 0.5}, series=LEVELS)))
    path = tmp_path / f"{KEY}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "series": series}))
    assert store.read(tmp_path, InSeries(), CELL, KEY) is None


def test_values_of_numpy_are_kept_as_plain_ones(tmp_path: Path) -> None:
    store.write(tmp_path, Small(), Row(KEY, CELL, Measured({"third": np.float64(1 / 3)})))
    read = store.read(tmp_path, Small(), CELL, KEY)
    assert read is not None
    assert type(read.values["third"]) is float
    assert read.values["third"] == 1 / 3


def test_a_cell_carries_what_its_run_starts_from(tmp_path: Path) -> None:
    sha256 = attachments.put(b"a picture's bytes")
    run = run_of(latents={"picture": {"label": "digits 17", "sha256": sha256}})
    cell = replace(CELL, run=run)
    store.write(tmp_path, Small(), Row(KEY, cell, Measured({"third": 0.5})))
    assert "attachments" in json.loads((tmp_path / f"{KEY}.json").read_text())["run"]
    assert store.read(tmp_path, Small(), cell, KEY) == Measured({"third": 0.5})
