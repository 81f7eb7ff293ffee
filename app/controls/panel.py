"""The control panel of a workspace: its groups in a column that scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.controls.condition import ConditionGroup
from app.controls.latents import LatentsGroup
from app.controls.model import ModelGroup
from app.controls.sampler import SamplerGroup
from app.controls.schedule import ScheduleGroup
from app.state import State
from engine.models.catalogue import ModelInfo


class Panel(QScrollArea):
    """The groups of the Explore workspace."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.model = ModelGroup(state)
        self.condition = ConditionGroup(state)
        self.latents = LatentsGroup(state)
        self.schedule = ScheduleGroup(state)
        self.sampler = SamplerGroup(state)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        for group in (self.model, self.condition, self.latents, self.schedule, self.sampler):
            layout.addWidget(group)
        layout.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(250)
        self.setAccessibleName("Controls")
        state.model_changed.connect(self._suit)
        self._suit(state.model)

    def _suit(self, model: ModelInfo) -> None:
        """Show the groups that the model needs."""
        self.condition.setVisible(model.cond_shape is not None)
