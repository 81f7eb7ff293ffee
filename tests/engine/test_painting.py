"""Painting: areas against closed forms, hard edges, soft ones, lines between events, only what is touched."""
# spec: L3

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.mask import Mask
from engine.painting import Rect, Stroke, clear, ellipse, fill, invert, rectangle

EMPTY: Mask = np.zeros((40, 50), np.uint8)
FULL: Mask = 255 - EMPTY
RANDOM: Mask = np.random.default_rng(0).integers(0, 256, EMPTY.shape).astype(np.uint8)

inside = st.tuples(st.floats(-10, 60), st.floats(-10, 50))
strokes = st.lists(st.tuples(inside, st.floats(0, 1)), min_size=1, max_size=5)


def distance(x: float, y: float) -> np.ndarray:
    """How far the pixels' centres are from a point."""
    rows, columns = np.indices(EMPTY.shape) + 0.5
    away: np.ndarray = np.hypot(columns - x, rows - y)
    return away


def test_a_hard_brush_is_255_inside_and_0_outside() -> None:
    stroke = Stroke(EMPTY, 12)
    stroke.to(20.3, 17.8)
    away = distance(20.3, 17.8)
    assert (stroke.mask[away <= 5.5] == 255).all()
    assert (stroke.mask[away >= 6.5] == 0).all()
    assert stroke.mask.sum() / 255 == pytest.approx(math.pi * 36, rel=0.01)


def test_a_line_between_two_events_has_no_gaps() -> None:
    stroke = Stroke(EMPTY, 6)
    stroke.to(5, 20)
    stroke.to(45, 20)
    assert (stroke.mask[17:23, 5:45] == 255).all()
    assert not stroke.mask[:17].any()
    assert not stroke.mask[23:].any()
    assert stroke.mask.sum() / 255 == pytest.approx(40 * 6 + math.pi * 9, rel=0.01)


def test_a_long_slanted_line_laid_in_pieces_is_one_capsule() -> None:
    mask: Mask = np.zeros((300, 400), np.uint8)
    stroke = Stroke(mask, 9)
    stroke.to(10, 10)
    stroke.to(390, 290)
    rows, columns = np.indices(mask.shape) + 0.5
    length = math.hypot(380, 280)
    share = np.clip(((columns - 10) * 380 + (rows - 10) * 280) / length**2, 0, 1)
    away = np.hypot(columns - 10 - share * 380, rows - 10 - share * 280)
    assert (np.abs(stroke.mask - 255 * np.clip(5 - away, 0, 1)) <= 1).all()  # the rounding to bytes, in float32


def test_a_stroke_over_itself_does_not_get_darker() -> None:
    once, twice = Stroke(EMPTY, 20, soft=1.0), Stroke(EMPTY, 20, soft=1.0)
    for stroke in (once, twice, twice, twice):
        stroke.to(20, 20)
    assert np.array_equal(once.mask, twice.mask)
    again = Stroke(once.mask, 20, soft=1.0, erase=True)
    again.to(20, 20)
    assert 0 < again.mask.max() < 70  # m (1 - m), a quarter at most


def test_a_soft_brush_fades_from_its_middle_to_its_edge() -> None:
    stroke = Stroke(EMPTY, 20, soft=0.5)
    stroke.to(25.5, 20.5)
    across = stroke.mask[20, 25:37].astype(int)
    assert (across[:5] == 255).all()
    assert (np.diff(across[4:12]) < 0).all()
    assert across[11] == 0


def test_pressure_makes_the_brush_thinner_along_the_way() -> None:
    stroke = Stroke(EMPTY, 20)
    stroke.to(10, 20, 1.0)
    stroke.to(40, 20, 0.0)
    widths = (stroke.mask / 255).sum(0)[10:40]
    assert (np.diff(widths) <= 0.01).all()
    assert widths[0] == pytest.approx(20, abs=0.4)
    assert widths[-1] == pytest.approx(1.5, abs=0.5)


@given(strokes, st.floats(1, 30), st.floats(0, 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_only_the_rectangle_that_is_told_changes(
    points: list[tuple[tuple[float, float], float]], diameter: float, soft: float, erase: bool
) -> None:
    stroke, base = Stroke(RANDOM, diameter, soft, erase), RANDOM.copy()
    for (x, y), pressure in points:
        before = stroke.mask.copy()
        rect = stroke.to(x, y, pressure)
        if rect is not None:
            height, width = EMPTY.shape
            assert 0 <= rect.top < rect.bottom <= height
            assert 0 <= rect.left < rect.right <= width
            before[rect.slices] = stroke.mask[rect.slices]
        assert np.array_equal(stroke.mask, before)
    assert np.array_equal(stroke.before, base)
    assert (stroke.mask <= RANDOM).all() if erase else (stroke.mask >= RANDOM).all()


@given(strokes, st.floats(1, 30))
@settings(max_examples=30, deadline=None)
def test_hard_erasing_is_the_mirror_of_hard_painting(
    points: list[tuple[tuple[float, float], float]], diameter: float
) -> None:
    painted, erased = Stroke(EMPTY, diameter), Stroke(FULL, diameter, erase=True)
    for (x, y), pressure in points:
        assert painted.to(x, y, pressure) == erased.to(x, y, pressure)
    assert np.array_equal(erased.mask, 255 - painted.mask)


def test_a_stroke_goes_on_from_outside_of_the_mask() -> None:
    stroke = Stroke(EMPTY, 4)
    assert stroke.to(-30, 20) is None
    assert stroke.to(10, 20) == Rect(17, 0, 23, 13)
    assert (stroke.mask[18:22, :10] == 255).all()


def test_a_rectangle_covers_exactly_its_area() -> None:
    drawn = rectangle(EMPTY, (30.0, 25.0), (10.0, 5.0))
    assert (drawn[5:25, 10:30] == 255).all()
    assert drawn.sum() == 255 * 20 * 20
    between = rectangle(EMPTY, (10.25, 5.5), (10.75, 9.5))
    assert between[5:10, 10].tolist() == [64, 128, 128, 128, 64]
    assert between.sum() == 64 * 2 + 128 * 3


def test_an_ellipse_covers_its_area() -> None:
    drawn = ellipse(EMPTY, (5.0, 10.0), (45.0, 30.0))
    rows, columns = np.indices(EMPTY.shape) + 0.5
    out = np.hypot((columns - 25) / 20, (rows - 20) / 10)
    assert (drawn[out < 0.93] == 255).all()
    assert (drawn[out > 1.07] == 0).all()
    assert drawn.sum() / 255 == pytest.approx(math.pi * 200, rel=0.005)
    middle = ellipse(EMPTY, (20.0, 10.0), (21.0, 30.0))[20, 20]  # a pixel's centre is that of the ellipse
    assert middle == 255


def test_a_circle_is_what_a_brush_of_its_size_lays() -> None:
    for soft in (0.0, 0.6):
        stroke = Stroke(EMPTY, 18, soft)
        stroke.to(20, 20)
        apart = ellipse(EMPTY, (11, 11), (29, 29), soft=soft).astype(int) - stroke.mask
        assert np.abs(apart).max() <= 1


@given(inside, inside, st.floats(0, 1), st.booleans(), st.sampled_from([rectangle, ellipse]))
@settings(max_examples=80, deadline=None)
def test_shapes_stay_between_their_corners(
    a: tuple[float, float], b: tuple[float, float], soft: float, erase: bool, shape: Callable[..., Mask]
) -> None:
    drawn = shape(RANDOM, a, b, soft=soft, erase=erase)
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(a, b, strict=True))
    rows, columns = np.indices(EMPTY.shape) + 0.5
    outside = (columns <= left - 0.5) | (columns >= right + 0.5) | (rows <= top - 0.5) | (rows >= bottom + 0.5)
    assert np.array_equal(drawn[outside], RANDOM[outside])
    assert (drawn <= RANDOM).all() if erase else (drawn >= RANDOM).all()


def test_shapes_without_an_area_change_nothing() -> None:
    for shape in (rectangle, ellipse):
        assert np.array_equal(shape(RANDOM, (7.2, 8.1), (7.2, 8.1)), RANDOM)
        assert np.array_equal(shape(RANDOM, (7.2, 8.1), (7.2 + 1e-12, 30.0)), RANDOM)


def test_the_bucket_fills_what_is_connected_without_a_seam() -> None:
    ring = Stroke(EMPTY, 3)
    for angle in np.linspace(0, 2 * math.pi, 40):
        ring.to(25 + 14 * math.cos(angle), 20 + 14 * math.sin(angle))
    filled = fill(ring.mask, 25, 20)
    away = distance(25, 20)
    assert (filled[away < 14] == 255).all()
    assert np.array_equal(filled[away > 14.5], ring.mask[away > 14.5])
    assert not fill(filled, 25, 20, erase=True)[away < 16].any()
    assert np.array_equal(fill(ring.mask, 60, 20), ring.mask)
    assert (fill(EMPTY, 0, 0) == 255).all()


def test_an_area_behind_a_line_is_not_filled() -> None:
    wall = EMPTY.copy()
    wall[:, 20] = 255
    filled = fill(wall, 3, 3)
    assert (filled[:, :21] == 255).all()
    assert not filled[:, 21:].any()


def test_invert_and_clear() -> None:
    assert np.array_equal(invert(invert(RANDOM)), RANDOM)
    assert np.array_equal(invert(EMPTY), FULL)
    assert not clear(RANDOM).any()
    assert RANDOM.any()
