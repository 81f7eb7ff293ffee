"""Previews: where each latent's pictures stand, what is painted, marking, and new ones coming in. # spec: T6"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import theme
from app.views.previews import LARGEST, SMALLEST, Previews, rows, tiles
from engine.training.live import Preview
from tests.app.views.drawn import colour
from tests.app.views.trained import previews

LEFT = Qt.MouseButton.LeftButton
TEXT = "The first samples come soon."


def shown(qtbot: QtBot, drawn: tuple[Preview, ...], width: int = 760, height: int = 420) -> Previews:
    sheet = Previews()
    qtbot.addWidget(sheet)
    sheet.resize(width, height)
    sheet.show_previews(drawn, TEXT)
    sheet.chosen.connect(sheet.mark)
    sheet.show()
    qtbot.waitExposed(sheet)
    return sheet


def seen(sheet: Previews, index: int, number: int) -> QColor:
    return colour(sheet.viewport(), sheet.cell(index, number).center())


@given(
    st.integers(1, 40), st.integers(4, 300), st.integers(4, 300), st.integers(560, 2500), st.sampled_from([1.0, 2.0])
)
def test_pictures_of_a_row_have_places_inside_it_and_can_be_read(
    count: int, across: int, down: int, width: int, ratio: float
) -> None:
    layout = rows(count, QSize(across, down), width, 50, ratio)
    places = [layout.cell(number) for number in range(count)]
    assert len({(place.x(), place.y()) for place in places}) == count
    assert all(place.left() >= 50 and place.right() < layout.item.width() for place in places)
    assert all(place.bottom() < layout.item.height() for place in places)
    longest = max(layout.picture.width(), layout.picture.height())
    assert SMALLEST - 1 <= longest <= LARGEST


@pytest.mark.parametrize(("width", "ratio", "columns", "side"), [(756, 1, 10, 64), (1386, 1, 20, 64), (756, 2, 10, 64)])
def test_small_pictures_get_whole_screen_pixels_in_equal_lines(width: int, ratio: int, columns: int, side: int) -> None:
    layout = rows(20, QSize(32, 32), width, 40, ratio)
    assert (layout.columns, layout.picture.width()) == (columns, side)


def test_a_narrow_sheet_keeps_two_lines_of_ten() -> None:
    layout = rows(20, QSize(32, 32), 600, 50)
    assert layout.columns == 10
    assert SMALLEST <= layout.picture.width() < 64


@given(st.integers(100, 3000))
def test_plots_of_points_fill_the_width(width: int) -> None:
    layout = tiles(width, 15)
    assert layout.across >= 1
    right = layout.place(layout.across - 1).right()
    assert right < max(width, 160)
    assert right + layout.item.width() > width - 40


def test_the_newest_stands_at_the_top_and_a_latent_in_its_column(qtbot: QtBot) -> None:
    sheet = shown(qtbot, previews(100, 200, 300))
    assert sheet.accessibleDescription() == "the newest after step 300"
    assert sheet.place(0).top() < sheet.place(1).top() < sheet.place(2).top()
    for number in (0, 9, 10, 19):
        assert sheet.cell(0, number).left() == sheet.cell(1, number).left()
        grey = round((number / 10 + 1e-9) * 127.5)
        for index in (0, 1):
            found = seen(sheet, index, number)
            assert abs(found.red() - grey) <= 1
            assert found.red() == found.green() == found.blue()


def test_colours_stay_colours(qtbot: QtBot) -> None:
    samples = -np.ones((3, 3, 32, 32), np.float32)
    for channel in range(3):
        samples[channel, channel] = 1
    sheet = shown(qtbot, (Preview(5, samples),))
    assert [seen(sheet, 0, number).name() for number in range(3)] == ["#ff0000", "#00ff00", "#0000ff"]


def test_a_click_marks_a_row_and_another_click_takes_it_back(qtbot: QtBot) -> None:
    sheet = shown(qtbot, previews(100, 200))
    place = sheet.place(1)
    bar = place.topLeft()
    bar.setX(bar.x() - 5)
    accent = theme.scheme().accent
    assert colour(sheet.viewport(), bar).name() != accent
    QTest.mouseClick(sheet.viewport(), LEFT, pos=place.center())
    assert colour(sheet.viewport(), bar).name() == accent
    assert "step 100 is marked" in sheet.accessibleDescription()
    QTest.mouseClick(sheet.viewport(), LEFT, pos=place.center())
    assert colour(sheet.viewport(), bar).name() != accent


def test_keys_go_from_row_to_row_and_bring_it_into_sight(qtbot: QtBot) -> None:
    sheet = shown(qtbot, previews(*range(100, 1300, 100)))
    asked: list[int] = []
    sheet.chosen.connect(asked.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_End, Qt.Key.Key_Home):
        QTest.keyClick(sheet, key)
    assert asked == [1200, 1100, 1200, 1200, 100, 1200]
    QTest.keyClick(sheet, Qt.Key.Key_End)
    last = sheet.place(11)
    assert last.top() >= 0
    assert last.bottom() < sheet.viewport().height()


def test_new_rows_do_not_move_what_is_looked_at(qtbot: QtBot) -> None:
    steps = list(range(100, 1300, 100))
    sheet = shown(qtbot, previews(*steps))
    assert sheet.verticalScrollBar().value() == 0
    sheet.show_previews(previews(*steps, 1300), TEXT)
    assert sheet.verticalScrollBar().value() == 0  # at the top, the new one is what one sees
    sheet.verticalScrollBar().setValue(333)
    before = sheet.place(2)
    sheet.show_previews(previews(*steps, 1300, 1400), TEXT)
    assert sheet.place(3) == before
    sheet.resize(600, 300)
    assert sheet.place(3).top() == before.top()


def test_only_what_is_in_sight_is_turned_into_pixels(qtbot: QtBot) -> None:
    sheet = shown(qtbot, previews(*range(10, 1010, 10)))
    sheet.viewport().grab()
    sheet.verticalScrollBar().setValue(sheet.verticalScrollBar().maximum())
    sheet.viewport().grab()
    in_sight = math.ceil(sheet.viewport().height() / sheet.place(0).height()) + 1
    assert 0 < len(sheet._images) <= in_sight
    assert 99 in sheet._images


def test_without_previews_it_says_when_they_come(qtbot: QtBot) -> None:
    sheet = shown(qtbot, ())
    image = sheet.viewport().grab().toImage()
    inks = {image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}
    assert len(inks) > 1
    assert sheet.accessibleDescription() == TEXT
    QTest.keyClick(sheet, Qt.Key.Key_Down)  # nothing to choose
    assert sheet.accessibleDescription() == TEXT


def inks(sheet: Previews, index: int) -> set[str]:
    image, area = sheet.viewport().grab().toImage(), sheet.cell(index, 0)
    return {
        image.pixelColor(x, y).name()
        for x in range(area.left(), area.right())
        for y in range(area.top(), area.bottom())
    }


@pytest.mark.parametrize("dimensions", [1, 2])
def test_points_are_drawn_before_their_data(qtbot: QtBot, dimensions: int) -> None:
    drawn = previews(100, 200, 300, shape=(dimensions,))
    sheet = shown(qtbot, drawn)
    assert sheet.place(0).top() == sheet.place(1).top()
    alone = inks(sheet, 0)
    assert theme.scheme().text in alone
    data = np.random.default_rng(0).uniform(-1, 1, (500, dimensions)).astype(np.float32)
    sheet.show_data(data)
    assert len(inks(sheet, 0)) > len(alone) > 1
    QTest.mouseClick(sheet.viewport(), LEFT, pos=sheet.place(2).center())
    assert "step 100 is marked" in sheet.accessibleDescription()
    QTest.keyClick(sheet, Qt.Key.Key_Left)
    assert "step 200 is marked" in sheet.accessibleDescription()


def test_data_of_another_shape_are_not_drawn(qtbot: QtBot) -> None:
    sheet = shown(qtbot, previews(100, shape=(2,)))
    before = sheet.viewport().grab().toImage()
    sheet.show_data(np.zeros((50, 1), np.float32))
    assert sheet.viewport().grab().toImage() == before


def test_the_scheme_restyles_it(qtbot: QtBot) -> None:
    sheet = shown(qtbot, previews(100, shape=(2,)))
    assert theme.scheme().window in inks(sheet, 0)
    for scheme in (theme.DARK, theme.LIGHT):
        theme.choose(scheme)
        qtbot.waitUntil(lambda scheme=scheme: scheme.window in inks(sheet, 0))
    theme.choose(None)
