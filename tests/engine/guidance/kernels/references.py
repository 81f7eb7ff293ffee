"""The kernels as their definitions stand, by broadcasting, in float64; and particles to try them on.

The first argument alone is differentiated: what the whole group gives, as Mahalanobis's covariance, is taken of the
second one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from engine.analysis import classifier
from engine.guidance.kernels import KERNELS

PLANE, SMALL, FRAMES = (2,), (1, 12, 12), (1, 32, 32)

SUITED = [
    *((name, PLANE) for name in KERNELS if name != "features"),
    *((name, FRAMES) for name in KERNELS if name not in ("angular", "mahalanobis")),
    ("mahalanobis", SMALL),
]
"""Every kernel with the shapes of the particles that it can compare; not larger ones where the definition inverts a
matrix of all values.
"""

KINDS = ("random", "identical", "far", "clusters", "empty")


def particles(kind: str, groups: int, size: int, shape: tuple[int, ...], dtype: torch.dtype = torch.float64) -> Tensor:
    """x [groups, size, *shape]: on [0, 1], all the same in a group, a thousand times as far apart, each second one
    where the first one is, far from the others and with values in common, or 0 for the most part.
    """
    x = torch.rand(groups, size, *shape, dtype=dtype, generator=torch.Generator().manual_seed(7))
    if kind == "identical":
        x = x[:, :1].expand_as(x).clone()
    elif kind == "far":
        x = 1000 * x
    elif kind == "clusters":
        x[:, ::2] = (x[:, :1] + 0.01 * x[:, ::2]).round(decimals=3) + 1000
    elif kind == "empty":
        x[:, : max(1, size // 2)] = 0
        x = x * (x > 0.3)
    return x


def autograd(name: str, x: Tensor, h: float) -> Tensor:
    """With respect to x_b, the sum over j != b of k(x_b, x_j), x [G, B, ...], by autograd of the definition."""
    moved = x.clone().requires_grad_()
    k = (-DISTANCES[name](moved.flatten(2), x.flatten(2)) / h).exp()
    others = ~torch.eye(x.shape[1], dtype=torch.bool)
    return torch.autograd.grad(k[:, others].sum(), moved)[0]


def scale(name: str, x: Tensor) -> float:
    """A bandwidth in the middle of the distances between random particles shaped like x."""
    random = particles("random", 1, 10, tuple(x.shape[2:]))
    return float(DISTANCES[name](random.flatten(2), random.flatten(2)).mean())


def _rbf(x: Tensor, y: Tensor) -> Tensor:
    return (x[:, :, None] - y[:, None]).square().sum(3)


def _iou(x: Tensor, y: Tensor) -> Tensor:
    """Equal values have the derivative 0; an empty union is an overlap of 1."""
    first, second = torch.broadcast_tensors(x[:, :, None], y[:, None])
    low = torch.where(first < second, first, second).sum(3)
    high = torch.where(first > second, first, second).sum(3)
    return torch.where(high > 0, 1 - low / torch.where(high > 0, high, 1), 0)


def _l1(x: Tensor, y: Tensor) -> Tensor:
    return (x[:, :, None] - y[:, None]).abs().sum(3)


def _mahalanobis(x: Tensor, y: Tensor) -> Tensor:
    apart = x[:, :, None] - y[:, None]
    inverses = [torch.cholesky_inverse(torch.linalg.cholesky(covariance(group))) for group in y]
    return torch.stack([((part @ inverse) * part).sum(2) for part, inverse in zip(apart, inverses, strict=True)])


def covariance(x: Tensor) -> Tensor:
    """Of particles [n, d]: [d, d], shrunk by equation 23 of Chen, Wiesel, Eldar and Hero 2010; I where it is 0."""
    n, d = x.shape
    away = x - x.mean(0)
    s = away.T @ away / n
    trace, both = s.trace(), (s @ s).trace()
    if trace < 1e-12:
        return torch.eye(d, dtype=x.dtype)
    rho = ((1 - 2 / d) * both + trace**2) / ((n + 1 - 2 / d) * (both - trace**2 / d))
    rho = rho.clamp(max=1)
    return (1 - rho) * s + rho * trace / d * torch.eye(d, dtype=x.dtype)


def _angular(x: Tensor, y: Tensor) -> Tensor:
    first, second = (
        torch.where((z == 0).all(2), torch.zeros((), dtype=z.dtype), torch.atan2(*_off_origin(z))) for z in (x, y)
    )
    turn = first[:, :, None] - second[:, None]
    return (torch.remainder(turn + math.pi, math.tau) - math.pi).square()


def _off_origin(z: Tensor) -> tuple[Tensor, Tensor]:
    away = torch.where((z == 0).all(2, keepdim=True), torch.ones_like(z), z)
    return away[..., 1], away[..., 0]


def _features(x: Tensor, y: Tensor) -> Tensor:
    read = classifier.load(dtype=torch.float64).features
    first, second = (torch.stack([read(group.unflatten(1, FRAMES)) for group in z]) for z in (x, y))
    return _rbf(first, second)


DISTANCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "rbf": _rbf,
    "iou": _iou,
    "l1": _l1,
    "mahalanobis": _mahalanobis,
    "angular": _angular,
    "features": _features,
}
"""name -> distance(x [G, B, d], y [G, B, d]): [G, B, B]."""
