"""Learned denoisers with Karras et al.'s preconditioning, and the data's mean taken off before.

Made by checkpoints and by training.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor, nn

from engine.denoiser import per_particle
from engine.models.learned import Learned
from engine.models.networks import LearnedSettings, PreconditionedSettings


class Preconditioned(Learned):
    """D(x; sigma) = mean + c_skip (x - mean) + c_out F([c_in (x - mean), condition]; c_noise): a Denoiser.

    Karras et al. 2022, table 1 and equation 7; that design assumes data of mean 0, so the mean is taken off, and the
    condition is brought to mean 0 and standard deviation 1 likewise. F starts at zero, so D starts as the best linear
    denoiser. Its `kind` is that of its network.
    """

    Settings: ClassVar[type[LearnedSettings]] = PreconditionedSettings
    settings: PreconditionedSettings

    def __init__(
        self,
        settings: PreconditionedSettings,
        network: nn.Module,
        label: str = "model",
        examples: Tensor | None = None,
    ) -> None:
        """As `Learned`."""
        self.kind = settings.network.kind
        self.sigma_min, self.sigma_max = settings.sigma_min, settings.sigma_max
        super().__init__(settings, network, label, examples)

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """x0 [N, *data_shape] in the precision and on the device of x; sigma is a positive float or [N], cond
        [N, *cond_shape].
        """
        level = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).expand(len(x))
        total = level.square() + self.sigma_data**2
        c_skip = per_particle(self.sigma_data**2 / total, x)
        c_out = per_particle(level * self.sigma_data * total.rsqrt(), x)
        c_in = per_particle(total.rsqrt(), x)
        mean = self._mean.to(x)
        centred = x - mean
        inputs = c_in * centred
        if cond is not None:
            frames = cond.to(x) - mean.repeat(cond.shape[1] // len(mean), *[1] * (mean.dim() - 1))
            inputs = torch.cat([inputs, frames / self.sigma_data], dim=1)
        out: Tensor = self._network(x)(inputs, level.log() / 4)
        return mean + c_skip * centred + c_out * out.to(x.dtype)

    @cached_property
    def _mean(self) -> Tensor:
        mean = torch.tensor(self.settings.mean, dtype=torch.float64)
        return mean.reshape(-1, *[1] * (len(self.data_shape) - 1))
