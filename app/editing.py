"""Editing: which edit of the current Run the Latents workspace works on, and with which tool it paints the mask.

Owned by the workspace; its tools, controls and strips read it and change the Run through it, undoably. Without torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args

import numpy as np
from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal

from app.masks import repainted
from app.state import State
from engine import mask
from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.mask import Mask
from engine.run import Run, explain
from engine.settings.edits import EDITS, Edit, Intensity, Regional
from engine.settings.references import MaskReference

Tool = Literal["brush", "eraser", "rectangle", "ellipse", "fill"]
Kind = Literal["intensity", "transfer", "interpolate"]
"""The edits that are made with the controls; `set` comes from a picture, `move` from the mouse in a plane."""

TOOLS: tuple[Tool, ...] = get_args(Tool)
FIRST_STRENGTH = 0.5
"""The lambda of an edit that begins with a stroke, so that one sees at once where one paints."""

SIZES = (1.0, 512.0)
"""The smallest and the largest brush: its diameter in the pixels of the picture."""

NOTCH = 1.2
"""How many times larger a notch of the wheel makes the brush."""

Place = tuple[int, tuple[int, ...] | None]
"""Where an edit applies: its step and its particles."""

Changed = TypeVar("Changed", bound=Edit)


class Editing(QObject):
    """The edit worked on is the last one of the Run that is of `kind`, at `step`, of `particles`, with the mask in use.

    What the controls say of an edit that is not there yet stands in `wanted`, by kind.
    """

    changed = Signal()  # another edit is worked on, or the one that is has changed
    tool_changed = Signal()  # the tool, its size or its softness
    settling = Signal()  # something else is about to be edited: a stroke that has ended belongs into the Run first

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.tool: Tool = "brush"
        self.size = 5.0
        self.soft = 0.0
        self.kind: Kind = "intensity"
        self.everyone = self.at_playhead = False
        self.masked = True
        self.channel: int | None = None
        self._held: Place | None = None
        self.wanted: dict[Kind, dict[str, Any]] = {
            "intensity": {"strength": 0.0},
            "transfer": {"source": 0, "swap": False},
            "interpolate": {"between": (0, 1), "share": 0.5},
        }
        for signal in (state.run_changed, state.masks_changed, state.selection_changed):
            signal.connect(lambda _: self.changed.emit())
        state.playhead_changed.connect(lambda _: self.changed.emit() if self.at_playhead else None)

    # -- the edit worked on --------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """The step where it applies: 0, the latent, or that of the playhead; never the last, which nothing follows."""
        if self._held is not None:
            return self._held[0]
        return min(self.state.playhead, self.state.run.schedule.steps - 1) if self.at_playhead else 0

    @property
    def particles(self) -> tuple[int, ...] | None:
        """The particles that it changes: the selected ones, or None for all."""
        if self._held is not None:
            return self._held[1]
        return None if self.everyone else tuple(sorted(self.state.selection))

    @property
    def mask(self) -> MaskReference | None:
        """The mask of the edit: the one in use, if the model's data can have one."""
        return self.used if is_picture(self.state.model.data_shape) else None

    @property
    def index(self) -> int | None:
        """Its place among the edits of the Run; None where there is none yet."""
        edits = self.state.run.latents.edits
        return next((place for place in reversed(range(len(edits))) if self._is_it(edits[place])), None)

    @property
    def edit(self) -> Regional | None:
        """It, None where there is none yet."""
        found = None if self.index is None else self.state.run.latents.edits[self.index]
        return found if isinstance(found, Regional) else None

    def hold(self, on: bool) -> None:
        """Stay with the step and the particles of now, whatever becomes of playhead and selection, until it is off."""
        before = self._held
        self._held = (self.step, self.particles) if on else None
        if before is not None and before != (self.step, self.particles):
            self.changed.emit()

    def value(self, name: str) -> Any:
        """A setting of it, such as `source`; where it is not there yet, what is wanted of it, but a strength of 0."""
        found = self.edit
        if found is not None:
            return getattr(found, name)
        return 0.0 if name == "strength" else self.wanted[self.kind][name]

    def _is_it(self, edit: Edit) -> bool:
        if not isinstance(edit, Regional) or edit.kind != self.kind:
            return False
        particles = None if edit.particles is None else tuple(sorted(set(edit.particles)))
        return (edit.step, particles, edit.mask) == (self.step, self.particles, self.mask)

    def _made(self, **values: Any) -> Regional:
        """It, with those settings. Raises `InputError` where it would change no particle."""
        if self.particles == ():
            raise InputError("Select a particle first: an edit changes those that are selected.")
        placed = {"kind": self.kind, "step": self.step, "particles": self.particles, "channel": self.channel}
        made = EDITS[self.kind].model_validate({**placed, **self.wanted[self.kind], **values, "mask": self.mask})
        assert isinstance(made, Regional)
        return made

    def draft(self) -> tuple[Run, int]:
        """The current Run with the edit worked on, added as it is wanted where it is not there yet, and its place.

        Raises `InputError` where it cannot be made.
        """
        run, place = self.state.run, self.index
        if place is not None:
            return run, place
        try:
            edits = (*run.latents.edits, self._made())
        except ValidationError as error:
            raise InputError(explain(error, "The edit")) from error
        return run.model_copy(update={"latents": run.latents.model_copy(update={"edits": edits})}), len(edits) - 1

    def set(self, text: str, **values: Any) -> None:
        """Change settings of the edit worked on, undoably as `text`, or add it with them."""
        self.settling.emit()
        edits, place, wanted = list(self.state.run.latents.edits), self.index, self.wanted[self.kind]

        def change() -> None:
            if place is None:
                edits.append(self._made(**values))
            else:
                edits[place] = _with(edits[place], **values)
            self.state.change(text, latents={"edits": tuple(edits)})

        if self._try(change):
            wanted.update({name: value for name, value in values.items() if name in wanted})

    def remove(self, place: int) -> None:
        """Take that edit of the Run away."""
        edits = self.state.run.latents.edits
        text, left = f"take away {edits[place].kind}", (*edits[:place], *edits[place + 1 :])
        self._once(lambda: self.state.change(text, latents={"edits": left}))

    def clear(self) -> None:
        """Take all edits away but latents that were set, and the lock."""
        unedited = self.state.run.unedited
        groups = {"latents": {"edits": unedited.latents.edits}, "region": unedited.region.model_dump()}
        self._once(lambda: self.state.change("take all edits away", **groups))

    def work_on(self, place: int) -> None:
        """Work on that edit of the Run with its kind, particles, step and mask; to one that is not the controls' go."""
        edit = self.state.run.latents.edits[place]
        if not isinstance(edit, Regional) or edit.kind not in self.wanted:
            self._go_to(edit.step, edit.targets)
            return
        if edit.mask is not None and not self._take_up(edit.mask):
            return
        self.kind = edit.kind
        self.everyone, self.masked, self.channel = edit.particles is None, edit.mask is not None, edit.channel
        self.at_playhead = edit.step > 0
        self._go_to(edit.step, edit.particles)
        self.changed.emit()

    def _go_to(self, step: int, particles: tuple[int, ...] | None) -> None:
        """Let playhead and selection be those of an edit; a latent is seen at any step."""
        self.state.set_playhead(step or self.state.playhead)
        self.state.select(self.state.selection if particles is None else particles)

    def _take_up(self, reference: MaskReference) -> bool:
        """Use a mask of the Run, under another name where that of it is another one's; whether it can be read."""
        state, masks, name = self.state, self.state.masks, reference.label

        def take_up() -> None:
            named = mask.keep(mask.read(reference), name if masks.find(name) == reference else masks.fresh(name))
            state.set_masks("use a mask", masks.with_mask(named), **repainted(state.run, reference, named))

        return self._once(take_up)

    def configure(self, **own: Any) -> None:
        """Set some of `kind`, `everyone`, `at_playhead`, `masked` and `channel`: another edit may be worked on then."""
        for name, value in own.items():
            setattr(self, name, value)
        if own.keys() == {"channel"} and self.edit is not None:
            self.set("choose a channel", channel=self.channel)
        self.changed.emit()

    def set_tool(self, **own: Any) -> None:
        """Set some of `tool`, `size` and `soft`; a size or a softness out of its range becomes the nearest in it."""
        for name, value in own.items():
            low, high = {"size": SIZES, "soft": (0.0, 1.0)}.get(name, (value, value))
            setattr(self, name, min(max(value, low), high))
        self.tool_changed.emit()

    def grow(self, notches: float) -> None:
        """Make the brush larger by so many notches of the wheel, or smaller."""
        self.set_tool(size=self.size * NOTCH**notches)

    # -- the mask ------------------------------------------------------------------------------------------------

    @property
    def used(self) -> MaskReference | None:
        """The mask in use, whatever the model's data."""
        return self.state.masks.active if self.masked else None

    @property
    def refusal(self) -> str:
        """Why the mask in use is not for the model's pictures: a sentence; "" where it is, and where there is none."""
        used, shape = self.used, self.state.model.data_shape
        if used is not None and is_picture(shape) and self.pixels().shape != shape[1:]:
            try:
                mask.values(used, shape)
            except InputError as error:
                return str(error)
        return ""

    @property
    def paintable(self) -> bool:
        """Whether the model's data can have a mask, and the mask in use is of their size."""
        return is_picture(self.state.model.data_shape) and not self.refusal

    def pixels(self) -> Mask:
        """The mask in use [H, W], not to be written to: empty, in the size of the model's data, where there is none."""
        if self.used is not None:
            return mask.read(self.used)
        return np.zeros(self.state.model.data_shape[1:], np.uint8)

    def paint(self, pixels: Mask, text: str) -> None:
        """Make the mask in use what was painted, in the Run too, undoably as `text`; the first stroke makes a mask, and
        an edit that has it. Changes of one gesture are one undo step.
        """
        before, masks, run = self.used, self.state.masks, self.state.run
        self.masked = True
        found = None if before is None else self.edit
        after = mask.keep(pixels, masks.fresh() if before is None else before.label)
        added = masks.with_mask(after)
        groups = {} if before is None else repainted(run, before, after)

        def begin() -> None:
            edits = groups.get("latents", {}).get("edits", run.latents.edits)
            self.state.set_masks(text, added, **{**groups, "latents": {"edits": (*edits, self._first(after))}})

        begins = found is None and pixels.any() and pixels.shape == self.state.model.data_shape[1:]
        if not (begins and self._try(begin)):
            self._try(lambda: self.state.set_masks(text, added, **groups))

    def _first(self, painted: MaskReference) -> Regional:
        """The edit that begins with a stroke."""
        made = _with(self._made(), mask=painted)
        if isinstance(made, Intensity) and not made.strength:
            self.wanted["intensity"]["strength"] = FIRST_STRENGTH
            made = _with(made, strength=FIRST_STRENGTH)
        return made

    def repaint(self, text: str, change: Callable[[Mask], Mask]) -> None:
        """Change all of the mask in use at once, undoably as `text`."""
        self.settling.emit()
        if is_picture(self.state.model.data_shape):
            after = change(self.pixels())
            if not np.array_equal(self.pixels(), after):
                self._once(lambda: self.paint(after, text))

    def resample(self) -> None:
        """Bring the mask in use to the size of the model's pictures."""
        self.repaint("resample the mask", lambda pixels: mask.resampled(pixels, *self.state.model.data_shape[1:]))

    def use(self, name: str) -> None:
        """Take another mask, or none for "", into use; the edit worked on is then another one."""
        self._once(lambda: self.state.set_masks("use a mask", self.state.masks.using(name)))

    def add(self, pixels: Mask, wish: str) -> None:
        """Add a mask, under a name near `wish`, and take it into use."""
        added = self.state.masks.with_mask(mask.keep(pixels, self.state.masks.fresh(wish)))
        self._once(lambda: self.state.set_masks("add a mask", added))

    def forget(self, name: str) -> None:
        """Take a mask out of the list; edits that have it keep it."""
        self._once(lambda: self.state.set_masks("remove a mask", self.state.masks.without(name)))

    def rename(self, name: str, wish: str) -> None:
        """Give a mask another name, in the list and in the edits that have it."""
        masks, before = self.state.masks, self.state.masks.find(name)
        if before is None or not wish.strip() or wish.strip() == name:
            return
        after = mask.keep(mask.read(before), masks.fresh(wish.strip()))
        renamed, groups = masks.renamed(before, after), repainted(self.state.run, before, after)
        self._once(lambda: self.state.set_masks("rename a mask", renamed, **groups))

    # -- the region ----------------------------------------------------------------------------------------------

    def keep_outside(self, how: Literal["free", "locked", "replaced"]) -> None:
        """Say what happens outside of the mask in use."""
        self.settling.emit()
        chosen = self.mask
        if how != "free" and chosen is None:
            self.state.message.emit("Paint a mask first: what lies outside of it can then be kept.")
            return
        region = {"outside": how, "mask": None if how == "free" or chosen is None else chosen.model_dump()}
        self._once(lambda: self.state.change("outside of the mask", region=region))

    # -- how -----------------------------------------------------------------------------------------------------

    def _once(self, change: Callable[[], object]) -> bool:
        """`_try`, as an undo step of its own."""
        self.state.end_gesture()
        done = self._try(change)
        self.state.end_gesture()
        return done

    def _try(self, change: Callable[[], object]) -> bool:
        """Change the state, or say why not and what there is still; whether it was done."""
        try:
            change()
        except (ValidationError, InputError) as error:
            self.state.message.emit(explain(error, "The edit") if isinstance(error, ValidationError) else str(error))
            self.changed.emit()
            return False
        return True


def _with(edit: Changed, **values: Any) -> Changed:
    """The edit with those settings. Raises `pydantic.ValidationError`."""
    return type(edit).model_validate({**dict(edit), **values})
