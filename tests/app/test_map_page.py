"""The map in the whole window: its page in Analysis, and beside the canvas by key and button. # spec: A3"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.window import Window
from tests.app.opened import opened, settle


def placed(window: Window) -> bool:
    """Whether all that is drawn was placed on a map."""
    placements = window.maps.placements("current")
    return placements is not None and placements.complete


def test_the_key_opens_the_map_of_digits_and_places_what_is_drawn(window: Window) -> None:
    QTest.keyClick(window, Qt.Key.Key_U)
    settle(window, lambda: placed(window) and window.bridge.idle)
    view = window.explore.beside.map
    assert view is not None
    assert view.isVisible()
    assert window.map.isChecked()
    assert view.plot.placed == window.state.run.latents.count
    window.workspaces.show("Latents")
    assert not view.isVisible()
    assert not window.maps.watched
    window.workspaces.show("Guidance")
    assert view.isVisible()
    QTest.mouseClick(window.map, Qt.MouseButton.LeftButton)
    assert not view.isVisible()


def test_the_page_has_the_map_over_a_timeline_that_moves_it(window: Window) -> None:
    window.workspaces.show("Analysis")
    assert window.analysis is not None
    window.analysis.show("Map")
    page = window.analysis.map
    assert page is not None
    settle(window, lambda: placed(window) and window.bridge.idle)
    assert page.view.plot.isVisible()
    before = [page.view.plot.pixel(p) for p in range(3)]
    page.timeline.to_start()
    assert window.state.playhead == 0
    assert [page.view.plot.pixel(p) for p in range(3)] != before
    page.view.plot.setFocus()
    QTest.keyClick(page.view.plot, Qt.Key.Key_Space)
    assert page.timeline.playing
    QTest.keyClick(page.controls, Qt.Key.Key_Space)
    assert not page.timeline.playing
    plan = page.plan
    plan.change("change Count", count=500)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert plan.settings.count == 4000


def test_the_map_opens_again_at_the_next_start_also_in_a_small_window(window: Window) -> None:
    QTest.keyClick(window, Qt.Key.Key_U)
    with opened(1024, 700) as second:
        view = second.explore.beside.map
        assert view is not None
        settle(second, lambda: placed(second))
        assert view.width() >= 220
        assert second.width() == 1024
