"""The Mahalanobis kernel: its shrunk covariance against the whole d x d matrix. # spec: G2, G4"""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from engine.guidance.kernels import KERNELS
from tests.engine.guidance.kernels.references import covariance

MAHALANOBIS = KERNELS["mahalanobis"]


@pytest.mark.parametrize(("size", "values"), [(10, 2), (3, 2), (40, 6), (8, 300)])
def test_distances_are_those_of_the_inverse_covariance(size: int, values: int) -> None:
    generator = torch.Generator().manual_seed(size)
    x = torch.randn(1, size, values, dtype=torch.float64, generator=generator)
    x *= torch.logspace(-2, 1, values, dtype=torch.float64)
    apart = x[0, :, None] - x[0, None]
    inverse = covariance(x[0]).inverse()
    assert_close(MAHALANOBIS.distance(x)[0], torch.einsum("ijk,kl,ijl->ij", apart, inverse, apart))


def test_fewer_particles_than_values_are_not_all_equally_far_apart() -> None:
    """As they are by the pseudo-inverse of their plain covariance."""
    x = torch.randn(1, 6, 100, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x[0, 0] *= 3
    distance = MAHALANOBIS.distance(x)[0]
    others = distance[1:, 1:][~torch.eye(5, dtype=torch.bool)]
    assert float(distance[0, 1:].min()) > 1.02 * float(others.max())


def test_points_of_the_line_are_measured_by_their_variance() -> None:
    """Many groups: shrinkage by what rounding leaves of 0 could be less than none."""
    x = torch.randn(200, 5, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    apart = (x - x.mT).square()
    assert_close(MAHALANOBIS.distance(x), apart / x.var(1, correction=0)[:, :, None])
    assert MAHALANOBIS.gradient(x, 1.0).isfinite().all()
