"""The RBF kernel of the digit classifier's features: Corso et al. 2023, who take those of DINO (section 5)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.analysis import classifier
from engine.data.digits import SHAPE
from engine.errors import InputError
from engine.guidance.kernels.mapped import Mapped


class Features(Mapped):
    """See the module; for frames [G, B, 1, 32, 32] in [-1, 1]. The gradient is that in the features, in closed form,
    taken back to the frames by one vector-Jacobian product of the classifier.
    """

    symbol = "‖f(x) − f(y)‖²"

    def _map(self, group: Tensor) -> Tensor:
        return _features(group)(group)

    def _map_and_back(self, group: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        values, back, *_ = torch.func.vjp(_features(group), group)
        return values, lambda gradient: back(gradient)[0]


def _features(group: Tensor) -> Callable[[Tensor], Tensor]:
    """What makes features [B, 128] of frames like that group's, in its precision and on its device."""
    if group.shape[1:] != SHAPE:
        raise InputError(
            f"The classifier's features are those of digits of shape {list(SHAPE)}, not of particles of shape "
            f"{list(group.shape[1:])}: choose another kernel or a model of digits."
        )
    reader = classifier.load(dtype=group.dtype)
    return lambda frames: reader.features(frames).to(group.device)
