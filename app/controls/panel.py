"""The control panel of a workspace: its groups in a column that scrolls."""

from __future__ import annotations

from app.controls.condition import ConditionGroup
from app.controls.group import Column
from app.controls.latents import LatentsGroup
from app.controls.model import ModelGroup
from app.controls.picture import PictureGroup
from app.controls.sampler import SamplerGroup
from app.controls.schedule import ScheduleGroup
from app.state import State
from engine.analysis.pictures import is_picture
from engine.models.catalogue import ModelInfo


class Panel(Column):
    """The groups of the Explore workspace."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.model = ModelGroup(state)
        self.condition = ConditionGroup(state)
        self.latents = LatentsGroup(state)
        self.picture = PictureGroup(state)
        self.schedule = ScheduleGroup(state)
        self.sampler = SamplerGroup(state)
        self.stack("Controls", self.model, self.condition, self.latents, self.picture, self.sampler, self.schedule)
        state.model_changed.connect(self._suit)
        self._suit(state.model)

    def _suit(self, model: ModelInfo) -> None:
        """Show the groups that the model needs."""
        self.condition.setVisible(model.cond_shape is not None)
        self.picture.setVisible(is_picture(model.data_shape))
