"""An exact model of a digit that jumps to one of eight places, and made-up tables of `directions` and `high-noise`."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from engine.data import moving
from engine.experiments.directions_cells import Place
from engine.experiments.experiment import Cell, Measured, Row
from engine.models.catalogue import named
from engine.run import ModelReference, Run
from tests.engine.tiny import TinyMixture

PLACES = ("model", "ρ", "kernel", "bandwidth", "S_churn", "k_PG")


class EightPlaces(TinyMixture):
    """The posterior mean over the eight places of the digit given, each as likely."""

    data_shape: tuple[int, ...] = (1, 32, 32)
    cond_shape: tuple[int, ...] | None = (1, 32, 32)

    def __init__(self, reference: ModelReference | None = None) -> None:
        super().__init__(block=16)
        self.reference = reference or named("circle").reference

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        assert cond is not None
        moved = torch.stack([cond.roll(tuple(place), (2, 3)) for place in moving.CIRCLE.tolist()], 1).to(x.dtype)
        level = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1)
        weight = (-(x[:, None] - moved).square().flatten(2).sum(2) / (2 * level**2)).softmax(1)
        return (weight[:, :, None, None, None] * moved).sum(1)


class Black(EightPlaces):
    """It draws nothing at all."""

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        return torch.full_like(x, -1)


def load(reference: ModelReference) -> Any:
    """The exact model in the place of any."""
    return EightPlaces(reference)


def black(reference: ModelReference) -> Any:
    """The one that draws nothing in the place of any."""
    return Black(reference)


def made_up(directions: Sequence[float], score: float, ink: float = 1.0) -> Measured:
    """A measurement with these directions in its batches, all particles of the same Q."""
    count = len(directions)
    values = {
        "directions": statistics.fmean(directions),
        "directions error": statistics.stdev(directions) / math.sqrt(count),
        "readable directions": statistics.fmean(directions) / 2,
        "Q": score,
        "Q error": 0.01,
        "readable": 0.5,
        "ink": ink,
    }
    return Measured(values, None, {"directions": tuple(directions), "Q": (score,) * count})


def batches(mean: float, count: int = 10) -> list[float]:
    """Directions in so many batches, which rise and fall by one about `mean`."""
    return [mean + (1 if n % 2 else -1) for n in range(count)]


def table(contents: Mapping[Place, Measured | None]) -> list[Row]:
    """Rows of these places, None being still to come."""
    run = Run(model=named("circle").reference)
    return [
        Row(f"key {place}", Cell(run, dict(zip(PLACES, place, strict=True))), measured)
        for place, measured in contents.items()
    ]


def grid(
    content: Callable[[Place], Measured | None],
    *,
    models: Sequence[tuple[str, float]] = (("circle", 7.0),),
    churns: Sequence[float] = (0.0, 1.0),
    strengths: Sequence[float] = (1.0, 10.0),
) -> list[Row]:
    """Rows of what `content` makes up, for RBF and IoU at the median."""
    found: list[Place] = []
    for model, rho in models:
        found += [(model, rho, None, None, churn, 0.0) for churn in churns]
        for kernel in ("rbf", "iou"):
            found += [(model, rho, kernel, "median", churn, k_pg) for churn in churns for k_pg in strengths]
    return table({place: content(place) for place in found})
