"""A training as people watch it: everything that is known of it, a few times a second.

Called by the window's worker. Each Report is whole, so that the newest one can stand for all before it.
"""

from __future__ import annotations

import collections
import contextlib
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.files import write_atomically
from engine.reading import check
from engine.training.config import FILE
from engine.training.library import entry_of
from engine.training.state import State
from engine.training.train import train

EVERY = 0.25
"""Seconds between two Reports, about."""

POINTS = 1000
"""Points of the loss curve at most."""

RECENT = 20.0
"""Seconds over which examples a second are counted: what else ran meanwhile slows them down."""

SMOOTH = 100
"""Steps that the smoothed loss is the mean of."""

_SAMPLES = "samples-{:07d}.npy"

_LARGEST = 2**28  # bytes of a preview's file


@dataclass(frozen=True)
class Preview:
    """Samples [N, *data_shape], float32, of the moving average after `step` steps, from the same latents each time."""

    step: int
    samples: np.ndarray


@dataclass(frozen=True)
class Curve:
    """The loss over the steps: the mean `loss` [K] of each stretch of steps that ends at `steps` [K], and `smooth` [K],
    the mean of the last `SMOOTH` steps there.
    """

    steps: np.ndarray
    loss: np.ndarray
    smooth: np.ndarray


@dataclass(frozen=True)
class Report:
    """A training after `step` of `steps` steps. `rate` is examples a second, `seconds_left` None while unknown,
    `previews` are in the order in which they were drawn.
    """

    step: int
    steps: int
    rate: float
    seconds_left: float | None
    curve: Curve
    previews: tuple[Preview, ...]


def watch(state: State, folder: Path, interrupted: Callable[[], bool] = lambda: False) -> Iterator[Report | None]:
    """Train as `train` does; a Report now and then, at each preview and at the end, None for the items between.

    Previews are kept in `folder`; those of before are in the first Report. Raises as `train` does.
    """
    kept = entry_of(folder)
    if not (folder / FILE).exists() or (kept is not None and kept.step < state.step):
        state.save(folder)  # from now on it is listed, and with what a disk refused before
    previews = stored(folder, state.step)
    rate = 0.0
    yield report(state, rate, previews)
    marks = collections.deque([(time.monotonic(), state.step)])
    # Closed here and not by Python some time: where the disk refuses what it then saves, that has to be heard.
    with contextlib.closing(train(state, folder, interrupted)) as training:
        for progress in training:
            now = time.monotonic()
            if progress.samples is not None:
                preview = Preview(progress.step, progress.samples.numpy())
                previews = (*previews, preview)
                _store(folder, preview)
            elif now - marks[-1][0] < EVERY:
                yield None
                continue
            while len(marks) > 1 and now - marks[0][0] > RECENT:
                marks.popleft()
            begun, step = marks[0]
            rate = (state.step - step) * state.config.batch / max(now - begun, 1e-9)
            marks.append((now, state.step))
            yield report(state, rate, previews)
    yield report(state, rate, previews)


def report(state: State, rate: float, previews: tuple[Preview, ...]) -> Report:
    """What is known of `state`, at `rate` examples a second."""
    left = (state.config.steps - state.step) * state.config.batch / rate if rate else None
    return Report(state.step, state.config.steps, rate, left, curve(state.losses), previews)


def curve(losses: list[float]) -> Curve:
    """The curve of the losses of steps 1, 2, ..., thinned to `POINTS` stretches."""
    values = np.asarray(losses, dtype=np.float64)
    if not values.size:
        return Curve(*(np.empty(0) for _ in range(3)))
    every = -(-values.size // POINTS)
    starts = np.arange(0, values.size, every)
    ends = np.minimum(starts + every, values.size)
    means = np.add.reduceat(values, starts) / (ends - starts)
    sums, first = np.concatenate([[0.0], values.cumsum()]), np.maximum(ends - SMOOTH, 0)
    return Curve(ends, means, (sums[ends] - sums[first]) / (ends - first))


def stored(folder: Path, step: int) -> tuple[Preview, ...]:
    """The previews in `folder` of up to `step` steps, in their order; one that cannot be read is left out."""
    found = []
    for path in sorted(folder.glob(_SAMPLES.replace("{:07d}", "*"))):
        number = path.stem.removeprefix("samples-")
        if number.isdecimal() and int(number) <= step:
            try:
                if check(path) <= _LARGEST:
                    found.append(Preview(int(number), np.load(path, allow_pickle=False).astype(np.float32)))
            except Exception:  # NumPy raises errors of a dozen kinds on damaged files
                continue
    return tuple(found)


def _store(folder: Path, preview: Preview) -> None:
    file = io.BytesIO()
    np.save(file, preview.samples.astype(np.float16))
    write_atomically(folder / _SAMPLES.format(preview.step), file.getvalue())
