"""The trainer: a configuration and a folder to a generator of Progress.

Called by `latent-loupe train` and by the window's worker, between whose items other work runs. No Qt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from engine.data.sets import DataSet
from engine.errors import Interrupted
from engine.resources import device
from engine.run import Condition, Latents, Run
from engine.settings import EDMSchedule
from engine.training.config import FILE, Training
from engine.training.sampling import sampling
from engine.training.state import State

PREVIEWS, POINTS = 20, 400
"""Pictures and points in a preview; the latents are the same each time, and the conditions are the model's examples."""

_PREVIEW_STEPS = 18


@dataclass(frozen=True)
class Progress:
    """Where a training stands after `step` of `steps` steps: told after each piece of work.

    `loss` is that of the last step (None while a step or a preview is under way), `rate` the images per second since
    the training was started or resumed, `samples` [N, *data_shape] a new preview, `saved` whether the state was
    just written.
    """

    step: int
    steps: int
    rate: float
    loss: float | None = None
    samples: Tensor | None = None
    saved: bool = False


def start(config: Training, folder: Path, data: DataSet | None = None) -> State:
    """The state in `folder`, or a new one where there is none; `data` where they are open already.

    Raises `InputError`, also where the data are missing.
    """
    state = State(config, data or config.data.open(), device())
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

    def previewed() -> Iterator[Progress]:
        state.awaits_preview = True
        for samples in preview(state):
            if interrupted():
                raise Interrupted
            state.awaits_preview = samples is None
            yield progress(samples=samples)

    try:
        if state.awaits_preview:
            yield from previewed()
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
                yield from previewed()
            if last or now - saved >= 60 * config.save_minutes:
                state.save(folder)
                saved, kept = now, state.step
                yield progress(saved=True)
    finally:
        if state.step > kept:
            state.save(folder)


def preview(state: State) -> Iterator[Tensor | None]:
    """None after each piece of the sampling, then samples of the moving average [N, *data_shape], on the CPU."""
    model = state.average
    count = PREVIEWS if len(model.data_shape) == 3 else POINTS
    run = Run(
        model=model.reference,
        latents=Latents(seed=state.config.seed, count=count),
        condition=Condition(example="each"),
        schedule=EDMSchedule(steps=_PREVIEW_STEPS),
    )
    samples = yield from sampling(run, model)
    yield samples
