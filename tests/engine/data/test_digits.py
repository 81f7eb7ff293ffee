"""Digits in their frame, and the bundled set against scikit-learn's own."""
# spec: D1

from __future__ import annotations

import hashlib
import importlib.resources
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.data import digits


def test_a_digit_stands_in_the_middle_of_its_frame() -> None:
    inner = np.random.default_rng(0).integers(1, 256, (3, 16, 16), dtype=np.uint8)
    frames = digits.frame(inner)
    assert frames.shape == (3, 1, 32, 32)
    np.testing.assert_array_equal(frames[:, 0, 8:24, 8:24], inner)
    assert np.count_nonzero(frames) == inner.size


@given(count=st.integers(1, 5), side=st.integers(1, 40), seed=st.integers(0, 9))
def test_resizing_all_at_once_is_resizing_one_by_one(count: int, side: int, seed: int) -> None:
    pictures = np.random.default_rng(seed).integers(0, 256, (count, side, side), dtype=np.uint8)
    one_by_one = [np.asarray(Image.fromarray(p).resize((16, 16), Image.Resampling.BICUBIC)) for p in pictures]
    np.testing.assert_array_equal(digits.shrink(pictures), one_by_one)


def test_the_bundled_digits() -> None:
    frames, labels = digits.bundled()
    assert frames.shape == (1797, 1, 32, 32)
    assert frames.dtype == labels.dtype == np.uint8
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert frames.max() == 255
    edge = frames.copy()
    edge[:, :, 8:24, 8:24] = 0
    assert not edge.any()


def test_they_are_scikit_learns_digits() -> None:
    """Averaged back to 10x10 the pictures are the originals, within what smoothing takes."""
    datasets = pytest.importorskip("sklearn.datasets")
    source = datasets.load_digits()
    frames, labels = digits.bundled()
    np.testing.assert_array_equal(labels, source.target)
    original = np.pad(source.images / 16, ((0, 0), (1, 1), (1, 1))).reshape(len(labels), -1)
    inner = np.stack(
        [
            np.asarray(Image.fromarray(picture).resize((10, 10), Image.Resampling.BOX))
            for picture in frames[:, 0, 8:24, 8:24]
        ]
    )
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in zip(original, inner.reshape(len(labels), -1), strict=True)]
    assert min(correlations) > 0.9


def test_the_bundled_file_is_what_its_maker_makes(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    digits.make(tmp_path)
    assets = importlib.resources.files("assets")
    for name in ("handwritten-digits.safetensors", "handwritten-digits.json"):
        assert (tmp_path / name).read_bytes() == (assets / name).read_bytes()


def test_the_provenance_names_the_bundled_file() -> None:
    assets = importlib.resources.files("assets")
    provenance = json.loads((assets / "handwritten-digits.json").read_text("utf-8"))
    assert provenance["sha256"] == hashlib.sha256((assets / "handwritten-digits.safetensors").read_bytes()).hexdigest()
    assert provenance["licence"] == "CC BY 4.0"
