"""The digit classifier (T7): which digit a frame of D1 shows, and features of it that distances are taken in.

Used by experiments, quality measures, kernels and the UMAP view; `engine.training.classifier` trains it. Its weights
come with the program: assets/digit-classifier.safetensors, with provenance and accuracy in the JSON beside it.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Mapping

import torch
from safetensors.torch import load as read_tensors
from torch import Tensor, nn

from engine.analysis import otsu
from engine.data.digits import INNER, SHAPE
from engine.resources import device

ASSET = "digit-classifier"

FEATURES = 128
"""Features of a frame: the outputs of the last layer but one."""

_BATCH = 1024  # frames that `probabilities` evaluates at once


class DigitNetwork(nn.Module):
    """Digits [N, 1, 16, 16] in [0, 1], ink bright, to the logits of 0 .. 9, [N, 10]; 0.2 M parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(1, 32, stride=1),
            *_convolution(32, 32, stride=2),
            *_convolution(32, 64, stride=1),
            *_convolution(64, 64, stride=2),
            nn.Flatten(),
            nn.Linear(64 * (INNER // 4) ** 2, FEATURES),
            nn.GELU(),
        )
        self.head = nn.Linear(FEATURES, 10)

    def forward(self, digits: Tensor) -> Tensor:
        logits: Tensor = self.head(self.body(digits))
        return logits


class Classifier:
    """What a `DigitNetwork` says of frames [N, 1, 32, 32] in [-1, 1]; values beyond are cut.

    `masked`: everything up to the frame's Otsu threshold counts as background, so that a background that is only
    nearly black, as models draw it, does no harm. Frames may be of any precision and on any device; the network's are
    what is computed with and what comes out.
    """

    def __init__(self, network: DigitNetwork, masked: bool = True) -> None:
        self._network = network.eval().requires_grad_(False)
        self._masked = masked

    def probabilities(self, x: Tensor) -> Tensor:
        """The probability of each digit: [N, 10], no gradient. Raises `ValueError` for another shape."""
        with torch.no_grad():
            parts = [self._network(self._digits(part)).softmax(dim=1) for part in torch.split(x, _BATCH)]
        return torch.cat(parts)

    def features(self, x: Tensor) -> Tensor:
        """[N, 128], with the gradient with respect to x. Raises `ValueError` for another shape."""
        result: Tensor = self._network.body(self._digits(x))
        return result

    def _digits(self, x: Tensor) -> Tensor:
        """The middle of the frames, as the network takes it."""
        if x.shape[1:] != SHAPE:
            raise ValueError(f"frames must be [N, {', '.join(map(str, SHAPE))}], not {list(x.shape)}")
        frames = (x.to(self._network.head.weight).clamp(-1, 1) + 1) / 2
        if self._masked:
            frames = otsu.masked(frames)
        margin = (SHAPE[1] - INNER) // 2
        return frames[:, :, margin:-margin, margin:-margin]


def load(masked: bool = True, dtype: torch.dtype = torch.float32) -> Classifier:
    """The classifier that comes with the program, on the GPU where there is one, computing in that precision."""
    return _loaded(masked, dtype, device())


@functools.cache
def _loaded(masked: bool, dtype: torch.dtype, where: torch.device) -> Classifier:
    content = (importlib.resources.files("assets") / f"{ASSET}.safetensors").read_bytes()
    return Classifier(unpack(read_tensors(content)).to(where, dtype), masked)


def pack(network: DigitNetwork) -> dict[str, Tensor]:
    """The network's tensors as they are stored, float16, on the CPU."""
    state = network.state_dict().items()
    return {name: tensor.half().cpu().contiguous() for name, tensor in state if tensor.is_floating_point()}


def unpack(tensors: Mapping[str, Tensor]) -> DigitNetwork:
    """The network that `pack` stored, in float32. Raises `RuntimeError` if a tensor is missing or does not fit."""
    network = DigitNetwork()
    network.load_state_dict(dict(tensors))
    return network


def _convolution(inputs: int, outputs: int, stride: int) -> tuple[nn.Module, ...]:
    """A 3x3 convolution, normalised, smooth: features then have a gradient everywhere."""
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.GELU()
