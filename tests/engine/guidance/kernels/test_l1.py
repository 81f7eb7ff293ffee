"""The L1 kernel against numbers by hand. # spec: G4"""

from __future__ import annotations

import math

import torch
from torch.testing import assert_close

from engine.guidance.kernels import KERNELS


def test_two_points_with_a_value_in_common() -> None:
    x = torch.tensor([[[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]]], dtype=torch.float64)
    k = math.exp(-5 / 10)
    assert_close(KERNELS["l1"].value(x, 10.0)[0, 0, 1].item(), k)
    expected = torch.tensor([[[1.0, 0.0, -1.0], [-1.0, 0.0, 1.0]]], dtype=torch.float64) * k / 10
    assert_close(KERNELS["l1"].gradient(x, 10.0), expected)
