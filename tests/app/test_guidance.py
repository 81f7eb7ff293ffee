"""The Guidance workspace in the window: shared canvas, own controls and page, keys, and what is read meanwhile."""
# spec: G5, G6

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from app.bind import ValueRow
from app.guidance import Guidance
from app.state import unguided
from app.window import Window
from engine.models.catalogue import named
from tests.app.opened import settle


@pytest.fixture
def guidance(window: Window) -> Guidance:
    """The workspace, shown by its key, with everything read."""
    assert window.guidance is None, "built when it is shown, not before"
    QTest.keySequence(window, QKeySequence("Ctrl+3"))
    settle(window)
    assert window.guidance is not None
    return window.guidance


def test_it_shares_canvas_and_timeline_with_explore(window: Window, guidance: Guidance) -> None:
    drawn = window.state.drawing("current").trajectory
    for keys, guided in (("Ctrl+1", False), ("Ctrl+3", True), ("Ctrl+4", None), ("Ctrl+3", True)):
        QTest.keySequence(window, QKeySequence(keys))
        settle(window)
        on_canvas = guided is not None
        assert (window.canvas.isVisible(), window.timeline.isVisible()) == (on_canvas, on_canvas)
        assert guidance.controls.isVisible() == bool(guided)
        assert guidance.group.isVisible() == bool(guided)
        if on_canvas:
            assert window.controls.picture.isVisible() != guided
            tabs = [window.explore.side.tabText(i) for i in range(window.explore.side.count())]
            assert tabs == (["Group", "Particle"] if guided else ["Particle"])
    assert window.state.drawing("current").trajectory is drawn, "nothing is drawn again"


def test_what_works_on_the_canvas_works_in_both(window: Window, guidance: Guidance) -> None:
    assert window.compare.isEnabled()
    window.canvas.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Home)
    assert window.state.playhead == 0
    QTest.keyClick(window, Qt.Key.Key_4)
    assert window.state.selection == (4,)
    QTest.keySequence(window, QKeySequence("Ctrl+4"))
    assert not window.compare.isEnabled()


def test_the_tab_key_goes_through_the_controls_where_they_stand(window: Window, guidance: Guidance) -> None:
    window.activateWindow()
    window.controls.latents.die.setFocus()
    reached: list[str] = []
    while "S_churn" not in reached and len(reached) < 30:
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        reached.append(window.focusWidget().accessibleName())
    wanted = ["Count", "k_PG", "Group size", "Kernel", "Bandwidth", "k_PG(t)", "Kernel sees", "S_churn"]
    assert [name for name in dict.fromkeys(reached) if name in wanted] == wanted


def test_the_page_that_was_chosen_is_there_again(window: Window, guidance: Guidance) -> None:
    side = window.explore.side
    assert side.currentWidget() is guidance.group
    side.setCurrentIndex(1)
    for keys in ("Ctrl+1", "Ctrl+3"):
        QTest.keySequence(window, QKeySequence(keys))
    assert side.tabText(side.currentIndex()) == "Particle"


def test_groups_are_read_only_while_they_are_looked_at(window: Window, guidance: Guidance) -> None:
    readings = window.state.readings("current")
    assert readings is not None
    assert guidance.controls.histogram.pairs is not None
    QTest.keySequence(window, QKeySequence("Ctrl+1"))
    window.state.change("seed", latents={"seed": 5})
    settle(window)
    assert window.state.readings("current") is None
    QTest.keySequence(window, QKeySequence("Ctrl+3"))
    settle(window)
    assert window.state.readings("current") is not None


def test_dragging_k_pg_parts_the_particles_and_undo_returns(window: Window, guidance: Guidance) -> None:
    window.state.choose(named("ring"))
    window.state.change("from sigma 1", schedule={"sigma_max": 1.0, "steps": 8})
    settle(window)
    alone = window.state.drawing("current").trajectory
    slider = window.findChild(ValueRow, "guidance.k_pg").slider
    slider.setSliderDown(True)
    for position in range(80, 500, 80):
        slider.setValue(position)
    slider.setSliderDown(False)
    settle(window)
    guided = window.state.drawing("current").trajectory
    assert alone is not None
    assert guided is not None
    assert guided.run == window.state.run
    assert guided.run.guidance.k_pg > 1
    assert guided[0].guidance is not None  # type: ignore[union-attr]
    assert _spread(guided[8].x) > _spread(alone[8].x)  # type: ignore[union-attr]
    QTest.keySequence(window, QKeySequence("Ctrl+Z"))
    settle(window)
    again = window.state.drawing("current").trajectory
    assert again is not None
    assert (again[8].x == alone[8].x).all()  # type: ignore[union-attr]


def _spread(x: object) -> float:
    """The smallest distance of two particles."""
    import torch

    assert isinstance(x, torch.Tensor)
    return float(torch.pdist(x).min())


def test_the_same_latents_without_guidance_stand_beside(window: Window, guidance: Guidance) -> None:
    window.state.change("k", guidance={"k_pg": 10.0, "over_time": "constant"})
    guidance.controls.beside.click()
    settle(window)
    assert window.compare.isChecked()
    drawn = {side: window.state.drawing(side).trajectory for side in ("pinned", "current")}  # type: ignore[arg-type]
    assert drawn["pinned"] is not None
    assert drawn["pinned"].run == unguided(window.state.run)
    window.compare.click()
    assert not guidance.controls.beside.isChecked()
    assert window.state.pinned is None


@pytest.mark.parametrize("name", ["digits-ideal", "ring", "mixture-1d"])
def test_nothing_is_wider_than_a_small_window(window: Window, guidance: Guidance, name: str) -> None:
    window.resize(1024, 700)
    window.state.choose(named(name))
    window.state.change("fixed", guidance={"bandwidth": "fixed"}, latents={"count": 23, "group": 10})
    settle(window)
    assert window.width() == 1024
    for area in window.findChildren(QScrollArea):
        if area.isVisible():
            assert area.horizontalScrollBar().maximum() == 0
            assert area.widget().width() <= area.viewport().width()
