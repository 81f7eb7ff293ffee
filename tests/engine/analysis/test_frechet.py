"""The Frechet distance against its closed form."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.frechet import Gaussian, distance, fit
from engine.errors import InputError


def test_gaussians_with_a_common_basis_have_a_closed_form() -> None:
    generator = np.random.default_rng(0)
    basis, _ = np.linalg.qr(generator.standard_normal((6, 6)))
    means = generator.standard_normal((2, 6))
    deviations = generator.uniform(0.1, 3, (2, 6))
    a, b = (Gaussian(mean, basis @ np.diag(own**2) @ basis.T) for mean, own in zip(means, deviations, strict=True))
    expected = np.square(means[0] - means[1]).sum() + np.square(deviations[0] - deviations[1]).sum()
    assert distance(a, b) == pytest.approx(expected, rel=1e-12)
    assert distance(b, a) == pytest.approx(expected, rel=1e-12)


def test_covariances_that_do_not_commute_match_the_matrix_root() -> None:
    from scipy.linalg import sqrtm

    generator = np.random.default_rng(1)
    roots = generator.standard_normal((2, 5, 5))
    a, b = (Gaussian(np.zeros(5), root @ root.T) for root in roots)
    overlap = np.trace(sqrtm(a.covariance @ b.covariance)).real
    assert distance(a, b) == pytest.approx(np.trace(a.covariance + b.covariance) - 2 * overlap, rel=1e-9)


def test_singular_covariances_are_safe() -> None:
    line = np.array([[1.0, 0, 0]]) * np.linspace(-1, 1, 9)[:, None]
    same, moved, across = fit(line), fit(line + 2), fit(line[:, [1, 0, 2]])
    variance = line[:, 0].var(ddof=1)
    assert distance(same, same) == pytest.approx(0, abs=1e-12)
    assert distance(same, moved) == pytest.approx(12)
    assert distance(same, across) == pytest.approx(2 * variance)
    point = fit(np.zeros((2, 3)))
    assert distance(point, point) == 0
    assert distance(point, same) == pytest.approx(variance)


def test_more_features_than_samples_and_nearly_equal_sets_are_safe() -> None:
    features = np.random.default_rng(2).standard_normal((10, 64)).astype(np.float32)
    assert distance(fit(features), fit(features)) == pytest.approx(0, abs=1e-9)
    assert 0 <= distance(fit(features), fit(features + np.float32(1e-6))) < 1e-6


def test_one_feature_is_a_set_too() -> None:
    values = np.random.default_rng(3).standard_normal((5000, 1))
    assert distance(fit(values), fit(3 * values + 4)) == pytest.approx(16 + 4, rel=0.1)


def test_samples_of_one_distribution_are_near() -> None:
    generator = np.random.default_rng(4)
    a, b, c = generator.standard_normal((3, 20_000, 4)) + np.array([0, 0, 0.5])[:, None, None]
    near, far = distance(fit(a), fit(b)), distance(fit(a), fit(c))
    assert near < 0.01
    assert far == pytest.approx(4 * 0.5**2, rel=0.1)


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InputError, match="at least two"):
        fit(np.zeros((1, 3)))
    with pytest.raises(InputError, match="not finite"):
        fit(np.array([[0.0], [np.nan]]))
