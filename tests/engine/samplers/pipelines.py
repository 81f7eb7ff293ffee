"""A whole run of a pipeline of diffusers and ours on the same weights and noise, for the tests of ddpm and ddim."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine import models
from engine.execute import execute, schedule
from engine.noise import LATENT, Noise
from engine.run import Run
from tests.engine.foreign import pipeline

SEED = 3
SMALLER = {"block_out_channels": (8,), "down_block_types": ("DownBlock2D",), "up_block_types": ("UpBlock2D",)}


@torch.no_grad()
def largest_difference(
    folder: Path,
    scheduler: Any,
    steps: int,
    step: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
    **sampler: Any,
) -> float:
    """The largest difference of the states x_vp of both, over their size where that is more than 1.

    `step(eps, t, x_vp, z)` is the pipeline's way to its next state; z is the noise that ours takes in that step. The
    spacing of the steps is the scheduler's.
    """
    made: Any = pipeline(folder, scheduler, **SMALLER)
    model = models.load(folder)
    spacing = scheduler.config.timestep_spacing
    run = Run(model=model.reference).replace(
        latents={"seed": SEED, "count": 2},
        schedule={"name": "ddpm", "steps": steps, "spacing": spacing},
        sampler=sampler,
        block=2,
    )
    ours = [taken.x / (1 + taken.sigma**2) ** 0.5 for taken in execute(run, model)]
    scheduler.set_timesteps(steps)
    torch.testing.assert_close(schedule(run, model)[:-1], levels(scheduler), rtol=1e-6, atol=0)
    like = torch.empty(2, *model.data_shape)
    x, found = Noise(SEED)(LATENT, like), [0.0]
    for i, t in enumerate(scheduler.timesteps):
        x = step(made.unet(x, t).sample, t, x, Noise(SEED)(i, like))
        found.append(((ours[i + 1] - x).abs().max() / x.abs().max().clamp(min=1)).item())
    assert len(ours) == len(found)
    return max(found)


def levels(scheduler: Any) -> Tensor:
    """The noise levels sigma at the scheduler's timesteps."""
    kept: Tensor = scheduler.alphas_cumprod.double()[scheduler.timesteps]
    return ((1 - kept) / kept).sqrt()
