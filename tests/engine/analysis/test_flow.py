"""The reference of the probability flow against closed forms."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.stats import norm
from torch import Tensor

from engine.analysis.flow import flow
from engine.models.mixture import Mixture


def solved(model: Mixture, x: Tensor, sigma: float, sigma_next: float, tolerance: float = 1e-12) -> Tensor:
    """The value of `flow`."""

    def value(steps: Generator[None, None, Tensor]) -> Generator[None, None, None]:
        result.append((yield from steps))

    result: list[Tensor] = []
    assert len(list(value(flow(model, x, sigma, sigma_next, tolerance)))) > 3
    return result[0]


def test_of_a_gaussian_it_is_the_closed_form() -> None:
    model = Mixture([[3.0, -1.0]], [np.diag([0.25, 4.0])], [1])
    x = 20 * torch.randn(5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mean, variance = torch.tensor([3.0, -1.0]).double(), torch.tensor([0.25, 4.0]).double()
    exact = mean + (x - mean) * ((variance + 0.01**2) / (variance + 20**2)).sqrt()
    torch.testing.assert_close(solved(model, x, 20.0, 0.01, 1e-11), exact, rtol=0, atol=1e-9)


def test_on_a_line_it_keeps_the_share_of_mass_below() -> None:
    means, deviations = np.array([-1.25, 1.5]), np.array([0.25, 0.2])
    model = Mixture(means[:, None], np.square(deviations)[:, None, None], [1, 1])

    def below(x: float, sigma: float) -> float:
        return float(norm.cdf(x, means, np.hypot(deviations, sigma)).mean())

    x = np.linspace(-100, 100, 9)
    exact = [brentq(lambda y, start=start: below(y, 0.01) - below(start, 80.0), -9, 9, xtol=1e-13) for start in x]
    got = solved(model, torch.from_numpy(x)[:, None], 80.0, 0.01)[:, 0].numpy()
    np.testing.assert_allclose(got, exact, atol=1e-8)


def test_a_smaller_tolerance_is_more_exact_and_back_again_is_where_it_began() -> None:
    model = Mixture([[-1.0], [1.0]], [[[0.1]], [[0.1]]], [1, 2])
    x = torch.linspace(-30, 30, 7, dtype=torch.float64)[:, None]
    exact = solved(model, x, 20.0, 0.1, 1e-13)
    away = [(solved(model, x, 20.0, 0.1, tolerance) - exact).abs().max().item() for tolerance in (1e-5, 1e-8)]
    assert away[1] < away[0] / 30
    assert (solved(model, exact, 0.1, 20.0) - x).abs().max().item() == pytest.approx(0, abs=1e-7)
