"""Three samplers that are one: DDPM with beta tilde, DDIM at eta 1, and stochastic Euler in sigmas."""
# spec: S4, S6, S7

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.schedules import SCHEDULES, edm
from tests.engine.samplers.contract import latents, steps

LEVELS = {
    "edm": edm(22),
    "log-linear": SCHEDULES["log-linear"](10),
    "all of 200": SCHEDULES["ddpm"](200, horizon=200, last=0.1),
    "50 of 4000": SCHEDULES["ddpm"](50, horizon=4000),
    "ends above 0": edm(6)[:-1],
}
ONE: list[dict[str, Any]] = [
    {"name": "ddpm", "variance": "beta tilde"},
    {"name": "ddim", "eta": 1.0},
    {"name": "euler", "stochastic": True},
]


@pytest.mark.parametrize("sigmas", LEVELS.values(), ids=LEVELS)
def test_all_are_one_with_the_same_noise(sigmas: Tensor) -> None:
    x = latents(sigmas)
    first, *others = [steps(own["name"], x, sigmas, **{k: v for k, v in own.items() if k != "name"}) for own in ONE]
    for other in others:
        for a, b in zip(first, other, strict=True):
            size = math.hypot(1, a.sigma)  # x over this is x_vp
            torch.testing.assert_close(a.x / size, b.x / size, rtol=0, atol=1e-12)


@pytest.mark.parametrize("sigmas", LEVELS.values(), ids=LEVELS)
def test_without_noise_two_of_them_are_one(sigmas: Tensor) -> None:
    for a, b in zip(steps("ddim", sigmas=sigmas), steps("euler", sigmas=sigmas), strict=True):
        assert torch.equal(a.x, b.x)
