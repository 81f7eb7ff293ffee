"""The tools of the Latents workspace by real clicks and keys: what is chosen holds, a mask changes as a whole."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.editing import TOOLS, Tool
from tests.app.controls.edited import click, cut_short, opened, take
from tests.app.controls.looks import write


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_is_chosen_by_a_click_and_by_key(qtbot: QtBot, tool: Tool) -> None:
    shown = opened(qtbot)
    buttons = shown.groups.tools.tools
    other: Tool = "fill" if tool == "brush" else "brush"
    for by_key in (False, True):
        shown.editing.set_tool(tool=other)
        if by_key:
            QTest.keyClick(buttons[tool], Qt.Key.Key_Space)
        else:
            click(buttons[tool])
        assert shown.editing.tool == tool
        assert [name for name, button in buttons.items() if button.isChecked()] == [tool]


def test_a_click_on_the_chosen_tool_leaves_it_chosen(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    click(shown.groups.tools.tools["brush"])
    assert shown.groups.tools.tools["brush"].isChecked()


def test_size_and_softness_are_set_by_slider_and_by_number(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    tools = shown.groups.tools
    write(tools.diameter, "200")
    assert shown.editing.size == 200  # beyond the slider's end, which is the picture's side
    tools.diameter.slider.setFocus()
    QTest.keyClick(tools.diameter.slider, Qt.Key.Key_Home)
    assert shown.editing.size == 1
    QTest.keyClick(tools.diameter.slider, Qt.Key.Key_End)
    assert shown.editing.size == 32
    write(tools.soft, "0.5")
    assert shown.editing.soft == 0.5
    shown.editing.set_tool(size=8.0)  # as the wheel over a picture does
    assert tools.diameter.box.value() == 8


def test_each_step_of_the_size_is_the_same_share(qtbot: QtBot) -> None:
    slider = opened(qtbot).groups.tools.diameter
    sizes = [slider.span.value(position) for position in (0, 500, 1000)]
    assert sizes == pytest.approx([1, 32**0.5, 32], rel=0.01)


# spec: L3
def test_all_of_the_mask_is_inverted_cleared_and_filled_and_undone(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    mask = np.zeros((32, 32), np.uint8)
    mask[3:7, 2:9] = 200
    shown.editing.add(mask, "spot")
    whole = shown.groups.tools.whole
    for name, after in (("Invert", 255 - mask), ("Clear", 0 * mask), ("All", 0 * mask + 255)):
        click(whole[name])
        np.testing.assert_array_equal(shown.pixels, after)
        shown.state.undo.undo()
        np.testing.assert_array_equal(shown.pixels, mask)


def test_points_have_no_tools_and_no_masks(qtbot: QtBot) -> None:
    shown = opened(qtbot, "ring")
    groups = shown.groups
    assert not groups.tools.isVisible()
    assert not groups.masks.isVisible()
    assert not groups.edit.outside.isVisible()
    assert groups.edit.isVisible()
    take(shown, "digits")
    assert groups.tools.isVisible()
    assert groups.masks.isVisible()
    assert groups.edit.outside.isVisible()


def test_nothing_is_cut_in_a_narrow_panel(qtbot: QtBot) -> None:
    shown = opened(qtbot)
    shown.panel.resize(shown.panel.width(), 500)  # so that it scrolls
    shown.editing.add(np.ones((64, 64), np.uint8), "a mask of another size with a rather long name")
    for kind in ("intensity", "transfer", "interpolate"):
        shown.editing.configure(kind=kind)
        QApplication.processEvents()
        assert not cut_short(shown.panel)
