"""The network: its size by a preset or by its numbers, and what that comes to in parameters and time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLabel

from app.bind import Row, Span
from app.controls.group import Group, place
from app.controls.rows import ChoiceRow, row_for
from app.controls.training.fitting import held
from app.training import TrainingState
from engine.models.networks import MLPSettings, UNetSettings
from engine.spelled import count, duration
from engine.training.config import Training

if TYPE_CHECKING:
    from engine.training.look import Look

PRESETS: dict[str, dict[str, Any]] = {
    "Small": {"channels": 32, "multipliers": (1, 2, 2), "blocks": (1, 1, 1)},
    "Medium": {"channels": 48, "multipliers": (1, 2, 2), "blocks": (2, 2, 1)},
    "Large": {"channels": 64, "multipliers": (1, 2, 4), "blocks": (2, 2, 2)},
}
"""Sizes of a U-Net; Medium is that of the models that come with the program."""

SPANS = {
    "channels": Span(16, 128, integer=True, multiple=8),
    "width": Span(16, 512, logarithmic=True, integer=True, multiple=8),
    "layers": Span(1, 8, integer=True),
}


class NetworkGroup(Group):
    """The rows of a U-Net or of an MLP, whichever the data need, and a line about it."""

    def __init__(self, state: TrainingState) -> None:
        super().__init__("Network")
        self._state = state
        self._looked: Look | None = None
        self._rows: dict[str, Row] = {}
        holder = held(state)
        self.preset = PresetRow()
        place(self, holder, self.preset, "", "network")
        for settings in (UNetSettings, MLPSettings):
            for field, info in settings.model_fields.items():
                if field != "kind":
                    self._rows[field] = row_for(field, info, SPANS.get(field))
                    place(self, holder, self._rows[field], "network", field, partial(self._judge, field))
        self.about, self.problem = QLabel(), QLabel()
        self.about.setObjectName("muted")
        self.about.setToolTip("What one step of training took here, times the steps; the previews come on top.")
        self.problem.setObjectName("note")
        for label in (self.about, self.problem):
            label.setWordWrap(True)
            self.body.addWidget(label)
        state.look_changed.connect(self._take)
        state.config_changed.connect(self._show)
        self._take()

    def _take(self) -> None:
        """Judge the rows by data that were not known yet."""
        before, self._looked = self._looked, self._state.look or self._looked
        if self._looked is not None and (before is None or before.config.data != self._looked.config.data):
            for field, row in self._rows.items():
                row.say(self._judge(field, self._state.config))
        self._show()

    def _show(self) -> None:
        """What the network comes to, or what is wrong with a configuration whose data can be had."""
        look, config = self._state.look, self._state.config
        key, _ = self._unsuited(config)
        problem = self._state.look_problem if not key and self._knows(config) else ""
        fits = look is not None and not key and look.config.network == config.network and self._knows(config)
        if look is not None and fits:
            size, time = count(look.parameters), duration(max(1.0, float(f"{look.seconds:.2g}")))
            self.about.setText(f"{size} parameters · about {time} here")
        self.about.setVisible(not key and not self._state.look_problem)
        self.about.setEnabled(fits)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _judge(self, field: str, config: Training) -> str:
        """What to note under the row of that field: that it does not suit the data, where it does not."""
        key, sentence = self._unsuited(config)
        return f"{sentence[0].upper()}{sentence[1:]}." if key == field else ""

    def _unsuited(self, config: Training) -> tuple[str, str]:
        """The field that does not suit the data and the sentence that says so; both empty if all do, or if the data
        are not known yet.
        """
        if self._looked is None or not self._knows(config):
            return "", ""
        field, _, sentence = (config.network.problem(self._looked.x0.shape[1:]) or "").partition(": ")
        return field, sentence

    def _knows(self, config: Training) -> bool:
        return self._looked is not None and self._looked.config.data == config.data


class PresetRow(ChoiceRow):
    """The size of a U-Net by name; shown for a U-Net only."""

    def __init__(self) -> None:
        tips = {
            name: ", ".join(f"{key} {_text(value)}" for key, value in size.items()) for name, size in PRESETS.items()
        }
        super().__init__("Size", "How large the U-Net is; its numbers stand below.", PRESETS, tips)

    def set_value(self, value: UNetSettings | MLPSettings) -> None:
        """Show the network's size without telling that it changed."""
        self.setVisible(isinstance(value, UNetSettings))
        super().set_value({key: getattr(value, key, None) for key in PRESETS["Medium"]})


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
