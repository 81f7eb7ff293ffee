"""Edited: what the panes of the Latents workspace show of one particle, as arrays, or why there is nothing.

Read from the state by `latents_page`. It always shows estimates x0, on [-1, 1], so that before and now compare at any
step; no widgets here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.editing import Editing
from app.state import Side, State
from app.views import shown
from app.views.numerals import significant
from app.views.shown import Array
from engine import recipe
from engine.analysis.parts import array
from engine.errors import InputError
from engine.latents import measure, seen

DEVIATIONS = 3.0
"""A latent is shown from so many standard deviations below 0, black, to as many above, white."""

NOBODY = "Select a particle in the row above to see its latent and to paint on it."
UNKNOWN = "What changed is known once the pictures before and now are drawn."


@dataclass(frozen=True, eq=False)
class Seen:
    """Values [C, H, W], black at -limit and white at limit, and their symbol in the literature."""

    values: Array
    limit: float = 1.0
    symbol: str = "x₀"


class Compared(NamedTuple):
    """The pictures of one particle [C, H, W] on both sides."""

    before: Array
    now: Array


def latent(state: State, editing: Editing, particle: int) -> Seen | str:
    """What the edit worked on changes, changed already: the latent n, or the state x at its step if that is later."""
    instead = shown.sentence(state, "current")
    trajectory, index = state.drawing("current").trajectory, editing.step
    if instead is not None or trajectory is None or index >= trajectory.available:
        return instead or shown.RUNNING
    step = trajectory[index]
    if step is None:
        state.replay_wanted.emit("current", index)
        return shown.dropped(index)
    if step.x.dim() != 4 or particle >= len(step.x):  # the model's that was drawn before
        return shown.RUNNING
    x = array(step.x[particle])
    if index:
        return Seen(x, 1 + 2 * step.sigma, "x")
    try:
        n = seen.latent(x, step.sigma, trajectory.run, preserving=state.model.levels is not None)
    except InputError as error:
        return str(error)
    return Seen(n, DEVIATIONS, "n")


def moments(latent: Seen | str) -> str:
    """Mean and deviation of the latent, or of the state; "" without one."""
    if isinstance(latent, str):
        return ""
    mean, deviation = seen.moments(latent.values)
    return f"{latent.symbol}: mean {significant(mean)} · deviation {significant(deviation)}"


def picture(state: State, side: Side, particle: int) -> Seen | str:
    """The estimate x0 of that particle under the playhead, or the sentence in its place."""
    found = pictures(state, side)
    if isinstance(found, str):
        return found
    return Seen(found[particle]) if particle < len(found) else shown.RUNNING


def pictures(state: State, side: Side) -> Array | str:
    """The estimates x0 [N, C, H, W] of all particles under the playhead, or the sentence in their place."""
    found = shown.of_side(state, side, "denoised")
    return found if isinstance(found, str) or found.ndim == 4 else shown.RUNNING  # points are of the model before


def compared(state: State, particle: int) -> Compared | None:
    """The picture before and now; None unless what stands there is the same Run, before and after its edits, at the
    same level.
    """
    now, before = (state.drawing(side).trajectory for side in ("current", "before"))
    if now is None or before is None or now.run.unedited != before.run:
        return None
    if now.sigmas[state.index("current")] != before.sigmas[state.index("before")]:
        return None
    a, b = (picture(state, side, particle) for side in ("before", "current"))
    return None if isinstance(a, str) or isinstance(b, str) else Compared(a.values, b.values)


def change(pictures: Compared, editing: Editing) -> str:
    """How much the picture changed, inside and outside of the mask in use."""
    mask = editing.mask
    try:
        inside, outside = measure.change(*pictures, measure.weights(pictures.before.shape, mask))
    except InputError as error:
        return str(error)
    named = [("inside", inside), ("outside", outside)] if mask is not None else [("", inside)]
    told = " · ".join(f"{name} {significant(value)}".strip() for name, value in named if value is not None)
    return f"Change {told} a pixel"


def described(state: State, particle: int) -> str:
    """What the edits of the Run are that change that particle, in words; "" where nothing is edited."""
    run = state.run
    if run == run.unedited:
        return ""
    kept = run.unedited.latents.edits
    edits = [recipe.edited(edit) for edit in run.latents.edits if edit not in kept and edit.changes(particle)]
    if not edits:
        return f"No edit is of particle {particle}."
    region = [] if run.region.outside == "free" else [f"outside {recipe.kept(run.region)}"]
    return f"Edited: {'; '.join([*edits, *region])}."


def edited(state: State) -> frozenset[int]:
    """The particles that some edit changes."""
    run = state.run
    kept = run.unedited.latents.edits
    edits = [edit for edit in run.latents.edits if edit not in kept]
    return frozenset(p for p in range(run.latents.count) if any(edit.changes(p) for edit in edits))
