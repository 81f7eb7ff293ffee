"""Variants: Runs that differ in their edits and region alone as one batch, each with the bits that it has alone.

Called by `latents.strips` and by experiments. A network evaluates blocks of one size, so that one particle of each of
nine Runs costs one block instead of nine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine import edits
from engine.execute import (
    check,
    check_finite,
    check_memory,
    condition,
    execute,
    first_state,
    hooks,
    part,
    sampler,
    schedule,
    stepped,
    watched,
)
from engine.guidance.region import Within
from engine.noise import Noise
from engine.settings.edits import Region
from engine.sweep import batches

if TYPE_CHECKING:
    from engine.models import Model
    from engine.run import Run
    from engine.step import Step


def together(one: Run, other: Run) -> bool:
    """Whether the two can be in one batch: they differ in nothing but their edits and region, and nobody is guided."""
    return not one.guided and _bare(one) == _bare(other)


def variants(
    runs: Sequence[Run],
    model: Model,
    particles: Sequence[int] | None = None,
    *,
    interrupted: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Step]]:
    """The place in `runs` and the Step, for each Step of each Run, of those particles, in their order, or of all.

    They are the Steps of `execute`, but without `carry`, and with the evaluations of the whole batch. Neighbours that
    go `together` come Step by Step, all others one Run after the other. Raises what `execute` raises, for all Runs of
    a batch as soon as for one.
    """
    for run in runs:
        check(run, model)
        check_memory(run, model)
    for batch in batches(
        runs, model.data_shape, alike=together, particles=None if particles is None else len(particles)
    ):
        first = runs[batch.start]
        chosen = range(first.latents.count) if particles is None else particles
        if len(batch) == 1:
            rows = _with_groups(first, chosen)
            for step in execute(first, model, particles=rows, interrupted=interrupted):
                yield batch.start, part(step, [rows.index(particle) for particle in chosen])
            continue
        for place, step in _batch([runs[place] for place in batch], model, list(chosen), interrupted):
            yield batch.start + place, step


def _bare(run: Run) -> Run:
    """The Run without edits and region."""
    return run.model_copy(update={"latents": run.latents.model_copy(update={"edits": ()}), "region": Region()})


def _with_groups(run: Run, particles: Sequence[int]) -> list[int]:
    """`particles`, of a guided Run all of their groups."""
    if not run.guided:
        return list(particles)
    size, count = run.latents.group_size, run.latents.count
    groups = sorted({particle // size for particle in particles})
    return [particle for group in groups for particle in range(group * size, min((group + 1) * size, count))]


def _batch(
    runs: Sequence[Run], model: Model, particles: list[int], interrupted: Callable[[], bool]
) -> Iterator[tuple[int, Step]]:
    """Each Step of all of `runs`, which go together: their rows stand one Run after the other."""
    first, sigmas, cond = runs[0], schedule(runs[0], model), condition(runs[0], model)
    rows = list(range(first.latents.count)) if any(map(edits.coupled, runs)) else particles
    everyone = rows * len(runs)
    own, all_of = (Noise(first.latents.seed, each, interrupted) for each in (rows, everyone))
    denoise = watched(first, model, None if cond is None else cond[everyone], interrupted)
    kept: list[Within] = []
    for place, (run, known) in enumerate(zip(runs, _known(runs, model, rows, cond, interrupted), strict=True)):
        where = slice(place * len(rows), (place + 1) * len(rows))
        kept += [Within(where, each) for each in hooks(run, model, sigmas, rows, cond, known, interrupted)]
    x = torch.cat([first_state(run, model, sigmas[0].item(), own, rows) for run in runs])
    parts = [(edits.by_step(run, model.data_shape), rows) for run in runs]
    wanted = [rows.index(particle) for particle in particles]
    for step in edits.along(sampler(first, denoise, sigmas, all_of, kept), x, parts):
        check_finite(step, guided=False)
        for place in range(len(runs)):
            yield place, part(step, [place * len(rows) + row for row in wanted])


def _known(
    runs: Sequence[Run], model: Model, rows: list[int], cond: Tensor | None, interrupted: Callable[[], bool]
) -> list[Tensor | None]:
    """For each Run that keeps the outside of a mask at its own x0 that x0, drawn once where it is the same."""
    drawn: dict[str, Tensor] = {}
    found: list[Tensor | None] = []
    for run in runs:
        key = run.unedited.digest
        if run.region.outside != "free" and run.region.picture is None:
            if key not in drawn:
                *_, last = stepped(run.unedited, model, rows, cond, interrupted=interrupted)
                drawn[key] = last.x
            found.append(drawn[key])
        else:
            found.append(None)
    return found
