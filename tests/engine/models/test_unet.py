"""The U-Net: shapes, size, and what reaches what."""

from __future__ import annotations

import pytest
import torch

from engine.models.networks import UNetSettings
from engine.models.unet import UNet, sinusoids


def awake(settings: UNetSettings, shape_in: tuple[int, ...] = (1, 32, 32), channels_out: int = 1) -> UNet:
    """A network whose zero weights are drawn, too, so that everything in it acts."""
    torch.manual_seed(0)
    network = UNet(settings, shape_in, channels_out)
    for weight in network.parameters():
        if weight.dim() == 4 and not weight.any():
            torch.nn.init.normal_(weight, std=0.05)
    return network


# spec: T3, T4
@pytest.mark.parametrize(
    ("settings", "shape_in", "channels_out"),
    [
        (UNetSettings(channels=8), (1, 32, 32), 1),
        (UNetSettings(channels=8, patch=1, multipliers=(1, 2), blocks=(1, 2)), (4, 12, 8), 1),
        (UNetSettings(channels=16, patch=4, attention=(8, 2), multipliers=(1, 2, 3)), (3, 32, 64), 3),
    ],
)
def test_shapes(settings: UNetSettings, shape_in: tuple[int, ...], channels_out: int) -> None:
    assert settings.problem(shape_in) is None
    network = awake(settings, shape_in, channels_out)
    out = network(torch.randn(2, *shape_in), torch.randn(2))
    assert out.shape == (2, channels_out, *shape_in[1:])
    out.sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())


def test_the_default_fits_what_comes_with_the_program() -> None:
    assert 1.2e6 < sum(weight.numel() for weight in UNet(UNetSettings(), (1, 32, 32), 1).parameters()) < 2e6


def test_it_starts_at_zero_and_noise_level_and_far_pixels_matter() -> None:
    x, level = torch.randn(1, 1, 32, 32), torch.zeros(1)
    assert not UNet(UNetSettings(channels=8), (1, 32, 32), 1)(x, level).any()
    network = awake(UNetSettings(channels=8))
    out = network(x, level)
    assert not torch.allclose(network(x, level + 0.1), out)
    moved = x.clone()
    moved[..., 0, 0] += 1
    assert network(moved, level)[..., -1, -1] != out[..., -1, -1]


def test_sinusoids_tell_close_and_distant_levels_apart() -> None:
    levels = torch.linspace(-2, 2, 200)
    waves = sinusoids(levels, 32)
    assert waves.shape == (200, 32)
    distance = (waves[:, None] - waves).norm(dim=2) + 10 * torch.eye(200)
    assert distance.min() > 0.5
    assert waves[0].square().sum() == pytest.approx(16)
