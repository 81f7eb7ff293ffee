"""Carrying out an experiment: interrupted anywhere it ends with the same table, cell by cell and in batches; what is
told; shared measurements.
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError, Interrupted
from engine.experiments import runner, table
from engine.experiments.experiment import Context
from engine.experiments.runner import Progress, perform, rows
from engine.run import ModelReference
from tests.engine.experiments.small import InBatches, InSeries, Plan, Small, load
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


@pytest.mark.parametrize("kind", [Small, InBatches])
@settings(max_examples=15)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, PIECES)), max_size=4))
def test_interrupted_anywhere_and_resumed_it_is_the_same_table(
    kind: type[Small], stops: list[tuple[bool, int]]
) -> None:
    with tempfile.TemporaryDirectory() as straight, tempfile.TemporaryDirectory() as cut:
        one, other = kind(), kind()
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
    assert finished[::2] + finished[1::2] == rows(experiment, PLAN, tmp_path)
    assert [row.columns["third"] for row in finished] == [1 / 3, 1 / 3, 1 / 4, 1 / 4, 1 / 5, 1 / 5]
    assert [row.columns["column"] for row in finished] == ["first", "again"] * 3


def test_batched_and_cell_by_cell_give_the_same_files(tmp_path: Path) -> None:
    list(perform(InSeries(), PLAN, tmp_path / "one", CONTEXT))
    list(perform(InBatches(), PLAN, tmp_path / "other", CONTEXT))
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_of_a_batch_that_is_kept_in_part_only_the_rest_is_measured(tmp_path: Path) -> None:
    """As it is left by a process that is killed between two files, or by a disk that is full."""
    experiment = InBatches()
    list(perform(experiment, PLAN, tmp_path, CONTEXT))
    whole = contents(tmp_path)
    (tmp_path / f"{rows(experiment, PLAN, tmp_path)[1].key}.json").unlink()
    list(perform(experiment, PLAN, tmp_path, CONTEXT))
    assert experiment.measured == [0, 1, 2, 1]
    assert contents(tmp_path) == whole


def test_a_batch_is_kept_before_its_rows_are_told(tmp_path: Path) -> None:
    told = perform(InBatches(), PLAN, tmp_path, CONTEXT)
    first = next(progress for progress in told if progress.row)
    assert first.done == 1
    assert len(list(tmp_path.glob("*.json"))) == 2
    told.close()  # type: ignore[attr-defined]


def test_the_progress_of_a_batch_is_by_what_its_cells_cost(tmp_path: Path) -> None:
    told = list(perform(InBatches(), PLAN, tmp_path, CONTEXT))
    assert [(progress.done, progress.share) for progress in told[:7]] == [
        (0, 0),
        *[(0, 1 / 4), (0, 1 / 2)],  # the seeds 0 and 1, which cost 1 and 2 of 6
        *[(done, 1 / 2) for done in (1, 2, 3, 4)],
    ]
    assert (told[-1].done, told[-1].share) == (6, 1.0)


def test_a_batch_must_come_back_whole(tmp_path: Path) -> None:
    class Losing(InBatches):
        def measure_together(self, *given: Any) -> Any:
            return (yield from super().measure_together(*given))[:1]

    with pytest.raises(ValueError, match="zip"):
        list(perform(Losing(), PLAN, tmp_path, CONTEXT))


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
