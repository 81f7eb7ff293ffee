"""The condition: its thumbnails choose an example, the switch gives each particle its own, both can be undone."""
# spec: T4

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app import theme
from app.controls.condition import ConditionGroup
from app.controls.panel import Panel
from app.state import State
from engine.models.catalogue import describe, named
from engine.models.preconditioned import Preconditioned
from engine.run import Run
from tests.app.views.stage import colour
from tests.engine.tiny import conditional


def state_of(model: Preconditioned) -> State:
    return State(Run(model=model.reference), describe(model, "a test"))


@pytest.fixture
def state(qapp: object) -> State:
    return state_of(conditional((1, 8, 8), frames=3, count=7))


def shown(qtbot: QtBot, state: State) -> ConditionGroup:
    """The group in the panel of controls, which is held until it is closed."""
    panel = Panel(state)
    qtbot.addWidget(panel, before_close_func=lambda _: panel.hide())
    panel.resize(290, 700)
    panel.show()
    return panel.condition


def click(qtbot: QtBot, group: ConditionGroup, example: int) -> None:
    place = group.strip.visualItemRect(group.strip.item(example)).center()
    qtbot.mouseClick(group.strip.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_gives_all_that_example_and_is_one_undo_step(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    assert (group.strip.count(), group.strip.currentRow()) == (7, 0)
    click(qtbot, group, 4)
    click(qtbot, group, 2)
    assert state.run.condition.example == 2
    assert state.undo.count() == 2
    state.undo.undo()
    assert state.run.condition.example == 4
    assert [item.data(Qt.ItemDataRole.AccessibleTextRole) for item in group.strip.selectedItems()] == ["example 4"]


def test_the_keys_go_from_example_to_example(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(group.strip, key)
    assert state.run.condition.example == 2  # two in a row of this width


def test_the_switch_gives_each_its_own_and_a_click_all_the_same(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    click(qtbot, group, 3)
    group.each.click()
    assert state.run.condition.example == "each"
    assert group.strip.selectedItems() == []
    group.each.click()
    assert state.run.condition.example == 3
    group.each.click()
    click(qtbot, group, 3)
    assert (state.run.condition.example, group.each.isChecked()) == (3, False)


def test_one_example_stays_chosen(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    group.strip.clearSelection()
    assert (state.run.condition.example, group.strip.selectedItems()) == (0, [group.strip.item(0)])


def test_all_thumbnails_are_in_sight_and_the_chosen_one_has_a_frame(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    qtbot.wait(0)
    last = group.strip.visualItemRect(group.strip.item(6))
    assert last.bottom() <= group.strip.viewport().height()
    first = group.strip.visualItemRect(group.strip.item(0))
    accent = theme.scheme().accent
    assert colour(group.strip, first.x() + 1, first.center().y()).name() == accent
    click(qtbot, group, 6)
    assert colour(group.strip, first.x() + 1, first.center().y()).name() != accent


def test_it_is_there_only_for_models_with_a_condition(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    assert group.isVisible()
    state.choose(named("ring"))
    assert not group.isVisible()
    state.undo.undo()
    assert group.isVisible()
    assert group.strip.count() == 7


def test_points_are_shown_by_their_coordinates(qtbot: QtBot, qapp: object) -> None:
    group = shown(qtbot, state_of(conditional()))
    assert group.strip.item(0).text().startswith("(")


def test_a_model_without_examples_has_nothing_to_choose_from(qtbot: QtBot, qapp: object) -> None:
    group = shown(qtbot, state_of(conditional(count=None)))
    assert (group.isVisible(), group.strip.count(), group.strip.height()) == (True, 0, 0)
