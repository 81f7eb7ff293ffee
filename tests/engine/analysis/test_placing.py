"""Where particles lie on a map, step by step: in which order, what of them is placed, what is left out."""
# spec: A3

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.analysis import reference
from engine.analysis.basemap import Basemap, bundled
from engine.analysis.placing import Placements, features, place
from engine.data import digits
from engine.errors import InputError
from engine.execute import record, replay
from engine.models.catalogue import named
from engine.run import Run
from engine.settings.maps import MapSettings
from engine.trajectory import Trajectory

STEPS = 4
RING = named("ring")


def points() -> Basemap:
    """A map of the plane that the ring lies in."""
    known = np.random.default_rng(0).normal(size=(80, 2)).astype(np.float32)
    nameless = np.full(80, -1, np.int16)
    return Basemap("points", MapSettings(features="values"), known, known, nameless, (), np.arange(80), 80)


MAP = points()


def drawn(budget: int = 2**30) -> Trajectory:
    run = Run(model=RING.reference).replace(latents={"count": 7}, schedule={"steps": STEPS})
    *_, trajectory = record(run, RING.build(), budget=budget)
    return trajectory


def arrivals(trajectory: Trajectory, first: int, placements: Placements | None = None) -> list[int]:
    """The Steps in the order in which they come."""
    there = {i for i in range(STEPS + 1) if placements is not None and placements[i] is not None}
    order: list[int] = []
    for grown in place(trajectory, MAP, RING, first, placements):
        (new,) = {i for i in range(STEPS + 1) if grown[i] is not None} - there - {*order}
        order.append(new)
    return order


def test_the_step_in_sight_comes_first_and_the_nearest_after_it() -> None:
    trajectory = drawn()
    assert arrivals(trajectory, 3) == [3, 2, 4, 1, 0]
    assert arrivals(trajectory, 0) == [0, 1, 2, 3, 4]


def test_what_was_placed_already_is_not_placed_again() -> None:
    trajectory = drawn()
    placements = next(place(trajectory, MAP, RING, 2))
    assert not placements.complete
    assert arrivals(trajectory, 2, placements) == [1, 3, 0, 4]
    assert placements.complete


def test_steps_that_are_not_at_hand_are_left_out_until_they_are() -> None:
    trajectory = drawn(budget=0)
    assert arrivals(trajectory, 2) == [0, STEPS]
    list(replay(trajectory, 3, RING.build()))
    assert arrivals(trajectory, 2) == [3, 0, STEPS]


def test_estimates_are_placed_and_in_the_end_the_states() -> None:
    trajectory = drawn()
    *_, placements = place(trajectory, MAP, RING, 0)
    for index in range(STEPS + 1):
        step = trajectory[index]
        assert step is not None
        estimate = step.x if index == STEPS else step.denoised
        assert estimate is not None
        np.testing.assert_array_equal(placements[index], MAP.place(estimate.numpy()))


def test_a_map_that_does_not_suit_is_refused() -> None:
    with pytest.raises(InputError, match="This map compares digits"):
        next(place(drawn(), bundled(), RING, 0))


def test_digits_are_compared_by_the_classifiers_features() -> None:
    frames = torch.from_numpy(digits.bundled()[0][:12]).double() / 127.5 - 1
    np.testing.assert_allclose(features(frames, bundled()), reference.features(frames), rtol=1e-6)
    frames[2, 0, 5, 5] = math.nan
    found = features(frames, bundled())
    assert np.isnan(found[2]).all()
    assert np.isfinite(found[[*range(2), *range(3, 12)]]).all()


def test_digits_of_another_hand_land_among_their_own_class() -> None:
    frames, labels = (part[:400] for part in digits.bundled())
    known = bundled()
    placed = known.place(features(torch.from_numpy(frames).float() / 127.5 - 1, known))
    apart = np.linalg.norm(placed[:, None] - known.coordinates, axis=2)
    nearest = known.labels[apart.argsort(axis=1)[:, :15]]
    assert (nearest == labels[:, None]).mean() > 0.8


def test_pictures_are_compared_by_their_values_where_the_map_says_so() -> None:
    x0 = torch.rand(3, 2, 2, 2)
    np.testing.assert_array_equal(features(x0, MAP), x0.numpy().reshape(3, 8))
