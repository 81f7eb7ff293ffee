"""Models of diffusers: D equals what the pipeline's own scheduler predicts, for all it can be trained to tell."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler

from engine import models
from engine.checkpoints import open_checkpoint, save
from engine.execute import execute
from engine.models.diffusers_unet import DiffusersUNet
from engine.run import Run
from tests.engine.foreign import network, pipeline


def opened(folder: Path) -> DiffusersUNet:
    model = models.load(folder)
    assert isinstance(model, DiffusersUNet)
    return model


@torch.no_grad()
def differences(folder: Path, scheduler: Any, timesteps: list[int], **changes: Any) -> list[float]:
    """The largest difference of our D and the pipeline's, over 1 or its size where that is more, at each timestep."""
    unet = pipeline(folder, scheduler, **changes).unet
    model = opened(folder)
    torch.manual_seed(1)
    found = []
    for t in timesteps:
        x_vp = torch.randn(3, *model.data_shape)
        theirs = scheduler.step(unet(x_vp, t).sample, t, x_vp).pred_original_sample
        sigma = model.view.sigmas[t].item()
        ours = model.denoise(x_vp.double() * (1 + sigma**2) ** 0.5, sigma)
        found.append(((ours - theirs).abs() / theirs.abs().clamp(min=1)).max().item())
    return found


SCHEDULES: dict[str, dict[str, Any]] = {
    "linear": {},
    "scaled linear": {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
    "cosine": {"beta_schedule": "squaredcos_cap_v2", "clip_sample_range": 0.7},
    "given": {"trained_betas": np.linspace(0.001, 0.1, 60).tolist(), "num_train_timesteps": 60},
}


@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize("prediction", ["epsilon", "sample", "v_prediction"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_it_is_the_pipelines_own_prediction(tmp_path: Path, schedule: str, prediction: str, clip: bool) -> None:
    scheduler = DDPMScheduler(clip_sample=clip, prediction_type=prediction, **SCHEDULES[schedule])
    last = len(scheduler.betas) - 1
    assert max(differences(tmp_path, scheduler, [0, 1, 2, 7, 30, last // 2, last - 1, last])) < 1e-5


def test_it_is_so_at_each_timestep(tmp_path: Path) -> None:
    scheduler = DDPMScheduler(num_train_timesteps=100, beta_end=0.2)
    assert max(differences(tmp_path, scheduler, list(range(100)))) < 1e-5


@pytest.mark.parametrize("prediction", ["sample", "v_prediction"])
def test_a_last_level_of_pure_noise_is_a_million(tmp_path: Path, prediction: Any) -> None:
    scheduler = DDPMScheduler(num_train_timesteps=50, rescale_betas_zero_snr=True, prediction_type=prediction)
    assert scheduler.alphas_cumprod[-1] == 0
    assert max(differences(tmp_path, scheduler, [0, 25, 48, 49])) < 1e-5
    model = opened(tmp_path)
    assert model.sigma_max == pytest.approx(1e6)
    assert model.dtype == torch.float64
    assert model.denoise(torch.randn(2, 1, 8, 12).double() * 1e4, 1e4).isfinite().all()


def test_a_learned_variance_is_left_out(tmp_path: Path) -> None:
    scheduler = DDPMScheduler(num_train_timesteps=50, variance_type="learned_range")
    assert max(differences(tmp_path, scheduler, [0, 20, 49], out_channels=2)) < 1e-5


def test_where_the_scheduler_has_no_limit_there_is_none(tmp_path: Path) -> None:
    pipeline(tmp_path / "limited", DDIMScheduler(num_train_timesteps=20))
    pipeline(tmp_path / "free", DPMSolverMultistepScheduler(num_train_timesteps=20))
    limited, free = opened(tmp_path / "limited"), opened(tmp_path / "free")
    x = 50 * torch.randn(2, 1, 8, 12).double()
    assert limited.denoise(x, limited.sigma_max).abs().max() == 1
    assert free.denoise(x, free.sigma_max).abs().max() > 1


def test_between_two_timesteps_it_goes_smoothly(tmp_path: Path) -> None:
    pipeline(tmp_path, DDPMScheduler(num_train_timesteps=50, prediction_type="sample"))
    model = opened(tmp_path)
    low, high = model.view.sigmas[10:12].log().tolist()
    n = torch.randn(1, 1, 8, 12).double()
    values = []
    for part in (0, 0.25, 0.5, 0.75, 1):
        sigma = np.exp(low + part * (high - low))
        values.append(model.denoise(n * (1 + sigma**2) ** 0.5, sigma))
    moved = [(late - early).norm().item() for early, late in pairwise(values)]
    assert 0 < max(moved) < 1.5 * min(moved)


def test_it_samples_and_precision_may_be_chosen(tmp_path: Path) -> None:
    pipeline(tmp_path, DDPMScheduler(num_train_timesteps=50))
    model = opened(tmp_path)
    run = Run(model=model.reference).replace(latents={"count": 5}, schedule={"steps": 4})
    *_, last = execute(run, model)
    *_, single = execute(run.replace(precision="float32"), model)
    assert last.x.shape == (5, 1, 8, 12)
    assert 0 < (last.x - single.x).abs().max() < 1e-2


@pytest.mark.parametrize("halved", [True, False])
def test_as_a_checkpoint_of_ours_it_is_the_same_model(tmp_path: Path, halved: bool) -> None:
    made = pipeline(tmp_path / "theirs", DDPMScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="sample"))
    if halved:
        made.unet.half().save_pretrained(tmp_path / "theirs" / "unet")
    model = opened(tmp_path / "theirs")
    again = open_checkpoint(save(tmp_path / "ours", model))
    assert again.reference == model.reference
    assert model.reference.label == "theirs"
    assert {array.dtype.name for array in again.arrays.values()} == {"float16" if halved else "float32"}
    x = torch.randn(2, 1, 8, 12).double()
    assert torch.equal(again.denoise(x, 3.0), model.denoise(x, 3.0))
    assert str(tmp_path) not in (tmp_path / "ours.json").read_text()


def test_weights_betas_and_prediction_count_for_the_identity_and_how_it_samples_does_not(tmp_path: Path) -> None:
    schedulers = [
        DDPMScheduler(),
        DDIMScheduler(timestep_spacing="trailing", steps_offset=1),
        DDPMScheduler(beta_end=0.03),
        DDPMScheduler(prediction_type="sample"),
        DDPMScheduler(clip_sample=False),
    ]
    hashes = []
    for number, scheduler in enumerate(schedulers):
        pipeline(tmp_path / str(number), scheduler)
        hashes.append(opened(tmp_path / str(number)).reference.sha256)
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == len(hashes) - 1
    other = network()
    with torch.no_grad():
        other.conv_out.bias.add_(1)
    other.save_pretrained(tmp_path / "0" / "unet")
    assert opened(tmp_path / "0").reference.sha256 not in hashes
