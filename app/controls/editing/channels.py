"""Channels: what people call those of a model's data, and the row that says which of them an edit changes."""

from __future__ import annotations

from app.controls.editing.segments import SegmentRow
from app.editing import Editing
from engine.analysis.pictures import is_picture
from engine.models.catalogue import ModelInfo

MOST = 8
"""Channels that have a button each; of more, all are changed."""


def names(data_shape: tuple[int, ...]) -> tuple[str, ...]:
    """What the channels of such data are called."""
    channels = data_shape[0]
    if is_picture(data_shape) and channels == 3:
        return ("R", "G", "B")
    return ("x", "y") if data_shape == (2,) else tuple(map(str, range(channels)))


def chosen(editing: Editing) -> int | None:
    """The channel that the edit worked on changes, None for all and for one that the model's data do not have."""
    channel = editing.channel if editing.edit is None else editing.edit.channel
    return None if channel is None or channel >= editing.state.model.data_shape[0] else channel


class ChannelRow(SegmentRow):
    """All channels or one of them."""

    def __init__(self, editing: Editing) -> None:
        super().__init__("Channel", "Which channel of the latent is changed.", {"all": None}, {None: "All channels."})
        self._editing = editing
        self.changed.connect(lambda channel: editing.configure(channel=channel))
        editing.changed.connect(self._show)
        self.suit(editing.state.model)

    def suit(self, model: ModelInfo) -> bool:
        """Offer the channels of that model; whether there is a choice."""
        found = names(model.data_shape)
        items: dict[str, int | None] = {"all": None, **{name: place for place, name in enumerate(found[:MOST])}}
        tips = {place: "All channels." if place is None else f"Only {name}." for name, place in items.items()}
        self.segments.offer(items, tips)
        if self._editing.channel is not None and self._editing.channel >= len(found):
            self._editing.channel = None  # the Run follows the model only after this
        self._show()
        return 1 < len(found) <= MOST

    def _show(self) -> None:
        self.set_value(chosen(self._editing))
