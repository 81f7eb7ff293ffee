"""Editing: which edit of the current Run the Latents workspace works on, and with which tool it paints the mask.

Owned by the workspace; its tools, controls and strips read it and change the Run through it, undoably. Without torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal

from app.masks import MaskSet, repainted
from app.state import State
from engine import mask
from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.mask import Mask
from engine.run import explain
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


class Editing(QObject):
    """The edit worked on is the last one of the Run that is of `kind`, at `step`, of `particles`, with the mask in use.

    What the controls say of an edit that is not there yet stands in `wanted`, by kind.
    """

    changed = Signal()  # another edit is worked on, or the one that is has changed
    tool_changed = Signal()  # the tool, its size or its softness

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.tool: Tool = "brush"
        self.size = 5.0
        self.soft = 0.0
        self.kind: Kind = "intensity"
        self.everyone = False
        self.at_playhead = False
        self.masked = True
        self.channel: int | None = None
        self.wanted: dict[Kind, dict[str, Any]] = {
            "intensity": {"strength": 0.0},
            "transfer": {"source": 0, "swap": False},
            "interpolate": {"between": (0, 1), "share": 0.5},
        }
        for signal in (state.run_changed, state.masks_changed, state.selection_changed):
            signal.connect(lambda _: self.changed.emit())
        state.playhead_changed.connect(self._follow_playhead)

    # -- the edit worked on --------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """The step where it applies: 0, the latent, or that of the playhead; never the last, which nothing follows."""
        return min(self.state.playhead, self.state.run.schedule.steps - 1) if self.at_playhead else 0

    @property
    def particles(self) -> tuple[int, ...] | None:
        """The particles that it changes: the selected ones, or None for all."""
        return None if self.everyone else tuple(sorted(self.state.selection))

    @property
    def mask(self) -> MaskReference | None:
        """The mask in use, if the edit has one and the model's data can have one."""
        return self.state.masks.active if self.masked and is_picture(self.state.model.data_shape) else None

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

    def value(self, name: str) -> Any:
        """A setting of it, such as `strength`; where it is not there yet, what is wanted of it."""
        return self.wanted[self.kind][name] if self.edit is None else getattr(self.edit, name)

    def _is_it(self, edit: Edit) -> bool:
        if not isinstance(edit, Regional) or edit.kind != self.kind:
            return False
        return (edit.step, edit.particles, edit.mask) == (self.step, self.particles, self.mask)

    def _made(self, **values: Any) -> Regional:
        """It, with those settings."""
        placed = {"kind": self.kind, "step": self.step, "particles": self.particles, "channel": self.channel}
        made = EDITS[self.kind].model_validate({**placed, **self.wanted[self.kind], **values, "mask": self.mask})
        assert isinstance(made, Regional)
        return made

    def set(self, text: str, **values: Any) -> None:
        """Change settings of the edit worked on, undoably as `text`, or add it with them."""
        self.wanted[self.kind].update({name: v for name, v in values.items() if name in self.wanted[self.kind]})
        edits, place = list(self.state.run.latents.edits), self.index

        def change() -> None:
            if place is None:
                edits.append(self._made(**values))
            else:
                edits[place] = edits[place].model_copy(update=values)
            self.state.change(text, latents={"edits": tuple(edits)})

        self._try(change)

    def remove(self, place: int) -> None:
        """Take that edit of the Run away."""
        edits = self.state.run.latents.edits
        self._once(f"take away {edits[place].kind}", latents={"edits": (*edits[:place], *edits[place + 1 :])})

    def clear(self) -> None:
        """Take all edits away but latents that were set, and the lock."""
        unedited = self.state.run.unedited
        region = unedited.region.model_dump()
        self._once("take all edits away", latents={"edits": unedited.latents.edits}, region=region)

    def work_on(self, place: int) -> None:
        """Work on that edit of the Run, if it is one of the controls': with its kind, particles, step and mask."""
        edit = self.state.run.latents.edits[place]
        if not isinstance(edit, Regional) or edit.kind not in self.wanted:
            return
        self.kind = edit.kind
        self.everyone, self.masked, self.channel = edit.particles is None, edit.mask is not None, edit.channel
        self.at_playhead = edit.step > 0
        if edit.step:
            self.state.set_playhead(edit.step)
        if edit.particles is not None:
            self.state.select(edit.particles)
        if edit.mask is not None:
            masks = self.state.masks
            known = masks.find(edit.mask.label) == edit.mask
            self.state.set_masks("use a mask", masks.using(edit.mask.label) if known else masks.with_mask(edit.mask))
        self.changed.emit()

    def configure(self, **own: Any) -> None:
        """Set some of `kind`, `everyone`, `at_playhead`, `masked` and `channel`: another edit may be worked on then."""
        for name, value in own.items():
            setattr(self, name, value)
        if own.keys() == {"channel"} and self.edit is not None:
            self.set("choose a channel", channel=self.channel)
        self.changed.emit()

    def set_tool(self, **own: Any) -> None:
        """Set some of `tool`, `size` and `soft`."""
        for name, value in own.items():
            setattr(self, name, min(max(value, SIZES[0]), SIZES[1]) if name == "size" else value)
        self.tool_changed.emit()

    # -- the mask ------------------------------------------------------------------------------------------------

    @property
    def paintable(self) -> bool:
        """Whether the model's data can have a mask, and the mask in use is of their size."""
        shape = self.state.model.data_shape
        return is_picture(shape) and (self.state.masks.active is None or self.pixels().shape == shape[1:])

    def pixels(self) -> Mask:
        """The mask in use [H, W], not to be written to: empty, in the size of the model's data, where there is none."""
        active = self.state.masks.active
        if active is not None:
            return mask.read(active)
        return np.zeros(self.state.model.data_shape[1:], np.uint8)

    def paint(self, pixels: Mask, text: str) -> None:
        """Make the mask in use what was painted, in the Run too, undoably as `text`; the first stroke makes a mask, and
        an edit that has it. Changes of one gesture are one undo step.
        """
        before, masks = self.state.masks.active, self.state.masks
        after = mask.keep(pixels, before.label if before is not None else masks.fresh())
        self.masked = True
        found = self.edit
        groups = {} if before is None else repainted(self.state.run, before, after)

        def change() -> None:
            added = masks.with_mask(after)
            if found is None and pixels.any():
                edits = groups.get("latents", {}).get("edits", self.state.run.latents.edits)
                groups["latents"] = {"edits": (*edits, self._first(after))}
            self.state.set_masks(text, added, **groups)

        self._try(change)

    def _first(self, painted: MaskReference) -> Regional:
        """The edit that begins with a stroke."""
        made = self._made().model_copy(update={"mask": painted})
        if isinstance(made, Intensity) and not made.strength:
            self.wanted["intensity"]["strength"] = FIRST_STRENGTH
            made = made.model_copy(update={"strength": FIRST_STRENGTH})
        return made

    def use(self, name: str) -> None:
        """Take another mask, or none for "", into use; the edit worked on is then another one."""
        self.state.end_gesture()
        self.state.set_masks("use a mask", self.state.masks.using(name))
        self.state.end_gesture()

    def add(self, pixels: Mask, wish: str) -> None:
        """Add a mask, under a name near `wish`, and take it into use."""
        masks = self.state.masks
        added = masks.with_mask(mask.keep(pixels, masks.fresh(wish)))
        self.state.end_gesture()
        self.state.set_masks("add a mask", added)
        self.state.end_gesture()

    def forget(self, name: str) -> None:
        """Take a mask out of the list; edits that have it keep it."""
        self.state.end_gesture()
        self.state.set_masks("remove a mask", self.state.masks.without(name))
        self.state.end_gesture()

    def rename(self, name: str, wish: str) -> None:
        """Give a mask another name, in the list and in the edits that have it."""
        masks, before = self.state.masks, self.state.masks.find(name)
        if before is None or not wish.strip() or wish == name:
            return
        after = mask.keep(mask.read(before), masks.fresh(wish.strip()))
        renamed = MaskSet(
            tuple(after if each == before else each for each in masks.masks),
            after.label if masks.name == name else masks.name,
        )
        groups = repainted(self.state.run, before, after)
        self._try(lambda: self.state.set_masks("rename a mask", renamed, **groups))

    # -- the region ----------------------------------------------------------------------------------------------

    def keep_outside(self, how: Literal["free", "locked", "replaced"]) -> None:
        """Say what happens outside of the mask in use."""
        chosen = self.mask
        if how != "free" and chosen is None:
            self.state.message.emit("Paint a mask first: what lies outside of it can then be kept.")
            return
        region = {"outside": how, "mask": None if how == "free" or chosen is None else chosen.model_dump()}
        self._once("outside of the mask", region=region)

    # -- how -----------------------------------------------------------------------------------------------------

    def _once(self, text: str, **groups: Any) -> None:
        """Change the Run as an undo step of its own."""
        self.state.end_gesture()
        self._try(lambda: self.state.change(text, **groups))
        self.state.end_gesture()

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
        except ValidationError as error:
            self.state.message.emit(explain(error, "The edit"))
        except InputError as error:
            self.state.message.emit(str(error))

    def _follow_playhead(self, _: int) -> None:
        if self.at_playhead:
            self.changed.emit()
