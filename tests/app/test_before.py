"""The side "before": drawn while it is looked at, never twice, and dropped with the workspace."""
# spec: L3

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from app.state import Drawing
from app.window import Window
from engine.settings.edits import Intensity
from engine.trajectory import Trajectory
from tests.app.opened import settle


@pytest.fixture
def window(window: Window) -> Window:
    """The window in the Latents workspace, all drawn; few steps, to be quick."""
    window.state.change("fewer", schedule={"steps": 6})
    QTest.keySequence(window, QKeySequence("Ctrl+2"))
    settle(window)
    return window


def edit(window: Window, strength: float) -> None:
    """Let an intensity of particle 1 be the only edit."""
    made = Intensity(kind="intensity", particles=(1,), strength=strength)
    window.state.change("edit", latents={"edits": (made,)})


def drawn(window: Window, side: str = "before") -> Trajectory:
    trajectory = window.state.drawing(side).trajectory  # type: ignore[arg-type]
    assert trajectory is not None
    assert trajectory.complete
    return trajectory


def test_a_run_without_edits_is_its_own_before(window: Window) -> None:
    assert drawn(window) is drawn(window, "current")
    window.state.change("seed", latents={"seed": 4})
    settle(window)
    assert drawn(window) is drawn(window, "current")
    assert drawn(window).run == window.state.run


def test_what_is_drawn_when_the_first_edit_comes_is_kept(window: Window) -> None:
    before = drawn(window)
    for strength in (0.2, 0.4):
        edit(window, strength)
        settle(window)
        assert drawn(window) is before
        assert drawn(window, "current").run == window.state.run
    window.state.undo.undo()
    settle(window)
    assert drawn(window) is before


def test_another_sampler_draws_it_again_after_the_current_run(window: Window) -> None:
    edit(window, 0.2)
    settle(window)
    order: list[str] = []
    window.state.step_arrived.connect(lambda side, available: order.append(side))
    window.state.change("sampler", sampler={"name": "ddim"})
    settle(window)
    assert drawn(window).run == window.state.run.unedited
    assert order == sorted(order, reverse=True), "all of the current Run comes first"
    assert set(order) == {"current", "before"}


def test_a_run_opened_with_edits_has_its_before_drawn(window: Window) -> None:
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    assert window.state.drawing("before") == Drawing(), "let go of with the workspace"
    edit(window, 0.3)
    settle(window)
    assert window.state.drawing("before") == Drawing(), "nothing is drawn that nobody looks at"
    QTest.keySequence(window, QKeySequence("Ctrl+2"))
    settle(window)
    assert drawn(window).run == window.state.run.unedited


def test_what_waits_to_be_started_by_hand_has_no_before_drawn_either(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(window, 0.2)
    settle(window)
    monkeypatch.setattr("app.bridge.STARTS_ALONE", 0)
    large = window.state.run.replace(latents={"seed": 9})
    window.state.hold(large)
    window.state.set_run("open", large, window.state.model)
    settle(window)
    assert drawn(window).run != large.unedited
