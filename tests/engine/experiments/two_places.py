"""Exact models of a digit at the centre that goes right with probability p, in place of the trained ones of `prior`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.data.moving import SPEED
from engine.errors import InputError
from engine.experiments.prior_cells import MODELS
from engine.models.catalogue import ModelInfo
from engine.run import ModelReference

SHAPE, GIVEN = (1, 32, 32), (3, 32, 32)


class TwoPlaces:
    """The posterior mean of the next frame: the last one moved by `SPEED` to the right, p, or to the left."""

    data_shape: tuple[int, ...] = SHAPE
    cond_shape: tuple[int, ...] | None = GIVEN
    levels: Tensor | None = None
    sigma_min, sigma_max, sigma_data = 0.0, math.inf, 0.3
    kind, block, dtype = "exact", 50, torch.float64

    def __init__(self, name: str) -> None:
        self.reference = reference(name)
        self.prior = MODELS[name]
        self.arrays: dict[str, np.ndarray] = {}
        self.own: dict[str, Any] = {}

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """See `Denoiser`."""
        assert cond is not None
        places = both(cond[:, -1:].to(x))
        squared = (x - places).square().flatten(2).sum(2)
        chances = x.new_tensor([self.prior, 1 - self.prior]).log()[:, None]
        level = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
        weights = (chances - squared / (2 * level**2)).softmax(0)
        return (weights[:, :, None, None, None] * places).sum(0)


def both(last: Tensor) -> Tensor:
    """The two next frames of the last ones [N, 1, 32, 32], right and left: [2, N, 1, 32, 32]."""
    return torch.stack([last.roll(SPEED, 3), last.roll(-SPEED, 3)])


def reference(name: str) -> ModelReference:
    """What a Run calls the model of that name."""
    return ModelReference(label=name, sha256=f"{int(100 * MODELS[name]):064d}")


def named(name: str) -> ModelInfo:
    """In place of `catalogue.named`."""
    if name not in MODELS:
        raise InputError(f"There is no model {name}.")
    return ModelInfo(name, name, SHAPE, "", "", "exact", reference(name), lambda: load(reference(name)))


def load(model: ModelReference) -> TwoPlaces:
    """The model that is called so."""
    return TwoPlaces(model.label)
