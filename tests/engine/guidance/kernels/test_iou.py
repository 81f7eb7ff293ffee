"""The IoU kernel against numbers by hand. # spec: G4"""

from __future__ import annotations

import math

import torch
from torch.testing import assert_close

from engine.guidance.kernels import KERNELS


def test_two_pictures_by_hand() -> None:
    """Intersection I = 1.5 and union U = 2.5; in a value the derivative of IoU is 1 / U where it is the lower one,
    -I / U^2 where it is the higher one, and 0 where the two are equal.
    """
    x = torch.tensor([[[0.5, 0.5, 1.0, 0.0], [1.0, 0.5, 0.5, 0.0]]], dtype=torch.float64)
    k = math.exp(-(1 - 1.5 / 2.5) / 2)
    assert_close(KERNELS["iou"].value(x, 2.0)[0, 0, 1].item(), k)
    lower, higher = k / 2 / 2.5, -k / 2 * 1.5 / 2.5**2
    expected = torch.tensor([[[lower, 0.0, higher, 0.0], [higher, 0.0, lower, 0.0]]], dtype=torch.float64)
    assert_close(KERNELS["iou"].gradient(x, 2.0), expected)


def test_an_empty_union_is_an_overlap_of_1_that_nothing_moves() -> None:
    x = torch.zeros(2, 3, 4, dtype=torch.float64)
    x[1, 0] = 1
    kernel = KERNELS["iou"]
    assert torch.equal(kernel.distance(x)[0], torch.zeros(3, 3, dtype=torch.float64))
    assert torch.equal(kernel.distance(x)[1, 0], torch.tensor([0.0, 1.0, 1.0], dtype=torch.float64))
    gradient = kernel.gradient(x, 1.0)
    assert torch.equal(gradient[0], torch.zeros_like(gradient[0]))
    assert gradient[1].isfinite().all()


def test_distance_is_exactly_0_between_equal_pictures() -> None:
    x = torch.rand(1, 1, 1024, generator=torch.Generator().manual_seed(0)).expand(1, 6, 1024)
    assert torch.equal(KERNELS["iou"].distance(x), torch.zeros(1, 6, 6))
