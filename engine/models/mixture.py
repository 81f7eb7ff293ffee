"""Exact Gaussian mixtures: the denoiser, the score and the density of the noised data in closed form.

Made by `catalogue` and by checkpoints of the kind "mixture".
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
from engine.noise import LATENT, Noise
from engine.run import ModelReference
from engine.sums import total

_TEMPORARIES = 2**17
"""Values of an intermediate result, at which its 1 MiB in float64 still fits a core's cache."""

_LARGEST = 4096
"""Particles at once, at most: a Run of few is padded to that many, and should not notice."""


class Mixture:
    """x0 ~ sum_k w_k N(mu_k, C_k): a Denoiser with `log_density`.

    D(x; sigma) = sum_k r_k(x) (mu_k + C_k (C_k + sigma^2 I)^-1 (x - mu_k)), r_k(x) the share component k has in the
    density of the noised x. The covariances are diagonalised once, so that no noise level costs a solve.
    `sigma_data` is the standard deviation of x0 about its mean, root mean square over the coordinates.
    """

    kind = "mixture"
    own: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        means: Any,
        covariances: Any,
        weights: Any,
        *,
        data_shape: tuple[int, ...] | None = None,
        label: str = "mixture",
    ) -> None:
        """means [K, d], covariances [K, d, d] symmetric and positive semidefinite, weights [K] positive, of any sum.

        d values are one x0 of `data_shape`, by default (d,). Raises `InputError` for anything else.
        """
        self.arrays = {
            "means": np.asarray(means, dtype=np.float64).copy(),
            "covariances": np.asarray(covariances, dtype=np.float64).copy(),
            "weights": np.asarray(weights, dtype=np.float64).copy(),
        }
        shapes = {name: array.shape for name, array in self.arrays.items()}
        configuration = configure(self.kind, label, data_shape or shapes["means"][1:])
        configuration.check(dict.fromkeys(shapes, "F64"), shapes, label)
        variances, rotations = _diagonalised(**self.arrays, label=label)

        self.data_shape = configuration.data_shape
        self.cond_shape: tuple[int, ...] | None = None
        self.levels: Tensor | None = None
        self.sigma_min, self.sigma_max = 0.0, math.inf
        self.sigma_data = _deviation(**self.arrays)
        self.dtype = torch.float64
        self.reference = ModelReference(label=label, sha256=content_hash(configuration.content, self.arrays))
        self._tables: dict[tuple[torch.dtype, torch.device], _Tables] = {}
        self._alike: dict[tuple[torch.dtype, torch.device], _Alike] = {}
        self._exact = _Tables(
            means=torch.from_numpy(self.arrays["means"])[..., None],
            variances=torch.from_numpy(_shared(variances))[..., None],
            rotations=None if rotations is None else torch.from_numpy(rotations),
            log_weights=torch.from_numpy(self.arrays["weights"] / self.arrays["weights"].sum()).log()[:, None],
        )
        self.block = _block(*self._exact.means.shape[:2], alike=self._exact.alike)

    @property
    def modes(self) -> Tensor:
        """The components' means [K, *data_shape], float64."""
        return self._exact.means.reshape(-1, *self.data_shape)

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """D(x; sigma) [N, *data_shape] in the precision of x [N, *data_shape]; sigma >= 0 is a float or [N].

        Finite for every finite x; beyond 1e17 standard deviations in float32 (1e138 in float64) the components are
        no longer told apart.
        """
        if self._exact.alike:
            key = (x.dtype, x.device)
            if key not in self._alike:
                self._alike[key] = _Alike(self._exact.to(x))
            return self._alike[key].denoise(x.flatten(1), sigma).reshape(x.shape)
        log_joint, means = self._components(x, sigma)
        share = (log_joint - log_joint.amax(0).detach()).exp()
        denoised = total(share[:, None] * means) / total(share)
        return denoised.T.reshape(x.shape).contiguous()

    def log_density(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """Natural logarithm of the density of x0 + sigma n at x [N, *data_shape]: [N], in the precision of x.

        sigma is a float or [N]; 0 is allowed where the covariances are positive definite.
        """
        log_joint, _ = self._components(x, sigma)
        top = log_joint.amax(0).detach()
        return top + total((log_joint - top).exp()).log()

    def sample(self, noise: Noise, count: int) -> Tensor:
        """x0 [count, *data_shape], exact and independent, float64 on the CPU; particle p's depends on (seed, p) alone.

        It shares its numbers with a Run's latents of the same seed: take another one.
        """
        tables, d = self._exact, self._exact.means.shape[1]
        normal = noise(LATENT, torch.empty(count, d + 1, dtype=torch.float64))
        edges = tables.log_weights[:, 0].exp().cumsum(0)[:-1]
        component = torch.bucketize(torch.special.ndtr(normal[:, 0]), edges)
        offset = normal[:, 1:] * tables.variances.sqrt().expand_as(tables.means)[component, :, 0]
        if tables.rotations is not None:
            offset = (tables.rotations[component] @ offset[..., None])[..., 0]
        return (tables.means[component, :, 0] + offset).reshape(count, *self.data_shape)

    def _components(self, x: Tensor, sigma: float | Tensor) -> tuple[Tensor, Tensor]:
        """log(w_k p(x | k)) [K, N] and E[x0 | x, k] [K, d, N]; particles come last, next to each other in memory."""
        key = (x.dtype, x.device)
        if key not in self._tables:
            self._tables[key] = self._exact.to(x)
        tables = self._tables[key]
        limits = torch.finfo(x.dtype)
        level = sigma.to(x) if isinstance(sigma, Tensor) else sigma
        noised = (tables.variances + level**2).clamp(min=limits.tiny)
        offset = x.flatten(1).T.contiguous() - tables.means
        if tables.rotations is not None:
            offset = tables.rotations.mT @ offset
        d = offset.shape[1]
        far = math.sqrt(limits.max / d) / 4
        normal = (offset / noised.sqrt()).clamp(-far, far)
        log_volume = total((2 * math.pi * noised).log().movedim(1, 0)) * (d // noised.shape[1])
        log_joint = tables.log_weights - 0.5 * (total(normal.square().movedim(1, 0)) + log_volume)
        shrunk = offset * (tables.variances / noised)
        if tables.rotations is not None:
            shrunk = tables.rotations @ shrunk
        return log_joint, tables.means + shrunk


@dataclass(frozen=True)
class _Tables:
    """A mixture's parameters in one precision on one device, ready to meet x [d, N].

    `means` [K, d, 1]; `variances` along the principal axes [K or 1, d or 1, 1], 1 where all are equal; `rotations`
    [K, d, d] with the axes as columns, None where they are the coordinates; `log_weights` [K, 1].
    """

    means: Tensor
    variances: Tensor
    rotations: Tensor | None
    log_weights: Tensor

    @property
    def alike(self) -> bool:
        """Whether all components have one variance, the same in all directions."""
        return self.variances.numel() == 1 and self.rotations is None

    def to(self, x: Tensor) -> _Tables:
        """The same in the precision and on the device of x."""
        rotations = None if self.rotations is None else self.rotations.to(x)
        return _Tables(self.means.to(x), self.variances.to(x), rotations, self.log_weights.to(x))


class _Alike:
    """D of components that are `alike`, by matrix products.

    |x|^2 adds the same to the logarithm of each component's density, and the rest is linear in x: it is taken about the
    mean of the centres, so that less is cancelled.
    """

    def __init__(self, tables: _Tables) -> None:
        means = tables.means[..., 0]
        centre = means.mean(0)
        self._variance, self._log_weights = tables.variances[0, 0], tables.log_weights
        self._offset = means - centre
        self._halved = -(self._offset * (self._offset / 2 + centre)).sum(1, keepdim=True)
        self._summed = torch.cat([means, torch.ones_like(means[:, :1])], 1).T.contiguous()
        reach, large = self._offset.abs().max().item() or 1.0, torch.finfo(means.dtype).max ** 0.45
        self._far, self._sharp = reach * large, large / reach**2  # so that no product overflows

    def denoise(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """D [N, d] at x [N, d]."""
        squared = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).expand(len(x)).square()
        noised = (squared + self._variance).clamp(min=torch.finfo(x.dtype).tiny)
        linear = torch.addmm(self._halved, self._offset, x.clamp(-self._far, self._far).T)
        log_joint = torch.addcmul(self._log_weights, linear, (1 / noised).clamp(max=self._sharp))
        summed = self._summed @ log_joint.sub_(log_joint.amax(0).detach()).exp_()
        mean = (summed[:-1] * (squared / noised / summed[-1])).T
        return (x * (self._variance / noised)[:, None]).add_(mean)


def _diagonalised(
    means: np.ndarray, covariances: np.ndarray, weights: np.ndarray, label: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """Variances [K, d] along the principal axes and the axes [K, d, d], None where they are the coordinates."""
    if not all(np.isfinite(array).all() for array in (means, covariances, weights)):
        raise InputError(f"{label} has values that are not finite: means, covariances and weights must be numbers.")
    if not (weights > 0).all():
        raise InputError(f"{label} has a weight that is not positive: give each component a weight above 0.")
    tolerance = 1e-9 * np.abs(covariances).max(axis=(1, 2), keepdims=True)
    if not (np.abs(covariances - covariances.transpose(0, 2, 1)) <= tolerance).all():
        raise InputError(f"{label} has a covariance that is not symmetric: make it equal to its transpose.")
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    rotations = None
    if np.count_nonzero(covariances) > np.count_nonzero(variances):
        variances, rotations = np.linalg.eigh(covariances)
    if not (variances >= -tolerance[:, 0]).all():
        raise InputError(f"{label} has a covariance with a negative variance: make it positive semidefinite.")
    return variances.clip(min=0), rotations


def _shared(variances: np.ndarray) -> np.ndarray:
    """Variances [K, d] as [K or 1, d or 1]: what is equal along an axis is kept once and computed with once."""
    for axis in (0, 1):
        first = variances.take([0], axis)
        if (variances == first).all():
            variances = first
    return variances


def _deviation(means: np.ndarray, covariances: np.ndarray, weights: np.ndarray) -> float:
    """The standard deviation of x0 about its mean, root mean square over the coordinates."""
    share = weights / weights.sum()
    away = means - share @ means
    variances = np.diagonal(covariances, axis1=1, axis2=2) + away**2
    return float(np.sqrt((share @ variances).mean()))


def _block(components: int, d: int, *, alike: bool) -> int:
    """How many particles at once: a power of two, from 16 on, for which what is computed on the way stays in the cache:
    [K, d, N] values, of components that are `alike` [K, N] and [d, N].
    """
    each = max(components, d) if alike else components * d
    block = _LARGEST
    while block > 16 and block * each > _TEMPORARIES:
        block //= 2
    return block
