"""What is asked of the worker for the Guidance workspace, when, and that pictures come first. # spec: A4"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.bridge import Bridge, Handle, Work
from app.reader import Reader
from app.state import Drawing, Side, State
from engine.errors import InputError
from engine.execute import record
from engine.models import catalogue
from engine.run import Run
from engine.trajectory import Trajectory
from engine.worker import Event, Lane
from tests.app.opened import wait


class Desk:
    """A bridge whose requests wait until they are answered."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Work, Handle]] = []
        self.cancelled: list[int] = []

    def submit(self, lane: Lane, slot: str, work: Work, handle: Handle) -> int:
        assert lane is Lane.INTERACTIVE
        self.asked.append((slot, work, handle))
        return len(self.asked)

    def cancel(self, task: int) -> None:
        if task:
            self.cancelled.append(task)

    def complain_of(self, event: Event) -> None:
        assert event.kind != "failed"

    def answer(self, items: int | None = None) -> int:
        """Answer the newest request, all of it or its first few items: how many there were."""
        slot, work, handle = self.asked[-1]
        found = list(islice(work(None), items))  # type: ignore[arg-type]
        for item in found:
            handle(Event("item", len(self.asked), slot, item))
        return len(found)


STEPS = 8


def ring(**groups: Any) -> State:
    """A state of ten particles of the ring, nothing drawn."""
    info = catalogue.named("ring")
    settings = {"latents": {"count": 10}, "schedule": {"steps": STEPS}, **groups}
    return State(Run(model=info.reference).replace(**settings), info)


def draw(state: State, steps: int | None = None, budget: int = 2**30, side: Side = "current") -> Trajectory:
    """Draw the current Run, or its first Steps and go on running."""
    *_, trajectory = islice(record(state.run, catalogue.named("ring").build(), budget=budget), steps)
    state.set_drawing(side, Drawing(trajectory, running=not trajectory.complete))
    state.step_arrived.emit(side, trajectory.available)
    return trajectory


def reading(state: State) -> tuple[Reader, Desk]:
    desk = Desk()
    reader = Reader(state, desk)  # type: ignore[arg-type]
    reader.set_active(True)
    return reader, desk


def read_steps(state: State, side: Side = "current") -> list[int]:
    """The Steps of which there are readings."""
    readings = state.readings(side)
    return [] if readings is None else [index for index in range(STEPS + 1) if readings[index] is not None]


def test_nothing_is_read_while_nobody_looks(qapp: QApplication) -> None:
    state, desk = ring(), Desk()
    reader = Reader(state, desk)  # type: ignore[arg-type]
    draw(state)
    assert not desk.asked
    reader.set_active(True)
    assert [slot for slot, _, _ in desk.asked] == ["readings current"]
    reader.set_active(False)
    assert desk.cancelled == [1]
    draw(state)
    assert len(desk.asked) == 1


def test_a_whole_trajectory_is_read_once_from_the_playhead_on(qapp: QApplication) -> None:
    state = ring()
    draw(state)
    state.set_playhead(5)
    _, desk = reading(state)
    assert desk.answer(2) == 2
    assert read_steps(state) == [4, 5]
    assert desk.answer() == STEPS + 1
    for index in range(STEPS + 1):
        state.set_playhead(index)
    assert len(desk.asked) == 1


def test_only_the_playheads_step_is_read_while_a_run_is_drawn(qapp: QApplication) -> None:
    state = ring()
    _, desk = reading(state)
    state.set_playhead(2)
    draw(state, steps=3)
    assert not desk.asked  # Step 2 is the newest, and it is not known whether the views go on
    trajectory = draw(state, steps=5)
    assert desk.answer() == 1
    assert read_steps(state) == [2]
    state.step_arrived.emit("current", 5)
    assert len(desk.asked) == 1
    state.set_playhead(1)
    assert desk.answer() == 1
    state.set_drawing("current", Drawing(trajectory, running=False))  # cancelled: what has arrived is all there is
    assert desk.answer() == 3
    assert read_steps(state) == [0, 1, 2, 3, 4]
    asked = len(desk.asked)
    state.set_playhead(3)
    assert len(desk.asked) == asked


def test_a_new_picture_comes_first(qapp: QApplication) -> None:
    state = ring()
    trajectory = draw(state)
    _, desk = reading(state)
    desk.answer(3)
    state.set_drawing("current", Drawing(trajectory, running=True))
    assert desk.cancelled == [1]
    assert len(desk.asked) == 1
    state.set_drawing("current", Drawing(trajectory, running=False))
    assert desk.answer() == STEPS + 1 - 3  # it goes on where it stopped
    assert read_steps(state) == [*range(STEPS + 1)]


def test_a_moving_playhead_does_not_begin_the_first_reading_anew(qapp: QApplication) -> None:
    state = ring()
    draw(state)
    _, desk = reading(state)
    for index in range(STEPS):
        state.set_playhead(index)
    assert (len(desk.asked), desk.cancelled) == (1, [])
    desk.answer(1)
    state.set_playhead(3)
    desk.answer(1)
    assert read_steps(state) == [3, STEPS]


def test_what_is_drawn_on_both_sides_is_read_once(qapp: QApplication) -> None:
    state = ring()
    draw(state)
    _, desk = reading(state)
    desk.answer()
    state.pin(state.run, state.model)
    assert state.readings("pinned") is not None
    assert read_steps(state, "pinned") == [*range(STEPS + 1)]
    assert state.readings("pinned") is state.readings("current")


def test_a_step_that_was_dropped_is_read_when_it_is_replayed(qapp: QApplication) -> None:
    state = ring()
    whole = draw(state)
    trajectory = draw(state, budget=whole.nbytes // 2)
    assert trajectory.stride > 1
    _, desk = reading(state)
    desk.answer()
    assert 3 not in read_steps(state)
    state.set_playhead(3)
    step = whole[3]
    assert step is not None
    trajectory.remember(step)
    state.step_replayed.emit("current", 3)
    desk.answer()
    assert 3 in read_steps(state)


def test_what_belongs_to_no_model_on_offer_is_not_read(qapp: QApplication) -> None:
    state = ring()
    draw(state)
    state.models.clear()
    assert not reading(state)[1].asked


@pytest.fixture
def bridged(qapp: QApplication) -> Iterator[Callable[[State], Bridge]]:
    """What makes a bridge of a state, with its worker; closed at the end."""
    made: list[tuple[Bridge, State]] = []

    def bridge(state: State) -> Bridge:
        made.append((Bridge(state), state))
        return made[-1][0]

    yield bridge
    for one, state in made:
        one.close()
        state.undo.clear()


def test_the_worker_reads_both_sides(bridged: Callable[[State], Bridge]) -> None:
    state = ring(guidance={"k_pg": 1.0})
    bridge = bridged(state)
    Reader(state, bridge, state).set_active(True)
    state.set_beside(True)
    bridge.draw("current", state.run, state.model)
    wait(lambda: bridge.idle)
    assert read_steps(state) == read_steps(state, "pinned") == [*range(STEPS + 1)]
    state.change("k_PG", guidance={"k_pg": 2.0})
    wait(lambda: bridge.idle)
    found = state.readings("current")
    assert found is not None
    assert found.trajectory.run == state.run
    assert found.complete


def test_a_failure_is_said_once(bridged: Callable[[State], Bridge], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Iterator[Any]:
        raise InputError("The classifier is gone: install Latent Loupe again.")
        yield

    monkeypatch.setattr("engine.analysis.groups.read", broken)
    state = ring()
    bridge, said = bridged(state), list[str]()
    state.complaint.connect(said.append)
    Reader(state, bridge, state).set_active(True)
    bridge.draw("current", state.run, state.model)
    wait(lambda: bridge.idle)
    state.set_playhead(2)
    assert bridge.idle  # nothing was asked again
    assert said == ["The classifier is gone: install Latent Loupe again."]
