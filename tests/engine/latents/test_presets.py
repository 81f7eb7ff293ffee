"""Masks to begin with: parts of any picture, and the regions of toy faces."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import faces
from engine.latents.presets import presets


# spec: L3
@pytest.mark.parametrize(("name", "share"), [("whole", 1), ("left half", 1 / 2), ("centre", 1 / 4)])
def test_a_part_of_a_picture_is_its_share_of_the_pixels(name: str, share: float) -> None:
    mask = presets((1, 8, 12))[name]
    assert mask.shape == (8, 12)
    assert mask.sum() == 255 * share * mask.size
    assert set(np.unique(mask)) <= {0, 255}


def test_the_left_half_is_left() -> None:
    mask = presets((3, 4, 6))["left half"]
    assert (mask == [255, 255, 255, 0, 0, 0]).all()


# spec: D8
def test_faces_have_their_regions_and_nothing_else_has() -> None:
    masks = presets(faces.SHAPE, "faces")
    for name, (rows, columns) in faces.REGIONS.items():
        assert (masks[name][rows, columns] == 255).all()
        assert np.count_nonzero(masks[name]) == (rows.stop - rows.start) * (columns.stop - columns.start)
    assert not faces.REGIONS.keys() & (presets((3, 64, 64), "faces").keys() | presets(faces.SHAPE, "mine").keys())
