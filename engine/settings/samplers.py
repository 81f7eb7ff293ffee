"""The settings of every sampler, with their text for people. No torch.

The keyword arguments of a sampler in `engine.samplers` bear the names that stand here. Adding a sampler = one class and
one line in `SAMPLER_SETTINGS`.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field

from engine.settings.base import UNBOUNDED, Settings

_PROCESS = "VE adds noise and leaves the data's size (GMC's has σ² = t); VP shrinks the data while it adds noise."

_STAGES = {"dopri5": 6, "tsit5": 6, "heun": 2, "euler": 1}
_ORDERS = {"dopri5": 5, "tsit5": 5, "heun": 2}
_GUESS, _USUAL = 4, 2e-3  # steps an adaptive solver takes in an interval, more or less, with this rtol + atol or more


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

    @property
    def per_step(self) -> int:
        """See `Settings.per_step`."""
        return 2


class EulerSettings(Settings):
    """x' = x + (sigma' - sigma) eps: DDIM in sigmas. Stochastic, it steps to sigma'' = sigma'^2 / sigma and adds the
    noise that is missing to sigma': DDPM.
    """

    label: ClassVar[str] = "Euler (DDIM and DDPM in σ)"
    source: ClassVar[str] = "Permenter and Yuan 2024, algorithm 1 and equation 4"

    name: str = "euler"
    stochastic: bool = Field(
        default=False,
        title="Stochastic",
        description="Step further, to σ″ = σ′² / σ, and add fresh noise back up to σ′.",
    )


class DDPMSettings(Settings):
    """Ancestral sampling of q(x_{t-1} | x_t, x0 = D). Without noise it fails to cover what the model has learned."""

    label: ClassVar[str] = "DDPM (ancestral)"
    source: ClassVar[str] = "Ho et al. 2020, algorithm 2; W. Dalheim's thesis, appendix C"

    name: str = "ddpm"
    variance: Literal["beta tilde", "beta", "none"] = Field(
        default="beta tilde",
        title="Variance",
        description="Of the noise added in each step but the last: β̃ of the posterior, the larger β of the forward "
        "process, or none, which loses the spread of the data.",
    )


class DDIMSettings(Settings):
    """DDIM: the estimate D, the direction that points back to x, and as much fresh noise as eta says."""

    label: ClassVar[str] = "DDIM"
    source: ClassVar[str] = "Song et al. 2021, equation 12; W. Dalheim's thesis, algorithm 3"

    name: str = "ddim"
    eta: float = Field(
        default=0.0, ge=0, le=1, title="η", description="Share of fresh noise: 0 is deterministic, 1 is DDPM."
    )


class GradientEstimationSettings(Settings):
    """DDIM with eps replaced by gamma eps_t + (1 - gamma) eps_{t+1}: what the step before got wrong is made good."""

    label: ClassVar[str] = "Gradient estimation"
    source: ClassVar[str] = "Permenter and Yuan 2024, algorithm 2"

    name: str = "gradient-estimation"
    gamma: float = Field(
        default=2.0,
        ge=0,
        le=5,
        title="γ",
        description="Weight of this step's noise estimate against the last one's: 1 is DDIM, 2 the source's choice.",
    )


class EulerMaruyamaSettings(Settings):
    """Euler-Maruyama on the reverse SDE where the levels fall, on the forward SDE where they rise."""

    label: ClassVar[str] = "Euler–Maruyama (SDE)"
    source: ClassVar[str] = "Song et al. 2021 (score SDE), section 3; B. Galerne's course, algorithms 2 and 3"

    name: str = "euler-maruyama"
    process: Literal["VE", "VP"] = Field(default="VE", title="Process", description=_PROCESS)
    s_noise: float = Field(
        default=1.0,
        ge=0,
        le=10,
        title="S_noise",
        description="Weight of the fresh noise, the score keeping its own: 1 is the SDE, 0 follows the score alone, "
        "which is not the ODE.",
    )


class ODESettings(Settings):
    """The probability-flow ODE by a Runge-Kutta method, started anew at each level; the last interval by Euler."""

    label: ClassVar[str] = "ODE solver (Runge–Kutta)"
    source: ClassVar[str] = "Song et al. 2021 (score SDE), section 4.3; torchode (Lienen and Günnemann 2022)"

    name: str = "ode"
    method: Literal["dopri5", "tsit5", "heun", "euler"] = Field(
        default="dopri5",
        title="Method",
        description="Dormand–Prince 5(4), Tsitouras 5(4), Heun 2(1), or Euler, which has no error estimate.",
    )
    adaptive: bool = Field(
        default=True,
        title="Adaptive",
        description="Each particle chooses its own steps within an interval, so that its error stays within tolerance; "
        "not for Euler.",
    )
    rtol: float = Field(
        default=1e-3,
        ge=1e-10,
        le=1,
        title="rtol",
        description="What each value may err by in a step, relative to itself; below 1e-5 a network that computes in "
        "float32 errs by more, and takes very long.",
    )
    atol: float = Field(
        default=1e-3, ge=1e-10, le=1, title="atol", description="What each value may err by in a step, on top of rtol."
    )
    substeps: int = Field(
        default=1, ge=1, le=1000, title="Substeps", description="Equal steps in each interval where it is not adaptive."
    )

    @property
    def adapts(self) -> bool:
        """Whether each particle takes its own steps."""
        return self.adaptive and self.method != "euler"

    @property
    def per_step(self) -> int:
        """See `Settings.per_step`."""
        if not self.adapts:
            return _STAGES[self.method] * self.substeps
        finer: float = (_USUAL / (self.rtol + self.atol)) ** (1 / _ORDERS[self.method])
        return math.ceil(_STAGES[self.method] * _GUESS * max(1.0, finer))


class PredictorCorrectorSettings(Settings):
    """A step of the reverse SDE, then Langevin steps at the level reached."""

    label: ClassVar[str] = "Predictor–corrector"
    source: ClassVar[str] = "Song et al. 2021 (score SDE), algorithms 2 to 5"

    name: str = "predictor-corrector"
    process: Literal["VE", "VP"] = Field(default="VE", title="Process", description=_PROCESS)
    corrections: int = Field(
        default=1, ge=0, le=100, title="M", description="Langevin steps at each level, one evaluation each."
    )
    snr: float = Field(
        default=0.16,
        gt=0,
        le=10,
        title="r",
        description="Signal-to-noise ratio of a Langevin step, which sets its size: 2 (r ‖z‖ / ‖score‖)², at most σ².",
    )

    @property
    def per_step(self) -> int:
        """See `Settings.per_step`."""
        return 1 + self.corrections


class LangevinSettings(Settings):
    """Langevin dynamics on the noised data, by the score alone (ULA) or with a Metropolis test (MALA), then D."""

    label: ClassVar[str] = "Langevin (ULA, MALA)"
    source: ClassVar[str] = "Song and Ermon 2019, algorithm 1; Roberts and Tweedie 1996"

    name: str = "langevin"
    annealed: bool = Field(
        default=True,
        title="Annealed",
        description="Follow the levels of the schedule; else stay at one level all the time: plain Langevin, which is "
        "slow to come from far, so lower σ max too.",
    )
    level: float = Field(
        default=0.1, gt=0, le=UNBOUNDED, title="Level", description="The noise level σ of plain Langevin."
    )
    iterations: int = Field(
        default=10, ge=1, le=1000, title="M", description="Langevin steps in each step of the schedule."
    )
    step_size: float = Field(
        default=0.1,
        gt=0,
        le=10,
        title="Step size",
        description="Size of a Langevin step, in units of σ²; it is sure to be stable below 2.",
    )
    metropolis: bool = Field(
        default=False,
        title="Metropolis",
        description="Accept each step with the probability that makes the density exact (MALA); where that is known.",
    )

    @property
    def per_step(self) -> int:
        """See `Settings.per_step`."""
        return self.metropolis + self.iterations


class PNDMSettings(Settings):
    """Four estimates of eps combined, as by Adams and Bashforth; the first step is done twice: N + 1 evaluations."""

    label: ClassVar[str] = "PNDM"
    source: ClassVar[str] = "Liu et al. 2022, algorithm 2, by diffusers' PNDMScheduler"
    package: ClassVar[str] = "diffusers"

    name: str = "pndm"


class DPMSolverSettings(Settings):
    """Exponential integration with a Taylor polynomial of D in the log of the signal-to-noise ratio."""

    label: ClassVar[str] = "DPM-Solver++"
    source: ClassVar[str] = "Lu et al. 2022, algorithm 2, by diffusers' DPMSolverMultistepScheduler"
    package: ClassVar[str] = "diffusers"

    name: str = "dpm-solver++"
    order: int = Field(
        default=2,
        ge=1,
        le=3,
        title="Order",
        description="Steps whose estimates D are combined: 1 is DDIM; 3 errs less than 2, if by no higher order.",
    )


class DEISSettings(Settings):
    """Exponential integration with a polynomial in ln sigma through the estimates of eps so far."""

    label: ClassVar[str] = "DEIS"
    source: ClassVar[str] = "Zhang and Chen 2023, section 3, by diffusers' DEISMultistepScheduler"
    package: ClassVar[str] = "diffusers"

    name: str = "deis"
    order: int = Field(
        default=2, ge=1, le=3, title="Order", description="Steps whose estimates of ε are combined: 1 is DDIM."
    )


class UniPCSettings(Settings):
    """A predictor, and a corrector of the same form that uses the next step's evaluation: none of its own."""

    label: ClassVar[str] = "UniPC"
    source: ClassVar[str] = "Zhao et al. 2023, algorithms 1 and 2, by diffusers' UniPCMultistepScheduler"
    package: ClassVar[str] = "diffusers"

    name: str = "unipc"
    order: int = Field(
        default=2,
        ge=1,
        le=3,
        title="Order",
        description="Steps whose estimates D the predictor combines; its corrector makes the whole one order better.",
    )


class NoisingSettings(Settings):
    """No sampling: a picture noised to each level, beside the model's estimate of it there."""

    label: ClassVar[str] = "Noising (forward)"
    source: ClassVar[str] = "B. Galerne's course, the estimates of x0; Song et al. 2021, equation 7"
    needs_picture: ClassVar[bool] = True

    name: str = "noising"
    eta: float = Field(
        default=0.0,
        ge=0,
        le=1,
        title="η",
        description="Share of fresh noise: 0 is the same noise at every level, only its size differs; "
        "1 is a path of the forward process.",
    )


SAMPLER_SETTINGS: dict[str, type[Settings]] = {
    "heun": HeunSettings,
    "euler": EulerSettings,
    "ddpm": DDPMSettings,
    "ddim": DDIMSettings,
    "gradient-estimation": GradientEstimationSettings,
    "euler-maruyama": EulerMaruyamaSettings,
    "ode": ODESettings,
    "predictor-corrector": PredictorCorrectorSettings,
    "langevin": LangevinSettings,
    "pndm": PNDMSettings,
    "dpm-solver++": DPMSolverSettings,
    "deis": DEISSettings,
    "unipc": UniPCSettings,
    "noising": NoisingSettings,
}
