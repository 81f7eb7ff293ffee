"""Measures of edits against closed forms, the numbers of the source and drawn latents."""
# spec: L2, L3

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import mask as masks
from engine.latents import measure
from engine.noise import LATENT, normal


@pytest.mark.parametrize(("size", "most"), [(256, 0.02), (64, 0.08), (32, 0.16)])
def test_the_range_of_a_whole_latent_is_the_source_s_at_every_size(size: int, most: float) -> None:
    m = measure.weights((3, size, size))
    assert measure.span(m) == pytest.approx(most, rel=1e-12)
    assert most / measure.deviation(m) == pytest.approx(8.9, abs=0.04)


def test_the_deviation_is_that_of_the_weighted_mean_of_latents() -> None:
    m = np.random.default_rng(0).random((3, 6, 5)) ** 4
    latents = normal(0, np.arange(20_000), LATENT, 0, m.size)
    means = latents @ m.ravel() / m.sum()
    assert means.std() == pytest.approx(measure.deviation(m), rel=0.02)  # its own error is 0.5 %


@given(st.integers(1, 40), st.floats(1e-3, 1))
def test_the_deviation_of_n_equal_weights_is_one_over_the_root_of_n(count: int, weight: float) -> None:
    assert measure.deviation(np.full(count, weight)) == pytest.approx(1 / math.sqrt(count))


def test_a_small_or_an_empty_mask_has_a_bounded_range() -> None:
    nothing = np.zeros((1, 8, 8))
    one = nothing.copy()
    one[0, 3, 3] = 1
    assert measure.deviation(nothing) == math.inf
    assert measure.span(nothing) == measure.span(one) == measure.LARGEST


@pytest.mark.parametrize(("shape", "masked"), [((3, 6, 5), True), ((3, 6, 5), False), ((1, 6, 5), True), ((2,), False)])
@pytest.mark.parametrize("channel", [None, 0])
def test_the_reach_of_an_edit_is_that_of_its_weights(shape: tuple[int, ...], masked: bool, channel: int | None) -> None:
    painted = masks.keep(np.random.default_rng(0).integers(0, 256, (6, 5), np.uint8), "painted") if masked else None
    m = measure.weights(shape, painted, channel)
    assert measure.reach(shape, painted, channel) == pytest.approx((measure.deviation(m), measure.span(m)), rel=1e-12)


def test_weights_are_the_mask_s_in_the_chosen_channel() -> None:
    painted = np.arange(12, dtype=np.uint8).reshape(3, 4)
    m = measure.weights((3, 3, 4), masks.keep(painted, "painted"), 1)
    assert not m[[0, 2]].any()
    assert np.array_equal(m[1], painted / 255)
    assert np.array_equal(measure.weights((2,), channel=1), [0, 1])


def test_change_is_told_inside_and_outside_of_the_mask() -> None:
    before, now = np.zeros((2, 3, 4, 4)), np.zeros((2, 3, 4, 4))
    now[:, :, 0, 0], now[:, :, 3, 3] = 1, 9  # beyond 1 is shown as 1
    m = np.zeros((3, 4, 4))
    m[:, :2] = 1
    everywhere, nowhere = np.ones((3, 4, 4)), np.zeros((4, 4))
    assert measure.change(before, now, m) == (0.5 / 8, 0.5 / 8)
    assert measure.change(before, now, everywhere) == (1 / 16, None)
    assert measure.change(before, now, nowhere) == (None, 1 / 16)


def test_soft_masks_share_a_value_between_inside_and_outside() -> None:
    now = np.zeros((1, 1, 2))
    now[0, 0] = 0.4, 0.8
    inside, outside = measure.change(np.zeros((1, 1, 2)), now, np.array([[[0.25, 1.0]]]))
    assert inside == pytest.approx((0.25 * 0.2 + 0.4) / 1.25)
    assert outside == pytest.approx(0.2)
