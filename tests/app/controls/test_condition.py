"""The condition: thumbnails choose an example, a list who is given which, a film frames of a sequence; undone too."""
# spec: T4 A5

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app import theme
from app.controls.condition import ConditionGroup
from app.controls.panel import Panel
from app.controls.thumbnails import MOST
from app.state import State
from engine import attachments, frames
from engine.data import mnist, sequences
from engine.models.catalogue import ModelInfo, describe, named
from engine.models.preconditioned import Preconditioned
from engine.run import FramesReference, Run
from tests.app.views.stage import colour, put_away
from tests.engine.tiny import conditional


def state_of(model: Preconditioned) -> State:
    return on(describe(model, "a test"))


def on(info: ModelInfo) -> State:
    return State(Run(model=info.reference), info)


@pytest.fixture
def state(qapp: object) -> State:
    return state_of(conditional((1, 8, 8), frames=3, count=7))


def shown(qtbot: QtBot, state: State) -> ConditionGroup:
    """The group in the panel of controls, which is held until it is closed."""
    panel = Panel(state)
    qtbot.addWidget(panel, before_close_func=lambda _: put_away(panel, state))
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
    assert [item.data(Qt.ItemDataRole.AccessibleTextRole) for item in group.strip.selectedItems()] == ["Example 4"]


def test_the_keys_go_from_example_to_example(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(group.strip, key)
    assert state.run.condition.example == 2  # two in a row of this width


def test_the_list_says_who_is_given_which_and_a_click_gives_all_the_same(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    click(qtbot, group, 3)
    for example, words in (("each", "Each its own"), ("group", "Each group its own")):
        qtbot.keyClick(group.way.choice, Qt.Key.Key_Down)
        assert (state.run.condition.example, group.way.choice.currentText()) == (example, words)
        assert group.strip.selectedItems() == []
    qtbot.keyClick(group.way.choice, Qt.Key.Key_Home)
    assert (state.run.condition.example, group.way.choice.currentText()) == (3, "All the same")
    qtbot.keyClick(group.way.choice, Qt.Key.Key_End)
    click(qtbot, group, 3)
    assert (state.run.condition.example, group.way.choice.currentText()) == (3, "All the same")
    assert state.undo.count() == 6


def test_one_group_of_all_says_that_all_are_given_the_same(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    qtbot.keyClick(group.way.choice, Qt.Key.Key_End)
    assert group.way.note.text() == "All particles are one group: give it a size in Guidance."
    state.change("group", latents={"group": 2})
    assert not group.way.note.isVisible()


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


# -- frames of the user's choice ---------------------------------------------------------------------------------------


def words(group: ConditionGroup) -> str:
    return group.about.text() if group.about.isVisible() else ""


def given(state: State, count: int = 2, label: str = "mine.png") -> FramesReference:
    """So many examples of three frames, which the Run is given."""
    kept = frames.keep(np.random.default_rng(count).integers(0, 256, (count, 3, 8, 8), np.uint8), label)
    state.change("frames", condition={"example": 1, "frames": kept.model_dump()})
    return kept


def test_frames_that_the_run_brings_are_shown_by_their_name_until_the_models_own_are_wanted(
    qtbot: QtBot, state: State
) -> None:
    group = shown(qtbot, state)
    assert (words(group), group.own.isVisible()) == ("", False)
    kept = given(state)
    assert (words(group), group.strip.count(), group.strip.currentRow()) == ("mine.png", 2, 1)
    picture = group.strip.item(1).data(Qt.ItemDataRole.DecorationRole).toImage()
    assert picture.pixelColor(3, 5).red() == frames.pixels(kept, (3, 8, 8))[1, 0, 5, 3]
    click(qtbot, group, 0)
    assert (state.run.condition.example, state.run.condition.frames) == (0, kept)
    qtbot.mouseClick(group.own, Qt.MouseButton.LeftButton)
    assert (state.run.condition.frames, words(group), group.strip.count()) == (None, "", 7)
    assert not group.own.isVisible()
    state.undo.undo()
    assert (state.run.condition.frames, words(group), group.strip.count()) == (kept, "mine.png", 2)


def test_who_is_given_which_stays_where_the_models_own_come_back(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    given(state)
    qtbot.keyClick(group.way.choice, Qt.Key.Key_End)
    qtbot.keyClick(group.own, Qt.Key.Key_Space)
    assert (state.run.condition.example, state.run.condition.frames) == ("group", None)


def test_more_frames_than_can_be_seen_are_counted(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    given(state, 200)
    assert group.strip.count() == MOST
    assert words(group) == f"mine.png\n200 examples, the first {MOST} of them shown."
    state.change("another", condition={"example": 150})
    assert group.strip.selectedItems() == []
    assert group.way.choice.currentText() == "All the same"


def test_frames_that_do_not_do_are_a_sentence(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    damaged = FramesReference(label="f", sha256=attachments.put(b"rubbish"))
    state.change("frames", condition={"frames": damaged.model_dump()})
    assert (words(group), group.strip.count()) == ("The frames 'f' are damaged: choose them again.", 0)


def test_another_model_takes_the_frames_where_they_suit(qtbot: QtBot, state: State) -> None:
    group = shown(qtbot, state)
    first = state.model
    kept = given(state)
    state.choose(describe(conditional((1, 8, 8), frames=3, count=4), "a test"))
    assert (state.run.condition.frames, words(group)) == (kept, "mine.png")
    state.choose(describe(conditional((1, 8, 8), frames=1, count=4), "a test"))
    assert (state.run.condition.frames, state.run.condition.example, group.strip.count()) == (None, 0, 4)
    state.choose(first)
    assert (words(group), group.strip.count()) == ("", 7)


# -- a sequence --------------------------------------------------------------------------------------------------------


@pytest.fixture
def horizontal(qapp: object, monkeypatch: pytest.MonkeyPatch) -> State:
    """A model that is given three frames of a horizontal walk; no MNIST."""
    monkeypatch.setattr(mnist, "find", lambda: None)
    return on(replace(describe(conditional((1, 32, 32), frames=3, count=2), "a test"), data="horizontal"))


def served(qtbot: QtBot, state: State) -> tuple[ConditionGroup, list[tuple[int, int | None]]]:
    """The group, given at once whatever it wants, and what that was."""
    group, wanted = shown(qtbot, state), []

    def serve(number: int, first: int | None) -> None:
        wanted.append((number, first))
        found = sequences.of(state.model)
        assert found is not None
        given = None if first is None else frames.of_sequence(state.model, number, first)
        group.take(number, found.pick(number), given)

    group.sequence_wanted.connect(serve)
    return group, wanted


def framed(group: ConditionGroup) -> list[int]:
    """The frames on the film that a user sees framed."""
    edges = [group.film.visualItemRect(group.film.item(frame)) for frame in range(group.film.count())]
    colours = [colour(group.film, edge.x() + 1, edge.center().y()).name() for edge in edges]
    return [frame for frame, each in enumerate(colours) if each == theme.scheme().accent]


def frame_at(qtbot: QtBot, group: ConditionGroup, frame: int) -> None:
    place = group.film.visualItemRect(group.film.item(frame)).center()
    qtbot.mouseClick(group.film.viewport(), Qt.MouseButton.LeftButton, pos=place)


def label(state: State) -> str:
    return state.run.condition.frames.label if state.run.condition.frames else ""


def test_frames_come_from_a_sequence_by_its_number_and_a_click_on_the_film(qtbot: QtBot, horizontal: State) -> None:
    group, _ = served(qtbot, horizontal)
    assert not group.film.isVisible()
    qtbot.mouseClick(group.take_one, Qt.MouseButton.LeftButton)
    assert label(horizontal) == words(group) == "horizontal 0, frames 0 to 2 of scikit-learn's digits"
    qtbot.wait(0)
    assert (group.film.count(), framed(group)) == (16, [0, 1, 2])
    frame_at(qtbot, group, 9)
    assert (label(horizontal), framed(group)) == ("horizontal 0, frames 7 to 9 of scikit-learn's digits", [7, 8, 9])
    group.number.box.setValue(12)
    assert label(horizontal) == "horizontal 12, frames 7 to 9 of scikit-learn's digits"
    found = sequences.of(horizontal.model)
    assert found is not None
    assert horizontal.run.condition.frames is not None
    drawn = frames.pixels(horizontal.run.condition.frames, (3, 32, 32))
    assert np.array_equal(drawn[0], found.pick(12).frames[7:10])
    assert horizontal.undo.count() == 3
    horizontal.undo.undo()
    horizontal.undo.undo()
    assert (label(horizontal)[:12], framed(group), group.number.box.value()) == ("horizontal 0", [0, 1, 2], 0)
    horizontal.undo.undo()
    assert (group.film.isVisible(), group.number.isVisible(), group.strip.count()) == (False, False, 2)


def test_a_frame_with_too_few_before_it_begins_the_sequence(qtbot: QtBot, horizontal: State) -> None:
    group, _ = served(qtbot, horizontal)
    group.take_one.click()
    qtbot.wait(0)
    frame_at(qtbot, group, 15)
    assert framed(group) == [13, 14, 15]
    frame_at(qtbot, group, 1)
    assert framed(group) == [0, 1, 2]
    frame_at(qtbot, group, 0)
    assert (framed(group), group.film.currentRow()) == ([0, 1, 2], 2)


def test_the_keys_go_from_frame_to_frame(qtbot: QtBot, horizontal: State) -> None:
    group, _ = served(qtbot, horizontal)
    group.take_one.click()
    qtbot.keyClick(group.film, Qt.Key.Key_Right)
    assert "frames 1 to 3" in label(horizontal)


def test_a_drag_over_the_numbers_is_one_undo_step(qtbot: QtBot, horizontal: State) -> None:
    group, _ = served(qtbot, horizontal)
    group.take_one.click()
    group.number.slider.setSliderDown(True)
    for position in (100, 200, 300):
        group.number.slider.setSliderPosition(position)
    group.number.slider.setSliderDown(False)
    assert horizontal.undo.count() == 2
    assert label(horizontal).startswith("horizontal 3000,")


def test_a_run_that_brings_frames_of_a_sequence_shows_it_once_it_is_picked(qtbot: QtBot, horizontal: State) -> None:
    kept = frames.of_sequence(horizontal.model, 7, 3)
    group, wanted = served(qtbot, horizontal)
    horizontal.change("open", condition={"frames": kept.model_dump()})
    horizontal.change("more", latents={"count": 3})
    assert wanted == [(7, None)]
    assert (group.number.box.value(), group.film.currentRow()) == (7, 5)
    assert horizontal.run.condition.frames == kept


def test_the_film_says_where_more_than_one_next_frame_is_possible(qtbot: QtBot, horizontal: State) -> None:
    group, _ = served(qtbot, horizontal)
    group.take_one.click()
    found = sequences.of(horizontal.model)
    assert found is not None
    for frame, several in enumerate(found.pick(0).open):
        follow = "several next frames are" if several else "one next frame is"
        assert group.film.item(frame).toolTip() == f"Frame {frame}; after it {follow} possible"


def test_a_model_that_is_of_no_sequences_offers_none(qtbot: QtBot, state: State) -> None:
    assert not shown(qtbot, state).take_one.isVisible()
