"""In the window only what an edit touches is drawn: how much is evaluated, what stands meanwhile, cancel and undo."""
# spec: L2, L9

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from app.coarse import Speeds
from app.reuse import Reuse
from app.state import Drawing
from engine import mask
from engine.execute import record
from engine.run import Run
from engine.trajectory import Trajectory
from tests.app.desk import COARSE, Desk, Paced, advance
from tests.engine.tiny import TinyMixture, TinyPictures, assert_same, run_of

ALL = 43
"""Evaluations of 22 steps of Heun's method."""


@pytest.fixture
def desk(qtbot: QtBot, paced: Paced, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk on which a Run of 22 steps and five particles is drawn; from then on no evaluation is allowed, and each
    particle counts as a tenth of a second.
    """
    desk = Desk(paced, qtbot)
    paced.allowed.release(ALL)
    desk.bridge.draw("current", desk.state.run, desk.state.model)
    desk.settle()
    monkeypatch.setattr(Speeds, "seconds", lambda self, run, drawn: 0.1 * (5 if drawn is None else drawn))
    paced.evaluations = 0
    yield desk
    paced.allowed.release(10_000)
    desk.bridge.close()
    desk.state.undo.clear()


def brighten(desk: Desk, strength: float, particle: int = 2, step: int = 0) -> None:
    """Have that intensity, and no other edit."""
    edit = {"kind": "intensity", "particles": [particle], "strength": strength, "step": step}
    desk.state.change("λ", latents={"edits": [edit]})


def standing(desk: Desk) -> Trajectory:
    """What stands there."""
    trajectory = desk.state.drawing("current").trajectory
    assert trajectory is not None
    return trajectory


def assert_right(desk: Desk) -> None:
    """What stands there is the current Run, to the bit."""
    *_, whole = record(desk.state.run, TinyMixture())  # type: ignore[arg-type]
    assert_same(standing(desk), whole)


def test_an_edit_of_one_particle_draws_that_one(desk: Desk, paced: Paced) -> None:
    different: list[int] = []
    enter = paced.before

    def look(x: torch.Tensor) -> None:
        different.append(len(torch.unique(x, dim=0)))
        enter(x)

    paced.before = look
    paced.allowed.release(ALL)
    brighten(desk, 0.7)
    desk.settle()
    assert different == [1] * ALL  # a block is filled up with the same particle
    assert_right(desk)


def test_what_stands_stays_until_the_edited_one_is_done(desk: Desk, paced: Paced) -> None:
    before = standing(desk)
    brighten(desk, 0.7)
    desk.settle(lambda: paced.evaluations == 1)
    advance(desk, paced, ALL - 1)
    assert standing(desk) is before
    assert desk.state.drawing("current").running
    paced.allowed.release(1)
    desk.settle()
    assert_right(desk)


def test_while_lambda_is_dragged_one_finished_picture_follows_another(desk: Desk, paced: Paced) -> None:
    brighten(desk, 0.1)
    desk.settle(lambda: paced.evaluations == 1)
    for strength in (0.2, 0.3, 0.4):
        brighten(desk, strength)
    paced.allowed.release(2 * ALL)
    desk.settle()
    assert paced.evaluations == 2 * ALL  # those between were passed over
    assert_right(desk)


def test_another_gesture_stops_it_and_its_particles_come_back(desk: Desk, paced: Paced) -> None:
    brighten(desk, 0.1)
    desk.settle(lambda: paced.evaluations == 1)
    advance(desk, paced, 5)
    desk.state.end_gesture()
    brighten(desk, 0.6, particle=4)
    paced.allowed.release(1 + ALL)
    desk.settle()
    assert paced.evaluations == 6 + ALL
    assert_right(desk)


def test_cancelled_in_the_middle_the_next_change_is_right(desk: Desk, paced: Paced) -> None:
    before = standing(desk)
    brighten(desk, 0.1)
    desk.settle(lambda: paced.evaluations == 1)
    advance(desk, paced, 5)
    desk.bridge.cancel_all()
    paced.allowed.release(1)
    desk.settle()
    assert standing(desk) is before
    assert not desk.state.drawing("current").running
    paced.allowed.release(ALL)
    brighten(desk, 0.2)
    desk.settle()
    assert_right(desk)


def test_undo_draws_the_particles_that_it_changes_and_nothing_where_nothing_changes(desk: Desk, paced: Paced) -> None:
    paced.allowed.release(2 * ALL)
    brighten(desk, 0.7)
    desk.settle()
    desk.state.undo.undo()
    desk.settle()
    assert paced.evaluations == 2 * ALL
    assert_right(desk)
    unedited = standing(desk)
    desk.state.set_drawing("before", Drawing(unedited))
    paced.allowed.release(ALL)
    desk.state.undo.redo()
    desk.settle()
    assert_right(desk)
    desk.state.undo.undo()
    desk.settle()
    assert paced.evaluations == 3 * ALL
    assert_right(desk)


def test_a_long_one_is_shown_once_it_has_come_as_far_as_the_playhead(
    desk: Desk, paced: Paced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Speeds, "seconds", lambda *_: 60.0)
    before = standing(desk)
    desk.state.set_playhead(3)
    brighten(desk, 0.7, step=1)
    desk.settle(lambda: paced.evaluations == 1)
    advance(desk, paced, 6 + 2)  # the step that is edited is evaluated before and after
    assert standing(desk) is before
    advance(desk, paced, 2)
    assert (standing(desk).available, desk.state.index("current")) == (4, 3)
    paced.allowed.release(ALL)
    desk.settle()
    assert_right(desk)


def test_ahead_of_a_long_one_the_others_keep_their_pictures(
    desk: Desk, paced: Paced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Speeds, "seconds", lambda *_: 1.0)
    before = standing(desk)[22]
    brighten(desk, 0.7)
    desk.settle(lambda: paced.evaluations == 1)
    advance(desk, paced, COARSE)
    assert desk.state.drawing("current").coarse
    ahead = standing(desk)[4]
    assert before is not None
    assert ahead is not None
    others = [0, 1, 3, 4]
    assert torch.equal(ahead.x[others], before.x[others])
    assert not torch.equal(ahead.x[2], before.x[2])
    paced.allowed.release(ALL)
    desk.settle()
    assert_right(desk)


def test_another_seed_is_drawn_as_a_whole_and_what_was_done_is_let_go(desk: Desk, paced: Paced) -> None:
    desk.state.change("Seed", latents={"seed": 5})
    assert not desk.bridge._reuse._last
    paced.allowed.release(2 * ALL)
    desk.settle()
    assert_right(desk)


def test_the_picture_before_is_known_where_the_outside_is_kept(desk: Desk) -> None:
    model: Any = TinyPictures()
    eyes = mask.keep(np.eye(4, 5, dtype=np.uint8) * 255, "eyes").model_dump()
    free: Run = run_of(latents={"edits": [{"kind": "intensity", "strength": 0.3}]})
    locked = free.replace(region={"outside": "locked", "mask": eyes})
    reuse = Reuse(desk.state)
    assert reuse.known(locked) is None
    *_, before = record(locked.unedited, model)
    desk.state.set_drawing("before", Drawing(before))
    assert reuse.known(locked) is before
    assert reuse.known(free) is None
    assert reuse.known(locked.replace(latents={"seed": 3})) is None
