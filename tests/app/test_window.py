"""The window as a user meets it: first picture, keys, comparing, cancelling, folding, closing. # spec: S2, S3, A1"""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from app.window import Window
from tests.app.opened import opened, settle


def choose(window: Window, name: str) -> None:
    combo = window.controls.model.choice
    assert isinstance(combo, QComboBox)
    combo.setCurrentIndex(combo.findText(name))
    combo.activated.emit(combo.currentIndex())


def test_first_start_draws_the_default_model(window: Window) -> None:
    drawing = window.state.drawing("current")
    assert drawing.error is None
    assert drawing.trajectory is not None
    assert drawing.trajectory.complete
    assert "digits-ideal" in window.title.text()
    assert "seed 0" in window.title.text()


def _drawn_steps(window: Window) -> int:
    """How many steps the trajectory that stands in the window will have; 0 if there is none."""
    trajectory = window.state.drawing("current").trajectory
    return 0 if trajectory is None else trajectory.last


def test_every_parameter_of_the_sampler_redraws(window: Window) -> None:
    first = window.state.drawing("current").trajectory
    for part, change in (
        ("latents", {"seed": 4}),
        ("latents", {"count": 6}),
        ("schedule", {"steps": 9}),
        ("schedule", {"rho": 3.0}),
        ("schedule", {"sigma_max": 40.0}),
        ("sampler", {"churn": 4.0}),
        ("sampler", {"s_noise": 1.01}),
    ):
        window.state.change("change", **{part: change})
        settle(window)
        drawn = window.state.drawing("current").trajectory
        assert drawn is not None
        assert drawn is not first
        assert drawn.run == window.state.run
        first = drawn


def test_dragging_leaves_only_the_newest_run_on_show(window: Window) -> None:
    for seed in range(30):
        window.state.change("seed", latents={"seed": seed, "count": 40})
    settle(window)
    drawn = window.state.drawing("current").trajectory
    assert drawn is not None
    assert drawn.run.latents.seed == 29


def test_keys_move_the_playhead(window: Window) -> None:
    window.activateWindow()
    window.canvas.setFocus()
    last = window.state.playhead
    QTest.keyClick(window, Qt.Key.Key_Left)
    assert window.state.playhead == last - 1
    QTest.keyClick(window, Qt.Key.Key_Home)
    assert window.state.playhead == 0
    QTest.keyClick(window, Qt.Key.Key_Right)
    assert window.state.playhead == 1
    QTest.keyClick(window, Qt.Key.Key_End)
    assert window.state.playhead == last


def test_a_number_key_selects_a_particle(window: Window) -> None:
    QTest.keyClick(window, Qt.Key.Key_4)
    assert window.state.selection == (4,)


@pytest.mark.parametrize("name", ["ring", "mixture-1d", "symmetric-2d", "shifted-2d", "digits-ideal"])
def test_every_kind_of_model_is_drawn_and_undo_returns(window: Window, name: str) -> None:
    choose(window, name)
    settle(window)
    assert window.state.model.name == name
    assert window.state.drawing("current").error is None
    drawn = window.state.drawing("current").trajectory
    assert drawn is not None
    assert drawn.run.model.label == name
    window.grab()
    while window.state.undo.canUndo():
        window.state.undo.undo()
    settle(window)
    assert window.state.model.name == "digits-ideal"


def test_switching_models_while_sampling(window: Window) -> None:
    for name in ("ring", "digits-ideal", "mixture-1d", "symmetric-2d", "digits-ideal", "ring"):
        choose(window, name)
        settle(window, lambda: True)
    settle(window)
    drawn = window.state.drawing("current").trajectory
    assert drawn is not None
    assert drawn.run.model.label == "ring"
    assert window.state.drawing("current").error is None


def test_pinning_compares_two_runs_on_one_timeline(window: Window) -> None:
    QTest.mouseClick(window.compare, Qt.MouseButton.LeftButton)
    assert window.state.pinned == window.state.run
    window.state.change("churn", sampler={"churn": 6.0})
    settle(window)
    a, b = (window.state.drawing(side).trajectory for side in ("pinned", "current"))
    assert a is not None
    assert b is not None
    assert a.run.sampler.values()["churn"] == 0
    assert b.run.sampler.values()["churn"] == 6
    assert (a[0].x == b[0].x).all()  # the same latents
    assert not (a[22].x == b[22].x).all()
    window.state.exchange()
    settle(window)
    window.state.undo.undo()
    assert (window.state.pinned, window.state.run) == (a.run, b.run)
    window.state.undo.redo()
    settle(window)
    assert window.state.run.sampler.values()["churn"] == 0
    assert window.state.pinned is not None
    assert window.state.pinned.sampler.values()["churn"] == 6
    QTest.mouseClick(window.compare, Qt.MouseButton.LeftButton)
    assert window.state.pinned is None
    window.grab()


def test_pinning_draws_nothing_again(window: Window) -> None:
    drawn = window.state.drawing("current").trajectory
    window.toggle_pin()
    assert window.state.drawing("pinned").trajectory is drawn


def test_cancel_stops_the_run_and_keeps_what_came(window: Window) -> None:
    window.state.change("long", schedule={"steps": 2000}, latents={"count": 64})
    window.state.set_playhead(0)  # where the long Run takes the place of the coarse one ahead of it
    settle(window, lambda: _drawn_steps(window) == 2000)
    window.cancel()
    settle(window)
    drawing = window.state.drawing("current")
    assert not drawing.running
    assert drawing.trajectory is not None
    assert not drawing.trajectory.complete
    window.state.change("short", schedule={"steps": 5})
    settle(window)
    again = window.state.drawing("current").trajectory
    assert again is not None
    assert again.complete


def test_a_narrow_window_folds_the_inspector_into_a_tab(window: Window) -> None:
    assert window.left.indexOf(window.side) < 0
    window.resize(1024, 700)
    settle(window, lambda: window.width() == 1024)
    assert window.left.tabText(window.left.indexOf(window.side)) == "Inspector"
    assert window.minimumSizeHint().width() <= 1024
    window.resize(1400, 800)
    settle(window, lambda: window.width() == 1400)
    assert window.left.indexOf(window.side) < 0
    assert window.side.isVisible()


def test_an_action_without_a_pinned_run_changes_nothing(window: Window) -> None:
    before = window.state.run
    window.state.exchange()
    assert window.state.run == before


def test_closing_while_sampling_ends_the_thread(qapp: object) -> None:
    with opened() as window:
        window.state.change("long", schedule={"steps": 5000}, latents={"count": 64})
        settle(window, lambda: window.state.drawing("current").running)
    assert not [thread for thread in threading.enumerate() if "worker" in thread.name]


def test_a_window_closed_while_narrow_opens_wide_with_its_inspector(qapp: object) -> None:
    with opened(1024, 700):
        pass
    with opened(1400, 800) as window:
        window.resize(1400, 800)
        settle(window, lambda: window.width() == 1400)
        assert window.panels.count() == 3
        assert min(window.panels.sizes()) >= 200


def test_the_layout_is_kept_for_the_next_start(qapp: object) -> None:
    with opened(1250, 777):
        pass
    with opened(1250, 777) as window:
        window.hide()
    from PySide6.QtCore import QSettings

    assert QSettings().value("geometry") is not None
