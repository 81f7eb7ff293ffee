"""The guided tour: each stop beside what it speaks of, in any size; it goes on by itself, ends at once, comes once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSettings, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.tour import TAKEN
from app.views.tour import EDGES, stand
from app.window import Window
from tests.app.opened import settle, wait

LEFT = Qt.MouseButton.LeftButton


def open_tour(window: Window) -> None:
    next(action for action, _ in window.placed if action.text() == "Guided tour").trigger()
    QApplication.processEvents()


@given(
    target=st.builds(QRect, st.integers(0, 900), st.integers(0, 600), st.integers(1, 900), st.integers(1, 600)),
    size=st.builds(QSize, st.integers(50, 300), st.integers(50, 200)),
    first=st.sampled_from(EDGES),
)
def test_it_never_covers_what_it_points_at(target: QRect, size: QSize, first: Qt.Edge) -> None:
    room = QRect(0, 0, 1024, 700)
    place, edge = stand(size, target, room, (first,))
    assert place.size() == size
    assert room.contains(place)
    if edge is not None:
        assert not place.intersects(target)


def test_it_points_at_nothing_where_there_is_nothing() -> None:
    room = QRect(0, 0, 400, 300)
    place, edge = stand(QSize(100, 50), QRect(), room, ())
    assert edge is None
    assert place.bottomRight() == room.bottomRight()


@pytest.mark.parametrize("size", [(1024, 700), (1360, 860), (2560, 1440)])
def test_every_stop_stands_beside_its_part_of_the_window(window: Window, size: tuple[int, int]) -> None:
    window.resize(*size)
    open_tour(window)
    bubble, tour = window.tour.bubble, window.tour
    seen = []
    while bubble.isVisible():
        settle(window)
        tour.place()
        stop = tour.stop
        assert bubble.pointing, stop.title
        assert window.rect().contains(bubble.geometry())
        assert not bubble.geometry().intersects(stop.at()), stop.title
        assert bubble.text.heightForWidth(bubble.text.width()) <= bubble.text.height()
        assert bubble.accessibleName().endswith(stop.title)
        assert bubble.accessibleDescription() == stop.text
        seen.append(bubble.count.text())
        QTest.mouseClick(bubble.next, LEFT)
    assert seen == [f"{number} of 8" for number in range(1, 9)]


def test_it_goes_on_by_itself_when_it_was_done(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    open_tour(window)
    bubble = window.tour.bubble
    QTest.keyClick(bubble, Qt.Key.Key_Return)
    assert bubble.count.text() == "2 of 8"
    QTest.keyClick(window, Qt.Key.Key_Left)
    assert window.state.playhead == 21
    assert bubble.count.text() == "✓ 2 of 8"
    window.tour.linger.setInterval(0)
    QTest.keyClick(window, Qt.Key.Key_Left)
    wait(lambda: bubble.count.text() == "3 of 8")
    window.state.select([4])
    wait(lambda: bubble.count.text() == "4 of 8")
    QTest.mouseClick(bubble.back, LEFT)
    assert bubble.count.text() == "3 of 8"
    window.tour.end()


def test_the_window_works_while_it_stands(window: Window) -> None:
    open_tour(window)
    QTest.mouseClick(window.tour.bubble.next, LEFT)
    assert not window.tour.bubble.next.hasFocus()  # Space still plays
    window.workspaces.show("Train")
    window.tour.place()
    assert not window.tour.bubble.pointing
    QTest.mouseClick(window.tour.bubble.next, LEFT)
    assert window.workspaces.name == "Explore"
    window.tour.end()


def test_escape_ends_it_and_cancels_nothing(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = []
    monkeypatch.setattr(window.bridge, "cancel_all", lambda: cancelled.append(True))
    open_tour(window)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.tour.bubble.isHidden()
    assert not cancelled
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert cancelled


def test_it_shows_itself_once(window: Window) -> None:
    bubble = window.tour.bubble
    assert bubble.isHidden()  # a window alone shows none
    window.tour.start_once()
    assert bubble.isVisible()
    assert QSettings().contains(TAKEN)
    QTest.mouseClick(bubble.skip, LEFT)
    window.tour.start_once()
    assert bubble.isHidden()
    open_tour(window)
    assert bubble.isVisible()
    window.tour.end()


def test_it_is_drawn_in_both_schemes(window: Window) -> None:
    open_tour(window)
    bubble = window.tour.bubble
    for name, chosen in (("light", theme.LIGHT), ("dark", theme.DARK)):
        window.choose_theme(name)
        settle(window)
        ground = bubble.grab().toImage().pixelColor(bubble.width() // 2, 16)
        assert ground.name() == chosen.raised
    window.tour.end()
    theme.choose(None)
