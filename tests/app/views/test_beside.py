"""The map beside the canvas: shown and hidden, where there is a place for it, and remembered. # spec: A3"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.views.beside import NARROW, Beside
from app.views.map import MapView
from tests.app.mapped import mapped
from tests.app.views.stage import on_screen


def beside(qtbot: QtBot, width: int = 800) -> Beside:
    state, maps = mapped()
    made = on_screen(qtbot, Beside(QWidget(), lambda: MapView(state, maps)), state, width, 500)
    made.offer(True)
    QApplication.processEvents()
    return made


def test_it_is_made_when_it_is_first_seen(qtbot: QtBot) -> None:
    made = beside(qtbot)
    assert made.map is None
    told: list[bool] = []
    made.changed.connect(told.append)
    made.toggle()
    assert made.map is not None
    assert made.map.isVisible()
    made.toggle()
    assert not made.map.isVisible()
    assert told == [True, False]


def test_it_stays_away_where_there_is_no_place_for_it(qtbot: QtBot) -> None:
    made = beside(qtbot)
    made.offer(False)
    made.toggle()
    assert made.map is None
    made.offer(True)
    assert made.map is not None
    assert made.map.isVisible()
    made.offer(False)
    assert not made.map.isVisible()


def test_the_next_one_begins_as_the_last_was_left(qtbot: QtBot) -> None:
    first = beside(qtbot)
    first.toggle()
    first.moveSplitter(300, 1)
    left = first.sizes()
    second = beside(qtbot)
    assert second.wanted
    assert second.map is not None
    assert second.sizes() == left


def test_a_narrow_one_has_the_map_below(qtbot: QtBot) -> None:
    made = beside(qtbot, NARROW - 20)
    made.toggle()
    assert made.orientation() is Qt.Orientation.Vertical
    assert made.map is not None
    assert made.map.y() > 0
    made.resize(NARROW + 200, 500)
    QApplication.processEvents()
    assert made.orientation() is Qt.Orientation.Horizontal
    assert made.map.y() == 0
    assert made.map.x() > 0
