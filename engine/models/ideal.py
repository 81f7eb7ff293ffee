"""The ideal denoiser of a finite data set: exact, without training (A11).

Made by `catalogue` (digits) and by checkpoints of the kind "ideal".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from engine.checkpoints import configure, content_hash
from engine.errors import InputError
from engine.run import ModelReference

_DTYPES = {"uint8": "U8", "float32": "F32", "float64": "F64"}


class IdealDenoiser:
    """x0 is one of M data points y_m, each as likely: D(x; sigma) = sum_m y_m softmax_m(-|x - y_m|^2 / 2 sigma^2).

    Coordinates that are the same in all data points (the frame around a digit) need no matrix product and get none.
    Of the distances only (x.y - |y|^2 / 2) / sigma^2 is computed, with the data's mean as origin: the rest is the same
    for all data points, and at small sigma its rounding would drown what tells them apart. In float32 D equals that
    of an x moved by at most 2e-6 of its distance from the data's mean, or of the data's radius if that is more;
    for digits with noise it is right to 2e-5 at every sigma.
    `sigma_data` is the standard deviation of the data about its mean, root mean square over the coordinates.
    """

    kind = "ideal"
    own: ClassVar[dict[str, Any]] = {}

    def __init__(self, data: Any, *, label: str = "data", reference: ModelReference | None = None) -> None:
        """data [M, *data_shape], an array: float32 or float64 as it is, or uint8, 0 .. 255 standing for -1 .. 1.

        `reference` spares hashing the data where the caller knows what identifies it. Raises `InputError` for
        other data.
        """
        self.arrays = {"data": np.ascontiguousarray(data)}
        source = self.arrays["data"]
        configuration = configure(self.kind, label, source.shape[1:])
        configuration.check({"data": _DTYPES.get(source.dtype.name, source.dtype.name)}, {"data": source.shape}, label)
        if not np.isfinite(source).all():
            raise InputError(f"{label} has values that are not finite: all data must be numbers.")
        self._rows = torch.from_numpy(source).flatten(1)
        self._varying = (self._rows != self._rows[0]).any(0).nonzero().flatten()
        self._tables: dict[tuple[torch.dtype, torch.device], _Tables] = {}

        self.data_shape = configuration.data_shape
        self.cond_shape: tuple[int, ...] | None = None
        self.levels: torch.Tensor | None = None
        self.sigma_min, self.sigma_max = 0.0, math.inf
        self.dtype = torch.float32
        # Measured on a CPU: of 1,797 digits, a block of 16 costs 1.3 times one of 10, the usual count, and one of 64
        # three times. Of 60,000 x 1024 a particle costs 0.6 in a block of 64 of what it does in one of 16, as the
        # data has to be read from memory once a block.
        self.block = 64 if len(source) * len(self._varying) > 2**22 else 16
        half_norms = -self._on(torch.empty(0)).minus_half_norms.double()
        self.sigma_data = math.sqrt(2 * half_norms.sum().item() / source.size)
        self.reference = reference or ModelReference(
            label=label, sha256=content_hash(configuration.content, self.arrays)
        )

    @property
    def modes(self) -> Tensor:
        """The data [M, *data_shape], float32."""
        return _decoded(self._rows, torch.float32).reshape(-1, *self.data_shape)

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """D(x; sigma) [N, *data_shape] in the precision of x [N, *data_shape]; sigma >= 0 is a float or [N].

        At sigma 0 D is the nearest data point.
        """
        tables = self._on(x)
        logits, _, _ = self._logits(x, sigma)
        # The softmax by hand: its least weights, which count for nothing, must not become denormal numbers: one in
        # twenty of those makes the matrix product eight times as slow.
        lowest = 0.8 * math.log(torch.finfo(x.dtype).tiny)
        weights = logits.sub_(logits.detach().amax(1, keepdim=True)).clamp_(min=lowest).exp_()
        denoised = tables.background.expand(len(x), -1).clone()
        denoised[:, tables.varying] = weights @ tables.data / weights.sum(1, keepdim=True) + tables.centre
        return denoised.reshape(x.shape)

    def log_density(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """Natural logarithm of the density of x0 + sigma n at x [N, *data_shape]: [N]; sigma > 0, a float or [N]."""
        variance = torch.as_tensor(sigma, dtype=x.dtype, device=x.device) ** 2
        d = self._rows.shape[1]
        return -self.smoothed_squared_distance(x, sigma) / (2 * variance) - d / 2 * (2 * math.pi * variance).log()

    def smoothed_squared_distance(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """-2 sigma^2 log mean_m exp(-|x - y_m|^2 / 2 sigma^2) at x [N, *data_shape]: [N]; sigma > 0, a float or [N].

        Half its gradient is x - D = sigma eps*. In the precision of x: take float64 where sigma is small.
        """
        levels = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).expand(len(x))
        parts = zip(torch.split(x, self.block), torch.split(levels, self.block), strict=True)
        return torch.cat([self._smoothed(part, level) for part, level in parts])

    def _smoothed(self, x: Tensor, sigma: Tensor) -> Tensor:
        tables = self._on(x)
        logits, variance, offset = self._logits(x, sigma)
        away = (x.flatten(1) - tables.background).index_fill(1, tables.varying, 0)
        log_mean = logits.logsumexp(1) - math.log(len(tables.data))
        return offset.square().sum(1) + away.square().sum(1) - 2 * variance[:, 0] * log_mean

    def _logits(self, x: Tensor, sigma: float | Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logarithms of the weights up to a constant [N, M], sigma^2 [N, 1], what varies of x about its mean [N, v]."""
        tables = self._on(x)
        # Below this level the nearest data point has all the weight and quotients would overflow.
        floor = torch.finfo(x.dtype).tiny ** 0.25
        level = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).clamp(min=floor)
        variance = level.square().expand(len(x))[:, None]
        offset = x.flatten(1)[:, tables.varying] - tables.centre
        logits = torch.addmm(tables.minus_half_norms, offset, tables.data.T)
        return logits.div_(variance), variance, offset  # in place: a second [N, M] would cost a tenth of the products

    def _on(self, x: Tensor) -> _Tables:
        """The data in the precision and on the device of x, made once for each."""
        key = (x.dtype, x.device)
        if key not in self._tables:
            varying = _decoded(self._rows[:, self._varying], x.dtype)
            centre = varying.mean(0, dtype=torch.float64).to(x.dtype)
            varying -= centre
            minus_half_norms = torch.linalg.vector_norm(varying, dim=1, dtype=torch.float64).square() / -2
            background = _decoded(self._rows[0], x.dtype)
            parts = (varying, minus_half_norms.to(x.dtype), centre, background, self._varying)
            self._tables[key] = _Tables(*(part.to(x.device) for part in parts))
        return self._tables[key]


@dataclass(frozen=True)
class _Tables:
    """A data set in one precision on one device.

    `data` [M, v]: the coordinates that vary, about their mean `centre` [v]; `minus_half_norms` -|data|^2 / 2 [M];
    `background` [d] holds the value of those that do not vary; `varying` [v] says which do.
    """

    data: Tensor
    minus_half_norms: Tensor
    centre: Tensor
    background: Tensor
    varying: Tensor


def _decoded(values: Tensor, dtype: torch.dtype) -> Tensor:
    """A copy of `values` in this precision, bytes 0 .. 255 as -1 .. 1."""
    return values.to(dtype) / 127.5 - 1 if values.dtype == torch.uint8 else values.to(dtype, copy=True)
