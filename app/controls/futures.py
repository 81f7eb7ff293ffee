"""The controls of the page of futures: the model, the given frames, how the futures are drawn, the rollout."""

from __future__ import annotations

import random
from typing import Any

from PySide6.QtWidgets import QComboBox, QLabel

from app.bind import Holder, Row, Span, ValueRow
from app.controls.group import Column, Group, number_row, place, title_of
from app.controls.guidance import SPANS, GroupRow, judge_group, kernel_row
from app.controls.rows import ChoiceRow
from app.futures import NONE_ON_OFFER, Choices, FuturesState
from app.icons import IconButton
from app.views.training import push_button
from engine.data.sequences import COUNT, LABELS, source
from engine.rollout import RolloutSettings
from engine.run import Latents
from engine.settings import EDMSchedule, Frozen, GuidanceSettings, HeunSettings

_FIELDS = Choices.model_fields

MOST = 1000
"""Futures that are drawn at most: a sheet of more says nothing more."""

KINDS = {
    "several may follow": ("several", "The first frame after which the digit may go on to more than one place."),
    "one may follow": ("one", "The first frame after which it can go on to one place only."),
}
"""What may follow the given frames, and which frame is then the last of them."""

SPANS_OF_ROLLOUT = {
    "depth": Span(1, 12, integer=True),
    "start": Span(1, 16, integer=True),
    "branches": Span(1, 4, integer=True),
}

FUTURES_TIP = "How many next frames are drawn of the same given frames, each from a latent of its own."
START_TIP = "Feed each predicted frame back as the last given one, again and again."
STOP_TIP = "Stop before the next evaluation of the model; the frames that are drawn stay."


class FuturesPanel(Column):
    """All that is chosen on the page."""

    def __init__(self, futures: FuturesState) -> None:
        super().__init__()
        self.given = GivenGroup(futures)
        self.drawn = DrawnGroup(futures)
        self.rollout = RolloutGroup(futures)
        self.stack("Futures controls", self.given, self.drawn, self.rollout)


def holder_of(futures: FuturesState) -> Holder[Choices]:
    """The holder of the choices."""
    return Holder(lambda: futures.choices, futures.choices_changed, futures.change, futures.end_gesture)


class GivenGroup(Group):
    """The model of next frames, the sequence by its number, and what may follow the frames that are given."""

    def __init__(self, futures: FuturesState) -> None:
        super().__init__("Given frames")
        self._futures = futures
        self.header.setToolTip("Show or hide which model is given which frames.")
        self.model = QComboBox()
        self.model.setAccessibleName("Model of next frames")
        self.model.setToolTip("The denoiser D(x; σ, frames) that draws the next frame of those it is given.")
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setObjectName("muted")
        self.body.addWidget(self.model)
        self.body.addWidget(self.about)
        holder = holder_of(futures)
        self.number = number_row("number", _FIELDS["number"], Span(0, 100, integer=True))
        self.die = IconButton("dice", "Another sequence", "Take another sequence, chosen at random.")
        self.die.clicked.connect(self._roll)
        self.number.add_button(self.die)
        place(self, holder, self.number, "", "number")
        info = _FIELDS["frame"]
        items = {text: kind for text, (kind, _) in KINDS.items()}
        tips = {text: tip for text, (_, tip) in KINDS.items()}
        self.frame = ChoiceRow(title_of("frame", info), info.description or "", items, tips, "the frame chosen")
        place(self, holder, self.frame, "", "frame")
        self.model.activated.connect(lambda row: futures.choose_model(futures.models[row]))
        futures.models_changed.connect(self._fill)
        futures.choices_changed.connect(self._show)
        self._fill()

    def _fill(self) -> None:
        self.model.clear()
        for info in self._futures.models:
            self.model.addItem(info.name)
        self._show()

    def _show(self, _: Any = None) -> None:
        model = self._futures.model
        self.model.setCurrentIndex(-1 if model is None else self._futures.models.index(model))
        self.model.setEnabled(model is not None)
        self.about.setText(NONE_ON_OFFER if model is None else f"{model.description} Here of {LABELS[source()]}.")

    def _roll(self) -> None:
        self._futures.end_gesture()
        self._futures.change("another sequence", number=random.randrange(COUNT))
        self._futures.end_gesture()


class DrawnGroup(Group):
    """How many futures there are, and how they are drawn."""

    def __init__(self, futures: FuturesState) -> None:
        super().__init__("Futures")
        self._futures = futures
        self.header.setToolTip("Show or hide how the futures are drawn.")
        self._holder = holder_of(futures)
        count = ValueRow("Futures", FUTURES_TIP, Span(1, 200, integer=True), 1, MOST)
        place(self, self._holder, count, "latents", "count")
        self._number("sampler", "churn", HeunSettings, Span(0.1, 100, logarithmic=True, zero=True))
        self._number("schedule", "steps", EDMSchedule, Span(4, 100, integer=True))
        seed = self._number("latents", "seed", Latents, Span(0, 100, integer=True))
        self.die = IconButton("dice", "Another seed", "Draw with another seed, chosen at random.")
        self.die.clicked.connect(self._roll)
        seed.add_button(self.die)
        self._number("guidance", "k_pg", GuidanceSettings, SPANS["k_pg"])
        place(self, self._holder, GroupRow(self._holder), "latents", "group", judge_group, _guided)
        place(self, self._holder, kernel_row(), "guidance", "kernel", None, _guided)

    def _number(self, part: str, field: str, settings: type[Frozen], span: Span) -> Row:
        row = number_row(field, settings.model_fields[field], span)
        place(self, self._holder, row, part, field)
        return row

    def _roll(self) -> None:
        self._futures.end_gesture()
        self._futures.change("another seed", latents={"seed": random.randrange(1_000_000)})
        self._futures.end_gesture()


class RolloutGroup(Group):
    """How far predictions are fed back, and the button that starts and stops that."""

    def __init__(self, futures: FuturesState) -> None:
        super().__init__("Rollout")
        self._futures = futures
        self.header.setToolTip("Show or hide how predictions are fed back.")
        for field, span in SPANS_OF_ROLLOUT.items():
            row = number_row(field, RolloutSettings.model_fields[field], span)
            place(self, holder_of(futures), row, "rollout", field)
        self.main = push_button("Start", START_TIP)
        self.main.clicked.connect(self._act)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setObjectName("note")
        self.body.addWidget(self.note)
        self.body.addWidget(self.main)
        futures.choices_changed.connect(self._show)
        futures.forecast_changed.connect(self._show)
        futures.rollout_changed.connect(self._show)
        self._show()

    def _show(self, _: Any = None) -> None:
        futures, running = self._futures, self._futures.rolling.running
        refusal = futures.choices.rollout.refusal
        self.note.setText(refusal)
        self.note.setVisible(bool(refusal))
        self.main.setText("Stop" if running else "Start")
        self.main.setAccessibleName(f"{self.main.text()} the rollout")
        self.main.setToolTip(STOP_TIP if running else START_TIP)
        begun = futures.fresh and futures.forecast is not None and futures.forecast.run is not None
        self.main.setEnabled(running or (begun and not refusal))

    def _act(self) -> None:
        if self._futures.rolling.running:
            self._futures.stop_wanted.emit()
        else:
            self._futures.start_wanted.emit()


def _guided(choices: Choices) -> bool:
    return choices.guidance.k_pg > 0
