"""Timeline: the playhead by mouse, keys, buttons and play; progress, ticks and the second row. # spec: A1"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from app import theme
from app.state import Drawing, State
from app.views.norms import axis
from app.views.timeline import Timeline
from tests.app.views.stage import colour, draw, staged

LEFT = Qt.MouseButton.LeftButton


def shown(qtbot: QtBot, state: State, width: int = 600) -> Timeline:
    timeline = Timeline(state)
    qtbot.addWidget(timeline)
    timeline.resize(width, 150)
    timeline.show()
    return timeline


def at(timeline: Timeline, step: float) -> QPoint:
    track = timeline.track
    return QPoint(round(axis(track, timeline._state).x(step)), round(track._row(0)))


def button(timeline: Timeline, name: str) -> QToolButton:
    return next(b for b in timeline.findChildren(QToolButton) if b.accessibleName() == name)


def combo(timeline: Timeline, name: str) -> QComboBox:
    return next(c for c in timeline.findChildren(QComboBox) if c.accessibleName() == name)


def texts(timeline: Timeline) -> list[str]:
    return [label.text() for label in timeline.findChildren(QLabel)]


@pytest.fixture
def state(qapp: object) -> State:
    state = staged()
    draw(state)
    return state


def test_a_click_anywhere_on_the_track_moves_the_playhead(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    qtbot.mouseClick(timeline.track, LEFT, pos=at(timeline, 2.3))
    assert state.playhead == 2
    assert texts(timeline) == ["step 2 / 6", "σ 5.84"]


def test_a_drag_scrubs_and_stops_at_the_ends(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    qtbot.mousePress(timeline.track, LEFT, pos=at(timeline, 1))
    qtbot.mouseMove(timeline.track, at(timeline, 4))
    assert state.playhead == 4
    qtbot.mouseMove(timeline.track, QPoint(-50, 0))
    assert state.playhead == 0
    qtbot.mouseRelease(timeline.track, LEFT, pos=QPoint(0, 0))
    qtbot.mouseMove(timeline.track, at(timeline, 3))
    assert state.playhead == 0


def test_the_track_reacts_to_keys(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    seen = []
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_End):
        qtbot.keyClick(timeline.track, key)
        seen.append(state.playhead)
    assert seen == [0, 1, 2, 1, 6]
    qtbot.keyClick(timeline.track, Qt.Key.Key_Space)
    assert timeline.playing
    qtbot.keyClick(timeline.track, Qt.Key.Key_Space)
    assert not timeline.playing


def test_buttons_step_one_at_a_time(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    qtbot.mouseClick(button(timeline, "Previous step"), LEFT)
    qtbot.mouseClick(button(timeline, "Previous step"), LEFT)
    assert state.playhead == 4
    qtbot.mouseClick(button(timeline, "Next step"), LEFT)
    assert state.playhead == 5


def test_play_runs_once_to_the_end_and_leaves_no_timer(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    combo(timeline, "Speed").setCurrentText("4×")
    visited: list[int] = []
    state.playhead_changed.connect(visited.append)
    qtbot.mouseClick(button(timeline, "Play"), LEFT)
    assert timeline.playing
    qtbot.waitUntil(lambda: not timeline.playing)
    assert visited == [0, 1, 2, 3, 4, 5, 6]
    assert button(timeline, "Play") is not None


def test_loop_starts_over(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    combo(timeline, "Speed").setCurrentText("4×")
    qtbot.mouseClick(button(timeline, "Loop"), LEFT)
    state.set_playhead(5)
    timeline.toggle_play()
    with qtbot.waitSignal(state.playhead_changed, check_params_cb=lambda index: index == 0):
        pass
    assert timeline.playing
    timeline.stop()


def test_play_waits_for_steps_that_have_not_arrived(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    draw(state, steps=3)
    timeline = shown(qtbot, state)
    state.set_playhead(0)
    timeline.toggle_play()
    for _ in range(5):
        timeline._timer.timeout.emit()
    assert (state.playhead, timeline.playing) == (2, True)
    draw(state)
    timeline._timer.timeout.emit()
    assert state.playhead == 3
    timeline.stop()


def test_play_ends_where_a_cancelled_run_ends(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    state.set_drawing("current", Drawing(draw(state, steps=3)))
    timeline = shown(qtbot, state)
    state.set_playhead(1)
    timeline.toggle_play()
    for _ in range(3):
        timeline._timer.timeout.emit()
    assert (state.playhead, timeline.playing) == (2, False)


def test_play_stops_when_the_timeline_goes_away(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    timeline.toggle_play()
    timeline.close()
    assert not timeline.playing


def test_a_long_run_plays_within_seconds(qtbot: QtBot, qapp: object) -> None:
    timeline = shown(qtbot, staged(schedule={"steps": 5000}))
    interval, stride = timeline._pace()
    assert interval >= 16
    assert 5 <= 5000 / stride * interval / 1000 <= 7


def test_progress_stands_on_the_track(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    draw(state, steps=3)
    state.set_playhead(0)
    timeline = shown(qtbot, state)
    solid, hollow = QColor(theme.scheme().muted), QColor(theme.scheme().window)
    seen = [colour(timeline.track, at(timeline, i).x(), at(timeline, i).y()) for i in range(1, 7)]
    assert seen == [solid] * 2 + [hollow] * 4
    assert texts(timeline)[0] == "step 0 / 6"


def test_the_step_shown_is_filled_and_the_one_wanted_hollow_until_it_arrives(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    draw(state, steps=3)
    timeline = shown(qtbot, state)
    accent, hollow = QColor(theme.scheme().accent), QColor(theme.scheme().window)
    places = [at(timeline, 2), at(timeline, 6)]
    assert [colour(timeline.track, p.x(), p.y()) for p in places] == [accent, hollow]
    draw(state)
    assert colour(timeline.track, places[1].x(), places[1].y()) == accent


def test_before_anything_is_drawn_the_numbers_say_so(qtbot: QtBot, qapp: object) -> None:
    assert texts(shown(qtbot, staged())) == ["step – / 6", "σ –"]


def test_another_number_of_steps_keeps_the_playhead_at_the_end(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    state.change("change Steps", schedule={"steps": 40})
    assert (timeline.track.maximum(), timeline.track.value(), state.playhead) == (40, 40, 40)


@pytest.mark.parametrize("steps", [1, 2, 22, 300, 3000])
@pytest.mark.parametrize("width", [300, 600, 1400])
def test_ticks_never_touch(qtbot: QtBot, qapp: object, steps: int, width: int) -> None:
    timeline = shown(qtbot, staged(schedule={"steps": steps}), width)
    sigmas = [80 * 0.99**i for i in range(steps)] + [0.0]
    ticks = timeline.track.ticks(sigmas)
    widths = [timeline.track.fontMetrics().horizontalAdvance(text) for _, text in ticks]
    edges = [(r.center().x() - w / 2, r.center().x() + w / 2) for (r, _), w in zip(ticks, widths, strict=True)]
    assert all(right + 3 < left for (_, right), (left, _) in itertools.pairwise(edges))
    assert ticks[-1][1] == "0"
    assert ticks[0][1] == "80"


def test_the_pinned_runs_steps_make_a_second_row_only_if_they_differ(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)

    def row() -> list[QColor]:
        y = timeline.track._row(1)
        return [colour(timeline.track, x, y) for x in range(60, 500, 4)]

    state.set_playhead(0)
    alone = row()
    state.pin(state.run, state.model)
    draw(state, side="pinned")
    assert row() == alone
    state.pin(state.run.replace(schedule={"steps": 9}), state.model)
    draw(state, side="pinned")
    assert row() != alone


def test_a_scrub_repaints_only_the_playhead(qtbot: QtBot, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = shown(qtbot, state)
    timeline.grab()
    drawn: list[str] = []
    for part in (timeline.track, timeline.norms):

        def counted(painter: QPainter, whole: Callable[[QPainter], None] = part._backdrop._draw) -> None:
            drawn.append("drawn")
            whole(painter)

        monkeypatch.setattr(part._backdrop, "_draw", counted)
    for index in range(6):
        state.set_playhead(index)
        timeline.grab()
    assert drawn == []
    draw(state)
    timeline.grab()
    assert len(drawn) == 2


def test_the_playhead_has_the_accent_colour_in_both_schemes(
    qtbot: QtBot, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline = shown(qtbot, state)
    state.set_playhead(3)
    for dark in (False, True):
        monkeypatch.setattr(theme, "is_dark", lambda dark=dark: dark)
        timeline.setPalette(theme.palette())
        assert colour(timeline.track, at(timeline, 3).x(), at(timeline, 3).y()) == QColor(theme.scheme().accent)
        assert colour(timeline.track, at(timeline, 5).x(), at(timeline, 5).y()) == QColor(theme.scheme().muted)


def test_everything_has_a_name_and_a_tooltip(qtbot: QtBot, state: State) -> None:
    timeline = shown(qtbot, state)
    parts = [timeline.track, timeline.norms, *timeline.findChildren(QToolButton), *timeline.findChildren(QComboBox)]
    assert all(part.accessibleName() and part.toolTip().endswith((".", ")", ").")) for part in parts)
