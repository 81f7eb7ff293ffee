"""The network for points in a few dimensions: hidden layers with LeakyReLU, the noise level as further inputs.

Built by `models.learned` from `networks.MLPSettings`.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from engine.models.networks import MLPSettings
from engine.models.unet import sinusoids

_WAVES = 32


class MLP(nn.Module):
    """F(x, c_noise): x [N, d_in] and c_noise [N] to [N, d_out]."""

    def __init__(self, settings: MLPSettings, size_in: int, size_out: int) -> None:
        super().__init__()
        sizes = [size_in + _WAVES, *[settings.width] * settings.layers]
        hidden = [(nn.Linear(*pair), nn.LeakyReLU(0.01)) for pair in itertools.pairwise(sizes)]
        self.layers = nn.Sequential(*itertools.chain(*hidden), nn.Linear(sizes[-1], size_out))

    def forward(self, x: Tensor, c_noise: Tensor) -> Tensor:
        """See the class."""
        out: Tensor = self.layers(torch.cat([x, sinusoids(c_noise, _WAVES)], dim=1))
        return out
