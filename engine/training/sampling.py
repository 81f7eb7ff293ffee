"""What a Run draws, in pieces between which other work can run. Called by previews and by `quality`."""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor

from engine import latents
from engine.denoiser import in_blocks
from engine.execute import condition, device, schedule
from engine.models.learned import Learned
from engine.noise import Noise
from engine.run import Run
from engine.samplers import SAMPLERS


def pieces(run: Run, model: Learned) -> int:
    """How many items `sampling` has."""
    return -(-run.latents.count // model.block) * run.schedule.steps


def sampling(run: Run, model: Learned, cond: Tensor | None = None) -> Generator[None, None, Tensor]:
    """None before each step of each block of particles; its value is x0 [N, *data_shape], float32, on the CPU.

    The values are those of `execute`. `cond` [N, *cond_shape] is what the particles are given; where it is None, what
    the Run says. Raises `InputError` as `condition` does.
    """
    cond = condition(run, model) if cond is None else cond
    sigmas = schedule(run, model)
    everyone = range(run.latents.count)
    samples = []
    for first in range(0, len(everyone), model.block):
        particles = everyone[first : first + model.block]
        frames = None if cond is None else cond[particles.start : particles.stop]
        noise = Noise(run.latents.seed, particles)
        n = latents.draw(noise, len(particles), model.data_shape, torch.float64, device())
        denoise = in_blocks(model, model.block, model.dtype, frames)
        steps = SAMPLERS[run.sampler.name](denoise, n * sigmas[0].item(), sigmas, noise=noise, **run.sampler.values())
        for _ in range(run.schedule.steps):
            yield
            next(steps)
        samples.append(next(steps).x.float().cpu())
    return torch.cat(samples)
