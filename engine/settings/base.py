"""The settings of every schedule and sampler, as validated frozen values with their text for people.

Owned here, without torch, so that the window can show its sliders before torch is imported. Used by
`run.Run`, by the controls of the window and by the command line. The keyword arguments of a sampler in
`samplers` bear the names that stand here. Adding a sampler = one class and one line in `SAMPLER_SETTINGS`.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

GAMMA_MAX = math.sqrt(2) - 1
"""Where the gamma of churn saturates: more noise a step than this is never added, whatever S_churn."""

UNBOUNDED = 1e9  # an upper noise level no schedule reaches: "no limit" that JSON can say


class Frozen(BaseModel):
    """A value: immutable, compared by content, strict about keys and types, with finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class Settings(Frozen):
    """Settings of one schedule or sampler. `label` is what people call it, `source` where it is written."""

    label: ClassVar[str]
    source: ClassVar[str]

    name: str

    def values(self) -> dict[str, Any]:
        """The settings as keyword arguments: all fields but the name."""
        return {key: value for key, value in self if key != "name"}


class ScheduleSettings(Settings):
    """What every schedule has: the number of steps N and the ends of the levels."""

    steps: int = Field(default=22, ge=1, le=10_000, title="Steps", description="Number N of denoising steps.")
    sigma_max: float = Field(
        default=80.0,
        gt=0,
        le=UNBOUNDED,
        title="σ max",
        description="Noise level t₀ at which the trajectory starts.",
    )
    sigma_min: float = Field(
        default=0.002,
        gt=0,
        le=UNBOUNDED,
        title="σ min",
        description="Last noise level above 0, t of step N − 1.",
    )


class EDMSchedule(ScheduleSettings):
    """Levels t_i = (sigma_max^(1/rho) + i/(N-1) (sigma_min^(1/rho) - sigma_max^(1/rho)))^rho, then 0."""

    label: ClassVar[str] = "EDM (rho)"
    source: ClassVar[str] = "Karras et al. 2022, equation 5"

    name: str = "edm"
    rho: float = Field(
        default=7.0,
        ge=1,
        le=100,
        title="ρ",
        description="Curvature: 1 spaces the levels evenly, larger values put more steps at low noise.",
    )

    @model_validator(mode="after")
    def _falling(self) -> EDMSchedule:
        if self.sigma_min >= self.sigma_max:
            raise ValueError(f"sigma_min ({self.sigma_min:g}) must be below sigma_max ({self.sigma_max:g}): lower it")
        return self


class HeunSettings(Settings):
    """Heun's second-order method on the probability-flow ODE, with noise added and removed at each step."""

    label: ClassVar[str] = "Heun (EDM)"
    source: ClassVar[str] = "Karras et al. 2022, algorithm 2"

    name: str = "heun"
    churn: float = Field(
        default=0.0,
        ge=0,
        le=1e6,
        title="S_churn",
        description="Fresh noise per step: gamma = min(S_churn / N, √2 − 1). 0 is deterministic.",
    )
    s_min: float = Field(
        default=0.0,
        ge=0,
        le=UNBOUNDED,
        title="S_min",
        description="Noise is added only at levels sigma ≥ S_min.",
    )
    s_max: float = Field(
        default=UNBOUNDED,
        gt=0,
        le=UNBOUNDED,
        title="S_max",
        description="Noise is added only at levels sigma ≤ S_max.",
    )
    s_noise: float = Field(
        default=1.0,
        ge=0,
        le=10,
        title="S_noise",
        description="Standard deviation of the added noise; slightly above 1 offsets lost detail.",
    )


SCHEDULE_SETTINGS: dict[str, type[ScheduleSettings]] = {"edm": EDMSchedule}
SAMPLER_SETTINGS: dict[str, type[Settings]] = {"heun": HeunSettings}
