"""Forks: where edits begin on the timeline, the line that branches off, the mark that says and goes. # spec: L8"""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor, QHelpEvent, Qt
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app import theme
from app.state import State
from app.views.forks import HEIGHT, MOST, forks
from app.views.norms import Norms, axis
from app.views.timeline import Timeline
from tests.app.views.stage import colour, draw, on_screen, staged
from tests.engine.tiny import run_of

SHIFT: dict[str, Any] = {"kind": "intensity", "strength": 0.5, "particles": [3]}


def shown(qtbot: QtBot, *edits: dict[str, Any], steps: int = 6) -> tuple[State, Timeline]:
    state = staged(schedule={"steps": steps})
    state.change("edit", latents={"edits": edits})
    return state, on_screen(qtbot, Timeline(state), state, 600, 150)


def mark(timeline: Timeline, step: int) -> QPoint:
    track = timeline.track
    return QPoint(round(axis(track, timeline._state).x(step)), round(HEIGHT * track.fontMetrics().height()))


def branch(timeline: Timeline, steps: list[float]) -> list[bool]:
    """Whether the other way is drawn at these places of the axis."""
    x, y = axis(timeline.track, timeline._state).x, mark(timeline, 0).y()
    lines = [{colour(timeline.track, x(step), y + off).name() for off in (-1, 0, 1)} for step in steps]
    return [QColor(theme.scheme().window).name() not in line or len(line) > 1 for line in lines]


def test_edits_are_told_by_the_step_where_they_begin() -> None:
    edits = (
        {**SHIFT, "step": 4},
        SHIFT,
        {"kind": "transfer", "source": 2, "particles": [0], "step": 4},
        {**SHIFT, "step": 9},
    )
    assert forks(run_of(latents={"edits": edits})) == {
        0: "step 0, the latent: intensity λ +0.5, particle 3",
        4: "step 4: intensity λ +0.5, particle 3\ntransfer from 2 to 0",
    }, "what is at a step that is not there begins nowhere"
    many = forks(run_of(latents={"edits": [SHIFT] * (MOST + 3)}))
    assert many[0].splitlines()[MOST:] == ["and 3 more"]
    assert forks(run_of()) == {}


def test_a_line_branches_off_where_the_first_edit_begins_and_runs_to_the_end(qtbot: QtBot, qapp: object) -> None:
    state, timeline = shown(qtbot, {**SHIFT, "step": 4}, {**SHIFT, "step": 2})
    assert branch(timeline, [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]) == [False, False, True, True, True, True]
    state.undo.undo()
    assert branch(timeline, [2.5, 3.5, 4.5, 5.5]) == [False] * 4


def test_an_edit_of_the_latent_has_a_mark_and_no_line(qtbot: QtBot, qapp: object) -> None:
    _, timeline = shown(qtbot, SHIFT)
    assert branch(timeline, [0, 0.5, 3, 5.5]) == [True, False, False, False]


def test_a_click_on_a_mark_goes_there_also_where_steps_stand_close(qtbot: QtBot, qapp: object) -> None:
    state, timeline = shown(qtbot, {**SHIFT, "step": 120}, steps=400)
    place = mark(timeline, 120)
    qtbot.mouseClick(timeline.track, Qt.MouseButton.LeftButton, pos=place + QPoint(3, 0))
    assert state.playhead == 120
    qtbot.mouseClick(timeline.track, Qt.MouseButton.LeftButton, pos=place + QPoint(3, 12))
    assert state.playhead > 120, "below it the track itself is clicked"


def test_a_mark_says_which_edits_begin_there(qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    _, timeline = shown(qtbot, {**SHIFT, "step": 4})
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, *_: said.append(text))
    for place in (mark(timeline, 4), mark(timeline, 1)):
        qapp.sendEvent(timeline.track, QHelpEvent(QEvent.Type.ToolTip, place, timeline.track.mapToGlobal(place)))
    assert said[0] == timeline.track.accessibleDescription() == "step 4: intensity λ +0.5, particle 3"
    assert "step 4" not in "".join(said[1:])


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_seen_in_both_schemes(qtbot: QtBot, qapp: object, monkeypatch: pytest.MonkeyPatch, dark: bool) -> None:
    monkeypatch.setattr(theme, "_chosen", theme.DARK if dark else theme.LIGHT)
    state, timeline = shown(qtbot, {**SHIFT, "step": 3})
    state.set_playhead(3)
    place = mark(timeline, 3)
    assert colour(timeline.track, place.x(), place.y()) == QColor(theme.scheme().text), "over the playhead"


def test_norms_show_how_it_went_before_the_edits_once_that_is_drawn(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    norms = on_screen(qtbot, Norms(state), state, 500, 80)
    draw(state)
    draw(state, side="before")
    assert set(norms.curves()) == {"current"}, "nothing was edited"
    state.change("edit", latents={"edits": [{**SHIFT, "step": 2}]})
    draw(state)
    draw(state, side="before", steps=4)
    assert set(norms.curves()) == {"current"}, "it is not drawn yet"
    alone = norms.grab().toImage()
    draw(state, side="before")
    curves = norms.curves()
    assert set(curves) == {"before", "current"}
    assert curves["before"].mean[:2] == curves["current"].mean[:2]
    assert curves["before"].mean[3] != curves["current"].mean[3]
    assert norms.grab().toImage() != alone
