"""The condition: what particles are given, of the model's own examples or of a sequence. For models that need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from app.bind import Span, ValueRow
from app.controls.group import Group
from app.controls.rows import ChoiceRow
from app.controls.thumbnails import MOST, Strip
from app.state import State
from engine import frames
from engine.data import sequences
from engine.data.sequences import COUNT, Sequence, Sequences
from engine.errors import InputError
from engine.models.catalogue import ModelInfo
from engine.run import Condition, FramesReference, Run

if TYPE_CHECKING:
    from app.controls.thumbnails import Array

CHOOSE = "choose the condition"
"""The undo step; those of one drag are one."""

ALL = "all"
"""What stands in the list for one example that all are given."""

WAYS = {"All the same": ALL, "Each its own": "each", "Each group its own": "group"}
TIPS = {
    "All the same": "All particles are given the example that is chosen above.",
    "Each its own": "Particle p is given example p, beginning anew after the last.",
    "Each group its own": "Group g of particles is given example g, beginning anew after the last.",
}
ONE_GROUP = "All particles are one group: give it a size in Guidance."


class ConditionGroup(Group):
    """The examples to choose from, who is given which, and a sequence to take frames of in place of the model's own.

    A sequence is picked by whoever hears `sequence_wanted`, which then calls `take`.
    """

    sequence_wanted = Signal(int, object)  # its number, the first of its frames to be given, None to look at it only

    def __init__(self, state: State) -> None:
        super().__init__("Condition")
        self._state = state
        self._sequences: Sequences | None = None
        self._wanted: int | None = None  # the number of the sequence that is at hand, or on its way
        self._at_hand: Sequence | None = None
        self._filmed: Sequence | None = None
        self._filled: tuple[ModelInfo, FramesReference | None] | None = None
        self.strip = Strip("Examples of the condition", "What particles are given: choose one for all of them.")
        self.way = ChoiceRow("Given", Condition.model_fields["example"].description or "", WAYS, TIPS)
        self.about = QLabel()
        self.number = ValueRow(
            "Sequence",
            "Which sequence of the model's kind, counted from 0; each has a digit and a walk of its own.",
            Span(0, COUNT - 1, integer=True),
            0,
            COUNT - 1,
        )
        self.film = Strip("Frames of the sequence", "Choose the last frame that is given; those before it go with it.")
        self.take_one, self.own = QPushButton("From a sequence"), QPushButton("Model's own")
        self._lay_out()
        self.strip.itemSelectionChanged.connect(self._choose)
        self.way.changed.connect(self._give)
        self.number.changed.connect(self._pick)
        self.number.slider.sliderPressed.connect(state.end_gesture)
        self.film.itemSelectionChanged.connect(self._cut)
        self.take_one.clicked.connect(lambda: self._pick(0))
        self.own.clicked.connect(self._return)
        state.model_changed.connect(self._suit)
        state.run_changed.connect(self._show)
        self._suit(state.model)
        self._show(state.run)

    def take(self, number: int, sequence: Sequence, given: FramesReference | None) -> None:
        """Sequence `number`, which was wanted, and the frames that all particles shall be given of it, if any."""
        self._wanted, self._at_hand = number, sequence
        if given is not None:
            self._state.change(CHOOSE, condition={"example": 0, "frames": given.model_dump()})
        self._film(self._state.run)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.about.setWordWrap(True)
        self.about.setObjectName("muted")
        self.take_one.setToolTip("Give all particles frames of a sequence, by its number, in place of an example.")
        self.own.setToolTip("Choose among the examples that the model carries again.")
        for widget in (self.about, self.strip, self.way, self.number, self.film):
            self.body.addWidget(widget)
        buttons = QHBoxLayout()
        for button in (self.take_one, self.own):
            button.setAccessibleName(button.text())
            buttons.addWidget(button, 1)
        self.body.addLayout(buttons)

    def _suit(self, model: ModelInfo) -> None:
        self._sequences = None if model.cond_shape is None else sequences.of(model)
        self._wanted = self._at_hand = None
        self.take_one.setVisible(self._sequences is not None)

    def _show(self, run: Run) -> None:
        example, reference = run.condition.example, run.condition.frames
        if self._filled != (self._state.model, reference):
            self._filled = (self._state.model, reference)
            self._fill(reference)
        self.own.setVisible(reference is not None)
        self.strip.choose(example if isinstance(example, int) else None)
        self.way.set_value(ALL if isinstance(example, int) else example)
        self.way.say(ONE_GROUP if example == "group" and run.latents.group_size == run.latents.count else "")
        self._film(run)

    def _fill(self, reference: FramesReference | None) -> None:
        """Show the examples there are, and what those of the Run are called, or what is wrong with them."""
        model, about = self._state.model, ""
        examples: Array | None = None
        if reference is None:
            examples = None if model.cond_shape is None else model.examples()
        else:
            about = reference.label
            try:
                examples = frames.values(reference, model.cond_shape)
            except InputError as error:
                about = str(error)
        if examples is not None and len(examples) > MOST:
            about = f"{about}\n{len(examples):,} examples, the first {MOST} of them shown.".lstrip()
        self.about.setText(about)
        self.about.setVisible(bool(about))
        self.strip.blockSignals(True)
        self.strip.fill(examples, model.data_shape, lambda number: f"Example {number}")
        self.strip.blockSignals(False)

    def _film(self, run: Run) -> None:
        """Show the sequence that the Run's frames are of, or ask for it."""
        place = self._place(run)
        if place is not None and self._wanted != place[0]:
            self._wanted, self._at_hand = place[0], None
            self.sequence_wanted.emit(self._wanted, None)
        self.number.setVisible(place is not None)
        self.film.setVisible(place is not None and self._at_hand is not None)
        if place is None:
            return
        number, first = place
        if not self.number.slider.isSliderDown():
            self.number.set_value(number)
        if self._at_hand is not None and self._sequences is not None:
            if self._filmed is not self._at_hand:
                self._unroll(self._at_hand)
            given = range(first, first + self._sequences.given)
            self.film.choose(given[-1], given)

    def _unroll(self, sequence: Sequence) -> None:
        """Show all frames of the sequence."""

        def told(frame: int) -> str:
            follow = "several next frames are" if sequence.open[frame] else "one next frame is"
            return f"Frame {frame}; after it {follow} possible"

        self._filmed = sequence
        values = frames.of_bytes(sequence.frames[:, None])
        self.film.blockSignals(True)
        self.film.fill(values, self._state.model.data_shape, told)
        self.film.blockSignals(False)

    def _place(self, run: Run) -> tuple[int, int] | None:
        """Which sequence the Run's frames are of, and from which of its frames on; None where they are of none."""
        reference, found = run.condition.frames, self._sequences
        return None if found is None or reference is None else found.place(reference.label)

    # -- what is chosen ------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        if self.strip.selectedItems():
            self._change(example=self.strip.currentRow())
        else:  # one is always chosen
            self._show(self._state.run)

    def _give(self, way: str) -> None:
        self._change(example=max(0, self.strip.currentRow()) if way == ALL else way)

    def _change(self, **condition: Any) -> None:
        self._state.end_gesture()
        self._state.change(CHOOSE, condition=condition)
        self._state.end_gesture()

    def _cut(self) -> None:
        """Give the frame chosen on the film and those before it that go with it."""
        place = self._place(self._state.run)
        if place is not None and self._sequences is not None and self.film.selectedItems():
            self._state.end_gesture()
            self.sequence_wanted.emit(place[0], max(0, self.film.currentRow() - self._sequences.given + 1))
        else:  # one is always chosen
            self._film(self._state.run)

    def _pick(self, number: int) -> None:
        """Give the frames of that sequence that stand where those that are given now do."""
        if not self.number.slider.isSliderDown():
            self._state.end_gesture()
        if self._sequences is not None:  # a row that hides, as another model is chosen, may still tell what was typed
            place = self._place(self._state.run)
            self.sequence_wanted.emit(number, 0 if place is None else place[1])

    def _return(self) -> None:
        """Give the model's own examples again, in the way that stays chosen."""
        example = self._state.run.condition.example
        self._change(example=0 if isinstance(example, int) else example, frames=None)
