"""What a window is told of an experiment while it is measured, and of what lies in its folder. # spec: S14"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError, Interrupted
from engine.experiments import cost, live
from engine.experiments.experiment import Context
from engine.figures.figure import Matrix
from engine.models.catalogue import named
from tests.app.studied import TINY, TinyPlan, kept

CONTEXT = Context(lambda _: named("ring").build())


def test_nothing_is_drawn_before_a_cell_is_measured(tmp_path: Path) -> None:
    told = live.look(TINY, TINY.plan, tmp_path)
    assert (told.done, len(told.rows), told.figure, told.findings) == (0, 12, None, ())
    # Heun's two evaluations a step, ten particles, three strengths of churn
    assert told.seconds == pytest.approx(cost.POINT * 2 * 10 * 3 * (5 + 10 + 20 + 50))
    assert told.comparison == ()
    assert told.cost == told.cost_left > 0
    assert told.speed is None


def test_what_lies_in_the_folder_is_drawn(tmp_path: Path) -> None:
    kept(tmp_path, cells=4)
    told = live.look(TINY, TINY.plan, tmp_path)
    assert told.done == 4
    assert told.figure is not None
    matrix = told.figure.panels[1]
    assert isinstance(matrix, Matrix)
    assert [value is not None for row in matrix.values for value in row] == [True] * 4 + [False] * 8
    assert told.findings == ()
    assert told.cost_left == pytest.approx(told.cost * 2 / 3)


def test_each_report_holds_what_the_one_before_held(tmp_path: Path) -> None:
    reports = list(live.watch(TINY, TINY.plan, tmp_path, CONTEXT))
    known = [told.done for told in reports]
    assert known == sorted(known)
    last = reports[-1]
    assert last.done == 12
    assert last.progress is not None
    assert last.progress.share == pytest.approx(1)
    assert last.findings == tuple(TINY.findings(last.rows, TINY.plan))
    again = live.look(TINY, TINY.plan, tmp_path)
    assert (again.rows, again.figure) == (last.rows, last.figure)
    middle = next(told for told in reports if told.speed)
    assert middle.progress is not None
    left = (1 - middle.progress.share) * middle.cost / middle.speed  # type: ignore[operator]
    assert left == pytest.approx(middle.progress.seconds_left)


def test_quick_cells_do_not_each_draw_the_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CALM", 1e9)
    reports = list(live.watch(TINY, TINY.plan, tmp_path, CONTEXT))
    assert [told.done for told in reports if told.figure is not None] == [12]


def test_what_was_finished_before_a_stop_is_there(tmp_path: Path) -> None:
    watched = live.watch(TINY, TINY.plan.model_copy(update={"stuck": 5}), tmp_path, stopping_in(cell=5))
    with pytest.raises(Interrupted):
        list(watched)
    assert live.look(TINY, TINY.plan, tmp_path).done == 5


def stopping_in(cell: int) -> Context:
    """A context that is asked to stop in the middle of that cell: each asks at most five times, once before it."""
    asked = iter(range(5 * cell + 3))
    return Context(CONTEXT.load, lambda: next(asked, None) is None)


def test_a_plan_that_cannot_be_carried_out_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There are no steps: name some"):
        live.look(TINY, TinyPlan(steps=()), tmp_path)
