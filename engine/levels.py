"""Noise levels sigma_0 > ... > sigma_N = 0 of a trajectory, by the schedule's name in `LEVELS`.

In NumPy, without torch: so the window can draw a schedule while its slider moves. `engine.schedules` gives the same as
tensors. Adding one = a function and a line in `LEVELS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from engine.errors import InputError
from engine.models import betas as variances
from engine.settings import UNBOUNDED, DDPMSchedule, ScheduleSettings

Levels = NDArray[np.float64]


def of(
    settings: ScheduleSettings,
    low: float = 0.0,
    high: float = np.inf,
    own: Levels | None = None,
    label: str = "The model",
) -> Levels:
    """The levels [steps + 1] of a schedule, its ends clamped to the levels `low` to `high` that a model knows.

    `own` are sigma_1 .. sigma_T of a model with steps t [T]. Raises `InputError` where nothing is left, or fewer levels
    than steps.
    """
    values: dict[str, Any] = settings.values()
    values["sigma_max"] = min(values["sigma_max"], high)
    values["sigma_min"] = max(values["sigma_min"], low)
    if values["sigma_min"] >= values["sigma_max"]:
        raise InputError(f"{label} knows noise levels {low:g} to {high:g}: choose sigma_min and sigma_max inside.")
    if isinstance(settings, DDPMSchedule):
        values["own"] = own
    return LEVELS[settings.name](**values)


def edm(steps: int, sigma_max: float = 80.0, sigma_min: float = 0.002, rho: float = 7.0) -> Levels:
    """sigmas [steps + 1]: sigma_max first, sigma_min at index steps - 1, 0 last (Karras et al. 2022, equation 5).

    With one step the levels are sigma_max and 0. Raises `InputError` where float64 cannot keep the levels apart.
    """
    top, bottom = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    sigmas = (top + np.linspace(0, 1, steps) * (bottom - top)) ** rho
    return _ended(sigmas, sigma_max, sigma_min)


def log_linear(steps: int, sigma_max: float = 40.0, sigma_min: float = 0.02) -> Levels:
    """sigmas [steps + 1]: evenly spaced in ln sigma from sigma_max to sigma_min, then 0. Raises as `edm`."""
    return _ended(np.geomspace(sigma_max, sigma_min, steps), sigma_max, sigma_min)


def ddpm(
    steps: int,
    sigma_max: float = UNBOUNDED,
    sigma_min: float = 1e-4,
    spacing: str = "trailing",
    betas: str = "own",
    horizon: int = 1000,
    first: float = 1e-4,
    last: float = 0.02,
    offset: float = 0.008,
    own: Levels | None = None,
) -> Levels:
    """sigmas [steps + 1]: `steps` of the levels sigma_t = sqrt((1 - abar_t) / abar_t) within the ends, then 0.

    `spacing` as in diffusers (Lin et al. 2024, table 2), counted over the levels within the ends. `own` [T]
    is what `betas` "own" takes; where there are none it is linear. Raises `InputError` for more steps than there are
    levels.
    """
    every = discrete(betas, horizon, first, last, offset, own)
    kept = every[(every >= sigma_min) & (every <= sigma_max)]
    count = len(kept)
    if steps > count:
        raise InputError(
            f"There are {count} levels between sigma_min and sigma_max: take at most so many steps, or raise T."
        )
    places = {
        "trailing": np.arange(count, 0, -count / steps)[:steps].round() - 1,
        "leading": np.arange(steps)[::-1] * (count // steps),
        "linspace": np.linspace(0, count - 1, steps).round()[::-1],
    }
    return np.append(kept[places[spacing].astype(int)], 0.0)


def discrete(betas: str, horizon: int, first: float, last: float, offset: float, own: Levels | None = None) -> Levels:
    """sigma_1 .. sigma_T [T], rising, of which `ddpm` takes some; "own" betas are linear where there are no `own`
    levels.

    Raises `InputError` where nothing of the data is left.
    """
    if betas == "own" and own is not None:
        return own
    if betas == "cosine":
        return variances.levels(variances.CosineBetas(steps=horizon, offset=offset).values)
    kind: Literal["linear", "scaled linear"] = "scaled linear" if betas == "scaled linear" else "linear"
    try:
        return variances.levels(variances.LinearBetas(kind=kind, steps=horizon, first=first, last=last).values)
    except ValidationError as error:
        raise InputError(
            f"With these betas nothing of the data is left at t = {horizon}: lower beta T, or take fewer steps T."
        ) from error


def abar(sigmas: Levels) -> Levels:
    """abar = 1 / (1 + sigma^2), the part of the data's variance in x_vp, of levels of any shape."""
    return 1 / (1 + np.square(sigmas))


def _ended(sigmas: Levels, sigma_max: float, sigma_min: float) -> Levels:
    """`sigmas` with exact ends and 0 after them; raises `InputError` unless each is below the one before."""
    sigmas[0] = sigma_max
    if len(sigmas) > 1:
        sigmas[-1] = sigma_min
    if not (np.diff(sigmas) < 0).all():
        raise InputError(
            f"sigma_min and sigma_max are too close for {len(sigmas)} noise levels: "
            "move them apart or take fewer steps."
        )
    return np.append(sigmas, 0.0)


LEVELS: dict[str, Callable[..., Levels]] = {"edm": edm, "log-linear": log_linear, "ddpm": ddpm}
