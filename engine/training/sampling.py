"""What a Run draws, in pieces between which other work can run.

Called by previews, `quality`, experiments and `rollout`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine import edits
from engine.execute import condition, stepped
from engine.run import Run
from engine.step import Step

if TYPE_CHECKING:
    from engine.models import Model


def pieces(run: Run, model: Model) -> int:
    """How many items `sampling` and `drawing` have."""
    return -(-run.latents.count // _at_once(run, model)) * run.schedule.steps


def steps(
    run: Run,
    model: Model,
    cond: Tensor | None = None,
    interrupted: Callable[[], bool] = lambda: False,
    known: Tensor | None = None,
) -> Iterator[Step]:
    """The Steps 0 to N of each `model.block` particles, one block after the other, with the values of `execute`.

    Groups that guide themselves stay together, and all particles where edits on the way need them. `cond`
    [count, *cond_shape] is what the particles are given; where it is None, what the Run says. `known`
    [count, *data_shape] is as in `execute`. Raises what `condition` and `stepped` raise.
    """
    cond = condition(run, model) if cond is None else cond
    everyone, at_once = range(run.latents.count), _at_once(run, model)
    for first in range(0, len(everyone), at_once):
        block = slice(first, first + at_once)
        own = None if known is None else known[block]
        yield from stepped(run, model, everyone[block], cond, known=own, interrupted=interrupted)


def _at_once(run: Run, model: Model) -> int:
    """Particles of a block, a multiple of the group's size where groups guide themselves."""
    if edits.coupled(run):
        return run.latents.count
    if not run.guided:
        return model.block
    size = run.latents.group_size
    return max(1, model.block // size) * size


def sampling(run: Run, model: Model, cond: Tensor | None = None) -> Generator[None, None, Tensor]:
    """None after each step of each block of particles; its value is x0 [N, *data_shape], float32, on the CPU.

    `cond` and what is raised are those of `steps`.
    """
    samples = []
    for step in steps(run, model, cond):
        if step.index < run.schedule.steps:
            yield
        else:
            samples.append(step.x.float().cpu())
    return torch.cat(samples)


def drawing(
    run: Run,
    model: Model,
    *,
    interrupted: Callable[[], bool],
    known: Tensor | None = None,
    observe: Callable[[Step], object] = lambda step: None,
    start: float = 0.0,
    end: float = 1.0,
) -> Generator[float, None, Tensor]:
    """The share done after each step of each block of particles, from `start` to `end`; its value is x0
    [N, *data_shape], float64, on the CPU.

    `observe` sees every Step. `known` and what is raised are those of `steps`.
    """
    total, done, drawn = pieces(run, model), 0, []
    for step in steps(run, model, interrupted=interrupted, known=known):
        observe(step)
        if step.index < run.schedule.steps:
            done += 1
            yield start + (end - start) * (done / total)
        else:
            drawn.append(step.x.cpu())
    return torch.cat(drawn)
