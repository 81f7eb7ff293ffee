"""Points in one and two dimensions against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import lowdim
from engine.models.catalogue import named
from engine.models.mixture import Mixture


# spec: D5, D6
@pytest.mark.parametrize("name", lowdim.MIXTURES)
def test_a_mixture_is_the_exact_model_of_the_same_name(name: str) -> None:
    exact = named(name).build()
    assert isinstance(exact, Mixture)
    points = lowdim.mixture(np.random.default_rng(0), 100_000, name)
    assert points.dtype == np.float32
    means, covariances = exact.arrays["means"], exact.arrays["covariances"]
    nearest = np.square(points[:, None] - means).sum(axis=2).argmin(axis=1)
    assert np.bincount(nearest, minlength=len(means)) / len(points) == pytest.approx(1 / len(means), abs=0.03)
    assert points.mean(axis=0) == pytest.approx(means.mean(axis=0), abs=0.05)
    assert np.cov(points.T, bias=True) == pytest.approx(
        (covariances.mean(axis=0) + np.cov(means.T, bias=True)).squeeze(), abs=0.02 * exact.sigma_data**2
    )


# spec: D6
def test_the_s_curve_is_scikit_learns() -> None:
    theirs = pytest.importorskip("sklearn.datasets").make_s_curve(200_000, noise=0.15, random_state=0)[0]
    theirs = theirs[:, [0, 2]] * (1.9, 0.5 * 1.9)
    ours = lowdim.s_curve(np.random.default_rng(0), 200_000)
    bins = np.linspace(-3.5, 3.5, 15)
    counts = [
        np.histogram2d(points[:, 0], points[:, 1], bins=[bins, bins])[0] / len(points) for points in (ours, theirs)
    ]
    assert counts[0] == pytest.approx(counts[1], abs=0.002)
