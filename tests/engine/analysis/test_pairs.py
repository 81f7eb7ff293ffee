"""The histogram of a group's distances: what is counted, what the kernel leaves, and the axis. # spec: G3"""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis import pairs


def between(places: list[float]) -> np.ndarray:
    """The distances of particles at these places on a line."""
    return np.abs(np.subtract.outer(np.array(places), np.array(places)))


def test_each_pair_is_counted_once_where_it_stands() -> None:
    shown = pairs.of(between([0.0, 1.0, 4.0]), h=2.0)
    assert shown is not None
    assert shown.end == 5.0
    assert shown.median == 3.0
    assert shown.counts.sum() == 3
    assert np.flatnonzero(shown.counts).tolist() == [int(d / 5.0 * pairs.BINS) for d in (1.0, 3.0, 4.0)]


def test_the_weights_are_the_kernel_in_the_middle_of_each_part() -> None:
    shown = pairs.of(between([0.0, 1.0, 4.0]), h=2.0)
    assert shown is not None
    middles = (np.arange(pairs.BINS) + 0.5) * shown.end / pairs.BINS
    np.testing.assert_allclose(shown.weights, np.exp(-middles / 2.0), rtol=1e-14)


@pytest.mark.parametrize(("h", "end"), [(0.5, 5.0), (6.0, 7.0), (8.0, 10.0), (1000.0, 10.0)])
def test_the_axis_leaves_room_for_a_bandwidth_that_is_not_far_off(h: float, end: float) -> None:
    shown = pairs.of(between([0.0, 1.0, 4.0]), h)
    assert shown is not None
    assert shown.end == pytest.approx(end)


def test_particles_in_one_place_are_pairs_too() -> None:
    shown = pairs.of(np.zeros((3, 3)), h=1e-12)
    assert shown is not None
    assert shown.counts[0] == 3
    assert np.isfinite(shown.weights).all()


def test_what_is_not_finite_is_left_out() -> None:
    distances = between([0.0, 1.0, 4.0])
    distances[2], distances[:, 2] = np.inf, np.nan
    shown = pairs.of(distances, h=1.0)
    assert shown is not None
    assert (shown.counts.sum(), shown.median) == (1, 1.0)
    assert pairs.of(np.full((3, 3), np.nan), 1.0) is None


def test_a_group_of_one_has_none() -> None:
    assert pairs.of(np.zeros((1, 1)), 1.0) is None
