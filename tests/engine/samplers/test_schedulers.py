"""The schedulers of diffusers as samplers: their own pipelines, closed forms, replays."""
# spec: S13

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
import torch
from diffusers import (
    DDPMScheduler,
    DEISMultistepScheduler,
    DPMSolverMultistepScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)
from torch import Tensor

from engine.denoiser import Watched
from engine.errors import InputError
from engine.execute import execute, record, replay
from engine.models import load
from engine.noise import LATENT, Noise
from engine.samplers import SAMPLERS
from engine.schedules import SCHEDULES, edm
from engine.step import Step
from tests.engine.foreign import pipeline
from tests.engine.samplers.exact import Gaussian, orders
from tests.engine.tiny import TinyMixture, run_of, same_bits

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers calls NumPy with tensors

Method = tuple[str, dict[str, Any]]

MULTISTEP = {
    "dpm-solver++": DPMSolverMultistepScheduler,
    "deis": DEISMultistepScheduler,
    "unipc": UniPCMultistepScheduler,
}
BETA_END = 0.005
"""The highest level is 3.3: what an untrained network makes of it stays that small."""

METHODS: list[Method] = [("pndm", {}), *((name, {"order": order}) for name in MULTISTEP for order in (1, 2, 3))]
SECOND: list[Method] = [("pndm", {}), *((name, {"order": 2}) for name in MULTISTEP)]


def latents(sigma: float, count: int = 6, shape: tuple[int, ...] = (2,)) -> Tensor:
    return Noise(7)(LATENT, torch.empty(count, *shape, dtype=torch.float64)) * sigma


def taken(method: Method, denoise: Any, x: Tensor, sigmas: Tensor, **more: Any) -> list[Step]:
    name, own = method
    return list(SAMPLERS[name](denoise, x, sigmas, noise=Noise(7), **own, **more))


# -- their own pipelines ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """A network of diffusers and our view of it."""
    folder = tmp_path_factory.mktemp("pipeline")
    return pipeline(folder, DDPMScheduler(clip_sample=False, beta_end=BETA_END)).unet, load(folder)


@torch.no_grad()
def piped(scheduler: Any, unet: Any, x_vp: Tensor) -> list[Tensor]:
    """The states x_vp after each call of the scheduler, as a pipeline of diffusers makes them, the first one before."""
    states = [x_vp]
    for t in scheduler.timesteps:
        told = unet(scheduler.scale_model_input(states[-1], t), t).sample
        states.append(scheduler.step(told, t, states[-1]).prev_sample)
    return states


def assert_same_run(steps: list[Step], states: list[Tensor]) -> None:
    assert len(steps) == len(states)
    for step, theirs in zip(steps, states, strict=True):
        ours = step.x / math.hypot(1, step.sigma)
        torch.testing.assert_close(ours, theirs.double(), atol=1e-4, rtol=0)


@pytest.mark.parametrize(("order", "count"), [(1, 7), (2, 1), (2, 2), (2, 18), (3, 3), (3, 7), (3, 18)])
@pytest.mark.parametrize("name", MULTISTEP)
def test_a_multistep_sampler_is_its_own_pipeline(both: tuple[Any, Any], name: str, order: int, count: int) -> None:
    unet, model = both
    scheduler = MULTISTEP[name](solver_order=order, beta_end=BETA_END)
    scheduler.set_timesteps(count)
    sigmas = scheduler.sigmas.double()
    n = latents(1.0, 2, model.data_shape)
    ours = taken((name, {"order": order}), model.denoise, n * math.hypot(1, sigmas[0]), sigmas)
    assert (sigmas[-1] == 0) == (name != "deis"), "the pipeline of DEIS ends at the lowest level"
    assert_same_run(ours, piped(scheduler, unet, n.float()))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 18])
def test_pndm_is_its_own_pipeline(both: tuple[Any, Any], count: int) -> None:
    unet, model = both
    scheduler = PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=True, beta_end=BETA_END)
    scheduler.set_timesteps(count)
    kept = scheduler.alphas_cumprod.double()[scheduler.timesteps.unique().flip(0)]
    sigmas = torch.cat([((1 - kept) / kept).sqrt(), torch.zeros(1, dtype=torch.float64)])
    n = latents(1.0, 2, model.data_shape)
    ours = taken(("pndm", {}), model.denoise, n * math.hypot(1, sigmas[0]), sigmas)
    theirs = piped(scheduler, unet, n.float())
    if count > 1:
        assert len(theirs) == count + 2
        del theirs[1]  # where the first step is tried before it is done again
    assert_same_run(ours, theirs)


# -- closed forms -----------------------------------------------------------------------------------------------------

EXPECTED = {
    "pndm": [2],
    "dpm-solver++": [1, 2, 2],
    "deis": [1, 2, 3],
    "unipc": [2, 3, 4],
}


@pytest.mark.parametrize(("name", "own"), METHODS, ids=str)
def test_it_converges_with_its_order(name: str, own: dict[str, Any]) -> None:
    gaussian, errors = Gaussian(), []
    for count in (64, 128):
        sigmas = edm(count, 80.0, 0.01)
        x = latents(80.0, 3)
        end = taken((name, own), gaussian.denoise, x, sigmas)[-2]
        errors.append((end.x - gaussian.flow(x, 80.0, 0.01)).abs().max().item())
    expected = EXPECTED[name][own.get("order", 1) - 1]
    assert orders(errors)[-1] == pytest.approx(expected, abs=0.35), errors


@pytest.mark.parametrize(("name", "own"), SECOND, ids=str)
@pytest.mark.parametrize(("highest", "lowest"), [(6e8, 0.01), (80.0, 1e-4)])
def test_neither_huge_nor_small_levels_are_lost(name: str, own: dict[str, Any], highest: float, lowest: float) -> None:
    gaussian = Gaussian()
    sigmas = SCHEDULES["log-linear"](100, highest, lowest)
    x = latents(math.hypot(1, highest))
    end = taken((name, own), gaussian.denoise, x, sigmas)[-1]
    torch.testing.assert_close(end.x, gaussian.flow(x, highest, 0.0), atol=1e-2, rtol=0)


class Wind:
    """A guide: the same push on every particle."""

    needs_gradient = False

    def __call__(self, x: Tensor, denoised: Tensor, sigma: float | Tensor) -> Tensor:
        return torch.full_like(x, 0.3)


@pytest.mark.parametrize("name", ["dpm-solver++", "deis"])
def test_of_order_one_it_is_euler_guided_or_not(name: str) -> None:
    x, sigmas = latents(10.0), edm(6, 10.0, 0.1)
    for guides in ((), (Wind(),)):
        ours = taken((name, {"order": 1}), TinyMixture().denoise, x, sigmas, guides=guides)
        euler = taken(("euler", {}), TinyMixture().denoise, x, sigmas, guides=guides)
        for one, other in zip(ours, euler, strict=True):
            torch.testing.assert_close(one.x, other.x, atol=1e-5, rtol=1e-6)
            assert (one.guidance is None) == (other.guidance is None)


@pytest.mark.parametrize(("name", "own"), SECOND, ids=str)
def test_a_push_counts_as_part_of_eps(name: str, own: dict[str, Any]) -> None:
    """A constant push is integrated exactly where the model says nothing: D = x, so d = 0."""
    x, sigmas = latents(10.0), edm(6, 10.0, 0.1)
    steps = taken((name, own), lambda x, sigma: x, x, sigmas, guides=(Wind(),))
    halved = 0.5 if name == "pndm" else 1.0  # in the step that is done twice: the correction is not guided
    torch.testing.assert_close(steps[1].x, x + halved * 0.3 * (sigmas[1] - sigmas[0]), atol=1e-5, rtol=0)
    assert steps[0].guidance is not None
    assert (steps[0].guidance == 0.3).all()


# -- Steps, replays, particles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 16])
@pytest.mark.parametrize(("name", "own"), METHODS, ids=str)
def test_evaluations_and_steps(name: str, own: dict[str, Any], count: int) -> None:
    watched, sigmas = Watched(TinyMixture().denoise), edm(count)
    steps = taken((name, own), watched, latents(80.0), sigmas)
    expected = count + 1 if name == "pndm" and count > 1 else count
    assert (watched.evaluations, sum(step.evaluations for step in steps)) == (expected, expected)
    assert [step.index for step in steps] == list(range(count + 1))
    assert [step.sigma for step in steps] == sigmas.tolist()
    assert list(steps[-1].tensors()) == [steps[-1].x]
    assert steps[-1].x.dtype == torch.float64
    if name != "pndm":
        assert steps[-2].denoised is not None
        torch.testing.assert_close(steps[-1].x, steps[-2].denoised)


@pytest.mark.parametrize("count", [4, 15])
@pytest.mark.parametrize(("name", "own"), METHODS, ids=str)
def test_from_any_step_on_it_goes_on_with_the_same_bits(name: str, own: dict[str, Any], count: int) -> None:
    denoise, sigmas = TinyMixture().denoise, edm(count)
    steps = taken((name, own), denoise, latents(80.0), sigmas)
    for step in steps[1:5] + steps[-3:]:
        again = taken((name, own), denoise, step.x, sigmas, start=step.index, carry=step.carry)
        assert all(same_bits(one, other) for one, other in zip(again, steps[step.index :], strict=True))


@pytest.mark.parametrize(("name", "own"), SECOND, ids=str)
def test_what_is_over_the_budget_is_replayed_with_the_same_bits(name: str, own: dict[str, Any]) -> None:
    run = run_of(sampler={"name": name, **own})
    steps = list(execute(run, TinyMixture()))  # type: ignore[arg-type]
    *_, trajectory = record(run, TinyMixture(), budget=3 * steps[2].nbytes)  # type: ignore[arg-type]
    assert trajectory.stride > 1
    for step in steps:
        *_, again = replay(trajectory, step.index, TinyMixture())  # type: ignore[arg-type]
        assert same_bits(again, step)


@pytest.mark.parametrize(("name", "own"), SECOND, ids=str)
def test_taken_up_without_memory_it_begins_anew(name: str, own: dict[str, Any]) -> None:
    denoise, sigmas = TinyMixture().denoise, edm(16)
    step = taken((name, own), denoise, latents(80.0), sigmas)[8]
    anew = taken((name, own), denoise, step.x, sigmas, start=8)
    if name == "pndm":
        assert [one.evaluations for one in anew] == [2, *[1] * 7, 0]
    else:
        torch.testing.assert_close(
            anew[1].x, taken(("euler", {}), denoise, step.x, sigmas, start=8)[1].x, atol=1e-6, rtol=1e-6
        )
    assert not torch.equal(anew[-1].x, taken((name, own), denoise, step.x, sigmas, start=8, carry=step.carry)[-1].x)


@pytest.mark.parametrize("shape", [(2,), (3, 4, 5)])
@pytest.mark.parametrize(("name", "own"), METHODS, ids=str)
def test_a_particle_does_not_depend_on_its_batch(name: str, own: dict[str, Any], shape: tuple[int, ...]) -> None:
    denoise, sigmas, x = Gaussian().denoise, edm(6), latents(80.0, 33, shape)
    together = taken((name, own), denoise, x, sigmas)
    for count in (1, 7, 16):
        fewer = taken((name, own), denoise, x[:count], sigmas)
        assert all(torch.equal(one.x, other.x[:count]) for one, other in zip(fewer, together, strict=True))


@pytest.mark.parametrize("name", [name for name, _ in SECOND])
def test_without_diffusers_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(InputError, match=r"latent-loupe\[diffusers\]"):
        taken((name, {}), TinyMixture().denoise, latents(80.0), edm(4))
