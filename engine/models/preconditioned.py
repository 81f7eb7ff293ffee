"""Learned denoisers: a network with Karras et al.'s preconditioning around it, and the data's mean taken off before.

Made by checkpoints and by training.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.checkpoints import configure, content_hash
from engine.denoiser import per_particle
from engine.models.mlp import MLP
from engine.models.networks import LearnedSettings, MLPSettings
from engine.models.unet import UNet
from engine.run import ModelReference

BLOCK = 10
"""Particles evaluated at once: on two cores a U-Net spends 2.2 ms on each of 10, 1.9 ms on each of 16 or 64."""


def build(settings: LearnedSettings) -> nn.Module:
    """A fresh network for `settings`, its weights drawn from torch's global generator."""
    channels = settings.data_shape[0]
    frames = settings.cond_shape[0] if settings.cond_shape else 0
    if isinstance(settings.network, MLPSettings):
        return MLP(settings.network, channels + frames, channels)
    return UNet(settings.network, (channels + frames, *settings.data_shape[1:]), channels)


def shapes(settings: LearnedSettings) -> dict[str, tuple[int, ...]]:
    """The shape of each weight of such a network, by name; no memory is taken for them."""
    with torch.device("meta"):
        return {name: tuple(weight.shape) for name, weight in build(settings).named_parameters()}


class Preconditioned:
    """D(x; sigma) = mean + c_skip (x - mean) + c_out F([c_in (x - mean), condition]; c_noise): a Denoiser.

    Karras et al. 2022, table 1 and equation 7; that design assumes data of mean 0, so the mean is taken off, and the
    condition is brought to mean 0 and standard deviation 1 likewise. F starts at zero, so D starts as the best linear
    denoiser.
    """

    def __init__(self, settings: LearnedSettings, network: nn.Module, label: str = "model") -> None:
        """`network` is as `build` makes it; it is used as it is, not copied. `reference` is of its present weights."""
        self.kind: str = settings.network.kind
        self.settings = settings
        self.network = network
        self.data_shape: tuple[int, ...] = settings.data_shape
        self.cond_shape: tuple[int, ...] | None = settings.cond_shape
        self.sigma_min, self.sigma_max = settings.sigma_min, settings.sigma_max
        self.sigma_data = settings.sigma_data
        self.block = BLOCK
        self.dtype = torch.float32
        self._copies: dict[tuple[torch.dtype, torch.device], nn.Module] = {}
        content = configure(self.kind, label, self.data_shape, **self.own).content
        self.reference = ModelReference(label=label, sha256=content_hash(content, self.arrays))

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

    @classmethod
    def of(cls, settings: LearnedSettings, arrays: Mapping[str, np.ndarray], label: str) -> Preconditioned:
        """The model with these weights, named and shaped as `shapes` says; their precision may be less than float32."""
        with torch.device("meta"):
            network = build(settings)
        weights = {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
        network.load_state_dict(weights, assign=True)
        return cls(settings, network.requires_grad_(False), label)

    def snapshot(self, label: str) -> Preconditioned:
        """The model as it is now, with weights of its own, rounded to float16 so that it is kept at half the size."""
        arrays = {name: weight.detach().half().cpu().numpy() for name, weight in self.network.named_parameters()}
        return Preconditioned.of(self.settings, arrays, label)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The weights by name: float16 if all of them are float16's values, as a `snapshot`'s are, else float32."""
        weights = {name: weight.detach().cpu().float() for name, weight in self.network.named_parameters()}
        halves = {name: weight.half() for name, weight in weights.items()}
        exact = all(torch.equal(halves[name].float(), weight) for name, weight in weights.items())
        return {name: weight.numpy() for name, weight in (halves if exact else weights).items()}

    @property
    def own(self) -> dict[str, Any]:
        """What a checkpoint's JSON says of this kind of model alone."""
        return self.settings.model_dump(mode="json", include=set(LearnedSettings.model_fields) - {"data_shape"})

    @cached_property
    def _mean(self) -> Tensor:
        mean = torch.tensor(self.settings.mean, dtype=torch.float64)
        return mean.reshape(-1, *[1] * (len(self.data_shape) - 1))

    def _network(self, x: Tensor) -> nn.Module:
        """The network in the precision and on the device of x."""
        own = next(self.network.parameters())
        if (own.dtype, own.device) == (x.dtype, x.device):
            return self.network
        key = (x.dtype, x.device)
        if key not in self._copies:
            self._copies[key] = copy.deepcopy(self.network).to(x)
        return self._copies[key]
