"""DDPM's view against closed forms: the exact noise of a Gaussian mixture behind it, and its three targets."""
# spec: T2

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.checkpoints import open_checkpoint, save
from engine.denoiser import in_blocks
from engine.execute import execute
from engine.models.betas import PRESETS, CosineBetas, LinearBetas, Prediction, levels
from engine.models.learned import build
from engine.models.mixture import Mixture
from engine.models.networks import MLPSettings, NoisePredictorSettings
from engine.models.variance_preserving import NoisePredictor, VariancePreserving
from engine.run import Run

MEANS = np.array([[-1.0, 0.5], [2.0, 0.0], [0.0, -1.5]])
COVARIANCES = np.array([[[0.2, 0.1], [0.1, 0.3]], [[0.04, 0.0], [0.0, 0.04]], [[0.1, 0.0], [0.0, 0.5]]])
WEIGHTS = np.array([0.5, 0.3, 0.2])
EXACT = Mixture(MEANS, COVARIANCES, WEIGHTS)


def at(kept: float) -> Mixture:
    """The mixture that x_vp has where abar is `kept`."""
    return Mixture(math.sqrt(kept) * MEANS, kept * COVARIANCES + (1 - kept) * np.eye(2), WEIGHTS)


class ExactNoise:
    """E[eps | x_vp] from the density of x_vp itself, its gradient taken by autograd, in VP coordinates throughout."""

    def __init__(self, betas: LinearBetas | CosineBetas) -> None:
        self.logarithms = np.log(levels(betas.values))

    def __call__(self, x_vp: Tensor, t: Tensor, cond: Tensor | None) -> Tensor:
        steps = np.arange(1, len(self.logarithms) + 1)
        sigmas = np.exp(np.interp(t.numpy(), steps, self.logarithms))
        rows = []
        for row, sigma in zip(x_vp, sigmas, strict=True):
            kept = 1 / (1 + sigma**2)
            point = row[None].clone().requires_grad_()
            (score,) = torch.autograd.grad(at(kept).log_density(point, 0.0).sum(), point)
            rows.append(-math.sqrt(1 - kept) * score)
        return torch.cat(rows)


def noised(sigma: float, count: int = 16) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    x0 = torch.from_numpy(MEANS)[torch.arange(count) % 3]
    return x0 + sigma * torch.randn(count, 2, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("betas", [PRESETS["Celeb64"], PRESETS["Low1DMix"], CosineBetas(steps=300)])
def test_the_exact_noise_gives_the_exact_denoiser(betas: LinearBetas | CosineBetas) -> None:
    view = VariancePreserving(ExactNoise(betas), betas.values)
    lowest, highest = view.sigmas[0].item(), view.sigmas[-1].item()
    for sigma in [lowest, *view.sigmas[[5, 100, -2]].tolist(), 0.3 * math.sqrt(2), highest]:
        x = noised(sigma)
        torch.testing.assert_close(view.denoise(x, sigma), EXACT.denoise(x, sigma), atol=1e-8, rtol=1e-8)
        each = torch.full((len(x),), sigma, dtype=torch.float64)
        torch.testing.assert_close(view.denoise(x, each), EXACT.denoise(x, sigma), atol=1e-8, rtol=1e-8)


def test_where_sigma_is_huge_double_precision_or_a_limit_is_needed() -> None:
    betas = PRESETS["AFHQ256Exp"]
    view = VariancePreserving(ExactNoise(betas), betas.values)
    sigma = view.sigmas[-1].item()
    assert sigma > 5e8
    x = noised(sigma)
    torch.testing.assert_close(view.denoise(x, sigma), EXACT.denoise(x, sigma), atol=1e-5, rtol=0)
    rounded = VariancePreserving(lambda x_vp, t, cond: ExactNoise(betas)(x_vp.double(), t, cond).float(), betas.values)
    assert (rounded.denoise(x, sigma) - EXACT.denoise(x, sigma)).abs().max() > 1
    limited = VariancePreserving(ExactNoise(betas), betas.values, clip=2.0)
    assert limited.denoise(x.float(), sigma).abs().max() <= 2


def test_steps_and_levels_belong_together() -> None:
    view = VariancePreserving(lambda x_vp, t, cond: x_vp, PRESETS["Low2DSymMix"].values)
    torch.testing.assert_close(view.step(view.sigmas), torch.arange(1, 1001, dtype=torch.float64))
    between = (view.sigmas[:-1] * view.sigmas[1:]).sqrt()
    torch.testing.assert_close(view.step(between), torch.arange(1, 1000) + 0.5, check_dtype=False)
    torch.testing.assert_close(view.step(torch.tensor([0.0, 1e-6, 1e6])), torch.tensor([1.0, 1, 1000]).double())
    one = VariancePreserving(lambda x_vp, t, cond: x_vp, LinearBetas(steps=1).values)
    assert one.step(torch.tensor([0.1, 1.0])).tolist() == [1, 1]


def test_noise_score_and_posterior_mean_are_one_model_seen_three_ways() -> None:
    betas = LinearBetas(steps=50, last=0.2)
    view = VariancePreserving(ExactNoise(betas), betas.values)
    t = torch.tensor([1, 2, 7, 30, 50])
    x_vp = noised(1.0, 5)
    kept = np.cumprod(1 - betas.values)
    score, mean = view.score(x_vp, t), view.posterior_mean(x_vp, t)
    for row, step in enumerate(t.tolist()):
        beta, here = betas.values[step - 1], kept[step - 1]
        before = here / (1 - beta)
        point = x_vp[row : row + 1].clone().requires_grad_()
        (expected,) = torch.autograd.grad(at(here).log_density(point, 0.0).sum(), point)
        torch.testing.assert_close(score[row : row + 1], expected)
        # E[x_{t-1} | x_t]: x_t / sqrt(alpha) is x_{t-1} with noise of deviation sqrt(beta / alpha) added.
        raised = x_vp[row : row + 1] / math.sqrt(1 - beta)
        expected = at(before).denoise(raised, math.sqrt(beta / (1 - beta)))
        torch.testing.assert_close(mean[row : row + 1], expected)


@pytest.mark.parametrize("prediction", ["sample", "v_prediction"])
def test_what_else_a_network_tells_is_the_same_model(prediction: Prediction) -> None:
    betas = LinearBetas(steps=50, last=0.2)
    exact = ExactNoise(betas)
    sigmas = torch.from_numpy(levels(betas.values))

    def told(x_vp: Tensor, t: Tensor, cond: Tensor | None) -> Tensor:
        eps, sigma = exact(x_vp, t, cond), sigmas[t.round().long() - 1, None]
        x0 = x_vp * (1 + sigma**2).sqrt() - sigma * eps
        return x0 if prediction == "sample" else (eps - sigma * x0) / (1 + sigma**2).sqrt()

    view = VariancePreserving(told, betas.values, prediction=prediction)
    t = torch.tensor([1, 2, 7, 30, 50])
    x = noised(1.0, 5)
    torch.testing.assert_close(
        view.denoise(x, sigmas[t - 1]),
        torch.cat([EXACT.denoise(row[None], sigmas[step - 1].item()) for row, step in zip(x, t.tolist(), strict=True)]),
    )
    torch.testing.assert_close(view.noise(x, t), exact(x, t.double(), None))


def learned(betas: LinearBetas | CosineBetas, clip: float | None = None) -> NoisePredictor:
    """A model whose last layer is drawn, too."""
    settings = NoisePredictorSettings(
        network=MLPSettings(width=8), data_shape=(2,), sigma_data=1.0, betas=betas, clip=clip
    )
    torch.manual_seed(0)
    return NoisePredictor(settings, build(settings).requires_grad_(False), "tiny")


@pytest.mark.parametrize("clip", [None, 1.5])
def test_a_checkpoint_gives_the_same_model(tmp_path: Path, clip: float | None) -> None:
    made = learned(PRESETS["Low2DSymMix"], clip).snapshot("half")
    opened = open_checkpoint(save(tmp_path / "model", made))
    assert isinstance(opened, NoisePredictor)
    assert opened.reference == made.reference
    assert (opened.settings.clip, opened.settings.betas) == (clip, PRESETS["Low2DSymMix"])
    x = torch.randn(4, 2)
    assert torch.equal(opened.denoise(x, 1.0), made.denoise(x, 1.0))
    *_, last = execute(Run(model=opened.reference), opened)
    assert last.x.isfinite().all()


def test_the_levels_it_knows_are_those_of_its_betas() -> None:
    model = learned(PRESETS["Low1DMix"])
    assert (model.sigma_min, model.sigma_max) == pytest.approx((0.005, 2.24), rel=1e-2)
    steps = list(execute(Run(model=model.reference), model))
    assert (steps[0].sigma, steps[-2].sigma) == (model.sigma_max, model.sigma_min)
    assert model.dtype == torch.float32
    assert learned(PRESETS["AFHQ256Exp"]).dtype == torch.float64


def test_t_is_an_input_from_minus_two_to_two() -> None:
    model = learned(LinearBetas(steps=100))
    x = torch.randn(3, 2)
    for t, c_noise in ((25, -1.0), (50, 0.0), (100, 2.0)):
        sigma = model.view.sigmas[t - 1].item()
        inner = model.network(x / math.sqrt(1 + sigma**2), torch.full((3,), c_noise))
        torch.testing.assert_close(model.denoise(x, sigma), x - sigma * inner, atol=1e-4, rtol=1e-4)


def test_blocks_change_nothing() -> None:
    model = learned(PRESETS["Celeb64"])
    x = torch.randn(7, 2)
    blocks = in_blocks(model, 4, torch.float32)
    torch.testing.assert_close(blocks(x, 3.0), model.denoise(x, 3.0))
