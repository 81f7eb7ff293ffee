"""How memory grows while the monkey plays: samples, and the slope of a line through them. Called by `monkey`.

What is meant to be kept and may be large, Trajectories, is subtracted; both are told.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psutil
from PySide6.QtWidgets import QApplication

from engine import attachments
from engine.trajectory import Trajectory

MIB = 2**20

LONG_ENOUGH = 3
"""Minutes of rests from which growth can be told."""


@dataclass(frozen=True)
class Sample:
    """The process after so many `seconds`: its resident memory and what Trajectories and attachments have of it, in
    MiB; the numbers of Python's objects, of widgets and of open files. `rested` where nothing was being drawn.
    """

    seconds: float
    resident: float
    trajectories: float
    attachments: float
    objects: int
    widgets: int
    files: int
    rested: bool


def sample(seconds: float, rested: bool) -> Sample:
    """Collect what is garbage, give back what is free, and look."""
    gc.collect()
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).malloc_trim(0)  # or what glibc keeps for later looks like a leak
    process, objects = psutil.Process(), gc.get_objects()
    kept = sum(thing.nbytes for thing in objects if type(thing) is Trajectory)
    return Sample(
        round(seconds, 1),
        round(process.memory_info().rss / MIB, 1),
        round(kept / MIB, 1),
        round(attachments.size() / MIB, 2),
        len(objects),
        len(QApplication.allWidgets()),
        process.num_fds() if hasattr(process, "num_fds") else 0,
        rested,
    )


def growth(samples: Sequence[Sample]) -> float | None:
    """MiB a minute by which resident memory without Trajectories grew at rest, over the second half of the time: the
    slope of the least-squares line. None for samples of fewer than `LONG_ENOUGH` minutes: workspaces, which stay, are
    built when they are first seen.
    """
    rested = [each for each in samples if each.rested]
    half = [each for each in rested if each.seconds >= samples[-1].seconds / 2] if rested else []
    minutes = np.array([each.seconds for each in half]) / 60
    if len(half) < 3 or np.ptp(minutes) < LONG_ENOUGH:
        return None
    slope, _ = np.polyfit(minutes, [each.resident - each.trajectories for each in half], 1)
    return float(slope)
