"""State: changes, gestures and undo, the playhead across step counts, pinning. # spec: -"""

from __future__ import annotations

import dataclasses

import pytest
from pydantic import ValidationError

from app.state import Drawing, State, unguided
from engine.analysis.groups import Readings
from engine.models import catalogue
from engine.run import ModelReference, Run
from engine.trajectory import Trajectory


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


# -- guidance ---------------------------------------------------------------------------------------------------------

GUIDED = {"k_pg": 3.0}


@pytest.fixture
def told(state: State) -> list[Run | None]:
    """What was pinned, in order."""
    runs: list[Run | None] = []
    state.pinned_changed.connect(runs.append)
    return runs


def drawn(run: Run) -> Trajectory:
    """The Trajectory of a Run before anything has arrived."""
    return Trajectory(run, [80.0, 0.0])


def test_beside_it_the_same_latents_are_kept_without_guidance(state: State, told: list[Run | None]) -> None:
    state.change("k_PG", guidance=GUIDED)
    state.set_beside(True)
    assert state.pinned == unguided(state.run) == state.run.replace(guidance={"k_pg": 0.0})
    state.change("seed", latents={"seed": 4})
    assert state.pinned == unguided(state.run)
    state.undo.undo()
    assert state.pinned == unguided(state.run)
    assert state.pinned is not None
    assert state.pinned.latents.seed == 0
    count = len(told)
    state.change("k_PG", guidance={"k_pg": 50.0})
    assert len(told) == count, "what stands beside it is still the same"
    state.set_beside(False)
    assert (state.pinned, state.pinned_model) == (None, None)
    state.change("seed", latents={"seed": 5})
    assert state.pinned is None
    state.undo.clear()


def test_beside_it_goes_along_to_another_model(state: State) -> None:
    state.set_beside(True)
    state.choose(state.models[1])
    assert state.pinned_model is state.models[1]
    assert state.pinned == state.run
    state.undo.clear()


def test_pinning_by_hand_ends_it_and_it_tells_when_it_does(state: State) -> None:
    heard: list[bool] = []
    state.beside_changed.connect(heard.append)
    state.set_beside(True)
    state.set_beside(True)
    kept = state.run
    state.pin(kept, state.model)
    state.change("seed", latents={"seed": 3})
    assert state.pinned is kept
    state.set_beside(False)
    assert state.pinned is kept, "it is no longer what stands beside it"
    state.set_beside(True)
    state.exchange()
    assert heard == [True, False, True, False]
    state.undo.clear()


def test_readings_are_those_of_what_is_drawn(state: State) -> None:
    heard: list[str] = []
    state.readings_changed.connect(heard.append)
    readings = Readings(drawn(state.run), None)
    state.set_readings("current", readings)
    assert state.readings("current") is None, "of another trajectory"
    state.set_drawing("current", Drawing(readings.trajectory))
    assert state.readings("current") is readings
    assert state.readings("pinned") is None
    state.set_drawing("current", Drawing(drawn(state.run)))
    assert state.readings("current") is None
    assert heard == ["current"]


# spec: G2
@pytest.mark.parametrize(("kernel", "kept"), [("l1", "l1"), ("angular", "rbf")])
def test_a_kernel_that_does_not_suit_the_chosen_model_gives_way(state: State, kernel: str, kept: str) -> None:
    state.change("guidance", guidance={**GUIDED, "kernel": kernel})
    state.choose(state.models[1])
    assert (state.run.guidance.kernel, state.run.guidance.k_pg) == (kept, 3.0)
    state.undo.undo()
    assert state.run.guidance.kernel == kernel
    state.undo.clear()


# spec: L8
def test_what_was_moved_by_hand_stays_in_its_space(state: State) -> None:
    other = dataclasses.replace(state.models[0], name="other", reference=ModelReference(label="o", sha256="b" * 64))
    state.change("move", latents={"edits": [{"step": 3, "particle": 1, "to": (0.5, -1.0)}]})
    state.choose(other)
    assert len(state.run.latents.edits) == 1
    state.choose(state.models[1])
    assert state.run.latents.edits == ()
    state.undo.clear()
