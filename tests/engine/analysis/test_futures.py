"""Many next frames together: their mean and spread, and the places that their digits go to."""
# spec: A5

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from engine import frames
from engine.analysis import directions, futures
from engine.data import moving, sequences

BEFORE = np.array([[0, 0]])


def pictures(places: NDArray[np.int64], digit: int = 0) -> Tensor:
    """A bundled digit at places [N, 2], from the middle, in the engine's range [N, 1, 32, 32]."""
    pool = sequences.pictures("bundled")[[digit]].repeat(len(places), axis=0)
    return torch.from_numpy(frames.of_bytes(moving.render(pool, places[:, None])))


def summary(places: NDArray[np.int64], *more: Tensor) -> futures.Futures:
    return futures.summary(torch.cat([pictures(places), *more]), pictures(BEFORE)[0])


EMPTY = torch.full((1, 1, 32, 32), -1.0)


def test_copies_of_one_frame_are_one_place_without_spread() -> None:
    found = summary(np.tile([[3, -4]], (5, 1)))
    (place,) = found.places
    assert (place.share, place.members) == (1.0, (0, 1, 2, 3, 4))
    own = directions.centroids(directions.ink(pictures(BEFORE)))[0]
    assert (place.row, place.column) == pytest.approx((own[0].item() + 3, own[1].item() - 4))
    assert found.rms == pytest.approx(0, abs=1e-6)
    assert found.quality.max() < 1e-9
    assert found.spread.max() == 0
    np.testing.assert_allclose(found.mean, (pictures(np.array([[3, -4]]))[0, 0].numpy() + 1) / 2, atol=1e-6)
    assert found.text == "one place"


def test_mean_and_spread_are_those_of_each_pixel_from_0_to_1() -> None:
    x0 = torch.randn(7, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    found = futures.summary(x0, pictures(BEFORE)[0])
    values = (x0[:, 0].double().numpy().clip(-1, 1) + 1) / 2
    np.testing.assert_allclose(found.mean, values.mean(axis=0))
    np.testing.assert_allclose(found.spread, values.std(axis=0))


def test_each_way_that_the_data_go_is_a_place_of_its_own() -> None:
    places = moving.VELOCITIES.repeat(np.arange(1, 17), axis=0)
    found = summary(places)
    assert [place.share * len(places) for place in found.places] == pytest.approx(list(range(16, 0, -1)))
    for place in found.places:
        assert len(np.unique(places[list(place.members)], axis=0)) == 1
    away = places - places.mean(axis=0)
    assert found.rms == pytest.approx(math.sqrt((away**2).sum(axis=1).mean()), abs=1e-6)
    assert found.apart == pytest.approx(2 * math.hypot(4, 2), abs=1e-6)
    assert found.text == "16 places, up to 8.9 pixels apart"


def test_what_cannot_be_read_is_in_no_place() -> None:
    noise = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    found = summary(np.array([[0, 4], [0, -4], [0, 4]]), EMPTY, noise)
    assert found.unreadable == (3, 4)
    assert [place.members for place in found.places] == [(0, 2), (1,)]
    assert found.places[0].share == pytest.approx(2 / 5)
    assert found.text == "2 places, up to 8.0 pixels apart, 2 of 5 unreadable"
    assert np.isnan(found.centroids[3]).all()
    assert math.isfinite(found.rms)


def test_empty_pictures_alone_have_no_place() -> None:
    found = futures.summary(EMPTY.repeat(3, 1, 1, 1), pictures(BEFORE)[0])
    assert (found.places, found.unreadable, found.text) == ((), (0, 1, 2), "3 of 3 unreadable")
    assert math.isnan(found.rms)
    assert found.apart == 0


def test_another_digit_is_unreadable_and_the_last_frame_given_is_what_counts() -> None:
    given = torch.cat([pictures(BEFORE, 1), pictures(BEFORE, 0)])[:, 0]
    assert futures.summary(pictures(np.array([[0, 4]])), given).unreadable == ()
    assert futures.summary(pictures(np.array([[0, 4]])), given.flip(0)).unreadable == (0,)


POINTS = st.lists(st.tuples(*[st.floats(-4, 4).map(lambda x: round(x, 2))] * 2), min_size=1, max_size=15)


@given(points=POINTS, seed=st.integers(0, 100))
def test_places_part_the_points_and_do_not_depend_on_their_order(points: list[tuple[float, float]], seed: int) -> None:
    at = np.array(points)
    found = futures.grouped(at)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(at)))
    sizes = [len(members) for members in found]
    assert sizes == sorted(sizes, reverse=True)
    for members in found:
        away = np.linalg.norm(at[members][:, None] - at[members], axis=2)
        assert away.max(axis=1).min() < futures.WITHIN
    order = np.random.default_rng(seed).permutation(len(at))
    again = {tuple(sorted(order[members].tolist())) for members in futures.grouped(at[order])}
    spots = [{tuple(at[n]) for n in members} for members in found]
    assert sorted(map(sorted, spots)) == sorted(sorted({tuple(at[n]) for n in members}) for members in again)


def test_neighbours_a_pixel_apart_are_places_of_their_own() -> None:
    """Frames whose digit the wall has stopped: their data are a whole pixel apart, their centroids nearly."""
    line = np.array([(0.0, 8.0), (1.0, 8.0), (2.0 - 1e-9, 8.0), (1.0, 8.0)])
    assert [members.tolist() for members in futures.grouped(line)] == [[1, 3], [0], [2]]
