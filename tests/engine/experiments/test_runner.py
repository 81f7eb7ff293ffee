"""Carrying out an experiment: interrupted anywhere it ends with the same table; what is told; shared measurements."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError, Interrupted
from engine.experiments import runner, table
from engine.experiments.experiment import Context
from engine.experiments.runner import Progress, perform, rows
from engine.run import ModelReference
from tests.engine.experiments.small import Plan, Small, load
from tests.engine.tiny import REFERENCE

CONTEXT = Context(load)
PLAN = Plan()
PIECES = 1 + 3 * PLAN.pieces + 6  # what is told at first, the pieces of three measurements, six rows


def after(pieces: int) -> Callable[[], bool]:
    """Whether it has been asked more than so many times."""
    asked = itertools.count()
    return lambda: next(asked) >= pieces


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=15)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, PIECES)), max_size=4))
def test_interrupted_anywhere_and_resumed_it_is_the_same_table(stops: list[tuple[bool, int]]) -> None:
    with tempfile.TemporaryDirectory() as straight, tempfile.TemporaryDirectory() as cut:
        one, other = Small(), Small()
        list(perform(one, PLAN, Path(straight), CONTEXT))
        for dropped, stop in stops:
            if dropped:  # as a window does that closes, and as a process that is killed
                work = perform(other, PLAN, Path(cut), CONTEXT)
                list(itertools.islice(work, stop))
                del work
            else:
                with contextlib.suppress(Interrupted):
                    list(perform(other, PLAN, Path(cut), replace(CONTEXT, interrupted=after(stop))))
        list(perform(other, PLAN, Path(cut), CONTEXT))
        assert sorted(other.measured) == [0, 1, 2]
        assert contents(Path(cut)) == contents(Path(straight))
        tables = [rows(experiment, PLAN, Path(folder)) for experiment, folder in ((one, straight), (other, cut))]
        assert table.as_csv(one, tables[0]) == table.as_csv(other, tables[1])
        assert table.as_json(one, PLAN, tables[0]) == table.as_json(other, PLAN, tables[1])


def test_two_cells_with_one_key_share_a_measurement(tmp_path: Path) -> None:
    experiment = Small()
    told = list(perform(experiment, PLAN, tmp_path, CONTEXT))
    assert experiment.measured == [0, 1, 2]
    assert len(list(tmp_path.glob("*.json"))) == 3
    finished = [progress.row for progress in told if progress.row]
    assert finished == rows(experiment, PLAN, tmp_path)
    assert [row.columns["third"] for row in finished] == [1 / 3, 1 / 4, 1 / 5] * 2
    assert [row.columns["column"] for row in finished] == ["first"] * 3 + ["again"] * 3


def test_a_larger_plan_measures_only_what_is_new(tmp_path: Path) -> None:
    experiment = Small()
    list(perform(experiment, Plan(seeds=(1,)), tmp_path, CONTEXT))
    assert [row.measured is None for row in rows(experiment, PLAN, tmp_path)] == [True, False, True] * 2
    list(perform(experiment, PLAN, tmp_path, CONTEXT))
    assert experiment.measured == [1, 0, 2]


def test_progress_is_told_by_cost_after_each_piece(tmp_path: Path) -> None:
    told = list(perform(Small(), PLAN, tmp_path, CONTEXT))
    assert len(told) == PIECES
    assert [progress.total for progress in told] == [6] * PIECES
    assert [(progress.done, progress.share) for progress in told[:4]] == [(0, 0), (0, 1 / 12), (0, 1 / 6), (1, 1 / 6)]
    shares = [progress.share for progress in told]
    assert shares == sorted(shares)
    assert (told[-1].done, told[-1].share, told[-1].seconds_left) == (6, 1.0, 0.0)


def test_the_time_left_follows_from_this_session_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(1000.0, 10.0)
    list(perform(Small(), Plan(seeds=(0,)), tmp_path, CONTEXT))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    work = perform(Small(), Plan(seeds=(0, 4, 3), pieces=1), tmp_path, CONTEXT)
    first = next(work)
    assert (first.done, first.share, first.seconds_left) == (2, 0.1, None)
    second = next(work)  # 10 s after the clock started: a cost of 5 is done, one of 4 is left
    assert second.share == pytest.approx(0.6)
    assert second.seconds_left == pytest.approx(8.0)


def test_what_is_done_is_told_at_once(tmp_path: Path) -> None:
    list(perform(Small(), PLAN, tmp_path, CONTEXT))
    assert list(perform(Small(), PLAN, tmp_path, CONTEXT)) == [Progress(6, 6, 1.0, None)]


def test_an_error_keeps_what_was_finished(tmp_path: Path) -> None:
    class Failing(Small):
        def cost(self, cell: object, plan: Plan) -> float:
            return 1.0

    def refuse(reference: ModelReference) -> object:
        raise InputError("The model is not here: fetch it.")

    list(perform(Failing(), Plan(seeds=(0,)), tmp_path, CONTEXT))
    with pytest.raises(InputError, match="fetch it"):
        list(perform(Failing(), PLAN, tmp_path, Context(refuse)))  # type: ignore[arg-type]
    assert [row.measured is not None for row in rows(Failing(), PLAN, tmp_path)] == [True, False, False] * 2


def test_the_last_models_are_kept_between_cells(tmp_path: Path) -> None:
    asked = []

    def counting(reference: ModelReference) -> object:
        asked.append(reference)
        return load(reference)

    list(perform(Small(), PLAN, tmp_path, Context(counting)))  # type: ignore[arg-type]
    assert asked == [REFERENCE]


def test_a_model_that_is_not_here_is_named() -> None:
    with pytest.raises(InputError, match=r"'tiny' \(aaaaaaaa\), which is not here"):
        runner.load(REFERENCE)
