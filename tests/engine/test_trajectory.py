"""Trajectory: a memory budget that is kept, what is dropped coming back exactly, and readers beside the writer."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.execute import record, replay
from engine.step import FIELDS, Step
from engine.trajectory import BUDGET, Trajectory
from tests.engine.tiny import TinyMixture, run_of, same_bits

SIZE = 4  # float64 values in a state


def step_of(index: int, size: int = SIZE) -> Step:
    x = torch.full((1, size), float(index), dtype=torch.float64)
    return Step(index, 100.0 - index, x, denoised=x + 1, evaluations=2)


def fill(last: int, budget: int) -> Trajectory:
    trajectory = Trajectory(run_of(), [float(last - i) for i in range(last + 1)], budget)
    for index in range(last + 1):
        trajectory.append(step_of(index))
    return trajectory


def test_size_of_a_step_is_that_of_all_its_tensors() -> None:
    x = torch.zeros(3, 5, dtype=torch.float64)
    every = Step(0, 1.0, x, torch.zeros(3), x, x, x, x, x, carry=x)
    assert all(getattr(every, name) is x for name in FIELDS)
    assert every.nbytes == 7 * 3 * 5 * 8 + 3 * 4
    assert Step(0, 1.0, x, sigma_hat=2.0).nbytes == 3 * 5 * 8


def test_within_the_budget_everything_is_kept() -> None:
    assert BUDGET == 2**30
    trajectory = fill(20, BUDGET)
    assert [trajectory[i].index for i in range(21)] == list(range(21))  # type: ignore[union-attr]
    assert trajectory.nbytes == 21 * 2 * SIZE * 8
    assert (trajectory.evaluations, trajectory.complete, trajectory.last) == (42, True, 20)


@given(last=st.integers(0, 70), budget=st.integers(0, 3000))
def test_the_budget_is_kept_at_every_moment(last: int, budget: int) -> None:
    """Beside what it keeps only the newest Step is at hand; those kept stand at even distances, Step 0 always."""
    one = step_of(0).nbytes
    trajectory = Trajectory(run_of(), [0.0] * (last + 1), budget)
    for index in range(last + 1):
        trajectory.append(step_of(index))
        at_hand = [i for i in range(index + 1) if trajectory[i] is not None]
        assert at_hand == sorted({*range(0, index + 1, trajectory.stride), index})
        kept = one * len(range(0, index + 1, trajectory.stride))
        assert trajectory.nbytes == kept <= max(budget, one)
        assert trajectory.stride == 1 or 2 * kept > budget / 2 - 2 * one, "no more is dropped than has to be"
    assert trajectory.stride & (trajectory.stride - 1) == 0


@given(sizes=st.lists(st.integers(1, 64), min_size=1, max_size=40), budget=st.integers(0, 5000))
def test_the_budget_is_kept_when_steps_differ_in_size(sizes: list[int], budget: int) -> None:
    trajectory = Trajectory(run_of(), [0.0] * len(sizes), budget)
    steps = [step_of(index, size) for index, size in enumerate(sizes)]
    for step in steps:
        trajectory.append(step)
        kept = range(0, step.index + 1, trajectory.stride)
        assert trajectory.nbytes == sum(steps[i].nbytes for i in kept) <= max(budget, steps[0].nbytes)


@given(last=st.integers(0, 70), budget=st.integers(0, 3000), index=st.integers(0, 70))
def test_base_is_the_nearest_step_at_hand(last: int, budget: int, index: int) -> None:
    trajectory = fill(last, budget)
    if index > last:
        with pytest.raises(IndexError, match=f"step {index} has not arrived: there are {last + 1}"):
            trajectory.base(index)
        return
    at_hand = [i for i in range(index + 1) if trajectory[i] is not None]
    assert trajectory.base(index).index == max(at_hand)
    trajectory.remember(step_of(index // 2))
    assert trajectory.base(index).index == max(*at_hand, index // 2)


def test_steps_around_one_come_nearest_first_as_far_as_they_are_at_hand() -> None:
    assert [step.index for step in fill(4, 10_000).around(3)] == [3, 2, 4, 1, 0]
    trajectory = fill(40, 500)
    around = [step.index for step in trajectory.around(17)]
    assert sorted(around) == [index for index in range(41) if trajectory[index] is not None]
    assert around == sorted(around, key=lambda index: abs(index - 17))
    assert len(around) < 41


def test_the_estimate_is_what_was_denoised_and_at_the_end_the_state() -> None:
    step = step_of(3)
    assert step.estimate is step.denoised
    last = replace(step, denoised=None)
    assert last.estimate is last.x


def test_one_replayed_step_is_remembered() -> None:
    trajectory = fill(40, 500)
    missing = [i for i in range(41) if trajectory[i] is None]
    for index in missing:
        replayed = step_of(index)
        trajectory.remember(replayed)
        assert trajectory[index] is replayed
    assert [i for i in missing if trajectory[i] is not None] == missing[-1:]


def test_steps_arrive_in_order() -> None:
    trajectory = Trajectory(run_of(), [2.0, 1.0, 0.0])
    with pytest.raises(IndexError):
        trajectory.base(0)
    assert trajectory[0] is None
    with pytest.raises(ValueError, match="step 1 arrived where step 0 was due"):
        trajectory.append(step_of(1))
    trajectory.append(step_of(0))
    with pytest.raises(ValueError, match="step 0 arrived where step 1 was due"):
        trajectory.append(step_of(0))
    assert (trajectory.available, trajectory.complete) == (1, False)


def test_norms_of_every_step_whatever_the_budget() -> None:
    trajectory = fill(30, 0)
    norms = trajectory.norms("x")
    assert [norm.item() for norm in norms if norm is not None] == pytest.approx([2.0 * i for i in range(31)])
    assert trajectory.norms("drift") == [None] * 31


def test_nearest_level_on_a_log_axis() -> None:
    trajectory = Trajectory(run_of(), [100.0, 1.0, 0.01, 0.0])
    assert [trajectory.nearest(sigma) for sigma in (1e9, 100, 9, 11, 0.5, 1e-5, 0.0)] == [0, 0, 1, 0, 1, 2, 3]


# -- replay ----------------------------------------------------------------------------------------------------------

CHURNED = run_of(sampler={"churn": 5.0}, schedule={"steps": 20})


def recorded(budget: int = BUDGET) -> Trajectory:
    return list(record(CHURNED, TinyMixture(), budget=budget))[-1]


@pytest.mark.parametrize("budget", [0, 2000, 5000])
def test_every_dropped_step_is_replayed_to_the_bit(budget: int) -> None:
    # spec: S3
    whole, thinned = recorded(), recorded(budget)
    dropped = [i for i in range(21) if thinned[i] is None]
    assert dropped
    for index in [*dropped, *reversed(dropped)]:
        replayed = list(replay(thinned, index, TinyMixture()))
        assert replayed[-1].index == index
        assert thinned[index] is replayed[-1]
        assert same_bits(replayed[-1], whole[index])  # type: ignore[arg-type]


def test_replay_starts_at_the_nearest_step_and_does_no_more_than_it_must() -> None:
    evaluations: list[int] = []
    model = TinyMixture(lambda x: evaluations.append(len(x)))
    thinned = recorded(0)
    list(replay(thinned, 9, model))
    assert len(evaluations) == 2 * 10
    list(replay(thinned, 10, model))
    assert len(evaluations) == 2 * 10 + 2 * 2, "from the Step replayed before: that one again, then the next"
    list(replay(thinned, 0, model))
    list(replay(thinned, 20, model))
    assert len(evaluations) == 2 * 10 + 2 * 2, "what is at hand costs nothing"


def test_replay_of_what_has_not_arrived_is_refused() -> None:
    trajectory = next(record(CHURNED, TinyMixture()))
    for index in (-1, 1, 99):
        with pytest.raises(IndexError, match="has not arrived"):
            next(replay(trajectory, index, TinyMixture()))


def test_replay_without_memory_says_so() -> None:
    def exhausted(x: torch.Tensor) -> None:
        raise torch.OutOfMemoryError

    with pytest.raises(InputError, match="Not enough memory"):
        list(replay(recorded(0), 5, TinyMixture(exhausted)))


def test_reading_while_another_thread_appends() -> None:
    trajectory = Trajectory(run_of(), [0.0] * 201, budget=20 * step_of(0).nbytes)
    faults: list[str] = []
    started = threading.Barrier(3)

    def read() -> None:
        started.wait()
        while not trajectory.complete:
            available = trajectory.available
            for index in {0, available // 3, available - 1} & set(range(available)):
                step, base = trajectory[index], trajectory.base(index)
                if (step is not None and step.index != index) or base.index > index:
                    faults.append(f"{index}: {step} {base}")
                if len(trajectory.norms("x")) < available:
                    faults.append(f"{available} steps, fewer norms")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    started.wait()
    for index in range(201):
        trajectory.append(step_of(index))
    for reader in readers:
        reader.join()
    assert faults == []
    assert trajectory.stride == 16
