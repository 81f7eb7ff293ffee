"""The settings of every schedule, with their text for people. No torch; `engine.levels` computes the levels."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.settings.base import UNBOUNDED, ScheduleSettings, sigma_max, sigma_min


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


class LogLinearSchedule(ScheduleSettings):
    """Levels that fall by the same factor from sigma_max to sigma_min, then one last step to 0."""

    label: ClassVar[str] = "Log-linear"
    source: ClassVar[str] = "Permenter and Yuan 2024, section 5"

    name: str = "log-linear"
    sigma_max: float = sigma_max(40.0)
    sigma_min: float = sigma_min(0.02)


class DDPMSchedule(ScheduleSettings):
    """N of the levels sigma_t = sqrt((1 - abar_t) / abar_t) of a DDPM that lie between sigma_min and sigma_max, then 0.

    With sigma_max 40 it is what is called DDIM offset. A schedule of its own betas can also be used with a model that
    was trained at all levels.
    """

    label: ClassVar[str] = "DDPM (discrete t)"
    source: ClassVar[str] = "Ho et al. 2020; Nichol and Dhariwal 2021; Lin et al. 2024, table 2"

    name: str = "ddpm"
    sigma_max: float = sigma_max(UNBOUNDED)
    sigma_min: float = sigma_min(1e-4)
    spacing: Literal["trailing", "leading", "linspace"] = Field(
        default="trailing",
        title="Spacing",
        description="Which N steps t of T: trailing counts down from T, leading up from 1, linspace takes both ends.",
    )
    betas: Literal["own", "linear", "scaled linear", "cosine"] = Field(
        default="own",
        title="Betas",
        description="How β grows with t: as the model was trained (own; linear for a model without steps t), linear, "
        "linear in √β, or so that ᾱ falls like a squared cosine. A model's own take none of T, β 1, β T and s.",
    )
    horizon: int = Field(
        default=1000, ge=1, le=4000, title="T", description="Number T of steps t; not of a model's own."
    )
    first: float = Field(default=1e-4, gt=0, lt=1, title="β 1", description="β of t = 1; for linear and scaled linear.")
    last: float = Field(default=0.02, gt=0, lt=1, title="β T", description="β of t = T; for linear and scaled linear.")
    offset: float = Field(
        default=0.008, gt=0, le=1, title="s", description="Keeps the first β from vanishing; for cosine."
    )


SCHEDULE_SETTINGS: dict[str, type[ScheduleSettings]] = {
    "edm": EDMSchedule,
    "log-linear": LogLinearSchedule,
    "ddpm": DDPMSchedule,
}
