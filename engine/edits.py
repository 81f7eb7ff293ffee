"""Edits: what was changed by hand on the way of a trajectory. Used by `execute` and `training.sampling`.

No torch at import.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.run import Run

if TYPE_CHECKING:
    from torch import Tensor

    from engine.step import Step

Places = Sequence[tuple[int, tuple[float, ...]]]
"""Rows of a batch, each with the state that it is given, flattened; the later one of two for a row holds."""


def by_step(run: Run, data_shape: Sequence[int], particles: range | None = None) -> dict[int, Places]:
    """The edits of `run` by the Step where they apply, steps rising, as places in a batch of those `particles`.

    None are all of them. Raises `InputError` for an edit that has no place in the Run.
    """
    size, steps, count = math.prod(data_shape), run.schedule.steps, run.latents.count
    particles = range(count) if particles is None else particles
    found: dict[int, list[tuple[int, tuple[float, ...]]]] = {}
    for edit in sorted(run.latents.edits, key=lambda edit: edit.step):
        if edit.step >= steps:
            raise InputError(
                f"Particle {edit.particle} was moved at step {edit.step}, and the last one that begins is {steps - 1}: "
                "take more steps, or put the particle back."
            )
        if edit.particle >= count:
            raise InputError(
                f"Particle {edit.particle} was moved, and the last one is {count - 1}: raise the count, or put the "
                "particle back."
            )
        if len(edit.to) != size:
            raise InputError(
                f"Particle {edit.particle} was moved to a point of {len(edit.to)} values, and the model's have {size}: "
                "put the particle back."
            )
        if edit.particle in particles:
            found.setdefault(edit.step, []).append((edit.particle - particles.start, edit.to))
    return dict(found)


def along(
    sampled: Callable[..., Iterator[Step]], x: Tensor, edits: Mapping[int, Places], index: int = 0, carry: Any = None
) -> Iterator[Step]:
    """The Steps of `sampled(x, start=index, carry=carry)`, begun anew with what is changed at each later one.

    What is changed at Step `index` itself must be in x already.
    """
    for stop in [*(step for step in edits if step > index), None]:
        for step in sampled(x, start=index, carry=carry):
            if step.index == stop:
                x, index, carry = applied(step.x, edits[stop]), stop, step.carry
                break
            yield step


def applied(x: Tensor, places: Places) -> Tensor:
    """The states x [N, ...] with those rows changed; x itself stays as it is."""
    x = x.clone()
    for row, to in places:
        x[row] = x.new_tensor(to).reshape(x.shape[1:])
    return x
