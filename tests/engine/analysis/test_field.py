"""Fields of exact models against their closed forms, and the difference of two Runs. # spec: S3, A1"""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch

from engine.analysis.compare import difference
from engine.analysis.field import FieldRequest, between, compute
from engine.errors import InputError
from engine.models import catalogue


def request(name: str, sigmas: tuple[float, ...], *bounds: tuple[float, float], **more: object) -> FieldRequest:
    return FieldRequest(catalogue.named(name).reference, sigmas, bounds, **more)  # type: ignore[arg-type]


def test_density_is_the_models_with_x1_across_and_x2_upwards() -> None:
    model = catalogue.named("shifted-2d").build()
    field = compute(request("shifted-2d", (0.5, 2.0), (0, 20), (-5, 15), resolution=40), model)
    assert field.density is not None
    assert field.density.shape == (2, 40, 40)
    for level, sigma in enumerate((0.5, 2.0)):
        rows, columns = np.mgrid[0:40, 0:40]
        x1, x2 = 0.25 + 0.5 * columns, -4.75 + 0.5 * rows
        exact = np.exp(-((x1 - 10) ** 2 + x2**2) / (2 * (1 + sigma**2)))
        np.testing.assert_allclose(field.density[level], exact / exact.max(), rtol=1e-5, atol=1e-12)


def test_score_is_the_gradient_of_the_log_density() -> None:
    model = catalogue.named("ring").build()
    field = compute(request("ring", (0.05, 0.4), (-1.5, 1.5), (-1.5, 1.5), arrows=7), model)
    assert field.positions is not None
    assert field.vectors is not None
    for level, sigma in enumerate((0.05, 0.4)):
        x = torch.from_numpy(field.positions[level]).requires_grad_()
        with torch.enable_grad():
            (score,) = torch.autograd.grad(model.log_density(x, sigma).sum(), x)  # type: ignore[attr-defined]
        np.testing.assert_allclose(field.vectors[level], score.numpy(), rtol=1e-8, atol=1e-8)


def test_cells_are_square_where_the_axes_differ_in_length() -> None:
    model = catalogue.named("ring").build()
    field = compute(request("ring", (1.0,), (-4, 4), (-1, 1), resolution=32, arrows=8), model)
    assert field.density is not None
    assert field.positions is not None
    assert field.density.shape == (1, 8, 32)
    assert field.positions.shape == (1, 16, 2)
    assert np.ptp(field.positions[0], axis=0).tolist() == [7.0, 1.0]


def test_scaled_bounds_make_the_prior_a_standard_normal() -> None:
    model = catalogue.named("mixture-1d").build()
    field = compute(request("mixture-1d", (500.0, 0.0), (-4, 4), resolution=64, scaled=True), model)
    assert field.density is not None
    y = -4 + (np.arange(64) + 0.5) / 8
    np.testing.assert_allclose(field.density[0], np.exp((y[32] ** 2 - y**2) / 2), atol=5e-3)
    assert y[field.density[1].argmax()] == pytest.approx(1.5, abs=0.1)  # at sigma 0 the data's own axis


def test_sigma_0_gives_finite_fields() -> None:
    model = catalogue.named("ring").build()
    field = compute(request("ring", (0.0,), (-1.5, 1.5), (-1.5, 1.5), resolution=16, arrows=5), model)
    assert field.density is not None
    assert field.vectors is not None
    assert np.isfinite(field.density).all()
    assert np.isfinite(field.vectors).all()
    assert field.modes is not None
    assert field.modes.shape == (10, 2)


def test_a_model_without_a_density_gives_arrows_alone() -> None:
    known = catalogue.named("ring").build()

    class Learned:
        log_density = None

        def __getattr__(self, name: str) -> object:
            if name == "modes":
                raise AttributeError(name)
            return getattr(known, name)

    field = compute(request("ring", (1.0,), (-2, 2), (-2, 2), arrows=4), Learned())  # type: ignore[arg-type]
    assert field.density is None
    assert field.modes is None
    assert field.vectors is not None


@pytest.mark.parametrize("bounds", [((-1, 1),), ((-1, 1), (-1, 1), (-1, 1))])
def test_another_models_field_is_refused(bounds: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(InputError, match="draw it again"):
        compute(request("ring", (1.0,), *bounds), catalogue.named("ring").build())
    with pytest.raises(InputError, match="symmetric-2d is not"):
        compute(request("ring", (1.0,), (-1, 1), (-1, 1)), catalogue.named("symmetric-2d").build())


def test_levels_between_keep_the_schedule_and_fall_evenly_in_log_sigma() -> None:
    fine = between([80.0, 5.0, 1.0, 0.0], 4)
    assert fine[::4] == (80.0, 5.0, 1.0, 0.0)
    assert fine[2] == pytest.approx(20.0)
    assert all(high > low for high, low in pairwise(fine))


def test_difference_covers_the_particles_both_have() -> None:
    a, b = np.zeros((3, 2)), np.ones((5, 2))
    np.testing.assert_array_equal(difference(b, a), np.ones((3, 2)))
    with pytest.raises(InputError, match="A has 3 values a particle and B has 2"):
        difference(b, np.zeros((3, 3)))


def test_requests_are_made_without_torch() -> None:
    code = "import sys, engine.analysis.field, engine.analysis.compare; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
