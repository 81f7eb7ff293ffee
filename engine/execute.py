"""From a Run to its Steps: the one place that puts model, latents, noise, schedule and sampler together.

Called by the worker's jobs, the command line and tests. Torch is needed here; the window calls it through the
worker.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import psutil
import torch
from torch import Tensor

from engine import edits, levels, mask, offers, picture
from engine.condition import given
from engine.denoiser import Denoise, Watched, in_blocks
from engine.errors import InputError
from engine.guidance import particle
from engine.guidance.region import Kept
from engine.latents.draw import draw
from engine.latents.measure import scale
from engine.latents.operations import Split, apply, state
from engine.noise import Noise
from engine.resources import device, out_of_memory
from engine.samplers import SAMPLERS
from engine.step import FIELDS
from engine.trajectory import BUDGET, Trajectory

if TYPE_CHECKING:
    from engine.guidance import Hook
    from engine.models import Model
    from engine.run import Run
    from engine.step import Step
    from engine.trajectory import Splice

_TOO_LARGE = "Not enough memory for this many particles: lower the count or close other programs."
_MATRICES = 7  # as large as a group's distances, that a guide holds at one time; of pictures, which are fewer, up to 14
_never: Callable[[], bool] = lambda: False  # noqa: E731
_DTYPES = {"float32": torch.float32, "float64": torch.float64}


def schedule(run: Run, model: Model) -> Tensor:
    """The levels sigmas of `run` [steps + 1], on the CPU, with its ends clamped to those the model knows."""
    own = None if model.levels is None else model.levels.numpy()
    sigmas = levels.of(run.schedule, model.sigma_min, model.sigma_max, own, run.model.label)
    return torch.from_numpy(sigmas)


def condition(run: Run, model: Model) -> Tensor | None:
    """`condition.given` on the device. Raises as that."""
    cond = given(run, model)
    return None if cond is None else cond.to(device())


def execute(
    run: Run,
    model: Model,
    *,
    particles: Sequence[int] | None = None,
    known: Tensor | None = None,
    start: Step | None = None,
    interrupted: Callable[[], bool] = _never,
    observe: Callable[[Tensor], None] | None = None,
) -> Iterator[Step]:
    """The Steps of `run` on `model`, from the latents or, with `start`, from that Step on, with the same
    bits.

    `particles` are those to draw, in their order, with the bits that they have among all (None); of guided groups whole
    ones. `known` is the x0 [N, ...] that they have in `run.unedited`, for a Run that keeps the outside of a mask;
    without it that is drawn first. `interrupted` is asked before each evaluation of the model, `observe` is shown each
    result D [N, ...]. Raises `InputError` if `model` is not the one `run` names or lacks the condition it asks for, if
    `offers` refuses the sampler or the kernel, if an edit has no place, if the picture that it starts from is missing
    or does not suit the model, or if the state stops being finite; `Interrupted`.
    """
    check(run, model)
    check_memory(run, model)
    chosen = range(run.latents.count) if particles is None else particles
    cond = condition(run, model)
    made = stepped(run, model, chosen, cond, known=known, start=start, interrupted=interrupted, observe=observe)
    for step in made:
        check_finite(step, run.guided)
        yield step


def stepped(
    run: Run,
    model: Model,
    particles: Sequence[int],
    cond: Tensor | None,
    *,
    known: Tensor | None = None,
    start: Step | None = None,
    interrupted: Callable[[], bool] = _never,
    observe: Callable[[Tensor], None] | None = None,
) -> Iterator[Step]:
    """What `execute` yields, without its checks of the model, of memory and of states that are not finite, all
    particles being given cond [count, *cond_shape], or None.
    """
    chosen = list(particles)
    rows = list(range(run.latents.count)) if edits.coupled(run) else chosen
    changes, sigmas = edits.by_step(run, model.data_shape), schedule(run, model)
    noise = Noise(run.latents.seed, rows, interrupted)
    denoise = watched(run, model, None if cond is None else cond[rows], interrupted, observe)
    kept = known if rows == chosen else None
    sampled = sampler(run, denoise, sigmas, noise, hooks(run, model, sigmas, rows, cond, kept, interrupted))
    if start is None:
        x, index, carry = first_state(run, model, sigmas[0].item(), noise, rows), 0, None
    else:
        x, index, carry = start.x.to(device()), start.index, start.carry
    for step in edits.along(sampled, x, [(changes, rows)], index, carry):
        yield step if rows == chosen else part(step, chosen)


def hooks(
    run: Run,
    model: Model,
    sigmas: Tensor,
    particles: Sequence[int],
    cond: Tensor | None,
    known: Tensor | None,
    interrupted: Callable[[], bool],
) -> tuple[Kept, ...]:
    """What keeps the outside of the Run's region; nothing where it is free, or where it is locked to what the particles
    are without edits and nobody is edited.
    """
    region, first = run.region, sigmas[0].item()
    if region.outside == "free" or region.mask is None:
        return ()
    noise = Noise(run.latents.seed, particles, interrupted)
    begun, edited = (first_state(each, model, first, noise, particles) for each in (run.unedited, run))
    inside = torch.from_numpy(mask.values(region.mask, model.data_shape)).to(begun).expand_as(begun)
    if region.outside == "locked" and region.picture is None:  # who was not edited, nor its group, needs no lock
        later = torch.tensor(edits.altered(run, particles), device=begun.device)
        held = (edited != begun).flatten(1).any(1) | later
        if not held.any():
            return ()
        size = run.latents.group_size if run.guided else 1
        group = torch.tensor([particle // size for particle in particles], device=begun.device)
        inside = torch.where(torch.isin(group, group[held]).reshape(-1, 1, 1, 1), inside, 1.0)
    if region.picture is not None:
        x0 = torch.from_numpy(picture.values(region.picture, model.data_shape)).to(begun).expand_as(begun)
    elif known is None:
        *_, last = stepped(run.unedited, model, particles, cond, interrupted=interrupted)
        x0 = last.x
    else:
        x0 = known.to(begun)
    return (Kept(inside, x0, (begun - x0) / first if region.outside == "locked" else None),)


def part(step: Step, rows: Sequence[int]) -> Step:
    """Some rows of a Step, without its `carry`."""
    chosen: dict[str, Any] = {
        field.name: value[rows]
        for field in dataclasses.fields(step)
        if field.name != "carry" and isinstance(value := getattr(step, field.name), Tensor) and value.dim()
    }
    return dataclasses.replace(step, **chosen, carry=None)


def check(run: Run, model: Model) -> None:
    """Raise `InputError` if `model` is not the one `run` names, or if `offers` refuses the sampler or the kernel."""
    if model.reference.sha256 != run.model.sha256:
        raise InputError(
            f"The Run was made with {run.model.label!r} ({run.model.sha256[:8]}), not with "
            f"{model.reference.label!r} ({model.reference.sha256[:8]}): open that model."
        )
    if reason := offers.refusal(run.sampler.name, model, run) or offers.unguided(run, model):
        raise InputError(reason)


def check_finite(step: Step, guided: bool) -> None:
    """Raise `InputError` if the state, of a guided Run or another, has stopped being finite."""
    if not bool(step.x.abs().max().isfinite()):  # max tells of NaN too
        raise InputError(
            f"The state is no longer finite at step {step.index} (sigma {step.sigma:.3g}): "
            f"lower {'k_PG, ' if guided else ''}S_noise or sigma_max, or check the model's weights."
        )


def watched(
    run: Run,
    model: Model,
    cond: Tensor | None,
    interrupted: Callable[[], bool],
    observe: Callable[[Tensor], None] | None = None,
) -> Watched:
    """`model` as the samplers of `run` see it: in its blocks and its precision, given cond [N, *cond_shape]."""
    dtype = _DTYPES[run.precision] if run.precision else model.dtype
    blocks = in_blocks(model, run.block or model.block, dtype, cond, interrupted)
    return Watched(blocks, interrupted, observe, getattr(model, "log_density", None))


def sampler(
    run: Run, denoise: Denoise, sigmas: Tensor, noise: Noise, hooks: Sequence[Hook] = ()
) -> Callable[..., Iterator[Step]]:
    """The sampler of `run` with its settings, guides and hooks, which `edits.along` begins with x, start and carry."""
    guide = particle.of(run)
    guides = hooks if guide is None else (guide, *hooks)
    method = SAMPLERS[run.sampler.name]
    return functools.partial(method, denoise, sigmas=sigmas, noise=noise, guides=guides, **run.sampler.values())


def first_state(run: Run, model: Model, sigma: float, noise: Noise, particles: Sequence[int]) -> Tensor:
    """x at the first level, sigma, [N, *data_shape], of those particles: noise, or x0 + sigma n where the Run has a
    picture x0, with what is edited at Step 0. `noise` is theirs.

    With a picture it is the same for variance-preserving models: in x they have the same forward marginal. Raises
    `InputError` if the picture, or a mask or latent of an edit, is missing or does not suit the model.
    """
    changes = edits.by_step(run, model.data_shape).get(0, ())
    everyone = edits.members(run, particles)
    if len(everyone) > len(particles):
        noise = dataclasses.replace(noise, particles=everyone)
    n = draw(noise, len(everyone), model.data_shape, torch.float64, device())
    base, unit = torch.zeros_like(n), scale(sigma, preserving=model.levels is not None)
    if run.latents.picture is not None:
        clean = torch.from_numpy(picture.values(run.latents.picture, model.data_shape)).to(n)
        base, unit = clean.expand_as(n).clone(), sigma
    split = Split(base, n, unit, {particle: row for row, particle in enumerate(everyone)}, {})
    for edit in changes:
        apply(split, edit)
    return edits.placed(state(split.n, split.base, split.unit), split.moved)[: len(particles)]


def record(
    run: Run,
    model: Model,
    *,
    splice: Splice | None = None,
    known: Tensor | None = None,
    budget: int = BUDGET,
    interrupted: Callable[[], bool] = _never,
    observe: Callable[[Tensor], None] | None = None,
) -> Iterator[Trajectory]:
    """Execute `run`, yielding its growing Trajectory after each Step.

    With `splice` only its particles are executed, which `observe` is not shown; where there are none the Trajectory is
    there at once. That has the bits that it has without, if `Trajectory.splice` made it of `run`; of the same Run in
    fewer steps it is about that. `known` is as for `execute`, of all particles. Where memory runs out the Run starts
    again with half the block; the Trajectory's `run` then says so.
    """
    while True:
        if splice is not None and not splice.particles:
            yield splice.previous.under(run)
            return
        block, chosen = run.block or model.block, range(run.latents.count) if splice is None else splice.particles
        sigmas, cond = schedule(run, model).tolist(), condition(run, model)
        trajectory = Trajectory(run, sigmas, budget, cond, drawn=len(chosen), block=block)
        try:
            for step in execute(
                run,
                model,
                particles=chosen,
                known=None if known is None else known[list(chosen)],
                interrupted=interrupted,
                observe=observe if splice is None else None,
            ):
                trajectory.append(step if splice is None else splice.into(step))
                del step  # what ran out of memory must not be kept alive while it is tried again
                yield trajectory
            return
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            if block == 1:
                raise InputError(_TOO_LARGE) from error
        run, splice, known = run.replace(block=block // 2), None, None  # another block, other bits


def replay(
    trajectory: Trajectory, index: int, model: Model, interrupted: Callable[[], bool] = _never
) -> Iterator[Step]:
    """The Steps up to `index`, from the nearest one at hand; the last is remembered by the Trajectory.

    Raises `IndexError` if Step `index` has not arrived, else as `execute`.
    """
    start = trajectory.base(index)
    if start.index == index:
        trajectory.remember(start)
        yield start
        return
    try:
        for step in execute(trajectory.run, model, start=start, interrupted=interrupted):
            if step.index == index:
                trajectory.remember(step)
            yield step
            if step.index == index:
                return
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        raise InputError(_TOO_LARGE) from error


def check_memory(run: Run, model: Model, steps: int = 1) -> None:
    """Raise `InputError` if so many Steps of `run` do not fit into the free memory of this machine."""
    needed = 8 * (len(FIELDS) + 1) * (steps + 1) * run.latents.count * math.prod(model.data_shape)
    if run.guided:
        needed += 8 * _MATRICES * run.latents.count * run.latents.group_size
    free = psutil.virtual_memory().available
    if needed > free:
        raise InputError(
            f"This Run takes {needed / 2**30:.1f} GiB of memory and {free / 2**30:.1f} GiB are free: "
            f"lower the count{' or the group size' if run.guided else ''}, or keep fewer steps."
        )
