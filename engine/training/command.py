"""Training without a window: progress as lines, previews as pictures. Called by the command line."""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from PIL import Image

from engine.analysis.pictures import contact_sheet, enlarge, is_picture, to_uint8
from engine.checkpoints import save
from engine.files import write_atomically
from engine.training.config import Training
from engine.training.state import State
from engine.training.train import Progress, start, train

_LINE_EVERY = 100  # steps
_CURVE = 400  # points of the loss curve that is kept with a model


def run(config: Training, folder: Path, interrupted: Callable[[], bool]) -> None:
    """Train `config` in `folder`, going on with what it holds, and write the model. Raises as `train` does."""
    state = start(config, folder)
    print(f"{config.name}: step {state.step} of {config.steps} on {state.device}", flush=True)
    for progress in train(state, folder, interrupted):
        if progress.loss is not None and (progress.step % _LINE_EVERY == 0 or progress.step == progress.steps):
            print(_line(progress, config, state.losses[-_LINE_EVERY:]), flush=True)
        if progress.samples is not None and is_picture(state.model.data_shape):
            sheet = contact_sheet(to_uint8(progress.samples.numpy()), columns=10)
            write_atomically(folder / f"samples-{progress.step:07d}.png", _png(enlarge(sheet, 2)))
    print(f"Written to {export(state, folder).name}.", flush=True)


def export(state: State, folder: Path) -> Path:
    """Write the moving average as it is now into `folder`, with where it comes from; the path of its weights."""
    every = max(1, len(state.losses) // _CURVE)
    curve = [round(statistics.fmean(state.losses[i : i + every]), 5) for i in range(0, len(state.losses), every)]
    provenance = {
        "training": state.config.model_dump(mode="json"),
        "command": f"python -m engine.training {state.config.name}.toml --folder {state.config.name}",
        "steps": state.step,
        "seconds": round(state.seconds),
        "loss": {"steps each": every, "means": curve},
    }
    return save(folder / state.config.name, state.average.snapshot(state.config.name), provenance=provenance)


def _line(progress: Progress, config: Training, losses: list[float]) -> str:
    left = timedelta(seconds=round((progress.steps - progress.step) * config.batch / progress.rate))
    loss = statistics.fmean(losses)
    return f"step {progress.step:,} of {progress.steps:,}  loss {loss:.4f}  {progress.rate:.0f} images/s  {left} left"


def _png(pixels: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")  # type: ignore[arg-type]
    return file.getvalue()
