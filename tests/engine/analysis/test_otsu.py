"""Otsu's threshold against scikit-image's, picture by picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.filters import threshold_otsu

from engine.analysis import otsu
from engine.data import digits


def expected(pictures: np.ndarray) -> list[float]:
    return [threshold_otsu(picture.reshape(1, -1)) for picture in pictures]


# spec: T7
def test_digits_have_the_thresholds_of_scikit_image() -> None:
    frames = digits.bundled()[0][:200] / 255
    noisy = np.clip(frames + 0.1 * np.random.default_rng(0).standard_normal(frames.shape), 0, 1)
    for pictures in (frames, noisy):
        assert otsu.thresholds(torch.from_numpy(pictures)).tolist() == expected(pictures)


@given(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([1, 2, 3, 10, 255, 10**6]))
def test_any_picture_has_the_threshold_of_scikit_image(seed: int, pixels: int, levels: int) -> None:
    generator = np.random.default_rng(seed)
    pictures = generator.integers(0, levels + 1, (8, 1, 1, pixels)) / levels * generator.random() + generator.random()
    assert otsu.thresholds(torch.from_numpy(pictures)).tolist() == expected(pictures)


def test_pictures_of_one_value_become_empty() -> None:
    pictures = torch.tensor([0.0, 0.4, 1.0]).reshape(3, 1, 1, 1).expand(3, 1, 5, 5)
    assert otsu.thresholds(pictures).tolist() == pytest.approx([0, 0.4, 1])
    assert (otsu.masked(pictures) == 0).all()
    assert otsu.masked(pictures[:0]).shape == (0, 1, 5, 5)


def test_ink_is_kept_and_the_background_is_not() -> None:
    picture = torch.full((1, 1, 8, 8), 0.05, dtype=torch.float32)
    picture[:, :, 2:5, 3] = torch.tensor([0.8, 0.9, 1.0])
    masked = otsu.masked(picture)
    assert masked.dtype == torch.float32
    assert (masked[:, :, 2:5, 3] == picture[:, :, 2:5, 3]).all()
    assert (masked > 0).sum() == 3


def test_one_picture_does_not_change_another() -> None:
    pictures = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    pictures[1] = torch.nan
    alone = otsu.thresholds(pictures[2:])
    assert otsu.thresholds(pictures)[2] == alone[0]


def test_the_gradient_passes_where_a_value_is_kept() -> None:
    picture = torch.tensor([[0.1, 0.2, 0.9, 0.8]], requires_grad=True)
    otsu.masked(picture).sum().backward()
    assert picture.grad is not None
    assert picture.grad.tolist() == [[0, 0, 1, 1]]
