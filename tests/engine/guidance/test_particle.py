"""The guide that repels: its sign, scale and bandwidths, what it is shown, and groups that do not see each other."""
# spec: G1, G3, G5

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.execute import execute, record, replay
from engine.guidance.kernels import KERNELS
from engine.guidance.particle import ParticleGuidance, median_bandwidth, of
from engine.noise import LATENT, Noise
from engine.run import Run
from engine.samplers import SAMPLERS
from engine.schedules import edm
from engine.settings import SAMPLER_SETTINGS, GuidanceSettings
from engine.step import Step
from engine.training import sampling
from tests.engine.samplers.test_heun import mixture_mean
from tests.engine.tiny import TinyMixture, run_of, same_bits

HERE = [
    name
    for name, kind in SAMPLER_SETTINGS.items()
    if not kind.needs_picture and (not kind.package or importlib.util.find_spec(kind.package))
]
SAMPLER_CHOICES = [{"name": name, **({"adaptive": False} if name == "ode" else {})} for name in HERE]
"""With step control per particle the ODE is not guided."""

FRAMES = ("iou", "features")
"""Kernels that are tried on digits' frames, the others in the plane."""


def guided(count: int = 6, group: int | None = 3, k_pg: float = 2.0, **groups: Any) -> Run:
    """A churned Run on `TinyMixture`; a dict under "guidance" adds to `k_pg`."""
    guidance = {"k_pg": k_pg, **groups.pop("guidance", {})}
    sampler = groups.pop("sampler", {"churn": 5.0})
    return run_of(latents={"count": count, "group": group}, guidance=guidance, sampler=sampler, **groups)


def steps(run: Run, model: TinyMixture | None = None) -> list[Step]:
    return list(execute(run, model or TinyMixture()))


def guide(kernel: str = "rbf", size: int = 4, strength: float | Tensor = 1.0, **settings: Any) -> ParticleGuidance:
    made = GuidanceSettings(kernel=kernel, **settings)  # type: ignore[arg-type]
    return ParticleGuidance(made, size, strength, made.width)


def particles(kernel: str, count: int, seed: int = 3) -> Tensor:
    """What that kernel compares: frames of digits' size, some values beyond [-1, 1], or points in the plane."""
    shape = (1, 32, 32) if kernel in FRAMES else (2,)
    return Noise(seed)(LATENT, torch.empty(count, *shape, dtype=torch.float64))


# -- without strength nothing changes --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HERE)
def test_without_strength_the_particles_are_independent_to_the_bit(name: str) -> None:
    plain = run_of(sampler={"name": name}, latents={"count": 6})
    settings = {"k_pg": 0.0, "bandwidth": "fixed", "over_time": "constant", "sees": "state"}
    for run in (plain.replace(guidance=settings), plain.replace(guidance={"k_pg": 9.0}, latents={"group": 1})):
        assert of(run) is None
        assert all(same_bits(a, b) for a, b in zip(steps(run), steps(plain), strict=True))


@pytest.mark.parametrize("sampler", SAMPLER_CHOICES, ids=str)
def test_every_sampler_is_guided(sampler: dict[str, Any]) -> None:
    run = guided(sampler=sampler)
    plain = run.replace(guidance={"k_pg": 0.0})
    taken = steps(run)
    assert all(step.guidance is not None for step in taken[:-1])
    assert not torch.isclose(taken[-1].x, steps(plain)[-1].x).all()


# -- the sign, the scale ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("sees", ["state", "denoised"])
def test_a_step_to_lower_sigma_takes_two_particles_apart(kernel: str, sees: str) -> None:
    """As algorithm 2 is printed, line 10, they would be pulled together."""
    x = particles(kernel, 2)
    push = guide(kernel, 2, sees=sees)(x if sees == "state" else 0 * x, x, 1.0)
    measure = KERNELS[kernel].distance
    as_seen = (lambda x: (x.clamp(-1, 1) + 1) / 2) if kernel == "iou" else (lambda x: x)
    before, after = (measure(as_seen(values)[None])[0, 0, 1].item() for values in (x, x - 1e-3 * push))
    assert after > before > 0


def algorithm_2(start: np.ndarray, run: Run) -> Iterator[np.ndarray]:
    """J. Kleutgens's thesis, algorithm 2, with the sign of its equation 2.11: the states of one group, RBF."""
    t, n, settings = edm(run.schedule.steps).tolist(), run.schedule.steps, run.guidance
    x, count = start, len(start)
    yield x
    for i in range(n):
        gamma = min(run.sampler.values()["churn"] / n, math.sqrt(2) - 1)
        t_hat = t[i] + gamma * t[i]
        x_hat = x + math.sqrt(t_hat**2 - t[i] ** 2) * Noise(0)(i, torch.from_numpy(x)).numpy()
        denoised = np.stack([mixture_mean(row, t_hat) for row in x_hat])
        seen = denoised if settings.sees == "denoised" else x_hat
        gaps = seen[:, None] - seen[None]
        distance = (gaps**2).sum(2)
        h = settings.width * (t[i] if settings.bandwidth == "sigma" else 1.0)
        if settings.bandwidth == "median":
            h = float(np.median(distance[np.triu_indices(count, 1)])) / math.log(count)
        gradient = -(2 / h) * (gaps * np.exp(-distance / h)[:, :, None]).sum(1)
        if settings.over_particles == "mean":
            gradient = gradient / count
        k_pg = settings.k_pg * (t[i] if settings.over_time == "proportional" else 1.0)
        d = (x_hat - denoised) / t_hat + k_pg * gradient
        x = x_hat + (t[i + 1] - t_hat) * d
        if t[i + 1] != 0:
            d_prime = (x - np.stack([mixture_mean(row, t[i + 1]) for row in x])) / t[i + 1]
            x = x_hat + (t[i + 1] - t_hat) * (d + d_prime) / 2
        yield x


@pytest.mark.parametrize("churn", [0.0, 5.0])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"bandwidth": "fixed", "width": 3.0},
        {"bandwidth": "sigma", "width": 0.7},
        {"over_particles": "mean"},
        {"over_time": "constant"},
        {"sees": "state"},
        {"sees": "state", "bandwidth": "sigma", "over_time": "constant", "over_particles": "mean"},
    ],
    ids=str,
)
@pytest.mark.parametrize("count", [4, 5])
def test_equals_algorithm_2_with_the_sign_that_repels(count: int, settings: dict[str, Any], churn: float) -> None:
    """The corrector is not guided, so that its average with the predictor halves the force."""
    run = guided(count, None, guidance=settings, sampler={"churn": churn})
    taken = steps(run)
    for step, expected in zip(taken, algorithm_2(taken[0].x.numpy(), run), strict=True):
        np.testing.assert_allclose(step.x.numpy(), expected, rtol=1e-8, atol=1e-8)


def test_a_step_tells_what_was_added_to_the_drift() -> None:
    """Of two particles under a known bandwidth: k_PG t (-2 / h) (x - y) exp(-|x - y|^2 / h), at their estimates."""
    step = steps(guided(2, None, 3.0, guidance={"bandwidth": "fixed", "width": 0.5}))[3]
    assert step.denoised is not None
    gap = step.denoised[0] - step.denoised[1]
    expected = 3.0 * step.sigma * -2 / 0.5 * gap * (-(gap**2).sum() / 0.5).exp()
    assert step.sigma_hat > step.sigma  # type: ignore[operator]
    torch.testing.assert_close(step.guidance, torch.stack([expected, -expected]), rtol=1e-12, atol=1e-12)


# -- what a kernel is shown ------------------------------------------------------------------------------------------


# spec: G4
def test_ink_is_mapped_to_0_to_1_and_a_cut_value_is_not_pushed() -> None:
    """Against autograd through clamp(x, -1, 1) / 2 + 1 / 2 and the definition of the overlap, per particle."""
    x = particles("iou", 4)
    assert 0.2 < (x.abs() > 1).double().mean() < 0.5
    push = guide("iou", bandwidth="fixed", width=0.3, over_time="constant")(x, x, 2.0)
    for b in range(4):
        own = x[b].clone().requires_grad_()
        similarity = torch.zeros((), dtype=x.dtype)
        for j in set(range(4)) - {b}:
            one, other = ((values.clamp(-1, 1) + 1) / 2 for values in (own, x[j]))
            overlap = torch.minimum(one, other).sum() / torch.maximum(one, other).sum()
            similarity = similarity + (-(1 - overlap) / 0.3).exp()
        (expected,) = torch.autograd.grad(similarity, own)
        torch.testing.assert_close(push[b], expected, rtol=1e-9, atol=1e-15)
    assert not push[x.abs() > 1].any()
    assert push[x.abs() < 1].abs().max() > 0


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_push_is_like_the_state_in_shape_and_precision(kernel: str) -> None:
    x = particles(kernel, 4)
    push = guide(kernel)(x, x, 1.0)
    assert push.shape == x.shape
    assert push.dtype == x.dtype
    assert push.isfinite().all()
    assert push.flatten(1).any(dim=1).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_particles_that_are_all_the_same_do_not_push(kernel: str) -> None:
    x = particles(kernel, 1).expand(4, *particles(kernel, 1).shape[1:])
    assert torch.equal(guide(kernel)(x, x, 1.0), torch.zeros_like(x))


# -- the median bandwidth --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 10])
def test_the_kernel_is_1_over_b_at_the_median_distance(count: int) -> None:
    distance = KERNELS["rbf"].distance(particles("rbf", 2 * count).reshape(2, count, 2))
    h = median_bandwidth(distance)
    for group in range(2):
        median = np.median(distance[group].numpy()[np.triu_indices(count, 1)])
        assert math.exp(-median / h[group].item()) == pytest.approx(1 / count, rel=1e-12)


def test_without_a_distance_there_is_a_bandwidth_all_the_same() -> None:
    assert median_bandwidth(torch.zeros(2, 1, 1, dtype=torch.float64)).tolist() == [1, 1]
    assert (median_bandwidth(torch.zeros(2, 3, 3, dtype=torch.float64)) > 0).all()


# -- groups ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bandwidth", ["median", "fixed", "sigma"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_group_has_the_same_bits_alone_and_among_others(kernel: str, bandwidth: str) -> None:
    """The last one has fewer particles, as many as are left; one that is alone is not pushed."""
    x = particles(kernel, 10)
    push = guide(kernel, 3, bandwidth=bandwidth, over_particles="mean")
    together = push(x, x, 0.7)
    for first in range(0, 10, 3):
        part = x[first : first + 3]
        assert torch.equal(push(part, part, 0.7), together[first : first + 3])
    assert not together[9].any()
    two = x[6:8]
    assert torch.equal(push(two, two, 0.7), guide(kernel, 2, bandwidth=bandwidth, over_particles="mean")(two, two, 0.7))


@pytest.mark.parametrize("kernel", [kernel for kernel in KERNELS if kernel not in FRAMES])
def test_a_group_is_drawn_the_same_whatever_their_number_and_the_block(kernel: str) -> None:
    own = {"guidance": {"kernel": kernel}}
    many = steps(guided(11, 3, **own))
    for few in (steps(guided(6, 3, **own)), steps(guided(6, 3, **own), TinyMixture(block=2))):
        for one, other in zip(many, few, strict=True):
            assert torch.equal(one.x[:6], other.x)
            assert one.guidance is other.guidance is None or torch.equal(one.guidance[:6], other.guidance)  # type: ignore[index, arg-type]
    lonely = steps(guided(10, 3, 0.0))
    for one, other in zip(steps(guided(10, 3, **own)), lonely, strict=True):
        assert torch.equal(one.x[9], other.x[9]), "the tenth particle has a group of its own"


def test_one_strength_and_one_width_a_group_give_the_bits_of_each_alone() -> None:
    x, sigma = particles("rbf", 6), 0.7
    strengths, widths = torch.tensor([0.0, 2.5], dtype=torch.float64), torch.tensor([1.0, 0.4], dtype=torch.float64)
    settings = GuidanceSettings(bandwidth="sigma")
    together = ParticleGuidance(settings, 3, strengths, widths)(x, x, sigma)
    for group in (0, 1):
        alone = ParticleGuidance(settings, 3, strengths[group].item(), widths[group].item())
        part = x[3 * group : 3 * group + 3]
        assert torch.equal(together[3 * group : 3 * group + 3], alone(part, part, sigma))


def test_a_level_of_each_particle_is_that_of_its_group() -> None:
    x, push = particles("rbf", 7), guide("rbf", 3, bandwidth="sigma")
    each = torch.tensor([0.5] * 3 + [2.0] * 4, dtype=torch.float64)
    together = push(x, x, each)
    assert torch.equal(together[:3], push(x[:3], x[:3], 0.5))
    assert torch.equal(together[3:], push(x[3:], x[3:], 2.0))


# -- replay and pieces -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", [*SAMPLER_CHOICES, {"churn": 5.0}], ids=str)
def test_taken_up_at_any_step_it_goes_on_with_the_same_bits(sampler: dict[str, Any]) -> None:
    run, model = guided(7, 3, sampler=sampler), TinyMixture()
    whole = steps(run)
    for start in whole:
        again = execute(run, model, start=start)
        assert all(same_bits(a, b) for a, b in zip(again, whole[start.index :], strict=True))
    *_, thinned = record(run, model, budget=0)
    *_, replayed = replay(thinned, 5, model)
    assert same_bits(replayed, whole[5])


@pytest.mark.parametrize("block", [2, 5, 8])
def test_in_pieces_groups_stay_together_and_the_bits_the_same(block: int) -> None:
    run, model = guided(11, 3), TinyMixture(block=block)
    pieces = list(sampling.steps(run, model))
    assert sampling.pieces(run, model) == sum(step.index < run.schedule.steps for step in pieces)
    for index, step in enumerate(steps(run)):
        assert torch.equal(torch.cat([piece.x for piece in pieces if piece.index == index]), step.x)


def test_all_samplers_are_tried() -> None:
    assert {*SAMPLERS} - {*HERE} <= {"noising", "pndm", "dpm-solver++", "deis", "unipc"}
