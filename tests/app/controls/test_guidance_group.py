"""Guidance: its rows, what is not offered and why, the group's size, the switch for A, and what is said."""
# spec: G1, G2, G3, G6

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.bind import Row
from app.controls.guidance import HINT, GuidanceGroup
from app.state import State, unguided
from engine import offers
from engine.models.catalogue import named
from engine.run import Run
from engine.settings import GuidanceSettings
from engine.settings.guidance import KERNEL_LABELS, KERNEL_NAMES, KERNEL_TIPS
from tests.app.controls.looks import in_sight, pick, row, write
from tests.app.views.stage import on_screen


def state_of(model: str = "ring", **groups: Any) -> State:
    info = named(model)
    return State(Run(model=info.reference).replace(**groups), info)


def shown(qtbot: QtBot, state: State) -> GuidanceGroup:
    """The group on the screen, which is held until it is closed."""
    return on_screen(qtbot, GuidanceGroup(state), state, 270, 500)


def note(group: GuidanceGroup, name: str) -> str:
    found = row(group, name)
    return str(found.note.text()) if found.note.isVisible() else ""


def test_every_setting_has_a_row_with_its_text(qtbot: QtBot, qapp: object) -> None:
    group = shown(qtbot, state_of(guidance={"bandwidth": "fixed"}))
    rows = in_sight(group, "guidance")
    assert set(rows) - {"latents.group"} == set(GuidanceSettings.model_fields)
    for field, info in GuidanceSettings.model_fields.items():
        assert (rows[field].label.text(), rows[field].label.toolTip()) == (info.title, info.description)


def test_k_pg_is_logarithmic_up_to_1000_with_0_at_the_left_end(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    slider = row(shown(qtbot, state), "guidance.k_pg").slider
    assert slider.value() == 0
    slider.setSliderDown(True)
    for position in range(100, slider.maximum() + 1, 100):
        slider.setValue(position)
    slider.setSliderDown(False)
    assert state.run.guidance.k_pg == 1000
    assert state.undo.count() == 1, "a drag is one step"
    slider.setValue(600)
    assert state.run.guidance.k_pg == pytest.approx(10)
    slider.setValue(0)
    assert state.run.guidance.k_pg == 0
    state.undo.undo()
    state.undo.undo()
    assert (state.run.guidance.k_pg, slider.value()) == (1000, 1000)


def test_the_hint_says_what_to_drag_until_it_is(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    group = shown(qtbot, state)
    assert (group.hint.text(), group.hint.isVisible()) == (HINT, True)
    write(row(group, "guidance.k_pg"), "3")
    assert not group.hint.isVisible()


# -- kernel and bandwidth --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["ring", "digits-ideal", "mixture-1d"])
def test_kernels_that_do_not_suit_the_model_are_grey_and_say_why(qtbot: QtBot, qapp: object, model: str) -> None:
    state = state_of("symmetric-2d")
    group = shown(qtbot, state)
    state.choose(named(model))
    choice = group.kernel.choice
    items = choice.model()
    assert isinstance(items, QStandardItemModel)
    for place, kernel in enumerate(KERNEL_NAMES):
        reason = offers.unsuited(kernel, state.model)
        assert items.item(place).isEnabled() == (not reason)
        assert choice.itemText(place) == KERNEL_LABELS[kernel]
        assert choice.itemData(place, Qt.ItemDataRole.ToolTipRole) == (reason or KERNEL_TIPS[kernel])


def test_a_kernel_is_chosen_in_one_step(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    group = shown(qtbot, state)
    pick(group.kernel, KERNEL_LABELS["angular"])
    assert state.run.guidance.kernel == "angular"
    assert state.undo.count() == 1
    state.undo.undo()
    assert group.kernel.choice.currentText() == KERNEL_LABELS["rbf"]


def test_a_kernel_that_came_with_a_run_and_does_not_suit_is_explained(qtbot: QtBot, qapp: object) -> None:
    state = state_of(guidance={"kernel": "iou"})
    group = shown(qtbot, state)
    assert note(group, "guidance.kernel") == offers.unsuited("iou", state.model)
    state.choose(named("symmetric-2d"))
    assert (state.run.guidance.kernel, note(group, "guidance.kernel")) == ("rbf", "")


def test_h_is_shown_where_it_has_an_effect_and_says_what_it_is(qtbot: QtBot, qapp: object) -> None:
    state = state_of()
    group = shown(qtbot, state)
    width, bandwidth = row(group, "guidance.width"), row(group, "guidance.bandwidth")
    assert not width.isVisible()
    for kind, label in (("fixed", "h"), ("sigma", "h / σ"), ("fixed", "h")):
        pick(bandwidth, kind)
        assert (width.isVisible(), width.label.text()) == (True, label)
    pick(bandwidth, "median")
    assert not width.isVisible()


# -- groups ----------------------------------------------------------------------------------------------------------


def test_the_group_is_all_particles_until_its_size_is_chosen(qtbot: QtBot, qapp: object) -> None:
    state = state_of(latents={"count": 12})
    size = row(shown(qtbot, state), "latents.group")
    assert (size.box.value(), size.all.isChecked(), size.slider.value()) == (12, True, size.slider.maximum())
    state.change("count", latents={"count": 30})
    assert (size.box.value(), size.all.isChecked()) == (30, True)
    write(size, "10")
    assert state.run.latents.group == 10
    assert not size.all.isChecked()
    state.change("count", latents={"count": 20})
    assert (size.box.value(), size.slider.value()) == (10, size.span.position(10))
    QTest.mouseClick(size.all, Qt.MouseButton.LeftButton)
    assert (state.run.latents.group, size.box.value()) == (None, 20)
    QTest.mouseClick(size.all, Qt.MouseButton.LeftButton)
    assert state.run.latents.group == 20, "so many, whatever the count becomes"
    state.undo.undo()
    assert (state.run.latents.group, size.all.isChecked()) == (None, True)


def test_a_last_group_that_is_smaller_is_noted(qtbot: QtBot, qapp: object) -> None:
    state = state_of(latents={"count": 23, "group": 10})
    group = shown(qtbot, state)
    assert note(group, "latents.group") == "The last group has 3 of 10."
    state.change("count", latents={"count": 30})
    assert note(group, "latents.group") == ""


def test_what_k_pg_cannot_do_is_said_beside_it(qtbot: QtBot, qapp: object) -> None:
    state = state_of(latents={"group": 1})
    group = shown(qtbot, state)
    assert note(group, "guidance.k_pg") == "", "nothing is asked of it"
    write(row(group, "guidance.k_pg"), "3")
    assert "there is nothing to push" in note(group, "guidance.k_pg")
    state.change("group", latents={"group": None})
    assert note(group, "guidance.k_pg") == ""
    state.change("sampler", sampler={"name": "ode"})
    assert note(group, "guidance.k_pg") == offers.TOGETHER
    state.change("fixed", sampler={"adaptive": False})
    assert note(group, "guidance.k_pg") == ""


# -- beside ----------------------------------------------------------------------------------------------------------


def test_the_same_latents_without_guidance_stand_beside(qtbot: QtBot, qapp: object) -> None:
    state = state_of(guidance={"k_pg": 3.0})
    group = shown(qtbot, state)
    QTest.mouseClick(group.beside, Qt.MouseButton.LeftButton, pos=group.beside.rect().center() / 2)
    assert state.pinned == unguided(state.run)
    state.change("seed", latents={"seed": 4})
    assert state.pinned == unguided(state.run)
    QTest.mouseClick(group.beside, Qt.MouseButton.LeftButton, pos=group.beside.rect().center() / 2)
    assert state.pinned is None


def test_the_switch_follows_what_is_pinned_elsewhere(qtbot: QtBot, qapp: object) -> None:
    state = state_of(guidance={"k_pg": 3.0})
    group = shown(qtbot, state)
    state.set_beside(True)
    assert group.beside.isChecked()
    state.pin(state.run, state.model)
    assert not group.beside.isChecked()
    assert state.pinned == state.run, "what was pinned by hand stays"


def test_all_that_can_be_changed_has_a_name(qtbot: QtBot, qapp: object) -> None:
    group = shown(qtbot, state_of(guidance={"bandwidth": "fixed"}))
    widgets = [group.beside, *(widget for found in group.findChildren(Row) for widget in found.findChildren(QWidget))]
    reached = [widget for widget in widgets if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()]
    assert len(reached) > len(GuidanceSettings.model_fields)
    assert all(widget.accessibleName() or widget.text() for widget in reached)  # type: ignore[attr-defined]
