"""Seeded latents: unit variance, and particle p the same whatever is drawn beside it."""
# spec: L1

from __future__ import annotations

import torch

from engine.latents import draw
from engine.noise import LATENT, Noise

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
