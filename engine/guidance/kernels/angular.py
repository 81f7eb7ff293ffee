"""The kernel exp(-angle^2 / h) of the angle between two points of the plane, seen from the origin.

The radial distance of figure 6.3 in J. Kleutgens's thesis on particle guidance, after Corso et al. 2023: its force
turns a particle about the origin.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from engine.errors import InputError
from engine.guidance.kernels.base import Kernel, forces, groups_first


class Angular(Kernel):
    """See the module; for points [G, B, 2]. One at the origin has the angle 0, and nothing turns it."""

    symbol = "Δθ²"

    def distance(self, x: Tensor) -> Tensor:
        """See `Kernel.distance`; from 0 to pi^2."""
        turns = _turns(*_plane(x).unbind(2))
        return _shortest(turns[:, :, None] - turns[:, None]).square() * math.tau**2

    def _gradient(self, x: Tensor, h: Tensor) -> Tensor:
        """-(2/h) sum_j (angle of b - angle of j) k, times the gradient of b's angle, (-y, x) / r^2."""
        minus = -(math.tau**2) / h
        first, second = _plane(x).permute(2, 1, 0).contiguous()

        def act(apart: Tensor, _: int) -> tuple[Tensor, None]:
            apart = _shortest(apart)
            apart *= apart.square().mul_(minus).exp_()
            return apart, None

        turned = forces(_turns(first, second)[:, None], act)[:, 0].mul_(2 * minus / math.tau)
        turned /= _squared_radius(first, second)
        return groups_first(torch.stack([-second * turned, first * turned], dim=1), x)


def _plane(x: Tensor) -> Tensor:
    if x.shape[2:] != (2,):
        raise InputError(
            f"The angular kernel compares points of the plane, not particles of shape {list(x.shape[2:])}: choose "
            "another kernel or a model of the plane."
        )
    return x


def _squared_radius(first: Tensor, second: Tensor) -> Tensor:
    """r^2, infinite at the origin."""
    squared = first.square() + second.square()
    return squared.masked_fill_(squared < torch.finfo(squared.dtype).tiny, torch.inf)


def _turns(first: Tensor, second: Tensor) -> Tensor:
    """The angles of points with these coordinates, in turns from -1/2 to 1/2; at the origin a constant.

    By `atan` of the half angle, mirrored where x < 0: the last bits of `atan2` depend on a value's place in the tensor.
    """
    squared = first.square() + second.square()
    smallest = torch.finfo(squared.dtype).tiny
    height = second * (squared >= smallest).to(squared.dtype)
    side = torch.ones_like(first).copysign(first)
    half = (height / (squared.clamp(min=smallest).sqrt() + side * first)).contiguous().atan()
    return side * half / math.pi + (1 - side) * torch.full_like(second, 0.25).copysign(second)


def _shortest(turns: Tensor) -> Tensor:
    """The same turns as the shortest ones, from -1/2 to 1/2."""
    return turns - turns.round()
