"""A configuration looked at before it is trained: examples of its data, the network's size, how long it will take.

Called by the window's worker.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.data.sets import DataSet
from engine.resources import device
from engine.training.config import Training
from engine.training.state import State

EXAMPLES = 12
"""Pictures or sequences shown of a data set."""

POINTS = 1000
"""Points shown of a data set in one or two dimensions."""

ENOUGH = 0.5
"""Seconds after which the time of a step is told from the part of it that was done."""

_STEP = 2**32 - 3  # a step that no training reaches


@dataclass(frozen=True)
class Look:
    """What `config` comes to: examples `x0` [N, *data_shape] with their conditions `cond` [N, *cond_shape] or None,
    `size`, the number of examples there are (None where they are made anew), the network's `parameters`, the `seconds`
    that all steps will take here, the files `skipped` with the reasons.
    """

    config: Training
    x0: np.ndarray
    cond: np.ndarray | None
    size: int | None
    parameters: int
    seconds: float
    skipped: Mapping[str, str] = field(default_factory=dict)


def look(config: Training, data: DataSet) -> Iterator[Look | None]:
    """A Look at `config`, whose data are open, as the last item, None before it.

    Raises `InputError` if the network does not suit the data.
    """
    count = POINTS if len(data.data_shape) == 1 else EXAMPLES
    x0, cond = data.batch(config.seed, _STEP, count)
    yield None
    state = State(config, data, device())
    parameters = sum(weight.numel() for weight in state.model.network.parameters())
    for _ in itertools.islice(state.advance(), 2):  # the first passes of a network take longer than the others
        yield None
    done, pieces = 0, 2 * config.batch // config.microbatch
    before = time.monotonic()
    for _ in state.advance():  # a step of a training that nobody keeps
        done += 1
        yield None
        if time.monotonic() - before > ENOUGH:
            break
    seconds = (time.monotonic() - before) * pieces / done * config.steps
    yield Look(config, x0, cond, data.size, parameters, seconds, data.skipped())
