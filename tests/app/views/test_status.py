"""Status: figures, what runs, cancelling, and that short work does not flicker. # spec: -"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.state import Activity, State
from app.views.status import Status
from tests.app.views.stage import draw, staged


@pytest.fixture
def state(qapp: object) -> State:
    return staged()


def shown(qtbot: QtBot, state: State, width: int = 1024) -> Status:
    status = Status(state)
    qtbot.addWidget(status)
    status.resize(width, 30)
    status.show()
    return status


def busy(status: Status, state: State, *activities: Activity) -> None:
    """Work that has run for longer than a blink."""
    state.activity_changed.emit(list(activities))
    status._blink_timer.timeout.emit()


def test_what_runs_and_what_waits(qtbot: QtBot, state: State) -> None:
    status = shown(qtbot, state)
    busy(status, state, Activity(4, "sampling tiny", 7, 23), Activity(5, "sampling other"), Activity(6, "sweep"))
    assert status.activity.text() == "sampling tiny 7/23"
    assert (status.progress.value(), status.progress.maximum()) == (7, 23)
    assert status.queued.text() == "2 queued"
    state.activity_changed.emit([Activity(4, "sampling tiny", 8, 23)])
    qtbot.waitUntil(lambda: (status.activity.text(), status.queued.text()) == ("sampling tiny 8/23", ""))


def test_cancel_says_so_at_once_and_until_the_work_is_gone(qtbot: QtBot, state: State) -> None:
    status = shown(qtbot, state)
    busy(status, state, Activity(4, "sampling", 7, 23))
    with qtbot.waitSignal(state.cancel_wanted) as asked:
        qtbot.mouseClick(status.cancel, Qt.MouseButton.LeftButton)
    assert asked.args == [4]
    assert (status.cancel.text(), status.cancel.isEnabled()) == ("cancelling", False)
    state.activity_changed.emit([Activity(4, "sampling", 8, 23)])
    assert status.cancel.text() == "cancelling"
    state.activity_changed.emit([Activity(5, "sampling", 0, 23)])
    assert (status.cancel.text(), status.cancel.isEnabled()) == ("cancel", True)


def test_cancelling_from_elsewhere_is_shown_too(qtbot: QtBot, state: State) -> None:
    status = shown(qtbot, state)
    busy(status, state, Activity(4, "sampling", 7, 23, cancelling=True))
    assert status.cancel.text() == "cancelling"


def test_short_work_is_not_mentioned_and_short_pauses_neither(qtbot: QtBot, state: State) -> None:
    status = shown(qtbot, state)
    state.activity_changed.emit([Activity(1, "sampling", 0, 23)])
    assert not status.progress.isVisible()
    state.activity_changed.emit([])
    assert not status._blink_timer.isActive()
    state.activity_changed.emit([Activity(2, "sampling", 0, 23)])
    qtbot.waitUntil(status.progress.isVisible)
    state.activity_changed.emit([])
    assert status.progress.isVisible()
    state.activity_changed.emit([Activity(3, "sampling", 0, 23)])
    assert not status._blink_timer.isActive()
    state.activity_changed.emit([])
    qtbot.waitUntil(lambda: not status.progress.isVisible())


def test_nothing_moves_whatever_it_says(qtbot: QtBot, state: State) -> None:
    status = shown(qtbot, state)

    def places() -> list[object]:
        parts = (status.device, status.speed, status.memory, status.activity, status.progress, status.cancel)
        return [part.geometry() for part in (*parts, status.queued)]

    before = places()
    busy(status, state, Activity(1, "sampling a model with a very long name indeed", 3, 9999), Activity(2, "x"))
    draw(state)
    state.message.emit("A long sentence. " * 20)
    status.layout().activate()
    assert places() == before
    assert status.activity.text().endswith(" 3/9999")
    status.cancel.click()
    status.layout().activate()
    assert places() == before


def test_evaluations_a_second_are_those_of_the_trajectory(qtbot: QtBot, state: State) -> None:
    status = shown(qtbot, state)
    trajectory = draw(state)  # 11 evaluations
    trajectory.seconds = 0.5
    state.step_arrived.emit("current", trajectory.available)
    qtbot.waitUntil(lambda: status.speed.text() == "22 evals/s")
    assert status.device.text() == "cpu"
    state.activity_changed.emit([])
    assert status.speed.text() == "22 evals/s"


def test_memory_is_looked_at_only_while_visible(qtbot: QtBot, state: State) -> None:
    status = shown(qtbot, state)
    number, unit = status.memory.text().split()
    assert unit == "MB"
    assert int(number) > 50
    status.memory.setText("old")
    status._refresh_timer.timeout.emit()
    assert status.memory.text() != "old"
    assert status._refresh_timer.interval() >= 1000
    status.hide()
    assert not status._refresh_timer.isActive()


def test_a_message_stands_for_a_while_and_is_never_lost(qtbot: QtBot, state: State) -> None:
    status = shown(qtbot, state, width=900)
    sentence = "Copied the command line, which draws this Run again in any shell on any machine with this program."
    state.message.emit(sentence)
    assert status.message.text().endswith("…")
    assert status.message.toolTip() == sentence
    status.resize(2000, 30)
    assert status.message.text() == sentence
    status._message_timer.timeout.emit()
    assert status.message.text() == ""
