"""Futures and rollouts drawn by the worker: what is shown while and after, what is dropped, kept and opened again."""

# spec: A5

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from app.forecaster import ROLLOUT_STOPPED, STOPPED
from app.futures import Looked
from engine.analysis.pictures import to_uint8
from tests.app.futured import SPEED, Desk, NextFrames, drawn, futured, settle


def _frames(desk: Desk) -> np.ndarray:
    forecast = desk.futures.forecast
    assert forecast is not None
    assert forecast.frames is not None
    return forecast.frames


def test_futures_are_those_of_a_run_that_draws_them_anywhere(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        forecast = desk.futures.forecast
        assert forecast is not None
        assert forecast.complete
        assert forecast.run is not None
        assert drawn(forecast.run, model).tobytes() == _frames(desk).tobytes()


def test_two_ways_are_two_places_as_far_as_the_digit_goes(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        forecast = desk.futures.forecast
        assert forecast is not None
        assert forecast.futures is not None
        moves = sorted(forecast.move(place.row, place.column) for place in forecast.futures.places)
        np.testing.assert_allclose(sorted(right for _, right in moves), [-SPEED, SPEED], atol=0.05)
        np.testing.assert_allclose([down for down, _ in moves], 0, atol=0.05)
        assert forecast.sequence.open[forecast.last]  # type: ignore[index]


def test_estimates_are_shown_after_the_first_step(qtbot: QtBot) -> None:
    model = NextFrames(gated=True)
    with futured(qtbot, model, shown=False) as desk:
        desk.page.forecaster.set_active(True)
        model.allowed.release(2)
        settle(qtbot, desk, lambda: desk.futures.forecast is not None and desk.futures.forecast.frames is not None)
        forecast = desk.futures.forecast
        assert forecast is not None
        assert (forecast.step, forecast.complete, desk.futures.drawing.running) == (0, False, True)


def test_of_two_requests_only_the_newer_is_told_of(qtbot: QtBot) -> None:
    model = NextFrames(gated=True)
    with futured(qtbot, model, shown=False) as desk:
        seen = list[int]()

        def note() -> None:
            if desk.futures.forecast is not None:
                seen.append(desk.futures.forecast.choices.number)

        desk.futures.forecast_changed.connect(note)
        desk.page.forecaster.set_active(True)
        settle(qtbot, desk, lambda: model.evaluations == 1 and bool(seen))
        desk.futures.change("another sequence", number=3)
        del seen[:]
        model.gated = False
        model.allowed.release(1)
        settle(qtbot, desk)
        assert desk.futures.forecast is not None
        assert desk.futures.forecast.complete
        assert desk.futures.forecast.choices.number == 3
        assert set(seen) <= {0, 3}
        assert seen[-1] == 3
        assert seen == sorted(seen)  # nothing of the first came after the second


def test_undo_shows_what_was_drawn_before_without_drawing_it(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        before = _frames(desk)
        desk.futures.change("seed", latents={"seed": 5})
        settle(qtbot, desk)
        assert _frames(desk).tobytes() != before.tobytes()
        spent = model.evaluations
        desk.undo.undo()
        assert _frames(desk) is before
        settle(qtbot, desk)
        assert model.evaluations == spent


def test_what_is_chosen_while_nobody_looks_is_drawn_when_somebody_does(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model, shown=False) as desk:
        desk.futures.change("seed", latents={"seed": 5})
        settle(qtbot, desk)
        assert model.evaluations == 0
        desk.page.forecaster.set_active(True)
        settle(qtbot, desk)
        assert desk.futures.forecast is not None
        assert desk.futures.forecast.complete


def test_stopped_futures_say_so_and_can_be_drawn_again(qtbot: QtBot) -> None:
    model = NextFrames(gated=True)
    with futured(qtbot, model, shown=False) as desk:
        desk.page.forecaster.set_active(True)
        settle(qtbot, desk, lambda: model.evaluations == 1)
        desk.bridge.cancel_all()
        model.allowed.release(1)
        settle(qtbot, desk)
        assert desk.futures.drawing.problem == STOPPED
        assert not desk.futures.drawing.running
        model.gated = False
        desk.futures.again_wanted.emit()
        settle(qtbot, desk)
        assert desk.futures.drawing.problem == ""
        assert desk.futures.forecast is not None
        assert desk.futures.forecast.complete


def test_a_sequence_without_such_frames_is_a_sentence(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames(given=1)) as desk:
        desk.futures.change("one", frame="one")
        settle(qtbot, desk)
        assert "no frames after which only one next frame is possible" in desk.futures.drawing.problem
        assert desk.futures.forecast is not None
        assert desk.futures.forecast.run is None
        assert len(desk.futures.forecast.sequence.frames) == 2


def test_without_a_model_of_next_frames_nothing_is_drawn(qtbot: QtBot) -> None:
    with futured(qtbot) as desk:
        assert desk.futures.model is None
        assert desk.futures.forecast is None
        desk.futures.start_wanted.emit()
        desk.futures.open_wanted.emit()
        assert desk.bridge.idle


def test_a_rollout_grows_level_by_level_and_each_opens_as_its_own_run(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        desk.futures.change("rollout", rollout={"depth": 3, "start": 2, "branches": 2})
        grown = list[int]()

        def note() -> None:
            if desk.futures.rolled is not None:
                grown.append(len(desk.futures.rolled.levels))

        desk.futures.rollout_changed.connect(note)
        desk.futures.start_wanted.emit()
        settle(qtbot, desk)
        rolled = desk.futures.rolled
        assert rolled is not None
        assert rolled.complete
        assert [len(level.frames) for level in rolled.levels] == [2, 4, 8]
        assert grown == sorted(grown)
        desk.futures.look(Looked(5, 2))
        explored: list[None] = []
        desk.page.explored.connect(lambda: explored.append(None))
        desk.futures.open_wanted.emit()
        assert desk.state.run == rolled.levels[2].run
        assert desk.state.selection == (5,)
        assert desk.state.model.reference == model.reference
        assert len(explored) == 1
        assert drawn(desk.state.run, model).tobytes() == rolled.levels[2].frames.tobytes()
        settle(qtbot, desk)


def test_a_rollout_that_is_stopped_keeps_its_levels_and_can_be_started_again(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        model.gated = True
        spent = model.evaluations
        desk.futures.start_wanted.emit()
        model.allowed.release(7)  # of the first level, in four steps of Heun's method
        settle(qtbot, desk, lambda: model.evaluations == spent + 8)
        settle(qtbot, desk, lambda: desk.futures.rolled is not None and len(desk.futures.rolled.levels) == 1)
        desk.futures.stop_wanted.emit()
        model.gated = False
        model.allowed.release(1)
        settle(qtbot, desk)
        assert desk.futures.rolled is not None
        assert len(desk.futures.rolled.levels) == 1
        assert desk.futures.rolling.problem == ROLLOUT_STOPPED
        desk.futures.start_wanted.emit()
        settle(qtbot, desk)
        assert desk.futures.rolled.complete
        assert desk.futures.rolling.problem == ""


def test_other_futures_let_go_of_the_rollout(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        model.gated = True
        spent = model.evaluations
        desk.futures.start_wanted.emit()
        settle(qtbot, desk, lambda: model.evaluations == spent + 1)
        desk.futures.look(Looked(0, 0))
        desk.futures.change("seed", latents={"seed": 1})
        assert desk.futures.rolled is None
        assert desk.futures.looked == Looked()
        model.gated = False
        model.allowed.release(1)
        settle(qtbot, desk)
        assert desk.futures.rolled is None
        assert not desk.futures.rolling.running


def test_undo_brings_back_the_rollout_of_the_futures_it_shows(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        desk.futures.start_wanted.emit()
        settle(qtbot, desk)
        before = desk.futures.rolled
        assert before is not None
        desk.futures.change("seed", latents={"seed": 1})
        assert desk.futures.rolled is None
        settle(qtbot, desk)
        spent = model.evaluations
        desk.undo.undo()
        assert desk.futures.rolled is before
        assert desk.futures.rolling.problem == ""
        desk.undo.redo()
        assert desk.futures.rolled is None
        settle(qtbot, desk)
        assert model.evaluations == spent


def test_a_rollout_that_was_left_in_the_middle_comes_back_as_a_stopped_one(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        model.gated = True
        desk.futures.start_wanted.emit()
        model.allowed.release(7)  # of the first level, in four steps of Heun's method
        settle(qtbot, desk, lambda: desk.futures.rolled is not None and len(desk.futures.rolled.levels) == 1)
        desk.futures.change("seed", latents={"seed": 1})
        desk.undo.undo()
        assert desk.futures.rolled is not None
        assert len(desk.futures.rolled.levels) == 1
        assert desk.futures.rolling.problem == ROLLOUT_STOPPED
        model.gated = False
        model.allowed.release(1)
        settle(qtbot, desk)
        assert not desk.futures.rolling.running


def test_the_rollouts_own_settings_leave_futures_and_rollout_as_they_are(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        desk.futures.start_wanted.emit()
        settle(qtbot, desk)
        before, spent = desk.futures.rolled, model.evaluations
        desk.futures.change("depth", rollout={"depth": 2})
        settle(qtbot, desk)
        assert desk.futures.rolled is before
        assert model.evaluations == spent


def test_a_future_opens_with_the_particle_that_is_looked_at(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        desk.futures.look(Looked(4))
        desk.futures.open_wanted.emit()
        forecast = desk.futures.forecast
        assert forecast is not None
        assert desk.state.run == forecast.run
        assert desk.state.selection == (4,)
        settle(qtbot, desk)
        trajectory = desk.state.drawing("current").trajectory
        assert trajectory is not None
        final = trajectory[trajectory.last]
        assert final is not None
        assert to_uint8(final.x.numpy()).tobytes() == _frames(desk).tobytes()


def test_no_rollout_begins_at_frames_that_are_no_longer_chosen(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        model.gated = True
        desk.futures.change("another sequence", number=3)
        desk.futures.start_wanted.emit()
        assert desk.futures.rolled is None
        model.gated = False
        model.allowed.release(1)
        settle(qtbot, desk)
        desk.futures.start_wanted.emit()
        settle(qtbot, desk)
        assert desk.futures.rolled is not None
        frames = desk.futures.rolled.levels[0].run.condition.frames
        assert frames is not None
        assert "horizontal 3," in frames.label


def test_what_fails_says_why_and_leaves_nothing_of_other_futures(qtbot: QtBot) -> None:
    model = NextFrames()
    with futured(qtbot, model) as desk:
        model.fault = "The weights are damaged: open the model again."
        desk.futures.change("seed", latents={"seed": 9})
        settle(qtbot, desk)
        assert desk.futures.drawing.problem == model.fault
        assert desk.futures.forecast is not None
        assert desk.futures.forecast.frames is None
        model.fault = ""
        desk.futures.again_wanted.emit()
        settle(qtbot, desk)
        assert desk.futures.drawing.problem == ""
        assert desk.futures.forecast.complete
