"""The noise levels of a Run: the formula, exact ends, and strictly falling whatever the settings."""
# spec: S1

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.schedules import SCHEDULES, edm
from engine.settings import EDMSchedule


@pytest.mark.parametrize("rho", [1, 1.5, 3, 4, 5, 7, 10])
def test_edm_formula(rho: float) -> None:
    sigmas = edm(22, 80.0, 0.002, rho).tolist()
    expected = [(80.0 ** (1 / rho) + i / 21 * (0.002 ** (1 / rho) - 80.0 ** (1 / rho))) ** rho for i in range(22)]
    assert sigmas == pytest.approx([*expected, 0.0], rel=1e-12, abs=1e-13)


def test_one_and_two_steps() -> None:
    assert edm(1, 5.0, 0.1).tolist() == [5.0, 0.0]
    assert edm(2, 5.0, 0.1).tolist() == [5.0, 0.1, 0.0]


levels = st.floats(1e-300, 1e9)


@given(levels, levels, st.integers(1, 10_000), st.floats(1, 100))
@example(1e9, 1e-300, 10_000, 100.0)
@example(1e9, 1e-300, 10_000, 1.0)
@example(80.0, 0.002, 1, 7.0)
@example(80.0, 0.002, 2, 7.0)
@example(1.0, 1.0 - 1e-6, 10_000, 100.0)
def test_levels_fall_strictly_between_exact_ends(one: float, other: float, steps: int, rho: float) -> None:
    low, high = sorted((one, other))
    assume(low <= high * (1 - 1e-6))
    settings = EDMSchedule(steps=steps, sigma_max=high, sigma_min=low, rho=rho)
    sigmas = edm(**settings.values())
    assert sigmas.dtype == torch.float64
    assert sigmas.shape == (steps + 1,)
    assert bool((sigmas.diff() < 0).all())
    assert (sigmas[0].item(), sigmas[-1].item()) == (high, 0.0)
    assert steps == 1 or sigmas[-2].item() == low


@pytest.mark.parametrize("low", [1.0 - 2**-53, 1.0 - 1e-14])
def test_levels_that_float64_cannot_tell_apart_are_refused(low: float) -> None:
    settings = EDMSchedule(steps=10_000, sigma_max=1.0, sigma_min=low)
    with pytest.raises(InputError, match=r"too close for 10000 noise levels: move them apart or take fewer"):
        SCHEDULES["edm"](**settings.values())
