"""The levels of every schedule: closed forms, the schedulers of diffusers, ends clamped to the model, and refusals."""
# spec: S4, S9

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from diffusers import DDIMScheduler

from engine import levels
from engine.errors import InputError
from engine.models.betas import PRESETS
from engine.settings import SCHEDULE_SETTINGS, DDPMSchedule, EDMSchedule
from engine.settings.schedules import LogLinearSchedule

BETAS: dict[str, dict[str, Any]] = {
    "linear": {"beta_schedule": "linear"},
    "scaled linear": {"beta_schedule": "scaled_linear"},
    "cosine": {"beta_schedule": "squaredcos_cap_v2"},
}
COUNTS = (1, 2, 3, 7, 10, 16, 22, 64, 150, 333, 999, 1000)


@pytest.mark.parametrize("spacing", ["trailing", "leading", "linspace"])
@pytest.mark.parametrize("betas", BETAS)
def test_a_ddpm_takes_the_levels_that_diffusers_takes(betas: str, spacing: str) -> None:
    theirs = DDIMScheduler(timestep_spacing=spacing, beta_start=1e-4, beta_end=0.02, **BETAS[betas])
    for steps in COUNTS:
        theirs.set_timesteps(steps)
        kept = theirs.alphas_cumprod.double().numpy()[theirs.timesteps.numpy()]
        sigmas = levels.ddpm(steps, betas=betas, spacing=spacing, sigma_min=1e-9)
        # Theirs are products of float32, which err by about 1e-6, and 1 - abar is 1e-4 at the first level.
        assert sigmas[:-1] == pytest.approx(np.sqrt((1 - kept) / kept), rel=1e-3 if betas == "cosine" else 2e-4), steps
        assert levels.abar(sigmas[:-1]) == pytest.approx(kept, rel=3e-5), steps
        assert sigmas[-1] == 0


@pytest.mark.parametrize("spacing", ["trailing", "leading", "linspace"])
@pytest.mark.parametrize("horizon", [20, 1000])
def test_every_number_of_steps_gives_the_timesteps_of_diffusers(spacing: str, horizon: int) -> None:
    theirs = DDIMScheduler(num_train_timesteps=horizon, timestep_spacing=spacing)
    own = np.arange(1.0, horizon + 1)
    for steps in range(1, horizon + 1):
        theirs.set_timesteps(steps)
        sigmas = levels.ddpm(steps, sigma_min=0.5, spacing=spacing, own=own)
        wanted = theirs.timesteps.tolist()[:steps]  # by a rounding it gives one more, -1, for 61 trailing steps, say
        assert (sigmas[:-1] - 1).astype(int).tolist() == wanted, steps


def test_own_betas_are_the_models_and_linear_where_it_has_none() -> None:
    own = np.array([0.1, 1.0, 2.0, 30.0])
    assert levels.ddpm(4, own=own).tolist() == [30.0, 2.0, 1.0, 0.1, 0.0]
    assert levels.ddpm(4, betas="linear", own=own)[0] == pytest.approx(157.4, rel=1e-3)
    assert levels.ddpm(4).tolist() == levels.ddpm(4, betas="linear").tolist()
    assert levels.discrete("own", 7, 1e-4, 0.02, 0.008, own) is own


def test_the_steps_are_counted_within_the_ends() -> None:
    """DDIM offset: uniform t from sigma 40 on."""
    every = levels.discrete("linear", 1000, 1e-4, 0.02, 0.008)
    below = every[every <= 40]
    sigmas = levels.ddpm(10, sigma_max=40.0)
    assert sigmas[0] == below[-1]
    assert 39 < sigmas[0] <= 40
    t = np.searchsorted(every, sigmas[:-1]) + 1
    assert np.ptp(np.diff(t)) <= 1
    assert levels.ddpm(3, sigma_min=1.0, spacing="linspace")[-2] == every[every >= 1.0][0]


@pytest.mark.parametrize(("name", "sigma"), [("Low1DMix", 2.24), ("Low2DSymMix", 36.1), ("Celeb64", 157.0)])
def test_a_preset_ends_where_it_is_known_to(name: str, sigma: float) -> None:
    betas = PRESETS[name]
    assert levels.ddpm(5, betas=betas.kind, horizon=betas.steps, first=betas.first, last=betas.last)[
        0
    ] == pytest.approx(sigma, rel=0.05)


def test_log_linear_levels_fall_by_one_factor() -> None:
    sigmas = levels.log_linear(9, 40.0, 0.02)
    assert (sigmas[0], sigmas[8], sigmas[9]) == (40.0, 0.02, 0.0)
    assert sigmas[1:9] / sigmas[:8] == pytest.approx(np.full(8, (0.02 / 40) ** (1 / 8)))
    assert levels.log_linear(1).tolist() == [40.0, 0.0]


def test_what_is_left_of_the_data() -> None:
    assert levels.abar(np.array([0.0, 1.0, 2.0, 157.0])) == pytest.approx([1.0, 0.5, 0.2, 1 / (1 + 157**2)])


@pytest.mark.parametrize("name", SCHEDULE_SETTINGS)
def test_the_ends_are_those_that_the_model_knows(name: str) -> None:
    settings = SCHEDULE_SETTINGS[name](name=name, steps=5, sigma_max=100.0, sigma_min=0.01)
    inside = levels.of(settings, 0.3, 20.0)
    assert inside[0] == pytest.approx(20.0, rel=0.01)
    assert inside[0] <= 20.0
    assert inside[-2] >= 0.3
    assert levels.of(settings)[0] > 99


def test_settings_give_what_the_function_of_their_name_gives() -> None:
    own = np.array([0.1, 1.0, 2.0, 30.0])
    assert levels.of(DDPMSchedule(steps=2), own=own).tolist() == levels.ddpm(2, own=own).tolist()
    assert levels.of(EDMSchedule(steps=6, rho=3.0), own=own).tolist() == levels.edm(6, rho=3.0).tolist()
    assert levels.of(LogLinearSchedule(steps=6)).tolist() == levels.log_linear(6).tolist()


def test_more_steps_than_levels_are_refused() -> None:
    with pytest.raises(InputError, match=r"There are 4 levels .* take at most so many steps, or raise T\.$"):
        levels.ddpm(5, own=np.array([0.1, 1.0, 2.0, 30.0]))
    with pytest.raises(InputError, match="There are 0 levels"):
        levels.ddpm(1, sigma_max=0.5, own=np.array([1.0, 2.0]))


def test_ends_that_the_model_does_not_know_are_refused() -> None:
    with pytest.raises(InputError, match=r"^Circle knows noise levels 0\.002 to 80: choose sigma_min and sigma_max"):
        levels.of(EDMSchedule(sigma_max=0.001, sigma_min=0.0005), 0.002, 80.0, label="Circle")


def test_ends_too_close_for_the_steps_are_refused() -> None:
    with pytest.raises(InputError, match="too close for 10000 noise levels"):
        levels.log_linear(10_000, 1.0, math.nextafter(1.0, 0.0))


@pytest.mark.parametrize("betas", ["linear", "scaled linear", "own"])
def test_betas_that_leave_nothing_of_the_data_are_refused(betas: str) -> None:
    with pytest.raises(InputError, match=r"nothing of the data is left at t = 4000: lower beta T, or take fewer"):
        levels.ddpm(5, betas=betas, horizon=4000, first=0.5, last=0.9)
