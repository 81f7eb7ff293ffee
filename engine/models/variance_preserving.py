"""DDPM's view of a model: a network that tells the noise in x_vp = x / sqrt(1 + sigma^2) at step t, as a Denoiser (T2).

`VariancePreserving` is the view, of any function that tells the noise, x0 or v; `NoisePredictor` puts a network of ours
behind it, `diffusers_unet` one of diffusers. Made by checkpoints and by training.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from engine.denoiser import per_particle
from engine.models.betas import Prediction, levels
from engine.models.learned import Learned
from engine.models.networks import LearnedSettings, NoisePredictorSettings

Predict = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""`predict(x_vp, t, cond)`, by default eps, the noise in x_vp [N, ...], at steps t [N], float64, 1 to T and between."""

_SINGLE = 1e4
"""Largest noise level up to which float32 leaves the estimate x - sigma eps three digits after the point."""


class VariancePreserving:
    """A DDPM in the conventions of this program: x_vp = sqrt(abar_t) x0 + sqrt(1 - abar_t) eps = x / sqrt(1 + sigma^2).

    With sigma_t = sqrt((1 - abar_t) / abar_t), D(x; sigma) = x - sigma eps(x_vp, t). Levels between two steps belong to
    a t between them, linear in ln sigma; beyond the first and the last, t stays there. `sigmas` are sigma_1 .. sigma_T
    [T], float64. `noise`, `score` and `posterior_mean` are the three things a DDPM can be trained to tell: each
    follows from the others.
    """

    def __init__(
        self, predict: Predict, betas: np.ndarray, clip: float | None = None, prediction: Prediction = "epsilon"
    ) -> None:
        """`betas` are beta_1 .. beta_T [T], float64. `clip` limits D to [-clip, clip], for pictures 1: where sigma is
        huge an error of eps is large in D. `prediction` is what `predict` tells.
        """
        self._predict, self._clip, self._prediction = predict, clip, prediction
        self._betas = torch.from_numpy(betas)
        self.sigmas = torch.from_numpy(levels(betas))
        self._tables: dict[torch.device, Tensor] = {}

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """D(x; sigma) in the precision of x [N, ...]; sigma is a positive float or [N]."""
        level = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).expand(len(x))
        x_vp = x * per_particle((1 + level.square()).rsqrt(), x)
        denoised = self._denoised(self._predict(x_vp, self.step(level), cond).to(x.dtype), x, level)
        return denoised if self._clip is None else denoised.clamp(-self._clip, self._clip)

    def step(self, sigma: Tensor) -> Tensor:
        """The steps t [N], float64, of levels [N]: t for sigma_t, in between linear in ln sigma."""
        logarithms = self._logarithms(sigma.device)
        if len(logarithms) == 1:
            return torch.ones_like(sigma, dtype=torch.float64)
        wanted = sigma.double().log()
        above = torch.searchsorted(logarithms, wanted).clamp(1, len(logarithms) - 1)
        low, high = logarithms[above - 1], logarithms[above]
        return above + ((wanted - low) / (high - low)).clamp(0, 1)

    def noise(self, x_vp: Tensor, t: Tensor, cond: Tensor | None = None) -> Tensor:
        """E[eps | x_vp] for x_vp [N, ...] at whole steps t [N], 1 to T."""
        told = self._predict(x_vp, t.double(), cond)
        if self._prediction == "epsilon":
            return told
        sigma = self.sigmas[t.cpu().long() - 1]
        x = x_vp * per_particle((1 + sigma.square()).sqrt(), x_vp)
        return (x - self._denoised(told, x, sigma)) / per_particle(sigma, x)

    def score(self, x_vp: Tensor, t: Tensor, cond: Tensor | None = None) -> Tensor:
        """The gradient of the logarithm of x_vp's density: -eps / sqrt(1 - abar_t)."""
        return -self.noise(x_vp, t, cond) / per_particle(self._deviation(t), x_vp)

    def posterior_mean(self, x_vp: Tensor, t: Tensor, cond: Tensor | None = None) -> Tensor:
        """E[x_vp one step earlier | x_vp] = (x_vp - beta_t eps / sqrt(1 - abar_t)) / sqrt(1 - beta_t)."""
        beta = self._betas[t.cpu().long() - 1]
        moved = x_vp - per_particle(beta / self._deviation(t), x_vp) * self.noise(x_vp, t, cond)
        return moved * per_particle((1 - beta).rsqrt(), x_vp)

    def _denoised(self, told: Tensor, x: Tensor, sigma: Tensor) -> Tensor:
        """D(x; sigma) for what the network tells of x_vp."""
        if self._prediction == "sample":
            return told
        if self._prediction == "epsilon":
            return x - per_particle(sigma, x) * told
        kept = (1 + sigma.square()).rsqrt()
        return per_particle(kept, x) * (per_particle(kept, x) * x - per_particle(sigma, x) * told)

    def _deviation(self, t: Tensor) -> Tensor:
        """sqrt(1 - abar_t) [N], on the CPU."""
        sigma = self.sigmas[t.cpu().long() - 1]
        return sigma * (1 + sigma.square()).rsqrt()

    def _logarithms(self, device: torch.device) -> Tensor:
        if device not in self._tables:
            self._tables[device] = self.sigmas.log().to(device)
        return self._tables[device]


class NoisePredictor(Learned):
    """A DDPM with a network of ours: eps(x_vp, t) = F([x_vp, condition]; c_noise), c_noise from -2 at t = 0 to 2 at T.

    Nothing is scaled and no mean is taken off: as in the literature, the data enter as they are.
    """

    Settings: ClassVar[type[LearnedSettings]] = NoisePredictorSettings
    kind = "variance-preserving"
    settings: NoisePredictorSettings

    def __init__(
        self,
        settings: NoisePredictorSettings,
        network: nn.Module,
        label: str = "model",
        examples: Tensor | None = None,
    ) -> None:
        """As `Learned`."""
        self.view = VariancePreserving(self._predict, settings.betas.values, settings.clip)
        self.levels = self.view.sigmas
        self.sigma_min, self.sigma_max = self.levels[0].item(), self.levels[-1].item()
        super().__init__(settings, network, label, examples)
        if self.sigma_max > _SINGLE:
            self.dtype = torch.float64

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """As `Learned.denoise`."""
        return self.view.denoise(x, sigma, cond)

    def _predict(self, x_vp: Tensor, t: Tensor, cond: Tensor | None) -> Tensor:
        inputs = x_vp if cond is None else torch.cat([x_vp, cond.to(x_vp)], dim=1)
        c_noise = 4 * t / self.settings.betas.steps - 2
        out: Tensor = self._network(x_vp)(inputs, c_noise.to(x_vp.dtype))
        return out
