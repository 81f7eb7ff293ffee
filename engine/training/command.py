"""Training without a window: a progress bar or lines, previews as pictures, Ctrl+C. Called by the command line."""

from __future__ import annotations

import io
import signal
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from PIL import Image
from tqdm import tqdm

from engine.analysis.pictures import contact_sheet, enlarge, is_picture, to_uint8
from engine.checkpoints import save
from engine.data.sets import SHARED
from engine.errors import InputError
from engine.files import write_atomically
from engine.training.config import FILE, Training
from engine.training.state import State
from engine.training.train import Progress, start, train

_LINE_EVERY = 100  # steps
_CURVE = 400  # points of the loss curve that is kept with a model


def run(config: Training, folder: Path, interrupted: Callable[[], bool] = lambda: False) -> Path:
    """Train `config` in `folder`, going on with what it holds, and write the model: the path of its weights.

    Where stderr is no terminal there are lines instead of a bar. Raises as `train` does.
    """
    state = start(config, folder)
    tqdm.monitor_interval = 0  # or it starts a thread of its own
    with tqdm(total=config.steps, initial=state.step, unit="step", disable=None, desc=config.name) as bar:
        for progress in train(state, folder, interrupted):
            if progress.loss is not None and (progress.step % _LINE_EVERY == 0 or progress.step == progress.steps):
                _tell(bar, progress, statistics.fmean(state.losses[-_LINE_EVERY:]))
            if progress.samples is not None and is_picture(state.model.data_shape):
                sheet = contact_sheet(to_uint8(progress.samples.numpy()), columns=10)
                write_atomically(folder / f"samples-{progress.step:07d}.png", _png(enlarge(sheet, 2)))
    return export(state, folder)


def export(state: State, folder: Path, quality: Mapping[str, Any] | None = None, *, name: str = "") -> Path:
    """Write the moving average as it is now into `folder`, with where it comes from; the path of its weights.

    `name` is the model's, by default the configuration's.
    """
    config, name = state.config, name or state.config.name
    every = max(1, len(state.losses) // _CURVE)
    curve = [round(statistics.fmean(state.losses[i : i + every]), 5) for i in range(0, len(state.losses), every)]
    provenance = {
        "title": config.title or name,
        "description": config.description,
        "source": f"trained on {config.data.label}",
        "training": config.model_dump(mode="json", context=SHARED),
        "command": f"latent-loupe train {config.name}.toml",
        "steps": state.step,
        "seconds": round(state.seconds),
        "loss": {"steps each": every, "means": curve},
        **({"quality": dict(quality)} if quality else {}),
    }
    return save(folder / name, state.average.snapshot(name), provenance=provenance)


def export_from(config: Training, folder: Path) -> Path:
    """As `export`, of what `folder` holds of `config`. Raises `InputError` if it holds nothing."""
    if not (folder / FILE).exists():
        raise InputError(f"{folder.name} holds no training: name the folder it was started in with --folder.")
    return export(start(config, folder), folder)


@contextmanager
def until_interrupted() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl+C or a request to end has come; a second one ends the process as it would without this."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    stopped = False

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, stop)
    try:
        yield lambda: stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(bar: tqdm[Any], progress: Progress, loss: float) -> None:
    bar.set_postfix_str(f"loss {loss:.4f}, {progress.rate:.0f} examples/s", refresh=False)
    bar.update(progress.step - bar.n)
    if bar.disable:
        print(f"step {progress.step:,} of {progress.steps:,}  {bar.postfix}", file=sys.stderr, flush=True)


def _png(pixels: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")  # type: ignore[arg-type]
    return file.getvalue()
