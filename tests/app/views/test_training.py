"""Training view: the line that says what stands, the buttons of each status, and what stands in place of a picture.

# spec: T6
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app import theme
from app.training import Status, TrainingState
from app.views.training import HINT, OPENING, TrainingView
from tests.app.views.trained import CONFIG, previews, reported, running

LEFT = Qt.MouseButton.LeftButton


def shown(qtbot: QtBot, state: TrainingState) -> TrainingView:
    view = TrainingView(state)
    qtbot.addWidget(view)
    view.resize(800, 700)
    view.show()
    qtbot.waitExposed(view)
    settle(qtbot, view)
    return view


def settle(qtbot: QtBot, view: TrainingView) -> None:
    """Wait until the newest report is shown."""
    report = view._state.report
    if report is not None:
        qtbot.waitUntil(lambda: view.curve.accessibleDescription().endswith(f"at step {report.step:,}"))


def click(button: QPushButton) -> None:
    QTest.mouseClick(button, LEFT)


def test_the_head_says_what_stands(qtbot: QtBot) -> None:
    view = shown(qtbot, running(1200))
    assert view.line == "tiny · step 1,200 of 2,000 · 240 examples/s · 1 h 12 min left · loss 0.100"
    assert view.accessibleDescription() == view.line
    assert view.progress.value() / view.progress.maximum() == 0.6


def test_figures_do_not_move_when_they_change(qtbot: QtBot) -> None:
    state = running(3)
    view = shown(qtbot, state)
    slots = (view.step, view.rate, view.left, view.loss)
    places = [slot.geometry() for slot in slots]
    state.set_report(reported(1999, rate=17.0, seconds_left=8.0))
    settle(qtbot, view)
    QApplication.processEvents()
    assert view.left.text() == "8 s left"
    assert [slot.geometry() for slot in slots] == places


def test_before_a_training_it_says_what_to_do(qtbot: QtBot) -> None:
    state = TrainingState(CONFIG)
    view = shown(qtbot, state)
    assert view.message.label.text() == HINT
    assert view.message.isVisible()
    assert not view.halves.isVisible()
    assert view.line == "tiny · 2,000 steps"
    state.take(state.config.replace(name="other"))
    assert view.line == "other · 2,000 steps"
    state.set_status("starting")
    assert view.message.label.text() == OPENING


@pytest.mark.parametrize(
    ("status", "main", "signal", "keeps"),
    [
        ("idle", "Start", "start_wanted", False),
        ("starting", "Pause", "pause_wanted", False),
        ("running", "Pause", "pause_wanted", True),
        ("paused", "Resume", "start_wanted", True),
        ("finished", "Start", "start_wanted", False),
        ("failed", "Try again", "start_wanted", False),
    ],
)
def test_the_buttons_fit_the_status(qtbot: QtBot, status: Status, main: str, signal: str, keeps: bool) -> None:
    state = running(100)
    view = shown(qtbot, state)
    state.set_status(status, "It failed: try again." if status == "failed" else "")
    assert view.main.text() == main
    assert view.keep.isVisible() is keeps
    with qtbot.waitSignal(getattr(state, signal)):
        click(view.main)


def test_pausing_is_said_at_once_and_until_it_has_paused(qtbot: QtBot) -> None:
    state = running(100)
    view = shown(qtbot, state)
    click(view.main)
    assert view.main.text() == "pausing…"
    assert not view.main.isEnabled()
    state.set_report(reported(101))
    settle(qtbot, view)
    assert view.main.text() == "pausing…"
    state.set_status("pausing")
    assert "pausing…" in view.line
    state.set_status("paused")
    assert view.main.text() == "Resume"
    assert view.main.isEnabled()
    assert view.line == "tiny · step 101 of 2,000 · paused · loss 0.534"


def test_keep_and_explore_ask_for_it(qtbot: QtBot) -> None:
    state = running(100)
    view = shown(qtbot, state)
    with qtbot.waitSignal(state.keep_wanted):
        click(view.keep)
    with qtbot.waitSignal(state.explore_wanted):
        click(view.explore)
    state.set_report(None)
    qtbot.waitUntil(lambda: not view.explore.isVisible())


def test_a_failure_stands_above_the_curve_with_a_button_that_tries_again(qtbot: QtBot) -> None:
    state = running(100)
    view = shown(qtbot, state)
    assert not view.message.isVisible()
    state.set_status("failed", "The disk is full: free some space.")
    assert view.message.label.text() == "The disk is full: free some space."
    assert view.halves.isVisible()
    with qtbot.waitSignal(state.start_wanted):
        click(view.message.mend)
    state.set_status("running")
    assert not view.message.isVisible()


def test_editing_after_the_end_does_not_rename_what_is_shown(qtbot: QtBot) -> None:
    state = running(2000)
    view = shown(qtbot, state)
    state.set_status("finished")
    state.take(state.config.replace(name="next"))
    assert view.line.startswith("tiny · step 2,000 of 2,000 · finished")


def test_a_preview_is_marked_on_the_curve_and_the_other_way_round(qtbot: QtBot) -> None:
    view = shown(qtbot, running(400, previews(100, 200, 300, 400)))
    QTest.mouseClick(view.previews.viewport(), LEFT, pos=view.previews.place(1).center())
    plot = view.curve.plot
    assert plot is not None
    spot = view.curve.place(300).toPoint()
    assert plot.grab().toImage().pixelColor(spot).name() == theme.scheme().accent
    QTest.mouseClick(plot.viewport(), LEFT, pos=view.curve.place(100).toPoint())
    assert "step 100 is marked" in view.previews.accessibleDescription()


def test_a_mark_goes_with_its_training(qtbot: QtBot) -> None:
    state = running(400, previews(100, 200))
    view = shown(qtbot, state)
    view.mark(200)
    state.set_report(reported(60, previews(50)))
    settle(qtbot, view)
    assert "marked" not in view.previews.accessibleDescription()


def test_everything_has_a_tooltip_and_a_name(qtbot: QtBot) -> None:
    state = running(100)
    view = shown(qtbot, state)
    for button in view.findChildren(QPushButton):
        assert button.toolTip()
        assert button.accessibleName()
    assert view.progress.accessibleName()
    assert all(slot.toolTip() for slot in (view.step, view.rate, view.left, view.loss))
