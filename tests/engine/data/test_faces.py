"""Toy faces: deterministic, in range, and read rightly by the measure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.data import faces


def drawn(count: int, seed: int = 7) -> tuple[faces.Attributes, np.ndarray]:
    attributes = faces.sample(np.random.default_rng(seed), count)
    return attributes, faces.draw(attributes)


# spec: D8
def test_faces_are_pictures_in_range_and_follow_from_their_attributes() -> None:
    attributes, pictures = drawn(130)
    assert pictures.shape == (130, *faces.SHAPE)
    assert pictures.dtype == np.float32
    assert -1 <= pictures.min() < -0.7
    assert 0.9 < pictures.max() <= 1
    alone = faces.draw(attributes.part(slice(100, 101)))
    assert (alone[0] == pictures[100]).all()


def test_edges_are_smooth() -> None:
    attributes, _ = drawn(1)
    moved = [faces.draw(faces.Attributes(**{**vars(attributes), "right": np.array([x])})) for x in (0.0, 0.05)]
    change = np.abs(moved[1] - moved[0])
    assert 0 < change.max() < 0.25


# spec: D8
@pytest.mark.parametrize(("region", "attribute"), [("eyes", "sunglasses"), ("mouth", "smile"), ("hair", "hair")])
def test_a_region_holds_what_its_attribute_changes_and_no_more(region: str, attribute: str) -> None:
    attributes, _ = drawn(1000)
    one, other = (faces.draw(replace(attributes, **{attribute: np.full(1000, value)})) for value in (0, 1))
    changed = np.abs(one - other).max(axis=(0, 1)) > 0
    if region == "hair":
        changed[12:] = False  # long hair hangs to the shoulders: only what is above the brow is asked for
    rows, columns = (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0))
    assert faces.REGIONS[region] == (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))


# spec: D8
@pytest.mark.parametrize(
    ("noise", "binary", "colour", "value"),
    [(0.0, 0.998, 0.995, 0.95), (0.1, 0.998, 0.98, 0.94), (0.3, 0.99, 0.8, 0.88)],
)
def test_the_measure_agrees_with_the_truth(noise: float, binary: float, colour: float, value: float) -> None:
    attributes, pictures = drawn(2000)
    pictures = pictures + noise * np.random.default_rng(1).standard_normal(pictures.shape, dtype=np.float32)
    measured = faces.measure(pictures)
    for name in ("sunglasses", "smile"):
        assert ((getattr(measured, name) >= 0.5) == getattr(attributes, name)).mean() >= binary
    for name in ("background", "hair"):
        assert (getattr(measured, name) == getattr(attributes, name)).mean() >= colour
    for name in ("skin", "length", "light"):
        assert np.corrcoef(getattr(measured, name), getattr(attributes, name))[0, 1] >= value
