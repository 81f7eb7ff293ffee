"""What is drawn ahead of a long Run: when, in how many steps, and what of both is shown. # spec: -"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.coarse import FEWEST, LONG, Drawn, Speeds, coarse
from app.views.norms import on_axis
from engine.attachments import put
from engine.execute import record
from engine.run import Run
from engine.trajectory import Trajectory
from tests.app.desk import COARSE, Desk, Paced, advance
from tests.engine.tiny import TinyMixture, run_of


def drawn(run: Run, steps: int | None = None) -> Trajectory:
    *_, trajectory = itertools.islice(record(run, TinyMixture()), steps)  # type: ignore[arg-type]
    return trajectory


@pytest.mark.parametrize(("seconds", "steps"), [(0.3, 50), (0.6, 25), (1.5, 10), (60.0, FEWEST)])
def test_a_long_run_is_drawn_in_as_many_steps_as_the_time_allows(seconds: float, steps: int) -> None:
    run = run_of(schedule={"steps": 100})
    ahead = coarse(run, seconds)
    assert ahead == run.replace(schedule={"steps": steps})


def test_a_short_run_and_one_of_few_steps_are_drawn_as_they_are() -> None:
    assert coarse(run_of(schedule={"steps": 100}), LONG) is None
    assert coarse(run_of(schedule={"steps": 100}), math.nan) is None
    assert coarse(run_of(schedule={"steps": 2 * FEWEST - 1}), 60.0) is None
    assert coarse(run_of(schedule={"steps": 2 * FEWEST}), 60.0) is not None


def test_a_run_whose_steps_mean_something_else_is_drawn_as_it_is() -> None:
    run = run_of(schedule={"steps": 100})
    move = {"kind": "move", "step": 3, "particle": 1, "to": [0.0, 1.0]}
    bright = {"kind": "intensity", "strength": 0.3}
    picture = put(b"a picture")
    for other in (
        run.replace(latents={"edits": [move]}),
        run.replace(sampler={"name": "langevin"}),
        run.replace(sampler={"name": "ode", "adaptive": True, "method": "dopri5"}),
        run.replace(sampler={"name": "noising"}, latents={"picture": {"label": "one", "sha256": picture}}),
    ):
        assert coarse(other, 60.0) is None
    assert coarse(run.replace(latents={"edits": [bright]}), 60.0) is not None
    assert coarse(run.replace(sampler={"name": "ode", "adaptive": False, "method": "dopri5"}), 60.0) is not None


def test_the_time_of_a_run_follows_from_what_was_drawn_with_its_model() -> None:
    speeds, run = Speeds(), run_of(latents={"count": 20})
    assert math.isnan(speeds.seconds(run))
    trajectory = drawn(run)
    trajectory.seconds = 0.11
    speeds.learn(trajectory)
    assert (trajectory.evaluations, trajectory.block) == (11, 8)
    assert speeds.seconds(run) == pytest.approx(0.01 * 12)
    assert speeds.seconds(run.replace(latents={"count": 48}, schedule={"steps": 60})) == pytest.approx(0.01 * 240)
    assert math.isnan(speeds.seconds(run.replace(model={"label": "other", "sha256": "b" * 64})))


def test_particles_that_stay_take_no_time_and_a_block_takes_as_long_as_a_full_one() -> None:
    speeds, run = Speeds(), run_of(latents={"count": 20})
    trajectory = drawn(run)
    trajectory.seconds = 0.33
    speeds.learn(trajectory)
    for count, blocks in ((0, 0), (1, 1), (8, 1), (9, 2), (20, 3)):
        assert speeds.seconds(run, count) == pytest.approx(0.01 * 12 * blocks)
    trajectory.drawn, trajectory.seconds = 1, 0.11
    speeds.learn(trajectory)
    assert speeds.seconds(run) == pytest.approx(0.03 * 12)


def test_the_coarse_one_is_shown_until_the_run_has_come_as_far_as_the_playhead() -> None:
    ahead, begun, whole = drawn(run_of(schedule={"steps": 2})), drawn(run_of(), 4), drawn(run_of())
    assert Drawn(ahead, None).best(0) is ahead
    assert Drawn(ahead, begun).best(4) is ahead
    assert Drawn(ahead, begun).best(3) is begun
    assert Drawn(ahead, whole).best(6) is whole
    assert Drawn(ahead, whole).best(99) is whole
    assert Drawn(None, begun).best(6) is begun


STOPPED = 1
"""Evaluations that a request still ends once it is superseded."""


@pytest.fixture
def desk(qtbot: QtBot, paced: Paced, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk on which a Run of 22 steps is drawn; from then on they count as a second, and no evaluation is allowed."""
    desk = Desk(paced, qtbot)
    paced.allowed.release(43)
    desk.bridge.draw("current", desk.state.run, desk.state.model)
    desk.settle()
    monkeypatch.setattr(Speeds, "seconds", lambda self, run, drawn: run.schedule.steps / 22)
    paced.evaluations = 0
    yield desk
    paced.allowed.release(10_000)
    desk.bridge.close()
    desk.state.undo.clear()


def begin(desk: Desk, paced: Paced, churn: float) -> None:
    """Move S_churn; wait until the first evaluation stands at the gate."""
    desk.state.change("S_churn", sampler={"churn": churn})
    desk.settle(lambda: paced.evaluations == 1)


def shown(desk: Desk) -> tuple[float, int, int, bool]:
    """S_churn and the steps of what is shown, those that are there, and whether it is coarse."""
    drawing = desk.state.drawing("current")
    assert drawing.trajectory is not None
    run = drawing.trajectory.run
    return run.sampler.values()["churn"], run.schedule.steps, drawing.trajectory.available, drawing.coarse


def test_a_coarse_run_goes_ahead_of_a_long_one_and_is_taken_for_no_other(desk: Desk, paced: Paced) -> None:
    begin(desk, paced, 1.0)
    advance(desk, paced, 1)
    assert desk.state.drawing("current").preview is not None
    advance(desk, paced, 1)
    assert shown(desk) == (1.0, 4, 1, True)
    advance(desk, paced, COARSE - 2)
    assert shown(desk) == (1.0, 4, 5, True)
    assert (desk.state.playhead, desk.state.index("current")) == (22, 4)
    assert on_axis(desk.state, "current") == (None, ())
    desk.state.pin(desk.state.run, desk.state.model)
    pinned = desk.state.drawing("pinned").trajectory
    assert pinned is None
    desk.state.pin(None)
    advance(desk, paced, 42)
    assert shown(desk) == (1.0, 4, 5, True)
    paced.allowed.release(1)
    desk.settle()
    assert shown(desk) == (1.0, 22, 23, False)


def test_the_run_itself_is_shown_once_it_has_come_as_far_as_the_playhead(desk: Desk, paced: Paced) -> None:
    desk.state.set_playhead(3)
    begin(desk, paced, 1.0)
    advance(desk, paced, COARSE)
    assert desk.state.index("current") == 1
    advance(desk, paced, 6)
    assert shown(desk)[3]
    advance(desk, paced, 2)
    assert shown(desk) == (1.0, 22, 4, False)
    assert desk.state.index("current") == 3


def test_while_one_control_is_dragged_coarse_pictures_follow_one_another(desk: Desk, paced: Paced) -> None:
    seen: list[tuple[float, int, int, bool]] = []
    desk.state.step_arrived.connect(lambda *_: seen.append(shown(desk)))
    begin(desk, paced, 1.0)
    advance(desk, paced, 3)
    for churn in (2.0, 3.0, 4.0):
        desk.state.change("S_churn", sampler={"churn": churn})
    advance(desk, paced, COARSE - 3)
    assert seen[-1] == (1.0, 4, 5, True)
    seen.clear()
    desk.state.change("S_churn", sampler={"churn": 5.0})
    paced.allowed.release(1000)
    desk.settle()
    first = [step for step in seen if step[3]]
    assert [step[0] for step in first] == [4.0, 5.0]
    assert all(available == steps + 1 for _, steps, available, _ in first)  # none takes another's place half done
    assert {step[0] for step in seen if not step[3]} == {5.0}
    assert shown(desk) == (5.0, 22, 23, False)


def test_another_control_stops_a_coarse_run_before_its_next_evaluation(desk: Desk, paced: Paced) -> None:
    begin(desk, paced, 1.0)
    advance(desk, paced, 3)
    desk.state.change("Seed", latents={"seed": 5})
    advance(desk, paced, STOPPED + 2)
    drawing = desk.state.drawing("current")
    assert drawing.trajectory is not None
    assert drawing.trajectory.run.latents.seed == 5


def test_cancelling_forgets_what_waits_and_the_next_change_is_drawn(desk: Desk, paced: Paced) -> None:
    begin(desk, paced, 1.0)
    desk.state.change("S_churn", sampler={"churn": 2.0})
    desk.bridge.cancel_all()
    paced.allowed.release(1)
    desk.settle()
    assert paced.evaluations == 1
    assert not desk.state.drawing("current").running
    paced.allowed.release(COARSE + 43)
    desk.state.change("S_churn", sampler={"churn": 3.0})
    desk.settle()
    assert shown(desk) == (3.0, 22, 23, False)


def test_what_stands_beside_follows_coarsely_too(desk: Desk, paced: Paced) -> None:
    paced.allowed.release(1000)
    desk.state.change("k_PG", guidance={"k_pg": 1.0})
    desk.settle()
    desk.state.set_beside(True)
    desk.settle()
    kinds: list[tuple[Run, bool]] = []

    def look(side: str) -> None:
        drawing = desk.state.drawing("pinned")
        if side == "pinned" and drawing.trajectory is not None:
            kinds.append((drawing.trajectory.run, drawing.coarse))

    desk.state.drawing_changed.connect(look)
    desk.state.change("Seed", latents={"seed": 9})
    desk.settle()
    assert any(coarse and run.schedule.steps == 4 and run.latents.seed == 9 for run, coarse in kinds)
    assert kinds[-1] == (desk.state.pinned, False)
