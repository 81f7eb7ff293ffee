"""The trainer: a configuration and a folder to a generator of Progress.

Called by `latent-loupe train` and by the window's worker, between whose items other work runs. No Qt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine import latents
from engine.denoiser import in_blocks
from engine.errors import Interrupted
from engine.execute import device
from engine.noise import Noise
from engine.samplers.heun import heun
from engine.schedules import edm
from engine.training.config import Training
from engine.training.state import FILE, State

PREVIEWS = 20
"""Samples in a preview; the latents and conditions are the same each time."""

_PREVIEW_STEPS = 18
_PREVIEW_BATCH = 2**32 - 2  # the step whose data are the previews' conditions; no training reaches it


@dataclass(frozen=True)
class Progress:
    """Where a training stands after `step` of `steps` steps: told after each piece of work.

    `loss` is that of the last step (None while a step or a preview is under way), `rate` the images per second since
    the training was started or resumed, `samples` [20, *data_shape] a new preview, `saved` whether the state was
    just written.
    """

    step: int
    steps: int
    rate: float
    loss: float | None = None
    samples: Tensor | None = None
    saved: bool = False


def start(config: Training, folder: Path) -> State:
    """The state in `folder`, or a new one where there is none. Raises `InputError`, also where the data are missing."""
    state = State(config, config.data.open(), device())
    if (folder / FILE).exists():
        state.read(folder)
    return state


def train(
    state: State, folder: Path, interrupted: Callable[[], bool] = lambda: False
) -> Generator[Progress, None, None]:
    """Train on until the last step, keeping the state in `folder`; each item takes one forward or backward pass.

    Once `interrupted()` is true, and where the generator is closed, the state is saved and `Interrupted` raised. A
    process that is killed loses the work since the last saving, `save_minutes` of it at most.
    Raises `InputError` if the loss is no longer finite or the disk refuses.
    """
    config = state.config
    begun = saved = time.monotonic()
    images, kept = 0, state.step

    def progress(**news: object) -> Progress:
        rate = images / max(1e-9, time.monotonic() - begun)
        return Progress(state.step, config.steps, rate, **news)  # type: ignore[arg-type]

    try:
        while state.step < config.steps:
            before = time.monotonic()
            for _ in state.advance():
                if interrupted():
                    raise Interrupted
                yield progress()
            images += config.batch
            now = time.monotonic()
            state.seconds += now - before
            yield progress(loss=state.losses[-1])
            last = state.step == config.steps
            if state.step % config.preview_every == 0 or last:
                for samples in preview(state):
                    if interrupted():
                        raise Interrupted
                    yield progress(samples=samples)
            if last or now - saved >= 60 * config.save_minutes:
                state.save(folder)
                saved, kept = now, state.step
                yield progress(saved=True)
    finally:
        if state.step > kept:
            state.save(folder)


def preview(state: State) -> Iterator[Tensor | None]:
    """None after each sampling step of a few, then samples of the moving average [20, *data_shape], float32, on the
    CPU.
    """
    model, seed = state.average, state.config.seed
    _, cond = state.data.batch(seed, _PREVIEW_BATCH, PREVIEWS)
    sigmas = edm(_PREVIEW_STEPS, model.sigma_max, model.sigma_min)
    samples = []
    for first in range(0, PREVIEWS, model.block):
        particles = range(PREVIEWS)[first : first + model.block]
        frames = None if cond is None else torch.from_numpy(cond[particles.start : particles.stop])
        noise = Noise(seed, particles)
        n = latents.draw(noise, len(particles), model.data_shape, torch.float64, state.device)
        denoise = in_blocks(model, model.block, torch.float32, frames)
        for step in heun(denoise, n * sigmas[0].item(), sigmas, noise=noise):
            x = step.x
            yield None
        samples.append(x.float().cpu())
    yield torch.cat(samples)
