"""What the settings of schedules, samplers and whatever else a Run or a training holds are made of. No torch."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

GAMMA_MAX = math.sqrt(2) - 1
"""Where the gamma of churn saturates: more noise a step than this is never added, whatever S_churn."""

UNBOUNDED = 1e9  # an upper noise level no schedule reaches: "no limit" that JSON can say


class Frozen(BaseModel):
    """A value: immutable, compared by content, strict about keys and types, with finite numbers only."""

    # Built when first used: the window is up a quarter of a second sooner.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True, defer_build=True)


class Settings(Frozen):
    """Settings of one schedule or sampler. `label` is what people call it, `source` where it is written; a sampler that
    `needs_picture` has nothing to do in a Run without one; `package` is the optional one that does the work, if any.
    """

    label: ClassVar[str]
    source: ClassVar[str]
    needs_picture: ClassVar[bool] = False
    package: ClassVar[str] = ""

    name: str

    @property
    def per_step(self) -> int:
        """Evaluations of the model that a step takes, at most or about."""
        return 1

    def values(self) -> dict[str, Any]:
        """The settings as keyword arguments: all fields but the name."""
        return {key: value for key, value in self if key != "name"}


def sigma_max(default: float) -> Any:
    """The field of the level at which a trajectory starts."""
    return Field(
        default=default,
        gt=0,
        le=UNBOUNDED,
        title="σ max",
        description="Noise level t₀ at which the trajectory starts.",
    )


def sigma_min(default: float) -> Any:
    """The field of the last level above 0."""
    return Field(
        default=default,
        gt=0,
        le=UNBOUNDED,
        title="σ min",
        description="Last noise level above 0, t of step N − 1.",
    )


class ScheduleSettings(Settings):
    """What every schedule has: the number of steps N and the ends of the levels."""

    steps: int = Field(default=22, ge=1, le=10_000, title="Steps", description="Number N of denoising steps.")
    sigma_max: float = sigma_max(80.0)
    sigma_min: float = sigma_min(0.002)

    @model_validator(mode="after")
    def _falling(self) -> ScheduleSettings:
        if self.sigma_min >= self.sigma_max:
            raise ValueError(f"sigma_min ({self.sigma_min:g}) must be below sigma_max ({self.sigma_max:g}): lower it")
        return self


def listed(value: Any) -> Any:
    """A JSON list as the tuple that a field wants."""
    return tuple(value) if isinstance(value, list) else value
