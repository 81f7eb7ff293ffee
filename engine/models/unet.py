"""The U-Net for pictures: residual blocks on a few levels, skips across, the noise level as a further input.

Built by `models.learned` from `networks.UNetSettings`. After Ho et al. 2020 ("Denoising diffusion probabilistic
models", appendix B) with a stem that turns squares of pixels into channels, which makes it fast on a CPU.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.networks import UNetSettings

GROUP = 8
"""Channels that are normalised together."""

_SLOWEST, _FASTEST = 0.5, 32.0  # angular frequencies of the noise embedding, for c_noise in about [-2, 2]


class UNet(nn.Module):
    """F(x, c_noise): x [N, c_in, H, W] and c_noise [N] to [N, c_out, H, W]."""

    def __init__(self, settings: UNetSettings, shape_in: tuple[int, ...], channels_out: int) -> None:
        """`shape_in` is (channels, H, W) of the input, conditional frames included."""
        super().__init__()
        self.patch = settings.patch
        widths = [settings.channels * multiplier for multiplier in settings.multipliers]
        rows = [shape_in[1] // (settings.patch * 2**level) for level in range(len(widths))]
        self.embedding = NoiseEmbedding(settings.channels, 2 * settings.channels)

        def block(level: int, width_in: int) -> Block:
            attends = rows[level] in settings.attention
            return Block(width_in, widths[level], 2 * settings.channels, attends)

        self.stem = nn.Conv2d(shape_in[0] * settings.patch**2, widths[0], 3, padding=1)
        self.levels = [level for level, count in enumerate(settings.blocks) for _ in range(count)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        width, skips = widths[0], []
        for level in self.levels:
            self.down.append(block(level, width))
            width = widths[level]
            skips.append(width)
        for level in reversed(self.levels):
            self.up.append(block(level, width + skips.pop()))
            width = widths[level]
        self.norm = nn.GroupNorm(width // GROUP, width)
        self.head = zeroed(nn.Conv2d(width, channels_out * settings.patch**2, 3, padding=1))

    def forward(self, x: Tensor, c_noise: Tensor) -> Tensor:
        """See the class."""
        embedding = self.embedding(c_noise)
        h = self.stem(functional.pixel_unshuffle(x, self.patch))
        skips, at = [], 0
        for level, block in zip(self.levels, self.down, strict=True):
            if level > at:
                h, at = functional.avg_pool2d(h, 2), level
            h = block(h, embedding)
            skips.append(h)
        for level, block in zip(reversed(self.levels), self.up, strict=True):
            if level < at:
                h, at = functional.interpolate(h, scale_factor=2.0), level
            h = block(torch.cat([h, skips.pop()], dim=1), embedding)
        out: Tensor = self.head(functional.silu(self.norm(h)))
        return functional.pixel_shuffle(out, self.patch)


class NoiseEmbedding(nn.Module):
    """c_noise [N] as sines and cosines, through one hidden layer: [N, width]."""

    def __init__(self, waves: int, width: int) -> None:
        super().__init__()
        self.waves = waves
        self.layers = nn.Sequential(nn.Linear(waves, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())

    def forward(self, c_noise: Tensor) -> Tensor:
        """See the class."""
        out: Tensor = self.layers(sinusoids(c_noise, self.waves))
        return out


def sinusoids(c_noise: Tensor, count: int) -> Tensor:
    """Cosines and sines of c_noise [N], `count` (even) in all, frequencies evenly apart on a log axis: [N, count]."""
    ratios = torch.linspace(0, 1, count // 2, dtype=c_noise.dtype, device=c_noise.device)
    angles = c_noise[:, None] * _SLOWEST * (_FASTEST / _SLOWEST) ** ratios
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class Block(nn.Module):
    """x + f(x, embedding), f two convolutions; the last one starts at zero, so that the block starts as a skip."""

    def __init__(self, width_in: int, width: int, embedding: int, attends: bool) -> None:
        super().__init__()
        self.skip = nn.Identity() if width_in == width else nn.Conv2d(width_in, width, 1)
        self.norm1 = nn.GroupNorm(width // GROUP, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.shift = nn.Linear(embedding, width)
        self.norm2 = nn.GroupNorm(width // GROUP, width)
        self.conv2 = zeroed(nn.Conv2d(width, width, 3, padding=1))
        self.attention = Attention(width) if attends else nn.Identity()

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """x [N, width_in, h, w] to [N, width, h, w]."""
        x = self.skip(x)
        h = self.conv1(functional.silu(self.norm1(x))) + self.shift(embedding)[:, :, None, None]
        h = self.conv2(functional.silu(self.norm2(h)))
        out: Tensor = self.attention(x + h)
        return out


class Attention(nn.Module):
    """x + what each place gathers from all places, one head for every 32 channels or so."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = math.gcd(width, max(1, width // 32))
        self.norm = nn.GroupNorm(width // GROUP, width)
        self.inputs = nn.Conv2d(width, 3 * width, 1)
        self.output = zeroed(nn.Conv2d(width, width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """[N, width, h, w] to the same."""
        parts = self.inputs(self.norm(x)).reshape(len(x), 3, self.heads, -1, x[0, 0].numel()).transpose(-1, -2)
        gathered = functional.scaled_dot_product_attention(parts[:, 0], parts[:, 1], parts[:, 2])
        out: Tensor = x + self.output(gathered.transpose(-1, -2).reshape(x.shape))
        return out


def zeroed(layer: nn.Conv2d) -> nn.Conv2d:
    """`layer` with all its weights 0."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
