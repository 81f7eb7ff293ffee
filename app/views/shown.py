"""Shown: what stands on the canvas under the playhead, as arrays with one scale for all that is compared, or why not.

Read from the state by `canvas.Canvas`; painted by `grid.GridView`. No widgets here.
"""

from __future__ import annotations

import weakref
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from app.state import SIDES, Side, State
from app.views.numerals import significant
from engine.analysis.compare import difference
from engine.analysis.parts import SHOWN, SIGNED, array, channels, limit, measured, missing, part
from engine.analysis.pictures import is_picture
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.run import Run

Place = Side | Literal["difference"]
"""What a pane can show: a side, or what lies between A and B."""

Kind = Literal["grid", "plane", "line", "none"]
"""How data of one shape are drawn."""

Array = np.ndarray[Any, np.dtype[Any]]

EMPTY = "Nothing is drawn yet. Choose a model on the left, or drop a checkpoint on the window."
RUNNING = "Drawing: the first estimate appears as soon as the model is loaded."


@dataclass(frozen=True)
class Pictures:
    """Values [N, C, H, W], drawn from -limit to limit: signed ones in the diverging map, else black to white.

    Each `group` of particles, where it is not 0, stands in a frame of its own, with its label above it, if any.
    Two with one `source` have the same values; None where that is not known.
    """

    values: Array
    limit: float
    signed: bool
    group: int = 0
    labels: tuple[str, ...] = ()
    source: Hashable = None

    @property
    def look(self) -> Hashable:
        """The same for two that look the same on one scheme; None where that is not known."""
        return None if self.source is None else (self.source, self.limit, self.signed)


def kind(data_shape: tuple[int, ...]) -> Kind:
    """The view for data of that shape."""
    if data_shape in ((1,), (2,)):
        return "line" if data_shape == (1,) else "plane"
    return "grid" if len(data_shape) == 2 or is_picture(data_shape) else "none"


def shrunk(values: Array, width: float) -> Array:
    """Pictures [..., H, W] by the means of 2 x 2 values, again and again while they have twice `width` columns or more.

    Nothing of them is then skipped when they are scaled to that width, and less is turned into pixels.
    """
    while values.shape[-1] >= 2 * max(width, 1.0) and values.shape[-2] > 1:
        height, across = (size // 2 * 2 for size in values.shape[-2:])
        rows = values[..., 0:height:2, :across] + values[..., 1:height:2, :across]
        values = rows[..., ::2] + rows[..., 1::2]
        values *= 0.25
    return values


def data_shape(state: State, side: Side) -> tuple[int, ...] | None:
    """The shape of one particle of what is drawn on that side, else of that side's model; None without either."""
    drawing = state.drawing(side)
    if drawing.trajectory is not None and drawing.trajectory.available:
        return tuple(drawing.trajectory[0].x.shape[1:])  # type: ignore[union-attr]
    if drawing.preview is not None:
        return tuple(drawing.preview.shape[1:])
    model = state.model if side == "current" else state.pinned_model
    return None if model is None else model.data_shape


def sentence(state: State, side: Side) -> str | None:
    """What stands in place of a side of which nothing can be drawn yet; None if something can."""
    drawing = state.drawing(side)
    if drawing.error is not None:
        return drawing.error
    if drawing.trajectory is None and drawing.preview is None:
        return RUNNING if drawing.running else EMPTY
    return None


def frame(state: State, sides: list[Side]) -> dict[Place, Pictures | str]:
    """The pictures of those sides and, of both, their difference, or a sentence why there are none.

    One limit for A and B; the difference has its own.
    """
    found = {side: of_side(state, side, state.shown) for side in sides}
    limit = _limit(state, [values for values in found.values() if not isinstance(values, str)])
    panes: dict[Place, Pictures | str] = {}
    for side, values in found.items():
        signed, size = state.shown in SIGNED, group(state, side)
        told = labels(state, side) if size else ()
        source = _source(state, side)
        panes[side] = values if isinstance(values, str) else Pictures(values, limit, signed, size, told, source)
    if len(found) == 2:
        panes["difference"] = _difference(found["pinned"], found["current"], group(state, "current"))
    return panes


def _source(state: State, side: Side) -> Hashable:
    """What tells apart the values shown of that side: their Trajectory, which need not outlive them, Step and part."""
    trajectory = state.drawing(side).trajectory
    return None if trajectory is None else (weakref.ref(trajectory), state.index(side), state.shown)


def group(state: State, side: Side) -> int:
    """The particles of a group of what is drawn on that side; 0 where groups mean nothing, on both sides."""
    run = _drawn(state, side)
    if run is None:
        return 0
    size = run.latents.group_size
    guided = any(each is not None and each.guided for each in (_drawn(state, side) for side in SIDES))
    return size if size > 1 and (size < run.latents.count or guided) else 0


def _drawn(state: State, side: Side) -> Run | None:
    """What is drawn on that side, else what is to be."""
    trajectory = state.drawing(side).trajectory
    return state.run_of(side) if trajectory is None else trajectory.run


def labels(state: State, side: Side) -> tuple[str, ...]:
    """What to write at each group of that side: its number, where there are some, and how many modes it holds."""
    readings, run = state.readings(side), state.run_of(side)
    reading = None if readings is None else readings[state.index(side)]
    found = [] if readings is None or reading is None else reading.found(readings.size)
    modes = [f"{number} mode{'s' * (number != 1)}" for number in found]
    groups = 1 if run is None else -(-run.latents.count // run.latents.group_size)
    if groups == 1:
        return tuple(modes)
    return tuple(" · ".join([f"group {number}", *modes[number : number + 1]]) for number in range(groups))


def title(state: State, side: Side) -> str:
    """What is drawn of that side, and at which noise level."""
    if sentence(state, side) is not None:
        return ""
    shape = data_shape(state, side)
    pictures = shape is None or kind(shape) not in ("plane", "line")
    if pictures and state.drawing(side).trajectory is None and state.drawing(side).preview is not None:
        return f"{SHOWN['denoised']}, as it forms"
    what = SHOWN[state.shown] if pictures else "Particles"
    return " at ".join(filter(None, (what, level(state, side))))


def level(state: State, side: Side) -> str:
    """The noise level of what is drawn of that side; empty before the first step."""
    trajectory = state.drawing(side).trajectory
    if trajectory is None or not trajectory.available:
        return ""
    return f"σ {significant(trajectory.sigmas[state.index(side)])}"


def coarse(state: State, side: Side) -> str:
    """That it is a coarse Run which stands there ahead of the right one, in how many steps; empty where it is not."""
    drawing = state.drawing(side)
    return f"coarse, {drawing.trajectory.last} steps" if drawing.coarse and drawing.trajectory is not None else ""


def of_side(state: State, side: Side, name: str) -> Array | str:
    """A part of the Step under that side's playhead, a key of `SHOWN` [N, C, H, W], or the sentence in its place."""
    drawing = state.drawing(side)
    instead = sentence(state, side)
    if instead is not None:
        return instead
    if drawing.trajectory is None or not drawing.trajectory.available:
        return RUNNING if drawing.preview is None else channels(array(drawing.preview))
    step = state.step(side)
    if step is None:
        return dropped(state.index(side))
    tensor = part(step, name)
    return missing(name, step.index == drawing.trajectory.last) if tensor is None else channels(array(tensor))


def dropped(index: int) -> str:
    """What stands in place of a Step that is replayed."""
    return f"Step {index} did not fit into memory and is drawn again."


def _limit(state: State, arrays: list[Array]) -> float:
    """The limit of the scale of A and B, the same for both."""
    steps = [state.step(side) for side in SIDES]
    return limit(state.shown, arrays, max((step.sigma for step in steps if step is not None), default=0.0))


def _difference(a: Array | str, b: Array | str, size: int) -> Pictures | str:
    """The pane between A and B."""
    for name, values in (("A", a), ("B", b)):
        if isinstance(values, str):
            return f"No difference while {name} shows nothing."
    try:
        values = difference(b, a)  # type: ignore[arg-type]
    except InputError as error:
        return str(error)
    return Pictures(values, measured(values), True, size)
