"""Noise schedules: a Run's schedule settings to the levels sigmas, 1-D float64, strictly falling to 0.

Called by `execute` and by the views that draw a schedule. Adding one = a function here and a line in
`SCHEDULES`, and its settings in `settings`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.errors import InputError


def edm(steps: int, sigma_max: float = 80.0, sigma_min: float = 0.002, rho: float = 7.0) -> Tensor:
    """sigmas [steps + 1]: sigma_max first, sigma_min at index steps - 1, 0 last (Karras et al. 2022, equation
    5).

    With one step the levels are sigma_max and 0. Raises `InputError` where float64 cannot keep the levels
    apart.
    """
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64)
    top, bottom = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    sigmas = (top + ramp * (bottom - top)) ** rho
    sigmas[0] = sigma_max
    if steps > 1:
        sigmas[-1] = sigma_min
    return falling(torch.cat([sigmas, sigmas.new_zeros(1)]))


def falling(sigmas: Tensor) -> Tensor:
    """`sigmas` as they are; raises `InputError` unless each is below the one before."""
    if not bool((sigmas.diff() < 0).all()):
        raise InputError(
            f"sigma_min and sigma_max are too close for {len(sigmas) - 1} noise levels: "
            "move them apart or take fewer steps."
        )
    return sigmas


SCHEDULES: dict[str, Callable[..., Tensor]] = {"edm": edm}
