"""The control panel of the workspaces with a canvas: their groups in a column that scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.controls.condition import ConditionGroup
from app.controls.group import Column, Group, Rows
from app.controls.latents import LatentsGroup
from app.controls.model import ModelGroup
from app.controls.picture import PictureGroup
from app.controls.sampler import SamplerGroup
from app.controls.schedule import ScheduleGroup
from app.state import State
from app.workspaces import EXPLORE, GUIDANCE, LATENTS
from engine.analysis.pictures import is_picture
from engine.models.catalogue import ModelInfo


class Panel(Column):
    """The groups of the Explore workspace; `own` are the places of the groups that others have in their midst.

    Which groups are open is kept for each workspace. In Latents those of sampler and schedule are closed at first.
    """

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._workspace = EXPLORE
        self.model = ModelGroup(state)
        self.condition = ConditionGroup(state)
        self.latents = LatentsGroup(state)
        self.picture = PictureGroup(state)
        self.own = {LATENTS: Rows(), GUIDANCE: Rows()}
        self.sampler = SamplerGroup(state)
        self.schedule = ScheduleGroup(state)
        shared = (self.model, self.condition, self.latents, self.picture)
        last: tuple[Group, ...] = (self.sampler, self.schedule)
        self.stack("Controls", *shared, *self.own.values(), *last)
        self._groups = [*shared, *last]
        self._closed: dict[str, list[Group]] = {LATENTS: list(last)}
        state.model_changed.connect(self._suit)
        self._suit(state.model)

    def add(self, workspace: str, *groups: QWidget) -> None:
        """Add groups that only that workspace has. The Tab key comes to them where they stand, not after all others."""
        before: QWidget = self.latents.put_back
        for group in groups:
            self.own[workspace].body.addWidget(group)
            for widget in group.findChildren(QWidget):
                in_list = widget.window() is not before.window()  # of a combo box that is open
                if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not in_list:
                    QWidget.setTabOrder(before, widget)
                    before = widget

    def turn(self, workspace: str) -> None:
        """Show the groups of that workspace."""
        self._closed[self._workspace] = [group for group in self._groups if not group.header.isChecked()]
        self._workspace = workspace
        for group in self._groups:
            group.header.setChecked(group not in self._closed.get(workspace, ()))
        self._suit(self._state.model)

    def _suit(self, model: ModelInfo) -> None:
        """Show the groups that the model and the workspace need."""
        self.condition.setVisible(model.cond_shape is not None)
        self.picture.setVisible(is_picture(model.data_shape) and self._workspace == EXPLORE)
        for workspace, rows in self.own.items():
            rows.setVisible(workspace == self._workspace)
