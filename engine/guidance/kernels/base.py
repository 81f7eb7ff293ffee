"""What every kernel of particle guidance is, and what they share: distances and forces of each pair of a group.

`engine.guidance.kernels.KERNELS` holds the kernels. The bits of a group must not depend on the groups beside it, so
here all is element by element or group by group: a batched product may round each of its matrices in its own way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from engine.sums import total

Bandwidth = float | Tensor
"""h > 0, one for all groups or one a group [G]."""

Act = Callable[[Tensor, int], tuple[Tensor, Tensor | None]]
"""act(x_i - x_j, shift) tells the forces of pairs j = i + shift modulo B, all [n, m, G]: what acts on i and, with the
other sign, on j, and what acts on both alike, if anything does. It may overwrite what it is given.
"""

FEW = 16
"""Values of a particle up to which all groups are worked on at once."""

_CHUNK = 2**16  # values of the groups whose gradients are taken at once, few enough for a processor's cache


class Kernel(ABC):
    """k(x_i, x_j) = exp(-distance(x_i, x_j) / h) inside each of G groups of B particles, x [G, B, ...].

    Values are taken as given: nothing is mapped or scaled here. All results have the precision of x; those of a group
    do not depend, to the bit, on the groups beside it. `symbol` is what `distance` measures, for an axis: "‖x − y‖²".
    All raise `InputError` for particles of a shape that the kernel cannot compare.
    """

    symbol: str

    @abstractmethod
    def distance(self, x: Tensor) -> Tensor:
        """[G, B, B], at least 0 and 0 on the diagonal; differentiable, as `value` is."""

    def value(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """k(x_i, x_j) [G, B, B], 1 on the diagonal."""
        return (-self.distance(x) / bandwidths(bandwidth, x)[:, None, None]).exp()

    @torch.no_grad()
    def gradient(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """With respect to x_b, of the sum over j != b of k(x_b, x_j): shaped as x, in closed form, finite for finite x.

        The bandwidth counts as constant, and so does what a kernel takes from the whole group, such as a covariance.
        """
        h, size = bandwidths(bandwidth, x), max(1, _CHUNK // max(1, x[0].numel()))
        parts = zip(torch.split(x, size), torch.split(h, size), strict=True)
        return torch.cat([self._gradient(*part) for part in parts])

    @abstractmethod
    def _gradient(self, x: Tensor, h: Tensor) -> Tensor:
        """`gradient` of some of the groups, x [G, B, ...], with their bandwidths h [G]."""


def bandwidths(bandwidth: Bandwidth, x: Tensor) -> Tensor:
    """h [G] of the groups x [G, B, ...], in their precision."""
    return torch.as_tensor(bandwidth, dtype=x.dtype, device=x.device).expand(len(x))


def distances(x: Tensor, power: int) -> Tensor:
    """The sum of |x_i - x_j|^power, 1 or 2, over the values of the particles x [G, B, ...]: [G, B, B], without
    cancellation. Its derivative is 0 where two values are equal.
    """
    flat, b = x.flatten(2), x.shape[1]
    if flat.shape[2] <= FEW:
        return total((flat[:, :, None] - flat[:, None]).abs().pow(power).movedim(3, 0))
    pairs = torch.stack([torch.pdist(group, power) for group in flat])
    first, second = torch.triu_indices(b, b, 1, device=x.device)
    above = x.new_zeros(len(x), b, b).index_put(
        (torch.arange(len(x), device=x.device)[:, None], first, second), pairs if power == 1 else pairs.square()
    )
    return above + above.mT


def groups_last(x: Tensor) -> Tensor:
    """x [G, B, ...] as `forces` takes it: [B, d, G]."""
    return x.flatten(2).permute(1, 2, 0)


def groups_first(x: Tensor, like: Tensor) -> Tensor:
    """What `groups_last` was given, shaped like that."""
    return x.permute(2, 0, 1).reshape(like.shape)


def forces(x: Tensor, act: Act) -> Tensor:
    """The sum of the forces on each particle of x [B, m, G] from the others of its group, each pair being met once.

    Takes as much memory as x, not as all pairs.
    """
    b = len(x)
    around = torch.cat([x, x[: b // 2]])
    push, scratch = torch.zeros_like(around), torch.empty_like(around)
    for shift in range(1, b // 2 + 1):
        n = b if 2 * shift < b else shift
        first, second = push[:n], push[shift : shift + n]
        opposite, alike = act(torch.sub(around[:n], around[shift : shift + n], out=scratch[:n]), shift)
        first += opposite
        second -= opposite
        if alike is not None:
            first += alike
            second += alike
    push[: b // 2] += push[b:]
    return push[:b]


def shifted(weights: Tensor) -> Callable[[int], Tensor]:
    """What gives, of symmetric weights [G, B, B], those of the pairs that `forces` meets at a shift: [n, 1, G]."""
    b = weights.shape[1]
    around = torch.cat([weights, weights[:, :, : b // 2]], dim=2)
    return lambda shift: around.diagonal(shift, 1, 2).T[: b if 2 * shift < b else shift, None]
