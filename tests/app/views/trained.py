"""A TrainingState as a training leaves it, without a worker. Shared by the tests of the Train workspace's views."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from app.training import TrainingState
from engine.data.sets import FaceSettings
from engine.training.config import Training
from engine.training.library import Entry
from engine.training.live import Preview, Report, curve

CONFIG = Training(name="tiny", data=FaceSettings(), steps=2000, preview_every=50)


def losses(steps: int) -> list[float]:
    """Of so many steps: falling from 1 to a tenth."""
    return [0.1 + 0.9 * math.exp(-step / 60) for step in range(steps)]


def previews(*steps: int, shape: tuple[int, ...] = (1, 16, 16), count: int = 20) -> tuple[Preview, ...]:
    """Previews of `count` samples each, the sample p of grey (or at) -1 + p / 10 after whatever number of steps."""
    values = np.linspace(-1, 0.9, count, dtype=np.float32).reshape(count, *[1] * len(shape)) * np.ones(
        shape, np.float32
    )
    return tuple(Preview(step, values.copy()) for step in steps)


def reported(step: int, drawn: tuple[Preview, ...] = (), **other: Any) -> Report:
    """A report after `step` of 2,000 steps."""
    content = {"step": step, "steps": 2000, "rate": 240.4, "seconds_left": 4330.0, "curve": curve(losses(step))}
    return Report(**{**content, "previews": drawn, **other})


def running(step: int, drawn: tuple[Preview, ...] = ()) -> TrainingState:
    """A state in which a training runs and was reported after `step` steps."""
    state = TrainingState(CONFIG)
    state.set_status("running")
    state.set_report(reported(step, drawn))
    return state


def entry(name: str, step: int) -> Entry:
    """A training kept in a folder of that name."""
    return Entry(Path("trainings") / name, CONFIG, step)
