"""What an experiment takes before its speed is known. No torch here.

Called by `latent-loupe reproduce --list` and, for the window, by `live`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from engine import models
from engine.errors import InputError
from engine.experiments.experiment import Experiment
from engine.run import ModelReference, Run
from engine.settings import Frozen
from engine.spelled import duration

PICTURE, POINT = 2e-3, 3e-6
"""Seconds that an evaluation takes for one particle on a free core of a common processor, about: by a network that
draws 32 x 32 pictures, and of a mixture in few dimensions.
"""


def seconds(runs: Iterable[Run]) -> float:
    """What these take on one core, about. A Run whose model is not here counts as one of pictures."""

    @functools.cache
    def evaluation(model: ModelReference) -> float:
        info = models.find(model)
        return POINT if info is not None and len(info.data_shape) == 1 else PICTURE

    return sum(run.sampler.per_step * run.schedule.steps * run.latents.count * evaluation(run.model) for run in runs)


def told(experiment: Experiment[Any], plan: Frozen) -> str:
    """The number of cells and the time that they take on one core: "40 cells, about 12 min"; what is wrong where it
    cannot be carried out.
    """
    try:
        cells = experiment.cells(plan)
    except InputError as error:
        return str(error).partition(":")[0]
    return f"{len(cells):,} cells, about {rough(seconds(cell.run for cell in cells))}"


def rough(seconds: float) -> str:
    """A duration that is only guessed, in its largest unit."""
    return " ".join(duration(max(seconds, 60.0)).split()[:2])
