"""The groups of the Latents workspace's controls, in the order in which they stand. Made by the workspace."""

from __future__ import annotations

from app.controls.editing.edit import EditGroup
from app.controls.editing.edits import EditsGroup
from app.controls.editing.masks import MasksGroup
from app.controls.editing.tools import ToolsGroup
from app.controls.group import Rows
from app.editing import Editing
from engine.analysis.pictures import is_picture
from engine.models.catalogue import ModelInfo


class EditGroups(Rows):
    """Tools and masks, which models of pictures have, the edit worked on, and all edits of the Run."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self.tools, self.masks = ToolsGroup(editing), MasksGroup(editing)
        self.edit, self.edits = EditGroup(editing), EditsGroup(editing)
        for group in (self.tools, self.masks, self.edit, self.edits):
            self.body.addWidget(group)
        editing.state.model_changed.connect(self._suit)
        self._suit(editing.state.model)

    def _suit(self, model: ModelInfo) -> None:
        for group in (self.tools, self.masks):
            group.setVisible(is_picture(model.data_shape))
