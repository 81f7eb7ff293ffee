"""The kernel exp(-||x - y||_1 / h), which J. Kleutgens's thesis on particle guidance names (section 3)."""

from __future__ import annotations

from torch import Tensor

from engine.guidance.kernels.base import Kernel, distances, forces, groups_first, groups_last, shifted


class L1(Kernel):
    """See the module. Where two values are equal, the derivative is 0."""

    symbol = "‖x − y‖₁"

    def distance(self, x: Tensor) -> Tensor:
        """See `Kernel.distance`."""
        return distances(x, 1)

    def _gradient(self, x: Tensor, h: Tensor) -> Tensor:
        """-(1/h) sum_j sign(x_b - x_j) k."""
        weights = shifted(-self.value(x, h) / h[:, None, None])

        def act(apart: Tensor, shift: int) -> tuple[Tensor, None]:
            return apart.sign_().mul_(weights(shift)), None

        return groups_first(forces(groups_last(x), act), x)
