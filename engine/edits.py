"""Edits: what was changed by hand on the way of a trajectory. Applied by `execute`. No torch at import."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.run import Move, Run

if TYPE_CHECKING:
    from torch import Tensor


def by_step(run: Run, data_shape: Sequence[int]) -> dict[int, list[Move]]:
    """The edits of `run` by the Step where they apply, steps rising, those of a step in their order.

    Raises `InputError` for one that has no place in the Run.
    """
    size, steps, count = math.prod(data_shape), run.schedule.steps, run.latents.count
    found: dict[int, list[Move]] = {}
    for edit in sorted(run.latents.edits, key=lambda edit: edit.step):
        if edit.step >= steps:
            raise InputError(
                f"Particle {edit.particle} was moved at step {edit.step}, and there are {steps} steps: take more, or "
                "put the particle back."
            )
        if edit.particle >= count:
            raise InputError(
                f"Particle {edit.particle} was moved, and there are {count} particles: raise the count, or put the "
                "particle back."
            )
        if len(edit.to) != size:
            raise InputError(
                f"Particle {edit.particle} was moved to a point of {len(edit.to)} values, and the model's have {size}: "
                "put the particle back."
            )
        found.setdefault(edit.step, []).append(edit)
    return found


def applied(x: Tensor, edits: Sequence[Move]) -> Tensor:
    """The states x [N, ...] with those edits; x itself stays as it is."""
    x = x.clone()
    for edit in edits:
        x[edit.particle] = x.new_tensor(edit.to).reshape(x.shape[1:])
    return x
