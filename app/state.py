"""State: what the window shows, in one place. Controls change it, the bridge fills it, views only read it.

One Run is current, one may be pinned beside it; one playhead and one selection rule every view. No torch, no maths.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.masks import NO_MASKS, MaskSet
from app.undo import ChangeRun, Exchange, Situation
from engine.analysis.parts import SHOWN
from engine.models.catalogue import ModelInfo
from engine.offers import carried_over
from engine.run import STARTS_ALONE, Run
from engine.settings import HeunSettings, Settings
from engine.settings.edits import Region

if TYPE_CHECKING:
    from torch import Tensor

    from engine.analysis.groups import Readings
    from engine.step import Step
    from engine.trajectory import Trajectory

Side = Literal["current", "pinned", "before"]
"""The Run that the controls change (B), the one pinned beside it (A), and B as it was before its edits."""

SIDES: tuple[Side, Side] = ("pinned", "current")
"""The sides that are compared, in the order in which people read them: A, B."""


def unguided(run: Run) -> Run:
    """The same latents, independent of each other."""
    return run.replace(guidance={"k_pg": 0.0})


def from_noise(run: Run, sampler: Settings | None = None) -> dict[str, Any]:
    """What to change so that `run` starts from noise: no picture, and `sampler` in place of one that needs it."""
    groups: dict[str, Any] = {"latents": {"picture": None}}
    if run.sampler.needs_picture:
        groups["sampler"] = (sampler or HeunSettings()).model_dump()
    return groups


@dataclass(frozen=True)
class Drawing:
    """What is known of one side: its trajectory, the first estimate before there is one, or the error instead.

    `mend` is what the button beside the error says: it draws the Run. A `coarse` trajectory is of the same Run in fewer
    steps and stands there until the right one has come far enough.
    """

    trajectory: Trajectory | None = None
    preview: Tensor | None = None
    error: str | None = None
    running: bool = False
    mend: str = "Try again"
    coarse: bool = False


@dataclass(frozen=True)
class Activity:
    """A piece of work for the status line. `total` 0 means that its length is not known, `last` that it waits for all
    others.
    """

    id: int
    label: str
    done: int = 0
    total: int = 0
    cancelling: bool = False
    last: bool = False


class State(QObject):
    """The current and the pinned Run with their drawings, the playhead, the selection and what the canvas shows."""

    run_changed = Signal(object)  # Run: the current one, also on undo and redo
    model_changed = Signal(object)  # ModelInfo of the current Run, before run_changed
    pinned_changed = Signal(object)  # Run | None
    drawing_changed = Signal(str)  # Side: another trajectory, preview or error stands there
    step_arrived = Signal(str, int)  # Side, number of Steps available
    step_replayed = Signal(str, int)  # Side, index: a dropped Step is at hand again
    playhead_changed = Signal(int)
    selection_changed = Signal(object)  # tuple[int, ...], the first one is inspected
    shown_changed = Signal(str)  # a key of SHOWN
    models_changed = Signal()  # another model can be chosen
    masks_changed = Signal(object)  # MaskSet: another mask is chosen, or one was painted
    beside_changed = Signal(bool)  # A is, or no longer is, the current Run without guidance
    readings_changed = Signal(str)  # Side: more is known of its groups
    held_changed = Signal(object)  # Run | None: it waits to be started by hand
    activity_changed = Signal(object)  # list[Activity], what runs first
    message = Signal(str)  # a sentence for the status line
    complaint = Signal(str)  # a sentence about what went wrong, to be shown until it is dismissed

    replay_wanted = Signal(str, int)  # Side, index: a view needs a Step that was dropped
    field_wanted = Signal(object)  # engine.analysis.field.FieldRequest
    field_arrived = Signal(object)  # engine.analysis.field.Field
    cancel_wanted = Signal(int)  # id of an Activity

    def __init__(self, run: Run, model: ModelInfo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self.undo.setUndoLimit(1000)
        self.run = run
        self.model = model
        self.models: list[ModelInfo] = [model]
        self.held: Run | None = None
        self.pinned: Run | None = None
        self.pinned_model: ModelInfo | None = None
        self.pinned_held = False  # as `held`, of the pinned one
        self.playhead = run.schedule.steps
        self.selection: tuple[int, ...] = (0,)
        self.shown = "denoised"
        self.field: Any = None
        self.beside = False
        self.masks = NO_MASKS
        self._readings: dict[Side, Readings] = {}
        self._drawings: dict[Side, Drawing] = {side: Drawing() for side in get_args(Side)}
        self.gesture: tuple[int, str] = (0, "")  # the same for all changes that merge into one undo step
        self._gesture = 0

    # -- the Run -------------------------------------------------------------------------------------------------

    def change(self, text: str, **groups: Any) -> None:
        """Change the current Run as `Run.replace` does, undoably; changes of one gesture merge when `text` is the same.

        Raises `pydantic.ValidationError` for a value the Run refuses; the Run then stays as it was.
        """
        self.set_masks(text, self.masks, **groups)

    def set_masks(self, text: str, masks: MaskSet, **groups: Any) -> None:
        """Change the masks, and with them the current Run, in one step, as `change`."""
        run = self.run.replace(**groups) if groups else self.run
        if run != self.run or masks != self.masks:
            self.gesture = (self._gesture, text)
            self.undo.push(ChangeRun(self, text, Situation(run, self.model, masks), self._gesture))

    def set_run(self, text: str, run: Run, model: ModelInfo) -> None:
        """Make `run`, on `model`, the current one, undoably, with its masks: a model chosen or a file opened."""
        self.end_gesture()
        if run != self.run:
            self.gesture = (self._gesture, text)
            self.undo.push(ChangeRun(self, text, Situation(run, model, self.masks.joined(run)), self._gesture))

    def open_run(self, text: str, run: Run, model: ModelInfo) -> None:
        """`set_run` for a Run from elsewhere: its model is on offer then, and a large one waits to be started."""
        self.add_models(model)
        self.hold(run if run.cost(model.data_shape) > STARTS_ALONE else None)
        self.set_run(text, run, model)

    def choose(self, model: ModelInfo, text: str | None = None) -> None:
        """Draw the current Run with `model`, undoably, as `text`, by default "choose" and the model's name."""
        run = self.run
        if model.data_shape != self.model.data_shape:
            groups = from_noise(run)
            groups["latents"]["edits"] = ()
            run = run.replace(region=Region().model_dump(), **groups)
        run = carried_over(run, model)
        self.set_run(text or f"choose {model.name}", run, model)

    def add_models(self, *models: ModelInfo) -> None:
        """Offer models for choice; one with the same content replaces the earlier one."""
        known = {info.reference.sha256: info for info in (*self.models, *models)}
        self.models = list(known.values())
        self.models_changed.emit()

    def supply(self, model: ModelInfo) -> None:
        """Draw with `model`, which is at hand now, what another entry with its content stood for."""
        if self.model.reference.sha256 == model.reference.sha256:
            self.model = model
            self.model_changed.emit(model)
            self.run_changed.emit(self.run)
        if self.pinned_model is not None and self.pinned_model.reference.sha256 == model.reference.sha256:
            self._pin(self.pinned, model, self.pinned_held)

    def withdraw(self, *models: ModelInfo) -> None:
        """Offer these models no longer, but for those in use."""
        self.models = [m for m in self.models if m not in models or m in (self.model, self.pinned_model)]
        self.models_changed.emit()

    def find_model(self, sha256: str) -> ModelInfo | None:
        """The model on offer with that content, None if there is none."""
        return next((info for info in self.models if info.reference.sha256 == sha256), None)

    def hold(self, run: Run | None) -> None:
        """Let `run`, when it becomes the current one, wait until it is started by hand; None releases it."""
        self.held = run
        self.held_changed.emit(run)

    def end_gesture(self) -> None:
        """A slider was let go or a number confirmed: the next change is an undo step of its own."""
        self._gesture += 1

    @property
    def situation(self) -> Situation:
        """What undo goes back to."""
        return Situation(self.run, self.model, self.masks)

    def apply(self, situation: Situation) -> None:
        """Set the current Run, its model and the masks without an undo step. Only for undo commands."""
        run = situation.run
        model = self.find_model(run.model.sha256) or situation.model  # what was missing may be on offer by now
        before, self.run = self.run, run
        if situation.masks != self.masks:
            self.masks = situation.masks
            self.masks_changed.emit(self.masks)
        if run == before and model.reference == self.model.reference:
            return
        if model.reference != self.model.reference:
            self.model = model
            self.model_changed.emit(model)
        old_steps, steps = before.schedule.steps, run.schedule.steps
        if old_steps != steps:  # the playhead keeps its place along the trajectory; the end stays the end
            self.set_playhead(round(self.playhead * steps / old_steps))
        if any(p >= run.latents.count for p in self.selection):
            self.select([p for p in self.selection if p < run.latents.count] or [0])
        self.run_changed.emit(run)
        if self.beside and (unguided(run), model) != (self.pinned, self.pinned_model):
            self._pin(unguided(run), model, self.held is not None)

    def pin(self, run: Run | None, model: ModelInfo | None = None, *, held: bool = False) -> None:
        """Pin `run` as A for comparison, or unpin with None. What is drawn of it already is not drawn again; one that
        is `held` waits to be started by hand.
        """
        if self.beside:
            self.beside = False
            self.beside_changed.emit(False)
        self._pin(run, model, held)

    def set_beside(self, on: bool) -> None:
        """Keep as A, from now on, the current Run without guidance; or unpin it."""
        if on == self.beside:
            return
        if on:
            self._pin(unguided(self.run), self.model, self.held is not None)
            self.beside = True
            self.beside_changed.emit(True)
        else:
            self.pin(None)

    def _pin(self, run: Run | None, model: ModelInfo | None, held: bool = False) -> None:
        current = self._drawings["current"].trajectory
        drawn = current if current is not None and current.complete and current.run == run else None
        self.pinned, self.pinned_model, self.pinned_held = run, model, held
        if drawn is not None or not self.beside:  # what follows B keeps its picture until the next one comes
            self.set_drawing("pinned", Drawing(drawn))
        self.pinned_changed.emit(run)

    def exchange(self) -> None:
        """Make A the current Run and pin what was current, undoably; nothing without a pinned Run."""
        if self.pinned is not None:
            self.end_gesture()
            self.undo.push(Exchange(self))

    def run_of(self, side: Side) -> Run | None:
        """The Run on that side, None if nothing is pinned."""
        return {"current": self.run, "pinned": self.pinned, "before": self.run.unedited}[side]

    def model_of(self, side: Side) -> ModelInfo | None:
        """The model of that side's Run, None if nothing is pinned."""
        return self.pinned_model if side == "pinned" else self.model

    # -- what was drawn ------------------------------------------------------------------------------------------

    def drawing(self, side: Side) -> Drawing:
        """What is known of that side."""
        return self._drawings[side]

    def set_drawing(self, side: Side, drawing: Drawing) -> None:
        """Replace what is known of that side. Only for the bridge."""
        self._drawings[side] = drawing
        self.drawing_changed.emit(side)

    def readings(self, side: Side) -> Readings | None:
        """What is known of the groups of what is drawn on that side, None where nothing is yet."""
        readings = self._readings.get(side)
        return readings if readings is not None and readings.trajectory is self._drawings[side].trajectory else None

    def set_readings(self, side: Side, readings: Readings) -> None:
        """Tell what is known of that side's groups. Only for the reader."""
        self._readings[side] = readings
        self.readings_changed.emit(side)

    def index(self, side: Side) -> int:
        """The Step the playhead stands on, as far as it has arrived; on A the one with the level nearest to B's.

        While what is drawn has another number of steps than the current Run, the one at the same share of the steps.
        """
        current, wanted = self._drawings["current"].trajectory, self.playhead
        trajectory = self._drawings[side].trajectory
        if trajectory is None:
            return wanted
        if current is not None and current.last != self.run.schedule.steps:
            wanted = round(wanted * trajectory.last / self.run.schedule.steps)
        elif side == "pinned" and current is not None and current.sigmas != trajectory.sigmas:
            wanted = trajectory.nearest(current.sigmas[min(wanted, current.last)])
        return max(0, min(wanted, trajectory.available - 1))

    def step(self, side: Side) -> Step | None:
        """The Step under the playhead; None if there is none yet, or if it was dropped: then it is asked for."""
        trajectory = self._drawings[side].trajectory
        if trajectory is None or not trajectory.available:
            return None
        index = self.index(side)
        step = trajectory[index]
        if step is None:
            self.replay_wanted.emit(side, index)
        return step

    # -- looking -------------------------------------------------------------------------------------------------

    def set_playhead(self, index: int) -> None:
        """Move the playhead to Step `index` of the current Run, clamped to 0 .. N."""
        index = max(0, min(index, self.run.schedule.steps))
        if index != self.playhead:
            self.playhead = index
            self.playhead_changed.emit(index)

    def select(self, particles: Iterable[int]) -> None:
        """Select particles by ID; the first one is inspected."""
        chosen = tuple(dict.fromkeys(p for p in particles if 0 <= p < self.run.latents.count))
        if chosen != self.selection:
            self.selection = chosen
            self.selection_changed.emit(chosen)

    def show(self, name: str) -> None:
        """Show another part of the Steps on the canvas: a key of `SHOWN`."""
        if name not in SHOWN:
            raise KeyError(name)
        if name != self.shown:
            self.shown = name
            self.shown_changed.emit(name)
