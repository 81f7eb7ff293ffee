"""The probability-flow ODE solved far more finely than any sampler does, to hold samplers against.

Called by experiments. It shares nothing with the samplers but the denoiser.
"""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor

from engine.denoiser import Denoiser
from engine.errors import InputError


def flow(
    denoiser: Denoiser, x: Tensor, sigma: float, sigma_next: float, tolerance: float
) -> Generator[None, None, Tensor]:
    """None after each step of the solver; its value is x [N, ...], float64, taken from level sigma to sigma_next, both
    above 0.

    dx / d ln sigma = x - D by SciPy's DOP853, of order 8, all particles as one system, each step's error within
    `tolerance`, 1e-13 or more, absolute and relative. Raises `InputError` where the solver gives up.
    """
    from scipy.integrate import DOP853

    def slope(level: float, state: np.ndarray) -> np.ndarray:
        here = torch.from_numpy(state).reshape(x.shape).to(x.device)
        away: np.ndarray = (here - denoiser.denoise(here, math.exp(level))).cpu().numpy().ravel()
        return away

    start = x.detach().cpu().double().numpy().ravel()
    solver = DOP853(slope, math.log(sigma), start, math.log(sigma_next), rtol=tolerance, atol=tolerance)
    while solver.status == "running":
        solver.step()
        yield
    if solver.status == "failed":
        raise InputError(f"The reference cannot be solved to {tolerance:g}: choose a smoother model.")
    return torch.from_numpy(solver.y.copy()).reshape(x.shape)
