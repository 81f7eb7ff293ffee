"""The distances of a group as a heat map: what is told, selected and left out. # spec: A4"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.views.distances import Distances
from tests.app.views.stage import colour


def matrix(size: int) -> np.ndarray:
    """Distances |i - j|, and 9.87 between 3 and 7."""
    places = np.arange(float(size))
    distances = np.abs(places[:, None] - places)
    if size > 7:
        distances[3, 7] = distances[7, 3] = 9.87
    return distances


def shown(qtbot: QtBot, distances: np.ndarray, particles: range, selected: tuple[int, ...] = ()) -> Distances:
    made = Distances()
    qtbot.addWidget(made)
    made.resize(300, 380)
    made.show()
    made.show_distances(particles, distances, 0.271, selected)
    return made


def test_a_cell_tells_its_particles_and_their_distance(qtbot: QtBot) -> None:
    made = shown(qtbot, matrix(10), range(20, 30))
    assert made.map.told(made.map.place(23, 27)) == "23, 27: 9.87"
    assert made.map.told(made.map.place(29, 20)) == "29, 20: 9.00"
    assert made.map.told(QPoint(0, 0)) == ""
    assert made.bandwidth.text() == "h 0.271"
    assert made.scale.text == "0 … 9.87"
    assert made.part.isHidden()


def test_colours_go_from_nothing_to_the_largest(qtbot: QtBot) -> None:
    made = shown(qtbot, matrix(10), range(10))
    ends = [QColor(*(int(part) for part in theme.sequential()[end])) for end in (0, 255)]
    for pair, end in (((4, 4), ends[0]), ((3, 7), ends[1])):
        place = made.map.place(*pair)
        assert colour(made.map, place.x(), place.y()) == end


def test_a_click_selects_both_particles(qtbot: QtBot) -> None:
    made = shown(qtbot, matrix(10), range(10, 20))
    chosen: list[object] = []
    made.map.chosen.connect(chosen.append)
    qtbot.mouseClick(made.map, Qt.MouseButton.LeftButton, pos=made.map.place(12, 17))
    qtbot.mouseClick(made.map, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert chosen == [(12, 17)]


def test_selected_particles_are_framed(qtbot: QtBot) -> None:
    made = shown(qtbot, matrix(6), range(6), (2, 40))
    place, accent = made.map.place(2, 2), QColor(theme.scheme().accent)
    half = made.map.place(3, 3).x() - place.x()
    row = [colour(made.map, place.x() + dx, place.y()) for dx in range(-half, half + 1)]
    assert accent in row
    others = [colour(made.map, made.map.place(4, 4).x() + dx, made.map.place(4, 4).y()) for dx in range(half)]
    assert accent not in others


def test_a_large_group_says_how_much_of_it_is_shown(qtbot: QtBot) -> None:
    made = shown(qtbot, matrix(100), range(150, 400))
    assert made.part.text() == "The first 100 of 250 particles."
    assert made.part.isVisible()
    assert made.map.pair(made.map.place(249, 150)) == (249, 150)


def test_particles_that_are_all_the_same_are_drawn(qtbot: QtBot) -> None:
    made = shown(qtbot, np.zeros((4, 4)), range(4))
    assert made.map.told(made.map.place(1, 2)) == "1, 2: 0"
    assert made.scale.text == "0 … 0"
