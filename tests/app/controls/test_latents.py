"""Latents: particles that were moved by hand are counted, and put back in one step that can be undone."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.controls.latents import LatentsGroup
from app.state import State
from engine.models.catalogue import named
from engine.run import Run
from engine.settings.edits import Move
from tests.app.views.stage import put_away


def shown(qtbot: QtBot, **latents: Any) -> tuple[State, LatentsGroup]:
    """The group on the screen, which is held until it is closed."""
    info = named("ring")
    state = State(Run(model=info.reference).replace(latents=latents), info)
    group = LatentsGroup(state)
    qtbot.addWidget(group, before_close_func=lambda _: put_away(group, state))
    group.show()
    return state, group


def move(step: int, particle: int) -> Move:
    return Move(step=step, particle=particle, to=(0.5, -0.5))


def test_moved_particles_are_counted_not_their_moves(qtbot: QtBot, qapp: object) -> None:
    state, group = shown(qtbot)
    assert not group.moved.isVisible()
    for edits, text in (
        ((move(3, 2),), "1 particle moved by hand"),
        ((move(3, 2), move(7, 2)), "1 particle moved by hand"),
        ((move(3, 2), move(7, 2), move(3, 0)), "2 particles moved by hand"),
    ):
        state.change("move", latents={"edits": edits})
        assert (group.moved.isVisible(), group.about.text()) == (True, text)


def test_they_are_put_back_in_one_step_that_can_be_undone(qtbot: QtBot, qapp: object) -> None:
    edits = (move(3, 2), move(3, 0))
    state, group = shown(qtbot, edits=edits)
    QTest.mouseClick(group.put_back, Qt.MouseButton.LeftButton)
    assert state.run.latents.edits == ()
    assert not group.moved.isVisible()
    assert state.undo.undoText() == "put particles back"
    state.undo.undo()
    assert state.run.latents.edits == edits
    assert group.moved.isVisible()


def test_the_die_takes_another_seed(qtbot: QtBot, qapp: object) -> None:
    state, group = shown(qtbot)
    QTest.mouseClick(group.die, Qt.MouseButton.LeftButton)
    QTest.mouseClick(group.die, Qt.MouseButton.LeftButton)
    assert state.undo.count() == 2
    state.undo.undo()
    state.undo.undo()
    assert state.run.latents.seed == 0
