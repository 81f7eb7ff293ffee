"""The edit worked on: its kind, the particles, the step and the channel that it changes, and its own settings."""

from __future__ import annotations

from typing import Any

from app.controls.editing.channels import ChannelRow
from app.controls.editing.outside import OutsideRow
from app.controls.editing.pages import BetweenRows, TransferRows, named
from app.controls.editing.segments import SegmentRow, Segments
from app.controls.editing.strength import StrengthRows
from app.controls.group import Group, Rows
from app.editing import Editing, Kind
from engine.analysis.pictures import is_picture
from engine.models.catalogue import ModelInfo

KINDS: dict[str, Kind] = {"Intensity": "intensity", "Transfer": "transfer", "Between": "interpolate"}

ABOUT: dict[Kind, str] = {
    "intensity": "n + λ m: the latent is made brighter or darker where the mask is.",
    "transfer": "m n_source + (1 − m) n: where the mask is, the latent of another particle is taken.",
    "interpolate": "Where the mask is, a latent between those of two particles, along the great circle (slerp).",
}


class EditGroup(Group):
    """The kinds side by side, over what all have and over the rows of the chosen one."""

    def __init__(self, editing: Editing) -> None:
        super().__init__("Edit")
        self._editing = editing
        self.kinds = Segments("Kind of edit", KINDS, ABOUT)
        self.particles = SegmentRow(
            "Changes",
            "Which particles are changed.",
            {"selected": False, "all": True},
            {
                False: "The selected particles: a click selects one, with Ctrl several.",
                True: "All particles of the Run.",
            },
        )
        self.step = SegmentRow(
            "Where",
            "At which step the edit applies.",
            {"latent": False, "this step": True},
            {
                False: "The latent n itself, where the trajectory starts.",
                True: "The noise in the state at the playhead's step.",
            },
        )
        self.channel = ChannelRow(editing)
        self.intensity, self.transfer, self.between = StrengthRows(editing), TransferRows(editing), BetweenRows(editing)
        self.outside = OutsideRow(editing)
        pages = (self.intensity, self.transfer, self.between)
        self._pages: dict[Kind, Rows] = dict(zip(KINDS.values(), pages, strict=True))
        for widget in (self.kinds, self.particles, self.step, self.channel, *pages, self.outside):
            self.body.addWidget(widget)
        for chosen, name in (
            (self.kinds.chosen, "kind"),
            (self.particles.changed, "everyone"),
            (self.step.changed, "at_playhead"),
        ):
            chosen.connect(lambda value, name=name: editing.configure(**{name: value}))
        editing.state.model_changed.connect(self._suit)
        editing.changed.connect(self._show)
        editing.state.playhead_changed.connect(self._show)
        self._suit(editing.state.model)
        self._show()

    def _suit(self, model: ModelInfo) -> None:
        self.channel.setVisible(self.channel.suit(model))
        self.outside.setVisible(is_picture(model.data_shape))

    def _show(self, _: Any = None) -> None:
        editing, run = self._editing, self._editing.state.run
        self.kinds.set_value(editing.kind)
        self.particles.set_value(editing.everyone)
        self.particles.segments.set_text(False, named(tuple(editing.state.selection)))
        self.particles.segments.set_text(True, f"all {run.latents.count}")
        self.step.set_value(editing.at_playhead)
        self.step.segments.set_text(True, f"step {min(editing.state.playhead, run.schedule.steps - 1)}")
        for kind, page in self._pages.items():
            page.setVisible(kind == editing.kind)
