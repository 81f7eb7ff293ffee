"""What is read of groups at each step: in which order, the distances and the bandwidth of the guide, the modes."""
# spec: A4, G3

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from engine.analysis import groups
from engine.analysis.groups import LARGEST, Readings, read
from engine.analysis.modes import NOWHERE
from engine.execute import record, replay
from engine.guidance.kernels import KERNELS
from engine.models.catalogue import ModelInfo, named
from engine.run import Run
from engine.trajectory import Trajectory
from tests.engine.tiny import run_of

STEPS = 4
RING = named("ring")


def drawn(info: ModelInfo, budget: int = 2**30, **own: Any) -> Trajectory:
    """Eight particles in groups of three, four steps; a dict under "latents" or "schedule" adds to that."""
    latents, schedule = {"count": 8, "group": 3, **own.pop("latents", {})}, {"steps": STEPS, **own.pop("schedule", {})}
    run = Run(model=info.reference).replace(latents=latents, schedule=schedule, **own)
    *_, trajectory = record(run, info.build(), budget=budget)
    return trajectory


def all_of(trajectory: Trajectory, info: ModelInfo = RING) -> Readings:
    *_, readings = read(trajectory, info, 0)
    return readings


def arrivals(trajectory: Trajectory, first: int, readings: Readings | None = None) -> list[int]:
    """The Steps in the order in which they are read."""
    order: list[int] = []
    before = {i for i in range(STEPS + 1) if readings is not None and readings[i] is not None}
    for grown in read(trajectory, RING, first, readings):
        (new,) = {i for i in range(STEPS + 1) if grown[i] is not None} - before - {*order}
        order.append(new)
    return order


def test_the_step_in_sight_comes_first_and_the_nearest_after_it() -> None:
    trajectory = drawn(RING)
    assert arrivals(trajectory, 3) == [3, 2, 4, 1, 0]
    assert arrivals(trajectory, 0) == [0, 1, 2, 3, 4]
    assert all_of(trajectory).complete


def test_what_was_read_already_is_not_read_again() -> None:
    trajectory = drawn(RING)
    readings = next(read(trajectory, RING, 2))
    assert not readings.complete
    assert arrivals(trajectory, 2, readings) == [1, 3, 0, 4]


def test_steps_that_are_not_at_hand_are_left_out_until_they_are() -> None:
    trajectory = drawn(RING, budget=0)
    assert arrivals(trajectory, 2) == [0, STEPS]
    list(replay(trajectory, 3, RING.build()))
    assert arrivals(trajectory, 2) == [3, 0, STEPS]
    growing = record(run_of(model=RING.reference.model_dump()), RING.build())
    started = next(growing)
    assert [readings[0] is not None for readings in read(started, RING, 0)] == [True]


@pytest.mark.parametrize("sees", ["denoised", "state"])
def test_the_distances_are_those_that_the_kernel_sees(sees: str) -> None:
    trajectory = drawn(RING, guidance={"sees": sees})
    readings = all_of(trajectory)
    assert readings.size == 3
    assert readings.symbol == KERNELS["rbf"].symbol
    for index in range(STEPS + 1):
        step, reading = trajectory[index], readings[index]
        assert step is not None
        assert reading is not None
        seen = step.denoised if sees == "denoised" and step.denoised is not None else step.x
        for distances, part in zip(reading.distances, seen.split(3), strict=True):
            gaps = (part[:, None] - part[None]).square().sum(2)
            np.testing.assert_allclose(distances, gaps, rtol=1e-12, atol=1e-12)


def test_the_bandwidth_is_the_guides_own() -> None:
    readings = all_of(drawn(RING, guidance={"k_pg": 0.1}))
    for index in range(STEPS + 1):
        reading = readings[index]
        assert reading is not None
        medians = [np.median(part[np.triu_indices(len(part), 1)]) for part in reading.distances]
        np.testing.assert_allclose(reading.h, np.array(medians) / np.log([3, 3, 2]), rtol=1e-12)


def test_a_bandwidth_that_follows_sigma_ends_above_0() -> None:
    trajectory = drawn(RING, guidance={"bandwidth": "sigma", "width": 0.5})
    readings = all_of(trajectory)
    levels = [*trajectory.sigmas[:-1], trajectory.sigmas[-2]]
    for index, level in enumerate(levels):
        np.testing.assert_allclose(readings[index].h, [0.5 * level] * 3)  # type: ignore[union-attr]
    fixed = all_of(drawn(RING, guidance={"bandwidth": "fixed", "width": 0.5}))
    np.testing.assert_array_equal(fixed[STEPS].h, [0.5] * 3)  # type: ignore[union-attr]


# spec: G4
def test_ink_is_compared_on_0_to_1() -> None:
    info = named("digits-ideal")
    trajectory = drawn(info, latents={"count": 4, "group": None}, guidance={"kernel": "iou"})
    step, reading = trajectory[1], all_of(trajectory, info)[1]
    assert step is not None
    assert step.denoised is not None
    assert reading is not None
    ink = (step.denoised.clamp(-1, 1) + 1) / 2
    low, high = (f(ink[0], ink[1]).sum() for f in (torch.minimum, torch.maximum))
    assert reading.distances[0][0, 1] == pytest.approx(1 - (low / high).item(), rel=1e-6)


def test_of_a_kernel_that_does_not_suit_the_model_there_are_no_distances() -> None:
    reading = all_of(drawn(RING, guidance={"kernel": "iou"}))[2]
    assert reading is not None
    assert reading.distances == ()
    assert reading.h.shape == (0,)
    assert reading.labels is not None, "its modes are known all the same"


@pytest.mark.parametrize("k_pg", [0.0, 0.01])
def test_of_a_large_group_the_first_distances_are_kept_and_the_guides_bandwidth(
    k_pg: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "LARGEST", 5)
    trajectory = drawn(RING, latents={"group": 8}, guidance={"k_pg": k_pg})
    reading, step = all_of(trajectory)[2], trajectory[2]
    assert LARGEST >= 64, "what a picture of them can still show"
    assert reading is not None
    assert step is not None
    assert step.denoised is not None
    assert [part.shape for part in reading.distances] == [(5, 5)]
    counted = step.denoised if k_pg else step.denoised[:5]
    gaps = (counted[:, None] - counted[None]).square().sum(2).numpy()
    median = np.median(gaps[np.triu_indices(len(counted), 1)])
    np.testing.assert_allclose(reading.h, median / math.log(len(counted)), rtol=1e-12)
    assert len(reading.labels) == 8  # type: ignore[arg-type]


# -- modes -----------------------------------------------------------------------------------------------------------


# spec: A2, G6
def test_modes_are_counted_in_each_group() -> None:
    trajectory = drawn(RING)
    readings = all_of(trajectory)
    reading, step = readings[STEPS], trajectory[STEPS]
    assert step is not None
    assert reading is not None
    angles = torch.atan2(step.x[:, 1], step.x[:, 0])
    labels = (angles / (2 * math.pi / 10)).round().remainder(10).long().tolist()
    assert reading.labels is not None
    assert reading.labels.tolist() == labels
    expected = [len({*labels[first : first + 3]}) for first in (0, 3, 6)]
    assert reading.found(3) == expected
    assert readings.mean_found(STEPS) == sum(expected) / 3
    assert readings.names == tuple(map(str, range(1, 11)))
    assert readings.independent == pytest.approx(10 * (1 - 0.9**3))
    members = reading.members(range(3, 6))
    assert sorted(p for held in members.values() for p in held) == [3, 4, 5]
    assert all(labels[p] == label for label, held in members.items() for p in held)
    assert reading.mean_quality(range(3, 6)) == pytest.approx(reading.quality[3:6].mean())  # type: ignore[index]


def test_a_particle_that_is_nowhere_is_no_member() -> None:
    labels = np.array([2, NOWHERE, 2, 0])
    reading = groups.Reading((), np.empty(0), labels, np.ones(4))
    assert reading.members(range(4)) == {0: [3], 2: [0, 2]}
    assert reading.found(2) == [1, 2]


def test_without_known_modes_the_distances_stay() -> None:
    info = named("s-curve-2d")
    readings = all_of(drawn(info), info)
    reading = readings[1]
    assert reading is not None
    assert (reading.labels, reading.quality, reading.found(3), reading.members(range(3))) == (None, None, [], {})
    assert (readings.names, readings.quality) == ((), "")
    assert math.isnan(reading.mean_quality(range(3)))
    assert math.isnan(readings.mean_found(1))
    assert math.isnan(readings.independent)
    assert len(reading.distances) == 3
