"""Rising levels: the samplers that invert, from data up to noise, against the flow of a Gaussian. # spec: L7"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from engine.denoiser import Watched
from engine.noise import Noise
from engine.samplers import SAMPLERS
from engine.schedules import edm
from engine.step import Step
from tests.engine.samplers.exact import Gaussian, orders

GAUSSIAN = Gaussian()
RISING: list[tuple[str, dict[str, Any], int]] = [
    ("heun", {}, 2),
    ("ode", {"method": "heun", "adaptive": False}, 2),
    ("euler", {}, 1),
    ("ddim", {}, 1),
]
"""A sampler, its settings, and its order of convergence."""


def taken(name: str, x: Tensor, sigmas: Tensor, **own: Any) -> list[Step]:
    return list(SAMPLERS[name](GAUSSIAN.denoise, x, sigmas, noise=Noise(0), **own))


def up(name: str, x: Tensor, count: int, low: float = 0.01, **own: Any) -> Tensor:
    """Where the sampler comes to at level 20 from the clean x in `count` steps."""
    return taken(name, x, edm(count, 20.0, low).flip(0), **own)[-1].x


def clean(count: int = 9) -> Tensor:
    return torch.linspace(-1, 2, count, dtype=torch.float64)[:, None]


@pytest.mark.parametrize(("name", "own", "order"), RISING, ids=[name for name, *_ in RISING])
def test_it_follows_the_flow_with_its_order(name: str, own: dict[str, Any], order: int) -> None:
    """Between two levels, as the step from 0 is the same for every number of steps."""
    sigmas = [edm(count, 20.0, 0.05)[:-1].flip(0) for count in (65, 129, 257)]
    x = GAUSSIAN.flow(clean(), 0.0, 0.05)
    exact = GAUSSIAN.flow(clean(), 0.0, 20.0)
    errors = [(taken(name, x, levels, **own)[-1].x - exact).abs().max().item() for levels in sigmas]
    assert orders(errors) == pytest.approx([order, order], abs=0.15), errors


@pytest.mark.parametrize(("name", "own", "order"), RISING, ids=[name for name, *_ in RISING])
def test_from_zero_it_goes_along_the_drift_at_the_next_level(name: str, own: dict[str, Any], order: int) -> None:
    sigmas = edm(6, 20.0, 0.3).flip(0)
    watched = Watched(GAUSSIAN.denoise)
    first, second, *_ = SAMPLERS[name](watched, clean(), sigmas, noise=Noise(0), **own)
    assert (first.sigma, first.sigma_hat, first.evaluations) == (0.0, sigmas[1], 1)
    assert first.denoised is not None
    assert torch.equal(first.denoised, GAUSSIAN.denoise(clean(), sigmas[1].item()))
    torch.testing.assert_close(second.x, clean() + (clean() - first.denoised), rtol=1e-12, atol=1e-12)
    assert watched.evaluations == 1 + order * (len(sigmas) - 2)


def test_down_again_heun_comes_back_and_nearer_than_euler() -> None:
    errors = {}
    for name in ("heun", "euler"):
        back = taken(name, up(name, clean(), 50), edm(50, 20.0, 0.01))[-1].x
        errors[name] = (back - clean()).abs().max().item()
    assert errors["heun"] < 0.01
    assert errors["heun"] < errors["euler"] / 5


def test_churn_leaves_level_zero_alone() -> None:
    """There is no level to raise."""
    first, second, *_ = taken("heun", clean(), edm(6, 20.0, 0.3).flip(0), churn=5.0)
    assert first.noise is None
    assert second.x.isfinite().all()
