"""Fields: the density and the score of a model in 1-D or 2-D on a grid, for the window's plane and line views.

Asked for by the views as a `FieldRequest`, computed on the worker by `compute`. No torch at import.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import InputError
from engine.run import ModelReference

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models import Model

CHUNK = 8192
"""Points whose density is evaluated at once."""

SMALLEST = 1e-3
"""Share of sigma_data below which the noise makes no visible difference; levels are raised to it, sigma 0 too."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class FieldRequest:
    """Which field: a model at noise levels `sigmas`, inside `bounds`, a pair (low, high) for each axis of the data.

    The longer axis gets `resolution` cells for the density and `arrows` for the score (0: no score), the other one
    as many of the same size. `scaled`: the bounds are those of x / sqrt(1 + sigma^2), the variance-preserving
    coordinate, so that they suit every level.
    """

    reference: ModelReference
    sigmas: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]
    resolution: int = 128
    arrows: int = 0
    scaled: bool = False


@dataclass(frozen=True)
class Field:
    """The answer to `request`, for L levels and D axes.

    `density` [L, cells of x1] (D = 1) or [L, cells of x2, cells of x1] is relative to each level's highest, in [0, 1];
    None if the model's density is not known. `positions` [L, M, D] and `vectors`, the score (D(x) - x) / sigma^2
    there, are None without arrows. `modes` [K, D] are the model's centres, None if unknown.
    """

    request: FieldRequest
    density: Array | None
    positions: Array | None
    vectors: Array | None
    modes: Array | None


def compute(request: FieldRequest, model: Model) -> Field:
    """The field of `model` on the cells' centres, in float64. Raises `InputError` if the request does not suit it."""
    axes = len(request.bounds)
    if model.reference != request.reference or model.data_shape != (axes,) or axes not in (1, 2):
        raise InputError(f"{model.reference.label} is not the {axes}-D model whose field was asked for: draw it again.")
    log_density = getattr(model, "log_density", None)
    modes = getattr(model, "modes", None)
    levels = np.array([max(sigma, model.sigma_min, SMALLEST * model.sigma_data) for sigma in request.sigmas])
    scales = np.hypot(1.0, request.sigmas) if request.scaled else np.ones(len(levels))
    density = positions = vectors = None
    if log_density is not None:
        cells, shape = _centres(request.bounds, request.resolution)
        density = _relative(log_density, scales[:, None, None] * cells, levels).reshape(-1, *shape)
    if request.arrows:
        cells, _ = _centres(request.bounds, request.arrows)
        positions = scales[:, None, None] * cells
        vectors = _score(model, positions, levels)
    return Field(request, density, positions, vectors, None if modes is None else modes.cpu().numpy())


def between(sigmas: list[float], parts: int) -> tuple[float, ...]:
    """The levels with `parts` - 1 more put between every two, evenly in log sigma (evenly in sigma where one is 0)."""
    fine: list[float] = []
    for high, low in itertools.pairwise(sigmas):
        ratios = [part / parts for part in range(parts)]
        fine += [high * (low / high) ** r if low > 0 < high else high + (low - high) * r for r in ratios]
    return (*fine, sigmas[-1])


def _centres(bounds: tuple[tuple[float, float], ...], count: int) -> tuple[Array, tuple[int, ...]]:
    """Centres of cells [M, D], `count` along the longest axis, the first axis fastest; how many an axis, last first."""
    longest = max(high - low for low, high in bounds)
    counts = [max(1, round(count * (high - low) / longest)) for low, high in bounds]
    axes = [low + (high - low) * (np.arange(n) + 0.5) / n for (low, high), n in zip(bounds, counts, strict=True)]
    return np.stack([grid.ravel() for grid in np.meshgrid(*axes)], axis=-1), tuple(reversed(counts))


def _relative(log_density: Any, x: Array, levels: Array) -> Array:
    """The density at x [L, M, D], at level l over its highest there: [L, M] float32."""
    import torch

    parts = zip(*(torch.split(part, CHUNK) for part in _flat(x, levels)), strict=True)
    logs = torch.cat([log_density(part, sigma) for part, sigma in parts]).reshape(len(levels), -1)
    density: Array = (logs - logs.amax(1, keepdim=True)).exp().float().cpu().numpy()
    return density


def _score(model: Model, x: Array, levels: Array) -> Array:
    """The score (D - x) / sigma^2 at x [L, M, D], by Tweedie's formula: [L, M, D] float64."""
    import torch

    from engine.denoiser import in_blocks

    points, sigmas = _flat(x, levels)
    denoised = in_blocks(model, model.block, torch.float64)(points, sigmas)
    score: Array = ((denoised - points) / sigmas[:, None] ** 2).reshape(x.shape).cpu().numpy()
    return score


def _flat(x: Array, levels: Array) -> tuple[Tensor, Tensor]:
    """x [L, M, D] as points [L M, D] on the model's device, each with its level [L M]."""
    import torch

    from engine.resources import device

    points = torch.from_numpy(x.reshape(-1, x.shape[-1])).to(device())
    return points, torch.from_numpy(levels).to(points.device).repeat_interleave(x.shape[1])
