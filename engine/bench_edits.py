"""The budgets of painting and of edits: what a mouse event costs a large mask, and what an edit of one particle draws.

Called by `engine.bench`.
"""

from __future__ import annotations

import collections
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from engine import models, painting
from engine.bench import Row, paired
from engine.execute import record
from engine.mask import Mask
from engine.run import Run

FRAME = 0.016
"""Seconds of a frame: what a mouse event may take."""

_SIDE, _BRUSH = 1024, 64
_EVENTS, _REPEATS = 200, 5


def rows() -> Iterator[Row]:
    """The budgets, one after the other."""
    empty: Mask = np.zeros((_SIDE, _SIDE), np.uint8)
    whole = (0.0, 0.0), (float(_SIDE), float(_SIDE))
    there = itertools.cycle([(10.0, 10.0), (_SIDE - 10.0, _SIDE - 10.0)])
    events: dict[str, tuple[Callable[[], object], str]] = {
        "a stroke": (_along(empty), f"a brush of {_BRUSH}, 20 pixels further"),
        "a stroke right across": (partial(_go, painting.Stroke(empty, _BRUSH), there), f"a brush of {_BRUSH}"),
        "an ellipse": (partial(painting.ellipse, empty, *whole, soft=0.5), "as large as the mask, soft"),
    }
    for name, (event, how) in events.items():
        share = statistics.median(_cpu_seconds(event) for _ in range(_EVENTS)) / FRAME
        how = f"a mask of {_SIDE} × {_SIDE}, {how}; CPU time, median of {_EVENTS}"
        yield Row(f"a mouse event of {name}, against a frame of 16 ms", share, "×", 1, how)
    for count, budget in ((10, 1.1), (40, 0.3)):
        ratio = _redrawn(count)
        how = f"intensity, 4 Heun steps, blocks of ten; median of {_REPEATS} interleaved pairs"
        yield Row(f"one of {count} particles drawn again, against all: faces", ratio, "×", budget, how)


def _along(empty: Mask) -> Callable[[], object]:
    """A stroke that goes to and fro, 20 pixels an event."""
    stroke = painting.Stroke(empty, _BRUSH, soft=0.5)
    way = [(100.0 + 20 * place, 500.0) for place in range(40)]
    return partial(_go, stroke, itertools.cycle([*way, *reversed(way)]))


def _go(stroke: painting.Stroke, points: Iterator[painting.Point]) -> None:
    stroke.to(*next(points))


def _redrawn(count: int) -> float:
    """How long an edit of one particle of `faces` takes, as a share of drawing all."""
    model = models.load("faces")
    run = Run(model=model.reference).replace(latents={"count": count}, schedule={"steps": 4})
    edited = run.replace(latents={"edits": [{"kind": "intensity", "particles": [3], "strength": 0.1}]})
    *_, whole = record(run, model)
    splice = whole.splice(edited)
    drawn = (partial(record, edited, model, splice=each) for each in (splice, None))
    one, every = (partial(_drain, draw) for draw in drawn)
    return statistics.median(paired(one, every, _REPEATS))


def _drain(draw: Callable[[], Iterator[object]]) -> None:
    collections.deque(draw(), 0)


def _cpu_seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
