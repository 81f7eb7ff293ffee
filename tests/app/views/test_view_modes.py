"""The modes of a group as chips and numbers, and over the steps. # spec: A2"""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.views.chips import FOUND, MOST, Chips
from app.views.groups import Counted, look
from app.views.modes import Modes
from app.views.modes_plot import ModesPlot
from app.views.norms import axis
from tests.app.views.grouped import draw_again, grouped, take_up
from tests.app.views.stage import colour

DIGITS = tuple(map(str, range(10)))


def counted(members: dict[int, list[int]], groups: int = 1) -> Counted:
    return Counted(DIGITS, 10, members, 0.93, "confidence", 6.4, groups, 6.513)


def chips(qtbot: QtBot, width: int = 300) -> Chips:
    made = Chips()
    qtbot.addWidget(made)
    made.resize(width, 200)
    made.show()
    return made


def test_a_chip_fills_when_its_mode_is_found(qtbot: QtBot) -> None:
    row = chips(qtbot)
    row.show_modes(DIGITS, 10, {3: [0, 4], 8: [7]}, 4)
    assert [chip.count for chip in row.chips] == [0, 0, 0, 2, 0, 0, 0, 0, 1, 0]
    assert [number for number, chip in enumerate(row.chips) if chip.here] == [3]
    filled = [colour(chip, 6, 6) == theme.category(FOUND) for chip in row.chips]
    assert [number for number, full in enumerate(filled) if full] == [3, 8]
    assert row.chips[3].accessibleName() == "mode 3: 2 particles"
    row.show_modes(DIGITS, 10, {}, 4)
    assert not any(chip.count for chip in row.chips)
    assert colour(row.chips[3], 6, 6) == QColor(theme.scheme().base)


def test_a_chip_chooses_its_particles(qtbot: QtBot) -> None:
    row = chips(qtbot)
    row.show_modes(DIGITS, 10, {3: [0, 4]}, 0)
    chosen: list[object] = []
    row.chosen.connect(chosen.append)
    qtbot.mouseClick(row.chips[3], Qt.MouseButton.LeftButton)
    qtbot.keyClick(row.chips[3], Qt.Key.Key_Space)
    qtbot.mouseClick(row.chips[2], Qt.MouseButton.LeftButton)  # nobody is there
    assert chosen == [[0, 4], [0, 4]]


@pytest.mark.parametrize("width", [60, 180, 300])
def test_chips_wrap_and_none_is_cut(qtbot: QtBot, width: int) -> None:
    row = chips(qtbot, width)
    row.show_modes(DIGITS, 200, {0: [*range(200)]}, -1)
    row.resize(width, row.heightForWidth(width))
    places = [chip.geometry() for chip in row.chips]
    assert all(row.rect().contains(place) for place in places)
    assert not any(a.intersects(b) for number, a in enumerate(places) for b in places[:number])


def test_very_many_modes_have_no_chips(qtbot: QtBot) -> None:
    row = chips(qtbot)
    row.show_modes(tuple(map(str, range(MOST + 1))), 10, {0: [1]}, 1)
    assert not row.chips
    assert row.heightForWidth(200) == 0


def test_the_numbers_of_one_side_and_of_both(qtbot: QtBot) -> None:
    modes = Modes()
    qtbot.addWidget(modes)
    modes.show()
    modes.show_counted({"current": counted({1: [0], 2: [1, 2]})}, 0)
    assert modes.headline.text() == "2 of 10 modes"
    assert dict(modes.numbers.rows) == {"independent": ["6.51"], "quality": ["0.930"]}
    assert "confidence" in modes.words.text()
    assert modes.chips["pinned"].isHidden()
    modes.show_counted({"pinned": counted({1: [0]}, 100), "current": counted({1: [0], 2: [1, 2]}, 100)}, 0)
    assert modes.headline.text() == "B: 2 of 10 modes"
    rows = dict(modes.numbers.rows)
    assert (rows["modes"], rows["mean"]) == (["1 of 10", "2 of 10"], ["6.40", "6.40"])
    assert "100 groups" in modes.words.text()
    assert modes.chips["pinned"].isVisible()


def test_the_plot_has_the_modes_and_quality_of_every_step_read(qtbot: QtBot) -> None:
    state = grouped(read_steps=4)
    plot = ModesPlot(state)
    qtbot.addWidget(plot)
    state.select([15])
    found, mean, quality = plot.courses()["current"].series()
    assert [math.isnan(value) for value in found] == [True] * 5 + [False] * 4
    readings = take_up(state, "current")
    found, mean, quality = plot.courses()["current"].series()
    for index in range(9):
        reading = readings[index]
        assert reading is not None
        assert reading.labels is not None
        assert reading.quality is not None
        assert found[index] == len(set(reading.labels[10:].tolist()))
        assert mean[index] == pytest.approx(sum(reading.found(10)) / 2)
        assert quality[index] == pytest.approx(reading.quality[10:].mean())


def test_the_plot_draws_its_curve_where_the_numbers_say(qtbot: QtBot) -> None:
    state = grouped()
    plot = ModesPlot(state)
    qtbot.addWidget(plot)
    plot.resize(400, plot.sizeHint().height())
    plot.show()
    state.set_playhead(0)
    modes, ink = look(state)["current"], QColor(theme.scheme().text)
    assert modes.readings is not None
    found, _, _ = plot.courses()["current"].series()
    unit = plot.fontMetrics().height()
    top, height = 1.2 * unit, 0.5 * (plot.height() - 2.2 * unit)
    y = top + height - found[8] / 10 * (height - 2)
    x = axis(plot, state).x(8)
    near = [colour(plot, x - 1, y + dy) for dy in (-1, 0, 1)]
    assert min(_apart(each, ink) for each in near) < 120
    assert _apart(colour(plot, x - 1, y + 6), ink) > 400  # and nothing below it


def test_the_plot_is_empty_until_something_is_read(qtbot: QtBot) -> None:
    state = grouped()
    plot = ModesPlot(state)
    qtbot.addWidget(plot)
    draw_again(state, guidance={"k_pg": 2.0})
    assert plot.courses() == {}
    state.undo.clear()


def _apart(one: QColor, other: QColor) -> int:
    """The sum of the differences of red, green and blue."""
    return sum(abs(a - b) for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True))  # type: ignore[index]
