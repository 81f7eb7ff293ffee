"""Many Runs as one batch: a grid of churns and strengths of guidance, say, each Run with the bits that it has alone.

Called by experiments. Groups of particles do not see each other, and what differs from Run to Run is one value a
particle or one a group, so that a model is evaluated once for all of them.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import psutil
import torch
from torch import Tensor

from engine.execute import check, check_finite, condition, execute, first_state, schedule, watched
from engine.guidance.particle import ParticleGuidance
from engine.noise import Noise
from engine.resources import device
from engine.samplers import SAMPLERS
from engine.step import FIELDS, Step

if TYPE_CHECKING:
    from engine.models import Model
    from engine.run import Run

PER_PARTICLE = {"heun": "churn", "euler-maruyama": "s_noise"}
"""The setting of a sampler that may be one value a particle, and so another one in each Run of a batch."""

_SHARE = 0.25  # of the memory that is free now
_COPIES = 32  # numbers of the size of the state that live at one time: two Steps, and what is computed between them


def together(one: Run, other: Run) -> bool:
    """Whether the two can be in one batch: they differ in nothing but the count of their groups, k_PG, its width and
    the setting in `PER_PARTICLE`, and have whole groups that nobody has moved by hand.
    """
    return _whole(one) and _whole(other) and _common(one) == _common(other)


def batches(
    runs: Sequence[Run],
    data_shape: Sequence[int],
    most: int | None = None,
    *,
    alike: Callable[[Run, Run], bool] = together,
    particles: int | None = None,
) -> list[range]:
    """Places in `runs`, in their order, of those that make one batch: as many neighbours as are `alike`, as memory
    takes now, and as `most` says. So many `particles` are drawn of each, or, where that is None, all.
    """
    room = psutil.virtual_memory().available * _SHARE
    found: list[range] = []
    taken = 0
    for place, run in enumerate(runs):
        needed = 8 * _COPIES * (run.latents.count if particles is None else particles) * math.prod(data_shape)
        last = found[-1] if found else range(0)
        fits = taken + needed <= room and (most is None or len(last) < most)
        if last and fits and alike(runs[last.start], run):
            found[-1], taken = range(last.start, place + 1), taken + needed
        else:
            found, taken = [*found, range(place, place + 1)], needed
    return found


def sweep(
    runs: Sequence[Run], model: Model, *, interrupted: Callable[[], bool] = lambda: False
) -> Iterator[Sequence[Step]]:
    """For each index 0 to N the Step of each of `runs`, the same as from `execute`, but without `carry`, and with the
    evaluations of the whole batch. Its tensors are parts of the batch's: copy what is to be kept.

    A Run that goes together with no other may be alone in `runs`. Raises `ValueError` where two do not go `together`,
    else what `execute` raises, for all Runs as soon as for one.
    """
    if len(runs) == 1:
        for step in execute(runs[0], model, interrupted=interrupted):
            yield [dataclasses.replace(step, carry=None)]
        return
    if not all(together(runs[0], run) for run in runs[1:]):
        raise ValueError("runs of one batch must go together")
    for run in runs:
        check(run, model)
    first, counts = runs[0], [run.latents.count for run in runs]
    sigmas = schedule(first, model)
    particles = [particle for count in counts for particle in range(count)]
    noise = Noise(first.latents.seed, particles, interrupted)
    x = first_state(first, model, sigmas[0].item(), noise, particles)
    conds = [cond for run in runs if (cond := condition(run, model)) is not None]
    denoise = watched(first, model, torch.cat(conds) if conds else None, interrupted)
    sampler, own = SAMPLERS[first.sampler.name], first.sampler.values()
    if name := PER_PARTICLE.get(first.sampler.name):
        own[name] = _each([getattr(run.sampler, name) for run in runs], counts)
    guides, starts = _guides(runs), [0, *itertools.accumulate(counts)]
    for step in sampler(denoise, x, sigmas, noise=noise, guides=guides, **own):
        check_finite(step, bool(guides))
        yield Parts(step, runs, starts)


def _whole(run: Run) -> bool:
    return run.unedited == run and not run.latents.edits and run.latents.count % run.latents.group_size == 0


def _common(run: Run) -> Run:
    """The Run with all that may differ in a batch set to one value."""
    size, name = run.latents.group_size, PER_PARTICLE.get(run.sampler.name)
    return run.replace(
        latents={"count": size, "group": size},
        guidance={"k_pg": 0.0, "width": 1.0},
        sampler={name: type(run.sampler).model_fields[name].default} if name else {},
    )


def _each(values: Sequence[float], counts: Sequence[int]) -> Tensor:
    """Each Run's value as often as its count says, float64."""
    repeats = torch.tensor(counts, device=device())
    return torch.tensor(values, dtype=torch.float64, device=device()).repeat_interleave(repeats)


def _guides(runs: Sequence[Run]) -> tuple[ParticleGuidance, ...]:
    """The one guide of all groups; none where nobody is guided."""
    settings, size = runs[0].guidance, runs[0].latents.group_size
    if size == 1 or not any(run.guidance.k_pg for run in runs):
        return ()
    groups = [run.latents.count // size for run in runs]
    strength, width = (_each([getattr(run.guidance, name) for run in runs], groups) for name in ("k_pg", "width"))
    return (ParticleGuidance(settings, size, strength, width),)


class Parts(Sequence[Step]):
    """The Step of each Run of a batch, cut out of the batch's Step when it is asked for, without the noise and the
    guidance that are 0 because the Run has none.
    """

    def __init__(self, step: Step, runs: Sequence[Run], starts: Sequence[int]) -> None:
        """`starts` are the rows where the Runs begin, and the end of the last one."""
        self._step, self._runs, self._starts = step, runs, starts

    def __len__(self) -> int:
        return len(self._runs)

    @overload
    def __getitem__(self, place: int) -> Step: ...
    @overload
    def __getitem__(self, place: slice) -> list[Step]: ...
    def __getitem__(self, place: int | slice) -> Step | list[Step]:
        if isinstance(place, slice):
            return [self[each] for each in range(len(self))[place]]
        step, place = self._step, range(len(self))[place]
        run, first, end = self._runs[place], self._starts[place], self._starts[place + 1]
        own: dict[str, Any] = {
            name: value[first:end] for name in ("x", *FIELDS, "error") if (value := getattr(step, name)) is not None
        }
        if isinstance(step.sigma_hat, Tensor):
            own["sigma_hat"] = step.sigma_hat[first].item()
        if getattr(run.sampler, "churn", None) == 0:
            own["noise"] = None
        if not run.guidance.k_pg:
            own["guidance"] = None
        return dataclasses.replace(step, carry=None, **own)
