"""Noise schedules as tensors: the levels sigmas of a schedule by its name, 1-D float64, strictly falling to 0.

For whoever uses samplers by themselves; `engine.levels` computes them and says what each does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

import torch
from torch import Tensor

from engine import levels

P = ParamSpec("P")


def _as_tensor(schedule: Callable[P, levels.Levels]) -> Callable[P, Tensor]:
    @functools.wraps(schedule)
    def sigmas(*arguments: P.args, **settings: P.kwargs) -> Tensor:
        return torch.from_numpy(schedule(*arguments, **settings))

    return sigmas


SCHEDULES: dict[str, Callable[..., Tensor]] = {name: _as_tensor(schedule) for name, schedule in levels.LEVELS.items()}

edm = SCHEDULES["edm"]
