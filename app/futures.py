"""FuturesState: what the page of futures shows. Controls change it, `app.forecaster` fills it, views only read it.

No torch, no maths. What is chosen goes through the workspace's undo; what is looked at does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.undo import ChangeValue
from engine.data import digits, sequences
from engine.data.sequences import COUNT, Sequence, Sequences
from engine.models.catalogue import ModelInfo
from engine.rollout import RolloutSettings
from engine.run import Latents, ModelReference, Run
from engine.settings import EDMSchedule, Frozen, GuidanceSettings, HeunSettings

if TYPE_CHECKING:
    from engine.analysis.futures import Futures
    from engine.rollout import Level

Pixels = NDArray[np.uint8]

Kind = Literal["several", "one"]

NONE_ON_OFFER = (
    "No model on offer draws next frames: open the checkpoint of one, or train one on sequences of moving digits."
)


class Choices(Frozen):
    """Which model is given which frames, how its futures are drawn, and how far a rollout goes."""

    model: str = ""  # its SHA-256; none is the first on offer
    number: int = Field(
        default=0,
        ge=0,
        lt=COUNT,
        title="Sequence",
        description="The number of the sequence whose frames are given; each has a digit and a walk of its own.",
    )
    frame: int | Kind = Field(
        default="several",
        title="Then",
        description="What may follow the given frames: several next frames or only one. Click on a frame of the "
        "filmstrip to choose any other one as the last that is given.",
    )
    latents: Latents = Latents(count=100)
    schedule: EDMSchedule = EDMSchedule()
    sampler: HeunSettings = HeunSettings(churn=0.9)
    guidance: GuidanceSettings = GuidanceSettings()
    rollout: RolloutSettings = RolloutSettings()

    @property
    def question(self) -> Choices:
        """What the futures depend on: all but the rollout."""
        return self.model_copy(update={"rollout": RolloutSettings()})

    @property
    def cost(self) -> int:
        """As `Run.cost`."""
        shared = {name: getattr(self, name) for name in ("latents", "schedule", "sampler", "guidance")}
        return Run(model=ModelReference(label="any", sha256="0" * 64), **shared).cost(digits.SHAPE)


@dataclass(frozen=True, eq=False)
class Forecast:
    """The futures of `choices.question`, as far as they are drawn.

    Of `sequence` the frames up to `last` are given, None where no frame is as it was asked for, which `problem` says;
    then there is no `run` either. `origin` is the digit's place in the last given frame, (rows down, columns right)
    from the middle in pixels. `frames` [N, H, W] are the estimates after `step` of the Run's steps, `futures` what they
    say together; None before the first.
    """

    choices: Choices
    sequences: Sequences
    sequence: Sequence
    last: int | None = None
    run: Run | None = None
    frames: Pixels | None = None
    futures: Futures | None = None
    origin: tuple[float, float] = (0.0, 0.0)
    step: int = 0
    problem: str = ""

    @property
    def complete(self) -> bool:
        """Whether all steps are done."""
        return self.run is not None and self.frames is not None and self.step == self.run.schedule.steps

    def move(self, row: float, column: float) -> tuple[float, float]:
        """How far that place is from the last given frame's, (down, right)."""
        return row - self.origin[0], column - self.origin[1]

    def true(self, level: int = 0) -> Pixels | None:
        """The frame of the sequence [H, W] that follows the given ones and `level` more; None beyond its end."""
        after = None if self.last is None else self.last + 1 + level
        return None if after is None or after >= len(self.sequence.frames) else self.sequence.frames[after]


@dataclass(frozen=True, eq=False)
class Rolled:
    """The levels of a rollout that are drawn, a `caution` about them or nothing, and the share of the work done."""

    settings: RolloutSettings
    caution: str = ""
    levels: tuple[Level, ...] = ()
    share: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether all levels are drawn."""
        return len(self.levels) == self.settings.depth


@dataclass(frozen=True)
class Looked:
    """What stands large: a future, or a frame of a rollout on the `level` counted from 0."""

    particle: int = 0
    level: int | None = None


@dataclass(frozen=True)
class Work:
    """What the worker does about futures or about a rollout, and the sentence where it failed or was stopped."""

    running: bool = False
    problem: str = ""


class FuturesState(QObject):
    """The choices, the futures and the rollout drawn of them, and what of them is looked at."""

    choices_changed = Signal(object)  # Choices, also on undo and redo
    models_changed = Signal()  # other models of next frames are on offer
    forecast_changed = Signal()  # another forecast, or more of it, or its work began, ended or failed
    rollout_changed = Signal()
    looked_changed = Signal(object)  # Looked
    played_changed = Signal(object)  # int | None: the level that an animation of the rollout is at
    place_changed = Signal(object)  # int | None: the place whose futures stand out
    refused = Signal(str)  # why what was just wanted cannot be; nothing once something else was

    again_wanted = Signal()  # draw the futures that were stopped or failed
    start_wanted = Signal()  # the rollout
    stop_wanted = Signal()
    open_wanted = Signal()  # what is looked at, in Explore

    def __init__(self, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.choices = Choices()
        self.models: list[ModelInfo] = []
        self.forecast: Forecast | None = None
        self.drawing = Work()
        self.rolled: Rolled | None = None
        self.rolling = Work()
        self.looked = Looked()
        self.played: int | None = None
        self.place: int | None = None
        self._undo = undo
        self._gesture = 0

    # -- what is asked for ---------------------------------------------------------------------------------------

    @property
    def model(self) -> ModelInfo | None:
        """The chosen model, None where it is not on offer."""
        wanted = self.choices.model
        return next((info for info in self.models if wanted in ("", info.reference.sha256)), None)

    def change(self, text: str, **groups: Any) -> None:
        """Change the choices, undoably; a dict given for a group changes its named fields. Changes of one gesture merge
        when `text` is the same. Raises `pydantic.ValidationError` for what is refused; all then stays as it was.
        """
        content = self.choices.model_dump()
        for key, value in groups.items():
            content[key] = {**content[key], **value} if isinstance(value, dict) else value
        choices = Choices.model_validate(content)
        self.refused.emit("")
        if choices != self.choices:
            self._undo.push(ChangeValue(self.apply, text, self.choices, choices, self._gesture))

    def end_gesture(self) -> None:
        """A slider was let go or a number confirmed: the next change is an undo step of its own."""
        self._gesture += 1

    def choose_model(self, model: ModelInfo) -> None:
        """Draw the futures with that model, from frames of a sequence of its own kind."""
        self.end_gesture()
        frame = self.choices.frame if isinstance(self.choices.frame, str) else "several"
        self.change(f"choose {model.name}", model=model.reference.sha256, frame=frame)
        self.end_gesture()

    def choose_last(self, frame: int) -> None:
        """Give the frames up to that one of the sequence; or say why they cannot be."""
        forecast = self.forecast
        if forecast is None:
            return
        reason = refusal(forecast.sequences, len(forecast.sequence.frames), frame)
        if reason:
            self.refused.emit(reason)
        else:
            self.change("choose the given frames", frame=frame)

    def apply(self, choices: Choices) -> None:
        """Set the choices without an undo step. Only for undo commands."""
        self.choices = choices
        self.choices_changed.emit(choices)

    def offer(self, models: list[ModelInfo]) -> None:
        """Offer those of the models that draw next frames, first those that are given most."""
        given = [(of.given, info) for info in models if (of := sequences.of(info)) is not None]
        found = [info for _, info in sorted(given, key=lambda each: -each[0])]
        if found != self.models:
            self.models = found
            self.models_changed.emit()

    # -- what was drawn ------------------------------------------------------------------------------------------

    @property
    def fresh(self) -> bool:
        """Whether the forecast is of what is chosen now, not of what was before."""
        return self.forecast is not None and self.forecast.choices == self.choices.question

    def set_forecast(self, forecast: Forecast | None, drawing: Work) -> None:
        """Replace what is known of the futures. Only for the forecaster."""
        self.forecast, self.drawing = forecast, drawing
        places = forecast.futures.places if forecast is not None and forecast.futures is not None else ()
        if self.place is not None and self.place >= len(places):
            self.show_place(None)
        if self.looked.level is None and self.looked.particle >= self.choices.latents.count:
            self.look(Looked())
        self.forecast_changed.emit()

    def set_rolled(self, rolled: Rolled | None, rolling: Work) -> None:
        """Replace what is known of the rollout. Only for the forecaster."""
        self.rolled, self.rolling = rolled, rolling
        if rolled is None and self.looked.level is not None:
            self.look(Looked())
        self.rollout_changed.emit()

    # -- looking -------------------------------------------------------------------------------------------------

    def look(self, looked: Looked) -> None:
        """Let that future, or that frame of the rollout, stand large."""
        if looked != self.looked:
            self.looked = looked
            self.looked_changed.emit(looked)

    def show_place(self, place: int | None) -> None:
        """Let the futures at that place stand out, or all."""
        if place != self.place:
            self.place = place
            self.place_changed.emit(place)

    def play(self, level: int | None) -> None:
        """Let the frame of that level stand large on the way that is looked at, or again what is looked at."""
        if level != self.played:
            self.played = level
            self.played_changed.emit(level)

    @property
    def path(self) -> tuple[Looked, ...]:
        """The frames of a rollout that lead to what is looked at, and on from it, each by its first branch; those of
        particle 0 where a future is looked at.
        """
        levels = () if self.rolled is None else self.rolled.levels
        particle, level = (0, 0) if self.looked.level is None else (self.looked.particle, self.looked.level)
        way = [particle]
        for drawn in reversed(levels[1 : level + 1]):
            way.insert(0, int(drawn.parents[way[0]]))
        for drawn in levels[level + 1 :]:
            way.append(int((drawn.parents == way[-1]).argmax()))
        return tuple(Looked(each, place) for place, each in enumerate(way[: len(levels)]))

    @property
    def large(self) -> Looked:
        """What stands large now: what is looked at, or where an animation is."""
        path = self.path
        return self.looked if self.played is None or self.played >= len(path) else path[self.played]

    def seen(self, looked: Looked) -> tuple[Run, Pixels] | None:
        """The Run of that future or frame of the rollout and its pixels [H, W]; None while there is none."""
        found: Level | Forecast | None = self.forecast
        if looked.level is not None:
            levels = () if self.rolled is None else self.rolled.levels
            found = levels[looked.level] if looked.level < len(levels) else None
        if found is None or found.run is None or found.frames is None or looked.particle >= len(found.frames):
            return None
        return found.run, found.frames[looked.particle]


def refusal(of: Sequences, length: int, last: int) -> str:
    """Why frames up to `last` cannot be given, of a sequence so long; nothing where they can."""
    if last < of.given - 1:
        return f"The model is given {of.given} frames: choose frame {of.given - 1} or a later one as the last of them."
    if last >= length - 1:
        return f"Frame {last} is the sequence's last: choose an earlier one, which a true next frame follows."
    return ""


def last_given(of: Sequences, sequence: Sequence, frame: int | Kind) -> int | None:
    """The last given frame that is meant: that number, or the first after which several frames or one may follow; None
    where there is none.
    """
    length = len(sequence.frames)
    suited = [last for last in range(length) if not refusal(of, length, last)]
    if isinstance(frame, int):
        return frame if frame in suited else None
    return next((last for last in suited if sequence.open[last] == (frame == "several")), None)
