"""Edits: what is changed by hand on the way of a trajectory, found in a Run and put into its states.

Used by `execute` and `training.sampling`; what an edit does to a state is in `latents.operations`. No torch at import.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.run import Run
from engine.settings.edits import Edit, Move, Regional

if TYPE_CHECKING:
    from torch import Tensor

    from engine.step import Step

Changes = Mapping[int, Sequence[Edit]]
"""The edits by the Step where they apply, steps rising."""


def by_step(run: Run, data_shape: Sequence[int]) -> Changes:
    """The edits of `run` by their Step.

    Raises `InputError` for an edit that has no place in the Run or does not suit the model's data.
    """
    found: dict[int, list[Edit]] = {}
    for edit in sorted(run.latents.edits, key=lambda edit: edit.step):
        if reason := misplaced(edit, run, tuple(data_shape)):
            raise InputError(reason)
        found.setdefault(edit.step, []).append(edit)
    return dict(found)


def misplaced(edit: Edit, run: Run, data_shape: tuple[int, ...]) -> str:
    """Why an edit has no place in `run`: a sentence, or nothing where it has one."""
    steps, count = run.schedule.steps, run.latents.count
    what, mend = f"The edit {edit.kind}", "take it away"
    if isinstance(edit, Move):
        what, mend = f"The move of particle {edit.particle}", "put the particle back"
    if edit.step >= steps:
        return (
            f"{what} is at step {edit.step}, and the last one that begins is {steps - 1}: take more steps, or {mend}."
        )
    named = max([*(edit.targets or ()), *edit.sources], default=0)
    if named >= count:
        return f"{what} needs particle {named}, and the last one is {count - 1}: raise the count, or {mend}."
    size = math.prod(data_shape)
    if isinstance(edit, Move) and len(edit.to) != size:
        return f"{what} goes to a point of {len(edit.to)} values, and the model's have {size}: {mend}."
    if isinstance(edit, Regional):
        if edit.channel is not None and edit.channel >= data_shape[0]:
            return f"{what} is of channel {edit.channel}, and the last one is {data_shape[0] - 1}: choose another."
        if edit.mask is not None and not is_picture(data_shape):
            return f"{what} has a mask, which is for models of pictures: choose such a model, or {mend}."
    return ""


def members(run: Run, particles: Sequence[int]) -> list[int]:
    """`particles`, then all others whose state at Step 0 an edit there reads: what is needed to edit the first."""
    wanted = {source for edit in run.latents.edits if edit.step == 0 for source in edit.sources}
    return [*particles, *sorted(wanted.difference(particles))]


def coupled(run: Run) -> bool:
    """Whether an edit after Step 0 reads one particle to change another, so that all have to be drawn together."""
    return any(edit.step > 0 and edit.sources for edit in run.latents.edits)


def touched(before: Run, after: Run) -> list[int] | None:
    """The particles, rising, that may differ between two Runs that differ in their edits alone, else None for all.

    They are those whose own edits differ, or the edits of what theirs read; under guidance their groups as a whole.
    """
    if before.region != after.region or before.unedited != after.unedited:
        return None
    found = [
        particle
        for particle in range(after.latents.count)
        if _history(before.latents.edits, particle) != _history(after.latents.edits, particle)
    ]
    if not after.guided:
        return found
    size, count = after.latents.group_size, after.latents.count
    groups = sorted({particle // size for particle in found})
    return [particle for group in groups for particle in range(group * size, min((group + 1) * size, count))]


def _history(edits: Sequence[Edit], particle: int) -> list[Edit]:
    """The edits that the state of a particle depends on."""
    known = {particle}
    while more := {s for edit in edits if edit.sources and any(map(edit.changes, known)) for s in edit.sources} - known:
        known |= more
    return [edit for edit in edits if any(map(edit.changes, known))]


def along(
    sampled: Callable[..., Iterator[Step]],
    x: Tensor,
    changes: Changes,
    particles: Iterable[int],
    index: int = 0,
    carry: Any = None,
) -> Iterator[Step]:
    """The Steps of `sampled(x, start=index, carry=carry)`, begun anew with what is changed at each later one.

    Row r of x is the state of the r-th of `particles`. What is changed at Step `index` itself must be in x already.
    """
    rows = {particle: row for row, particle in enumerate(particles)}
    for stop in [*(step for step in changes if step > index), None]:
        for step in sampled(x, start=index, carry=carry):
            if step.index == stop:
                x, index, carry = changed(step, changes[stop], rows), stop, step.carry
                break
            yield step


def changed(step: Step, edits: Iterable[Edit], rows: Mapping[int, int]) -> Tensor:
    """The states of `step` with those edits: x itself stays as it is, and what no edit changes keeps its bits."""
    import torch

    from engine.latents.operations import Split, apply, state

    base = torch.zeros_like(step.x) if step.denoised is None else step.denoised.to(step.x)
    n = (step.x - base) / step.sigma
    split = Split(base.clone(), n.clone(), step.sigma, rows, {})
    for edit in edits:
        apply(split, edit)
    alike = (split.n == n) & (split.base == base)
    return placed(torch.where(alike, step.x, state(split.n, split.base, split.unit)), split.moved)


def placed(x: Tensor, moved: Mapping[int, Tensor]) -> Tensor:
    """The states x [N, ...], which are changed, with those rows moved."""
    for row, to in moved.items():
        x[row] = to
    return x
