"""The network for points."""

from __future__ import annotations

import torch

from engine.models.mlp import MLP
from engine.models.networks import MLPSettings


# spec: T3
def test_shapes_and_inputs() -> None:
    torch.manual_seed(0)
    network = MLP(MLPSettings(width=32, layers=3), 2, 2)
    assert sum(isinstance(layer, torch.nn.LeakyReLU) for layer in network.layers) == 3
    x, level = torch.randn(5, 2), torch.zeros(5)
    out = network(x, level)
    assert out.shape == (5, 2)
    assert not torch.allclose(network(x, level + 0.1), out)
    assert not torch.allclose(network(x + 0.1, level), out)
