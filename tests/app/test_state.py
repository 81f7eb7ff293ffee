"""State: changes, gestures and undo, the playhead across step counts, pinning. # spec: -"""

from __future__ import annotations

import dataclasses

import pytest
from pydantic import ValidationError

from app.state import State
from engine.models import catalogue
from engine.run import Run


@pytest.fixture
def state(qapp: object) -> State:
    ring, line = (next(i for i in catalogue.bundled() if i.name == name) for name in ("ring", "mixture-1d"))
    made = State(Run(model=ring.reference), ring)
    made.add_models(ring, line)
    return made


def steps(run: Run) -> int:
    return int(run.schedule.steps)


def test_a_gesture_is_one_undo_step(state: State) -> None:
    for seed in range(1, 8):
        state.change("change Seed", latents={"seed": seed})
    state.end_gesture()
    state.change("change Seed", latents={"seed": 50})
    assert state.undo.count() == 2
    state.undo.undo()
    assert state.run.latents.seed == 7
    state.undo.undo()
    assert state.run.latents.seed == 0
    state.undo.redo()
    assert state.run.latents.seed == 7


def test_changes_of_different_parameters_are_undone_apart(state: State) -> None:
    state.change("change Seed", latents={"seed": 3})
    state.change("change Count", latents={"count": 3})
    state.undo.undo()
    assert (state.run.latents.seed, state.run.latents.count) == (3, 10)


def test_an_equal_value_leaves_no_undo_step(state: State) -> None:
    state.change("change Seed", latents={"seed": 0})
    assert state.undo.count() == 0


def test_a_refused_value_leaves_the_run(state: State) -> None:
    before = state.run
    with pytest.raises(ValidationError):
        state.change("change σ min", schedule={"sigma_min": 100.0})
    assert state.run == before
    assert state.undo.count() == 0


def test_undo_brings_the_model_back(state: State) -> None:
    ring, line = state.models[0], state.models[1]
    seen = []
    state.model_changed.connect(lambda info: seen.append(info.name))
    state.set_run("choose mixture-1d", state.run.replace(model=line.reference.model_dump()), line)
    state.undo.undo()
    assert seen == ["mixture-1d", "ring"]
    assert state.run.model == ring.reference


def test_the_playhead_keeps_its_place_when_the_steps_change(state: State) -> None:
    assert state.playhead == steps(state.run) == 22
    state.change("steps", schedule={"steps": 44})
    assert state.playhead == 44
    state.set_playhead(11)
    state.change("steps", schedule={"steps": 88})
    assert state.playhead == 22


def test_the_playhead_stays_inside(state: State) -> None:
    state.set_playhead(1000)
    assert state.playhead == 22
    state.set_playhead(-4)
    assert state.playhead == 0


def test_the_selection_follows_the_count(state: State) -> None:
    state.select([2, 8, 2, 99])
    assert state.selection == (2, 8)
    state.change("count", latents={"count": 5})
    assert state.selection == (2,)
    state.change("count", latents={"count": 1})
    assert state.selection == (0,)


def test_models_with_the_same_content_are_offered_once(state: State) -> None:
    again = dataclasses.replace(state.models[0], description="again")
    state.add_models(again)
    assert [info.description for info in state.models].count("again") == 1
    assert len(state.models) == 2
    assert state.find_model(again.reference.sha256) is again
    assert state.find_model("0" * 64) is None
