"""The RBF kernel against numbers by hand. # spec: G4"""

from __future__ import annotations

import math

import pytest
import torch
from torch.testing import assert_close

from engine.guidance.kernels import KERNELS


@pytest.mark.parametrize("padding", [0, 40])
def test_two_points(padding: int) -> None:
    """At distance 5 and h = 50: k = exp(-1/2), gradient -(2/50) (x - y) k; padded with zeros for the other way."""
    x = torch.nn.functional.pad(torch.tensor([[[0.0, 0.0], [3.0, 4.0]]], dtype=torch.float64), (0, padding))
    k = math.exp(-0.5)
    assert_close(KERNELS["rbf"].value(x, 50.0)[0, 0, 1].item(), k)
    expected = torch.tensor([[3.0, 4.0], [-3.0, -4.0]], dtype=torch.float64) * 2 / 50 * k
    assert_close(KERNELS["rbf"].gradient(x, 50.0)[0, :, :2], expected)


@pytest.mark.parametrize("values", [2, 1024])
def test_equal_particles_do_not_push_each_other_however_small_h_is(values: int) -> None:
    """Eight of ten are the same: what rounding leaves of their product with k must not come back over h = 1e-12."""
    x = torch.rand(1, 10, values, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x[:, 1:9] = x[:, 1:2]
    assert torch.equal(KERNELS["rbf"].gradient(x, 1e-12), torch.zeros_like(x))
