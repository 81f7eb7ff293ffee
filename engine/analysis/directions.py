"""Where a moved digit is and how well it was kept (A6): ink, centroids, its direction and place, the quality score Q.

Used by quality measures and experiments. Places and moves are (rows down, columns right) in pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.analysis import otsu

STILL = 0.5
"""Pixels of a move below which its direction is that of noise."""


def ink(pictures: Tensor) -> Tensor:
    """Pictures [N, 1, H, W] in [-1, 1], values beyond cut, as ink [N, H, W] from 0 to 1, float64.

    What is up to a picture's own Otsu threshold is no ink.
    """
    return otsu.masked((pictures.detach().double().clamp(-1, 1) + 1) / 2).squeeze(1)


def centroids(ink: Tensor) -> Tensor:
    """The centres of mass of ink [N, H, W] from the middle of the frame, [N, 2]; NaN where there is none (eq 4.2)."""
    sums = [ink.sum(dim=3 - axis) @ _from_middle(ink.shape[axis], ink) for axis in (1, 2)]
    return torch.stack(sums, dim=1) / ink.sum(dim=(1, 2))[:, None]


def moves(before: Tensor, after: Tensor) -> Tensor:
    """How far the centroid of ink went from one picture to the next, v of eq 4.3: [N, 2]; NaN where there is none."""
    return centroids(after) - centroids(before)


def assigned(moves: Tensor, directions: Tensor) -> Tensor:
    """The direction [K, 2], not 0, that each move [N, 2] goes most along, by cosine similarity, as its number [N]
    (eq 4.4); -1 for a move of less than `STILL` pixels and where there is none.
    """
    along = torch.nn.functional.normalize(directions.to(moves))
    # Two products and a sum, whose bits do not depend on N.
    nearest = (moves[:, :1] * along[:, 0] + moves[:, 1:] * along[:, 1]).argmax(dim=1)
    return torch.where(moves.norm(dim=1) >= STILL, nearest, -1)


def landed(moves: Tensor, places: Tensor, within: float) -> Tensor:
    """The place [K, 2] that each move [N, 2] leads to, `within` pixels, as its number [N]; -1 where there is none."""
    away, nearest = torch.cdist(moves, places.to(moves)).min(dim=1)
    return torch.where(away <= within, nearest, -1)


def quality(before: Tensor, after: Tensor) -> Tensor:
    """Q of each pair of ink [N, H, W], 0 for the same digit: [N], A. "Quality score", eq 4.5, made right.

    The sum over pixels of (before(i, j) - after(i + v1, j + v2))^2 with v the move of the centroid, not its place,
    values between pixels linear, outside the frame 0. An empty picture has no centroid: it stays where it is, so that
    Q is the whole of `before`, about 24 for MNIST's digits.
    """
    move = moves(before, after).nan_to_num()
    height, width = after.shape[1:]
    theta = torch.eye(2, 3, dtype=after.dtype, device=after.device).repeat(len(after), 1, 1)
    theta[:, 0, 2], theta[:, 1, 2] = 2 * move[:, 1] / width, 2 * move[:, 0] / height
    grid = torch.nn.functional.affine_grid(theta, [len(after), 1, height, width], align_corners=False)
    back = torch.nn.functional.grid_sample(after[:, None], grid, align_corners=False)[:, 0]
    return (before - back).square().sum(dim=(1, 2))


def _from_middle(size: int, like: Tensor) -> Tensor:
    return torch.arange(size, dtype=like.dtype, device=like.device) - (size - 1) / 2
