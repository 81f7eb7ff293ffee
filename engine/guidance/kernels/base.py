"""What every kernel of particle guidance is: a similarity exp(-distance / h) of particles, and its gradient."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

Bandwidth = float | Tensor
"""h > 0, one for all groups or one a group [G]."""


class Kernel(Protocol):
    """k(x_i, x_j) = exp(-distance(x_i, x_j) / h) inside each of G groups of B particles, x [G, B, ...].

    Values are taken as given: nothing is mapped or scaled here. All results have the precision of x; those of a group
    do not depend, to the bit, on the groups beside it. `symbol` is what `distance` measures, for an axis: "‖x − y‖²".
    """

    symbol: str

    def distance(self, x: Tensor) -> Tensor:
        """[G, B, B], at least 0 and 0 on the diagonal; differentiable, as `value` is."""
        ...

    def value(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """k(x_i, x_j) [G, B, B], 1 on the diagonal."""
        ...

    def gradient(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """With respect to x_b, of the sum over j != b of k(x_b, x_j): shaped as x, in closed form, finite for finite x.

        The bandwidth counts as constant, and so does what a kernel takes from the whole group, such as a covariance.
        """
        ...
