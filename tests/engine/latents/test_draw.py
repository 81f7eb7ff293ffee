"""Seeded latents: unit variance, and particle p the same whatever is drawn beside it."""
# spec: L1

from __future__ import annotations

import math

import pytest
import torch

from engine.execute import execute
from engine.latents.draw import draw
from engine.latents.measure import scale
from engine.models import load
from engine.noise import LATENT, Noise
from engine.run import Run

CPU = torch.device("cpu")


def test_latents_are_the_noise_of_step_minus_one() -> None:
    latents = draw(Noise(3), 6, (1, 4, 4), torch.float64, CPU)
    assert latents.shape == (6, 1, 4, 4)
    assert torch.equal(latents, Noise(3)(LATENT, latents))


def test_a_particle_does_not_depend_on_the_count() -> None:
    few, many = (draw(Noise(3), count, (2,), torch.float64, CPU) for count in (10, 500))
    assert torch.equal(many[:10], few)
    assert not torch.equal(draw(Noise(4), 10, (2,), torch.float64, CPU), few)


def test_latents_have_unit_variance_and_the_precision_asked_for() -> None:
    latents = draw(Noise(3), 1000, (3, 4, 4), torch.float32, CPU)
    assert latents.dtype == torch.float32
    assert abs(latents.std().item() - 1) < 0.01
    assert abs(latents.mean().item()) < 0.02


def test_a_discrete_model_starts_at_unit_variance_in_its_own_coordinates() -> None:
    """spec: S7: x_vp = x / sqrt(1 + sigma^2) is n itself, and the run says so."""
    model = load("symmetric-2d-ddpm")
    assert model.levels is not None
    run = Run(model=model.reference).replace(latents={"count": 3}, schedule={"name": "ddpm", "steps": 2})
    first = next(execute(run, model))
    n = draw(Noise(0), 3, (2,), torch.float64, CPU)
    assert first.sigma == model.levels[-1].item()
    torch.testing.assert_close(first.x / math.sqrt(1 + first.sigma**2), n, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(("sigma", "preserving", "expected"), [(3.0, False, 3.0), (0.75, True, 1.25), (1e9, True, 1e9)])
def test_scale(sigma: float, preserving: bool, expected: float) -> None:
    assert scale(sigma, preserving=preserving) == expected
