"""The model: which one, what it is, and opening another from a file."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel

from app.controls.group import Group
from app.icons import IconButton
from app.state import State
from engine.models.catalogue import ModelInfo


class ModelGroup(Group):
    """A list of the models on offer, a line about the chosen one, and a button to open a file."""

    def __init__(self, state: State) -> None:
        super().__init__("Model")
        self._state = state
        self.choice = QComboBox()
        self.choice.setAccessibleName("Model")
        self.choice.setToolTip("The denoiser D(x; σ) that is sampled.")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.open = IconButton("open", "Open a checkpoint", "Open a checkpoint: safetensors with its JSON.")
        row = QHBoxLayout()
        row.addWidget(self.choice, 1)
        row.addWidget(self.open)
        self.body.addLayout(row)
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setObjectName("muted")
        self.body.addWidget(self.about)
        state.models_changed.connect(self._fill)
        state.model_changed.connect(self._show)
        self.choice.activated.connect(self._choose)
        self._fill()

    def _fill(self) -> None:
        self.choice.clear()
        for info in self._state.models:
            self.choice.addItem(info.name, info)
        self._show(self._state.model)

    def _show(self, model: ModelInfo) -> None:
        self.choice.setCurrentIndex(self._state.models.index(model) if model in self._state.models else -1)
        self.choice.setPlaceholderText(model.name)  # of one that is not on offer
        shape = " × ".join(str(side) for side in model.data_shape)
        values = "1 value" if shape == "1" else f"{shape} values"
        self.about.setText(f"{model.description} {values}, {model.source}.")

    def _choose(self, index: int) -> None:
        self._state.choose(self._state.models[index])
