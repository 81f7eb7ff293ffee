"""What learned denoisers have in common: a network with its settings, its identity, its copies in other precisions.

`preconditioned` and `variance_preserving` say how D follows from the network. Used by checkpoints and by training.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from engine.checkpoints import configure, content_hash
from engine.models.mlp import MLP
from engine.models.networks import EXAMPLES, LearnedSettings, MLPSettings
from engine.models.unet import UNet
from engine.run import ModelReference

BLOCKS = {"unet": 10, "mlp": 256, "UNet2DModel": 4}
"""Particles evaluated at once, by the kind of network. On two cores a U-Net spends 2.2 ms on each of 10, 1.9 ms on each
of 16 or 64; an MLP evaluates 256 in twice the time of 10."""


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


class Learned(ABC):
    """A network as a Denoiser. A subclass says which settings it has and, before this `__init__`, the rest below."""

    Settings: ClassVar[type[LearnedSettings]]
    kind: str
    sigma_min: float
    sigma_max: float
    levels: Tensor | None = None

    def __init__(self, settings: Any, network: nn.Module, label: str = "model", examples: Tensor | None = None) -> None:
        """`settings` are a subclass's `Settings`, `network` is as `build` makes it for them; it is used as it is, not
        copied. `examples` of the condition [K, *cond_shape], float32 on the CPU, are part of the model, which can then
        be drawn without its data. `reference` is of its present weights.
        """
        self.settings = settings
        self.network = network
        self.examples = examples
        self.data_shape: tuple[int, ...] = settings.data_shape
        self.cond_shape: tuple[int, ...] | None = settings.cond_shape
        self.sigma_data = settings.sigma_data
        self.block = BLOCKS[settings.network.kind]
        self.dtype = torch.float32
        self._copies: dict[tuple[torch.dtype, torch.device], nn.Module] = {}
        content = configure(self.kind, label, self.data_shape, **self.own).content
        self.reference = ModelReference(label=label, sha256=content_hash(content, self.arrays))

    @abstractmethod
    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """x0 [N, *data_shape] in the precision and on the device of x; sigma is a positive float or [N], cond
        [N, *cond_shape].
        """

    @classmethod
    def of(cls, settings: Any, arrays: Mapping[str, np.ndarray], label: str) -> Self:
        """The model with these weights, named and shaped as `shapes` says, and examples, if it has a condition; their
        precision may be less than float32.
        """
        with torch.device("meta"):
            network = build(settings)
        weights = {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
        examples = weights.pop(EXAMPLES, None)
        network.load_state_dict(weights, assign=True)
        return cls(settings, network.requires_grad_(False), label, examples)

    def snapshot(self, label: str) -> Self:
        """The model as it is now, with weights of its own, rounded to float16 so that it is kept at half the size."""
        arrays = {name: tensor.half().numpy() for name, tensor in self._tensors().items()}
        return self.of(self.settings, arrays, label)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The weights by name, and the examples: float16 if all are float16's values, as a `snapshot`'s are, else
        float32.
        """
        tensors = self._tensors()
        halves = {name: tensor.half() for name, tensor in tensors.items()}
        exact = all(torch.equal(halves[name].float(), tensor) for name, tensor in tensors.items())
        return {name: tensor.numpy() for name, tensor in (halves if exact else tensors).items()}

    @property
    def own(self) -> dict[str, Any]:
        """See `models.Model`."""
        fields = set(self.Settings.model_fields) - {"data_shape"}
        own: dict[str, Any] = self.settings.model_dump(mode="json", include=fields)
        return own

    def _tensors(self) -> dict[str, Tensor]:
        """All that a checkpoint stores, in float32 on the CPU; not always copies."""
        tensors = {name: weight.detach().cpu().float() for name, weight in self.network.named_parameters()}
        return tensors if self.examples is None else {**tensors, EXAMPLES: self.examples}

    def _network(self, x: Tensor) -> nn.Module:
        """The network in the precision and on the device of x."""
        own = next(self.network.parameters())
        if (own.dtype, own.device) == (x.dtype, x.device):
            return self.network
        key = (x.dtype, x.device)
        if key not in self._copies:
            self._copies[key] = copy.deepcopy(self.network).to(x)
        return self._copies[key]
