"""How losses draw noise levels and what their weights mean."""
# spec: T2

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from engine.models.betas import PRESETS, LinearBetas
from engine.models.learned import build
from engine.models.networks import MLPSettings, NoisePredictorSettings
from engine.models.variance_preserving import NoisePredictor
from engine.training.config import DDPMLoss
from engine.training.losses import ddpm, ddpm_weights, squared_error

BETAS = LinearBetas(steps=20, last=0.3)


def model() -> NoisePredictor:
    settings = NoisePredictorSettings(network=MLPSettings(width=8), data_shape=(2,), sigma_data=1.0, betas=BETAS)
    torch.manual_seed(0)
    return NoisePredictor(settings, build(settings).double().requires_grad_(False))


def test_every_step_is_as_likely() -> None:
    ours = model()
    normal = torch.randn(40_000, generator=torch.Generator().manual_seed(0))
    sigma, _ = ddpm(DDPMLoss(betas=BETAS), ours, normal)
    steps = ours.view.step(sigma).round().long()
    assert torch.bincount(steps)[1:].tolist() == pytest.approx([2000] * 20, rel=0.1)
    extreme, _ = ddpm(DDPMLoss(betas=BETAS), ours, torch.tensor([-40.0, 40.0]))
    assert extreme.tolist() == pytest.approx([ours.view.sigmas[0].item(), ours.view.sigmas[-1].item()])


@pytest.mark.parametrize("weighting", ["simple", "score", "mean", "bound"])
def test_a_weighting_is_the_squared_error_of_its_target(weighting: Any) -> None:
    """Of what the model tells against what is true given x0, at every t, computed in VP coordinates."""
    ours, view = model(), model().view
    generator = torch.Generator().manual_seed(1)
    x0, eps = torch.randn(2, 20, 2, generator=generator, dtype=torch.float64)
    t = torch.arange(1, 21)
    beta = torch.from_numpy(BETAS.values)
    kept = (1 - beta).cumprod(0)
    before = kept / (1 - beta)
    x_vp = kept.sqrt()[:, None] * x0 + (1 - kept).sqrt()[:, None] * eps
    posterior = (before.sqrt() * beta / (1 - kept))[:, None] * x0
    posterior += ((1 - beta).sqrt() * (1 - before) / (1 - kept))[:, None] * x_vp
    told, true = {
        "simple": (view.noise(x_vp, t), eps),
        "score": (view.score(x_vp, t), -(x_vp - kept.sqrt()[:, None] * x0) / (1 - kept)[:, None]),
        "mean": (view.posterior_mean(x_vp, t), posterior),
        "bound": (view.posterior_mean(x_vp, t) / (2 * beta).sqrt()[:, None], posterior / (2 * beta).sqrt()[:, None]),
    }[weighting]
    expected = (told - true).square().mean(dim=1)
    sigmas, weights = ddpm_weights(DDPMLoss(betas=BETAS, weighting=weighting))
    counted = weights / sigmas.square() * squared_error(ours, x0, None, eps, sigmas)
    assert weights.mean().item() == pytest.approx(1)
    ratio = counted / expected
    torch.testing.assert_close(ratio, ratio[:1].expand(20), rtol=1e-9, atol=0)
    if weighting == "simple":
        assert ratio[0].item() == pytest.approx(1)


def test_single_precision_suffices_at_the_highest_levels() -> None:
    loss = DDPMLoss(betas=PRESETS["AFHQ256Exp"])
    sigma, weight = ddpm(loss, model(), torch.tensor([10.0]))
    eps = torch.full((1, 2), 0.7)

    class Told:
        def denoise(self, x: torch.Tensor, sigma: torch.Tensor, cond: None) -> torch.Tensor:
            return x - sigma[:, None] * (eps + 0.1)

    counted = weight * squared_error(Told(), torch.ones(1, 2), None, eps, sigma)  # type: ignore[arg-type]
    assert math.sqrt(counted.item()) == pytest.approx(0.1, rel=1e-4)
