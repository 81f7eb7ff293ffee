"""The right of Guidance: what it shows of the group, and what it says where there is nothing yet. # spec: A2, A4"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.state import Drawing, State
from app.views.group_panel import ALONE, READING, UNKNOWN, GroupPanel
from app.views.pushes import OFF
from app.views.shown import EMPTY
from tests.app.views.drawn import drawn, pin
from tests.app.views.grouped import GROUPS, draw_again, grouped, take_up
from tests.app.views.stage import put_away


def shown(qtbot: QtBot, state: State, width: int = 300) -> GroupPanel:
    panel = GroupPanel(state)
    qtbot.addWidget(panel, before_close_func=lambda widget: put_away(widget, state))
    panel.resize(width, 900)
    panel.show()
    return panel


@pytest.fixture(autouse=True)
def own_scheme() -> Iterator[None]:
    """The scheme is the system's again after each test."""
    yield
    theme.choose(None)


def test_it_follows_playhead_and_selection(qtbot: QtBot) -> None:
    state = grouped()
    panel = shown(qtbot, state)
    state.select([15])
    assert panel.heading.text() == "Group 1 of 2: particles 10 to 19"
    readings = state.readings("current")
    assert readings is not None
    for index in (0, 4, 8):
        state.set_playhead(index)
        reading = readings[index]
        assert reading is not None
        assert reading.labels is not None
        found = len(set(reading.labels[10:].tolist()))
        assert panel.modes.headline.text() == f"{found} of 10 modes"
        told = panel.distances.map.told(panel.distances.map.place(11, 12))
        assert told.startswith("11, 12: ")
        assert float(told.split(": ")[1]) == pytest.approx(float(reading.distances[1][1, 2]), rel=0.01)
    assert "‖x − y‖²" in panel._distances.header.text()


def test_a_chip_and_a_cell_select_across_the_window(qtbot: QtBot) -> None:
    state = grouped()
    panel = shown(qtbot, state)
    chip = max(panel.modes.chips["current"].chips, key=lambda chip: chip.count)
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert len(state.selection) == chip.count > 1
    qtbot.mouseClick(panel.distances.map, Qt.MouseButton.LeftButton, pos=panel.distances.map.place(7, 3))
    assert state.selection == (7, 3)


def test_a_without_guidance_stands_beside_b(qtbot: QtBot) -> None:
    state = grouped()
    panel = shown(qtbot, state)
    pin(state, "ring", guidance={"k_pg": 0.0})
    assert panel.modes.chips["pinned"].isHidden()  # it is drawn, but not read yet
    take_up(state, "pinned")
    assert panel.modes.chips["pinned"].isVisible()
    assert dict(panel.modes.numbers.rows)[""] == ["A", "B"]
    state.pin(None)
    assert panel.modes.chips["pinned"].isHidden()


def test_it_says_what_to_do_where_there_is_nothing(qtbot: QtBot) -> None:
    state = drawn("ring", **GROUPS)
    trajectory = state.drawing("current").trajectory
    state.set_drawing("current", Drawing())
    panel = shown(qtbot, state)
    assert panel.no_group.text() == EMPTY
    assert not panel.modes.isVisible()
    state.set_drawing("current", Drawing(trajectory))
    assert panel.no_group.isHidden()
    assert panel.no_modes.text() == panel.no_distances.text() == READING
    take_up(state, "current")
    assert panel.no_modes.isHidden()
    assert panel.no_distances.isHidden()
    draw_again(state, guidance={"k_pg": 0.0}, latents={"group": 1})
    take_up(state, "current")
    assert panel.no_distances.text() == ALONE
    draw_again(state, latents={"group": 5})
    assert panel.no_push.text() == OFF


def test_unknown_modes_and_unsuited_kernels_are_said(qtbot: QtBot) -> None:
    state = grouped("s-curve-2d", guidance={"kernel": "iou"})
    panel = shown(qtbot, state)
    assert panel.no_modes.text() == UNKNOWN
    assert panel.no_distances.text().startswith("IoU compares the ink of pictures")
    assert panel.modes.isHidden()
    assert panel.pushes.isVisible()


def test_what_was_read_stays_while_the_same_particles_are_drawn_anew(qtbot: QtBot) -> None:
    state = grouped()
    panel = shown(qtbot, state)
    cell = panel.distances.map.place(3, 7)
    before = panel.distances.map.told(cell)
    draw_again(state, guidance={"k_pg": 0.2})
    assert panel.modes.isVisible()
    assert panel.distances.map.told(cell) == before
    assert not panel.modes.graphicsEffect().isEnabled()
    qtbot.waitUntil(panel.modes.graphicsEffect().isEnabled)  # it lasts
    take_up(state, "current")
    assert not panel.modes.graphicsEffect().isEnabled()
    assert panel.distances.map.told(cell) != before
    draw_again(state, latents={"count": 4})
    assert panel.modes.isHidden()  # these are other particles
    assert panel.no_modes.text() == READING


def test_it_rests_while_it_is_hidden_and_lets_go(qtbot: QtBot) -> None:
    state = grouped()
    panel = shown(qtbot, state)
    panel.hide()
    before = panel.heading.text()
    state.select([15])
    assert panel.heading.text() == before
    assert not panel._held
    panel.show()
    assert "10 to 19" in panel.heading.text()


@pytest.mark.parametrize("width", [220, 300])
@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK])
def test_it_fits_its_width_in_both_schemes(qtbot: QtBot, width: int, scheme: theme.Scheme) -> None:
    state = grouped()
    pin(state, "ring", guidance={"k_pg": 0.0})
    take_up(state, "pinned")
    theme.choose(theme.DARK if scheme is theme.LIGHT else theme.LIGHT)
    panel = shown(qtbot, state, width)
    panel.resize(width, 600)  # so that it scrolls: Qt leaves the column narrower where it just fits
    panel.grab()
    theme.choose(scheme)
    content = panel.widget()
    qtbot.waitUntil(lambda: panel.grab().toImage().pixelColor(2, 2).name() == scheme.window)
    qtbot.waitUntil(lambda: content.width() == panel.viewport().width())
    assert content.minimumSizeHint().width() <= content.width() <= width
    picture, ink = panel.pushes.grab().toImage(), QColor(scheme.text)
    pixels = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
    assert min(abs(p.red() - ink.red()) + abs(p.blue() - ink.blue()) for p in pixels) < 40
