"""What the page of futures holds: choices under undo, which frames can be given, what is looked at."""

# spec: A5

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from pydantic import ValidationError
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication

from app.futures import Choices, Forecast, FuturesState, Looked, Rolled, Work, last_given, refusal
from engine.data.sequences import Sequence, Sequences
from engine.rollout import RolloutSettings
from engine.run import ModelReference, Run
from tests.app.futured import NextFrames

FRAMES = np.arange(6 * 4, dtype=np.uint8).reshape(6, 2, 2)
OPEN = (True, False, False, True, False, True)


def _sequence(forks: tuple[bool, ...] = OPEN) -> Sequence:
    return Sequence(FRAMES, forks, np.zeros((len(FRAMES), 2), np.int64))


def _sequences(given: int = 3) -> Sequences:
    return Sequences("walks", given, "bundled", lambda _: _sequence())


@dataclass
class _Level:
    """As much of a level as the state reads."""

    run: Run
    frames: np.ndarray
    parents: np.ndarray


@pytest.fixture
def state(qapp: QApplication) -> Iterator[FuturesState]:
    undo = QUndoStack()
    made = FuturesState(undo)
    yield made
    undo.clear()


def _stack(state: FuturesState) -> QUndoStack:
    return state._undo


def test_changes_of_one_gesture_are_one_undo_step(state: FuturesState) -> None:
    for churn in (1.0, 2.0, 3.0):
        state.change("change S_churn", sampler={"churn": churn})
    state.end_gesture()
    state.change("change S_churn", sampler={"churn": 9.0})
    assert _stack(state).count() == 2
    _stack(state).undo()
    assert state.choices.sampler.churn == 3.0
    _stack(state).undo()
    assert state.choices == Choices()


def test_a_refused_value_leaves_all_as_it_was(state: FuturesState) -> None:
    with pytest.raises(ValidationError):
        state.change("number", number=10_000)
    assert state.choices == Choices()
    assert not _stack(state).count()


def test_the_source_is_the_default() -> None:
    choices = Choices()
    assert choices.latents.count == 100
    assert choices.sampler.churn == 0.9
    assert choices.guidance.k_pg == 0


@pytest.mark.parametrize(
    ("last", "words"), [(0, "given 3 frames"), (1, "given 3 frames"), (2, ""), (4, ""), (5, "the sequence's last")]
)
def test_frames_too_early_and_the_last_one_are_refused(last: int, words: str) -> None:
    reason = refusal(_sequences(), len(FRAMES), last)
    assert (words in reason) if words else not reason


@pytest.mark.parametrize(("frame", "last"), [("several", 3), ("one", 2), (4, 4), (1, None), (5, None), (99, None)])
def test_the_last_given_frame_is_the_first_that_suits(frame: int | str, last: int | None) -> None:
    assert last_given(_sequences(), _sequence(), frame) == last  # type: ignore[arg-type]


def test_a_sequence_with_one_outcome_only_has_no_frame_with_several() -> None:
    assert last_given(_sequences(), _sequence((True, True, False, False, False, True)), "several") is None


def test_a_frame_that_cannot_be_given_says_why_and_changes_nothing(state: FuturesState) -> None:
    said: list[str] = []
    state.refused.connect(said.append)
    state.choose_last(3)  # of no sequence
    state.set_forecast(Forecast(Choices(), _sequences(), _sequence(), last=3), Work())
    state.choose_last(1)
    assert state.choices == Choices()
    assert "choose frame 2" in said[-1]
    state.choose_last(4)
    assert state.choices.frame == 4
    assert said[-1] == ""


def test_models_that_are_given_most_come_first_and_others_are_left_out(state: FuturesState) -> None:
    from engine.models.catalogue import named

    one, three = NextFrames(given=1).info, NextFrames(given=3).info
    state.offer([named("ring"), one, three])
    assert [info.reference for info in state.models] == [three.reference, one.reference]
    assert state.model == three
    state.choose_model(one)
    assert state.model == one
    state.change("by hand", frame=0)
    state.choose_model(three)
    assert state.choices.frame == "several"  # frame 0 is none of these


def test_a_true_frame_follows_the_given_ones_until_the_sequence_ends() -> None:
    forecast = Forecast(Choices(), _sequences(), _sequence(), last=3)
    for level, number in ((-1, 3), (0, 4), (1, 5)):
        found = forecast.true(level)
        assert found is not None
        assert (found == FRAMES[number]).all()
    assert forecast.true(2) is None


def _rolled(state: FuturesState) -> None:
    run = Run(model=ModelReference(label="tiny", sha256="a" * 64))
    parents = ([-1, -1], [0, 0, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3])
    levels = tuple(
        _Level(run, np.full((len(each), 2, 2), level, np.uint8), np.array(each)) for level, each in enumerate(parents)
    )
    state.set_rolled(Rolled(RolloutSettings(depth=3, start=2, branches=2), levels=levels), Work())  # type: ignore[arg-type]


def test_the_way_to_a_frame_of_a_tree_goes_by_its_parents_and_on_by_first_branches(state: FuturesState) -> None:
    _rolled(state)
    state.look(Looked(6, 2))
    assert state.path == (Looked(1, 0), Looked(3, 1), Looked(6, 2))
    state.look(Looked(1, 0))
    assert state.path == (Looked(1, 0), Looked(2, 1), Looked(4, 2))
    state.look(Looked(3))
    assert state.path == (Looked(0, 0), Looked(0, 1), Looked(0, 2))


def test_an_animation_shows_the_way_and_then_again_what_is_looked_at(state: FuturesState) -> None:
    _rolled(state)
    state.look(Looked(6, 2))
    shown = []
    for level in (0, 1, 2, None):
        state.play(level)
        shown.append(state.large)
    assert shown == [Looked(1, 0), Looked(3, 1), Looked(6, 2), Looked(6, 2)]


def test_what_is_not_there_is_not_seen(state: FuturesState) -> None:
    assert state.seen(Looked()) is None
    assert state.seen(Looked(0, 0)) is None
    _rolled(state)
    assert state.seen(Looked(8, 2)) is None
    assert state.seen(Looked(0, 3)) is None
    seen = state.seen(Looked(7, 2))
    assert seen is not None
    assert (seen[1] == 2).all()
