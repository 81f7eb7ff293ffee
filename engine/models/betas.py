"""Variance schedules of DDPM: beta_1 .. beta_T by their settings, and those of the literature by name. No torch here.

Held by `networks.VariancePreservingSettings` and by training configurations; used by `models.variance_preserving`.
Steps are counted from t = 1, the least noise, to T; abar_t is the product of 1 - beta_s over s <= t.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from engine.settings import UNBOUNDED, Frozen

Prediction = Literal["epsilon", "sample", "v_prediction"]
"""What a network tells of x_vp = sqrt(abar) x0 + sqrt(1 - abar) eps: eps, x0, or v = sqrt(abar) eps - sqrt(1 - abar) x0
(Salimans and Ho 2022). The words are those of diffusers."""

_LARGEST = 0.999  # Nichol and Dhariwal's limit for a beta of the cosine schedule


class LinearBetas(Frozen):
    """From `first` to `last` in equal steps of beta (Ho et al. 2020), or, scaled, of its root (Rombach et al. 2022)."""

    kind: Literal["linear", "scaled linear"] = "linear"
    steps: int = Field(default=1000, ge=1, le=4000, title="T", description="Number of noise levels.")
    first: float = Field(default=1e-4, gt=0, lt=1, title="β 1", description="Variance added in the first step.")
    last: float = Field(default=0.02, gt=0, lt=1, title="β T", description="Variance added in the last step.")

    @property
    def values(self) -> np.ndarray:
        """beta_1 .. beta_T [T], float64."""
        power = 1 if self.kind == "linear" else 2
        roots = np.linspace(self.first ** (1 / power), self.last ** (1 / power), self.steps)
        values: np.ndarray = roots**power
        return values

    @model_validator(mode="after")
    def _bounded(self) -> LinearBetas:
        if levels(self.values)[-1] > UNBOUNDED:
            raise ValueError("last: leaves nothing of the data at the last step: lower it, or steps")
        return self


class CosineBetas(Frozen):
    """abar_t falls like a squared cosine (Nichol and Dhariwal 2021, equation 17); no beta is above 0.999."""

    kind: Literal["cosine"] = "cosine"
    steps: int = Field(default=1000, ge=1, le=4000, title="T", description="Number of noise levels.")
    offset: float = Field(default=0.008, gt=0, le=1, title="s", description="Keeps the first betas from vanishing.")

    @property
    def values(self) -> np.ndarray:
        """beta_1 .. beta_T [T], float64."""
        t = np.arange(self.steps + 1) / self.steps
        kept = np.cos((t + self.offset) / (1 + self.offset) * np.pi / 2) ** 2
        values: np.ndarray = np.minimum(1 - kept[1:] / kept[:-1], _LARGEST)
        return values


def levels(betas: np.ndarray) -> np.ndarray:
    """sigma_t = sqrt((1 - abar_t) / abar_t) for t = 1 .. T [T], rising, for betas [T]."""
    logarithm = np.cumsum(np.log1p(-betas))
    with np.errstate(over="ignore"):
        sigmas: np.ndarray = np.sqrt(np.expm1(-logarithm))
    return sigmas


PRESETS: dict[str, LinearBetas] = {
    "Celeb256": LinearBetas(kind="scaled linear", steps=4000, first=0.00085, last=0.012),
    "AFHQ256": LinearBetas(kind="scaled linear", steps=4000, first=0.00085, last=0.012),
    "Celeb64": LinearBetas(),
    "AFHQ256Exp": LinearBetas(steps=4000),
    "Low1DMix": LinearBetas(kind="scaled linear", first=2.5e-5, last=0.005),
    "Low2DSymMix": LinearBetas(kind="scaled linear"),
    "Low2DSCurve": LinearBetas(),
}
"""The schedules of table 4.3 of W. Dalheim's thesis on latent modelling, 2023, by the names of its models.

All 2-D mixtures there share one. Low1DMix ends at abar_T = 0.166: there noise of unit variance is not what the last
level looks like.
"""


def _named(value: Any) -> Any:
    """A preset by its name; anything else as it is."""
    if not isinstance(value, str):
        return value
    if value not in PRESETS:
        raise ValueError(f"{value!r:.40} is not known; choose one of: {', '.join(PRESETS)}")
    return PRESETS[value]


Betas = Annotated[LinearBetas | CosineBetas, Field(discriminator="kind"), BeforeValidator(_named)]
"""Settings of a variance schedule, or the name of a preset."""
