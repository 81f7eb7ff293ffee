"""What happens outside of the mask in use: the model is free there, or the picture is locked, or put back."""

from __future__ import annotations

from app.controls.editing.segments import SegmentRow
from app.editing import Editing

TIPS = {
    "free": "Free: the model draws all of the picture, so that an edit can change it everywhere.",
    "locked": "Locked: outside of the mask the state is x₀ + σ n at every step, with the picture x₀ and the latent n "
    "that the particle has without its edits, so that an edit stays inside.",
    "replaced": "Replaced: outside of the mask the state is x₀ + σ z with fresh noise z at every step, which is plain "
    "inpainting: what to compare with.",
}
NO_MASK = "There is no outside without a mask: paint or choose one."


class OutsideRow(SegmentRow):
    """Free, locked or replaced, for the mask in use, with a note where what is kept is that of another mask."""

    def __init__(self, editing: Editing) -> None:
        super().__init__("Outside", "What happens outside of the mask.", {name: name for name in TIPS}, TIPS)
        self._editing = editing
        self.changed.connect(editing.keep_outside)
        editing.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        region, mask = self._editing.state.run.region, self._editing.mask
        self.set_value(region.outside)
        for how in ("locked", "replaced"):
            self.segments.refuse(how, NO_MASK if mask is None and region.outside != how else "")
        other = region.mask is not None and region.outside != "free" and region.mask != mask
        again = "" if mask is None else f" Press {region.outside} again for {mask.label}."
        self.say(
            f"{region.outside.capitalize()} outside of {region.mask.label}.{again}" if other and region.mask else ""
        )
