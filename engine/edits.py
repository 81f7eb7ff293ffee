"""Edits: what is changed by hand on the way of a trajectory, found in a Run and put into its states.

Used by `execute` and `training.sampling`; what an edit does to a state is in `latents.operations`. No torch at import.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine import mask
from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.run import Run
from engine.settings.edits import Edit, Intensity, Interpolate, Move, Region, Regional

if TYPE_CHECKING:
    from torch import Tensor

    from engine.step import Step

Changes = Mapping[int, Sequence[Edit]]
"""The edits by the Step where they apply, steps rising."""


def by_step(run: Run, data_shape: Sequence[int]) -> Changes:
    """The edits of `run` by their Step.

    Raises `InputError` for an edit that has no place in the Run or does not suit the model's data, or whose mask does
    not.
    """
    found: dict[int, list[Edit]] = {}
    for edit in sorted(run.latents.edits, key=lambda edit: edit.step):
        if reason := misplaced(edit, run, tuple(data_shape)):
            raise InputError(reason)
        if isinstance(edit, Regional) and edit.mask is not None:
            mask.fitting(edit.mask, tuple(data_shape))  # or it would be refused in the middle of the way
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
    """The particles, rising, that may differ between two Runs that differ in their edits, or also in what is locked;
    None for all where they differ in more.

    They are those whose own edits differ, or the edits of what theirs read, or which are edited where the region that
    is locked differs; under guidance their groups as a whole.
    """
    if _beside_edits(before) != _beside_edits(after):
        return None
    count, size = after.latents.count, after.latents.group_size if after.guided else 1
    one, other = before.latents.edits, after.latents.edits
    rest: Sequence[Edit] = (*one, *other)
    new = _differing(one, other) if before.region == after.region else rest
    groups: set[int] = set()
    while new:
        if any(edit.targets is None for edit in new):
            return list(range(count))
        groups |= {particle // size for edit in new for particle in edit.targets or ()}
        new = [edit for edit in rest if any(source // size in groups for source in edit.sources)]
        rest = [edit for edit in rest if not any(source // size in groups for source in edit.sources)]
    return [p for group in sorted(groups) for p in range(group * size, min(group * size + size, count))]


def _differing(one: Sequence[Edit], other: Sequence[Edit]) -> list[Edit]:
    """Those of two lists of edits that are not at one place in both, counted from the start or from the end."""
    same = zip(reversed(one), reversed(other), strict=False)
    after = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], same))
    pairs = itertools.zip_longest(one[: len(one) - after], other[: len(other) - after])
    return [edit for pair in pairs if pair[0] != pair[1] for edit in pair if edit is not None]


def _beside_edits(run: Run) -> Run:
    """What a Run says beside its edits, and beside a region that concerns none but who is edited."""
    local = run.region.outside != "replaced" and run.region.picture is None
    latents = run.latents.model_copy(update={"edits": ()})
    return run.model_copy(update={"latents": latents, "region": Region() if local else run.region})


def altered(run: Run, particles: Sequence[int]) -> list[bool]:
    """Which of `particles` the edits after Step 0 may change: not with an intensity of 0, a mask that is 0 everywhere,
    or what is the particle's own.

    Raises `InputError` for a mask that is damaged or not here.
    """
    acting = [(edit, _given(edit)) for edit in run.latents.edits if edit.step > 0 and not _idle(edit)]
    return [any(edit.changes(particle) and given != {particle} for edit, given in acting) for particle in particles]


def _idle(edit: Edit) -> bool:
    """Whether it changes nobody."""
    if isinstance(edit, Intensity) and edit.strength == 0:
        return True
    return isinstance(edit, Regional) and edit.mask is not None and not mask.read(edit.mask).any()


def _given(edit: Edit) -> set[int]:
    """The particles whose states it gives to others."""
    if isinstance(edit, Interpolate) and edit.share in (0, 1):
        return {edit.between[round(edit.share)]}
    return set(edit.sources)


def along(
    sampled: Callable[..., Iterator[Step]],
    x: Tensor,
    parts: Sequence[tuple[Changes, Sequence[int]]],
    index: int = 0,
    carry: Any = None,
) -> Iterator[Step]:
    """The Steps of `sampled(x, start=index, carry=carry)`, begun anew with what is changed at each later one.

    x has, one after the other, the rows of `parts`: of each Run in the batch its changes and the particles whose states
    they are. What is changed at Step `index` itself must be in x already.
    """
    stops = sorted({step for changes, _ in parts for step in changes if step > index})
    for stop in [*stops, None]:
        for step in sampled(x, start=index, carry=carry):
            if step.index == stop:
                x, index, carry = _changed(step, stop, parts), stop, step.carry
                break
            yield step


def _changed(step: Step, stop: int, parts: Sequence[tuple[Changes, Sequence[int]]]) -> Tensor:
    """The states of all parts as their edits at that Step leave them."""
    x, first = step.x.clone(), 0
    for changes, particles in parts:
        own = slice(first, first := first + len(particles))
        if stop in changes:
            denoised = None if step.denoised is None else step.denoised[own]
            part = dataclasses.replace(step, x=step.x[own], denoised=denoised)
            x[own] = changed(part, changes[stop], {particle: row for row, particle in enumerate(particles)})
    return x


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
