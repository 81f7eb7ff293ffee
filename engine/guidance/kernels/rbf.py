"""The RBF kernel exp(-||x - y||^2 / h): J. Kleutgens's thesis on particle guidance, equations 2.12 to 2.14."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.guidance.kernels.base import Bandwidth


def _h(bandwidth: Bandwidth, like: Tensor) -> Tensor:
    return torch.as_tensor(bandwidth, dtype=like.dtype, device=like.device).reshape(-1, 1, 1)


class RBF:
    """See the module."""

    symbol = "‖x − y‖²"

    def distance(self, x: Tensor) -> Tensor:
        """See `Kernel.distance`."""
        flat = x.flatten(2)
        return (flat[:, :, None] - flat[:, None]).square().sum(3)

    def value(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """See `Kernel.value`."""
        return (-self.distance(x) / _h(bandwidth, x)).exp()

    def gradient(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """See `Kernel.gradient`."""
        flat, weight = x.flatten(2), self.value(x, bandwidth) * (-2 / _h(bandwidth, x))
        return (weight.sum(2, keepdim=True) * flat - weight @ flat).reshape(x.shape)


class IoU:
    """exp(-(1 - IoU) / h)."""

    symbol = "1 − IoU"

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        flat = x.flatten(2)
        low = torch.minimum(flat[:, :, None], flat[:, None]).sum(3)
        high = torch.maximum(flat[:, :, None], flat[:, None]).sum(3)
        return low, high

    def distance(self, x: Tensor) -> Tensor:
        """See `Kernel.distance`."""
        low, high = self._parts(x)
        return torch.where(high > 0, 1 - low / high.clamp(min=1e-12), 0.0)

    def value(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """See `Kernel.value`."""
        return (-self.distance(x) / _h(bandwidth, x)).exp()

    def gradient(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """See `Kernel.gradient`."""
        flat = x.flatten(2)
        low, high = self._parts(x)
        high = high.clamp(min=1e-12)
        k = self.value(x, bandwidth) / _h(bandwidth, x)
        less = (flat[:, :, None] < flat[:, None]).to(x.dtype)
        more = (flat[:, :, None] > flat[:, None]).to(x.dtype)
        slope = (less * high[..., None] - more * low[..., None]) / high[..., None].square()
        return (k[..., None] * slope).sum(2).reshape(x.shape)


class Angular:
    """exp(-angle^2 / h)."""

    symbol = "Δθ²"

    def _turn(self, x: Tensor) -> Tensor:
        angle = torch.atan2(x[..., 1], x[..., 0])
        turn = angle[:, :, None] - angle[:, None]
        return torch.remainder(turn + torch.pi, 2 * torch.pi) - torch.pi

    def distance(self, x: Tensor) -> Tensor:
        """See `Kernel.distance`."""
        return self._turn(x).square()

    def value(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """See `Kernel.value`."""
        return (-self.distance(x) / _h(bandwidth, x)).exp()

    def gradient(self, x: Tensor, bandwidth: Bandwidth) -> Tensor:
        """See `Kernel.gradient`."""
        turned = (-2 / _h(bandwidth, x) * self._turn(x) * self.value(x, bandwidth)).sum(2)
        around = torch.stack([-x[..., 1], x[..., 0]], -1) / x.square().sum(-1, keepdim=True).clamp(min=1e-12)
        return turned[..., None] * around
