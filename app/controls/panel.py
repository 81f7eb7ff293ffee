"""The control panel of the workspaces with a canvas: their groups in a column that scrolls."""

from __future__ import annotations

from app.controls.condition import ConditionGroup
from app.controls.group import Column, Rows
from app.controls.latents import LatentsGroup
from app.controls.model import ModelGroup
from app.controls.picture import PictureGroup
from app.controls.sampler import SamplerGroup
from app.controls.schedule import ScheduleGroup
from app.state import State
from engine.analysis.pictures import is_picture
from engine.models.catalogue import ModelInfo


class Panel(Column):
    """The groups of the Explore workspace; `guidance` is the place of the group that Guidance has in their midst."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._guided = False
        self.model = ModelGroup(state)
        self.condition = ConditionGroup(state)
        self.latents = LatentsGroup(state)
        self.picture = PictureGroup(state)
        self.guidance = Rows()
        self.sampler = SamplerGroup(state)
        self.schedule = ScheduleGroup(state)
        groups = (self.model, self.condition, self.latents, self.picture, self.guidance, self.sampler, self.schedule)
        self.stack("Controls", *groups)
        state.model_changed.connect(self._suit)
        self._suit(state.model)

    def turn(self, guided: bool) -> None:
        """Show the group of guidance in place of the picture's, or the other way round."""
        self._guided = guided
        self._suit(self._state.model)

    def _suit(self, model: ModelInfo) -> None:
        """Show the groups that the model and the workspace need."""
        self.condition.setVisible(model.cond_shape is not None)
        self.picture.setVisible(is_picture(model.data_shape) and not self._guided)
        self.guidance.setVisible(self._guided)
