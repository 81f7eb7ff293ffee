"""The kernel of the digit classifier's features. # spec: G2, G4"""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from engine.analysis import classifier
from engine.errors import InputError
from engine.guidance.kernels import KERNELS

FEATURES = KERNELS["features"]


def frames(groups: int, size: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return 2 * torch.rand(groups, size, 1, 32, 32, dtype=torch.float64, generator=generator) - 1


def test_distances_are_those_of_the_features() -> None:
    x = frames(1, 4)
    features = classifier.load(dtype=torch.float64).features(x[0])
    assert_close(FEATURES.distance(x)[0], (features[:, None] - features[None]).square().sum(2))


def test_the_gradient_needs_no_gradients_enabled_and_enables_none() -> None:
    x = frames(1, 3)
    with torch.no_grad():
        gradient = FEATURES.gradient(x, 1.0)
    assert gradient.any()
    assert not gradient.requires_grad


def test_the_frame_around_the_digit_does_not_count() -> None:
    """The classifier looks at the middle 16 x 16 alone."""
    gradient = FEATURES.gradient(frames(1, 3), 1.0)
    outside = gradient.clone()
    outside[..., 8:24, 8:24] = 0
    assert not outside.any()


@pytest.mark.parametrize("shape", [(2,), (1, 16, 16), (3, 32, 32)])
def test_only_digits_have_features(shape: tuple[int, ...]) -> None:
    x = torch.zeros(1, 2, *shape)
    for call in (lambda: FEATURES.gradient(x, 1.0), lambda: FEATURES.value(x, 1.0), lambda: FEATURES.distance(x)):
        with pytest.raises(InputError, match="digits of shape"):
            call()
