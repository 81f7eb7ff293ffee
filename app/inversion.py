"""Inversion: makes a picture the latent of a particle, by a job on the worker. Owned by the Latents workspace.

Pictures are found by `app.files`, chosen and shown in `app.controls.inversion`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.state import Side, State, from_noise
from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.latents.inversion import STEPS, came_back, latent_of, of_picture, with_latent
from engine.models.catalogue import ModelInfo
from engine.run import PictureReference, explain
from engine.settings.edits import Set
from engine.worker import ENDS, Event, Lane, Task

Read = Callable[[], tuple[PictureReference, str]]
"""Finds a picture, on the worker: its name, and a sentence about what was done to it, or nothing."""

POINTS = "A picture can become a latent of models of pictures only: choose such a model, then the picture."
ELSEWHERE = "Another model was chosen while the picture was being inverted: choose the picture again."

_SIDES: tuple[Side, Side] = ("before", "current")


class Inversion(QObject):
    """Of the first selected particle: the latent that a picture was inverted to, in `steps` steps, and how well it
    comes back. One picture is inverted at a time, the newest one asked for.
    """

    changed = Signal()  # a job begins or ends, or another particle or latent is looked at

    def __init__(self, state: State, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.steps = STEPS
        self._state, self._bridge = state, bridge
        self._task = 0
        self._done: dict[str, str] = {}
        for signal in (state.run_changed, state.selection_changed):
            signal.connect(lambda _: self.changed.emit())
        state.model_changed.connect(self._stop)

    @property
    def running(self) -> bool:
        """Whether a picture is being inverted."""
        return self._task != 0

    @property
    def particle(self) -> int:
        """The particle that the next picture is for."""
        return self._state.selection[0] if self._state.selection else 0

    @property
    def latent(self) -> Set | None:
        """What makes a picture the latent of the particle, None if nothing does."""
        return latent_of(self._state.run.latents.edits, self.particle)

    @property
    def done(self) -> str:
        """What was done to that picture: a sentence, or nothing."""
        picture = None if self.latent is None else self.latent.picture
        return "" if picture is None else self._done.get(picture.sha256, "")

    def take(self, read: Read, then: Callable[[], object] = bool) -> None:
        """Make the picture that `read` finds the latent of the particle, in the Run as it is now, and do `then`; or say
        why not.
        """
        state, model, bridge = self._state, self._state.model, self._bridge
        if not is_picture(model.data_shape):
            state.complaint.emit(POINTS)
            return
        bridge.cancel(self._task)
        run, particle, steps = state.run.replace(**from_noise(state.run)), self.particle, self.steps

        def work(task: Task) -> Iterator[float | tuple[Set, str]]:
            reference, done = read()
            loaded = bridge.load(model)
            found = yield from of_picture(reference, run, loaded, particle, steps=steps, interrupted=task.interrupted)
            yield found, done

        def handle(event: Event) -> None:
            if event.kind == "item" and isinstance(event.payload, float):
                bridge.advance(event.id, round(event.payload * steps), steps)
            elif event.kind == "item" and event.id == self._task:
                self._put(particle, *event.payload)
                then()
            if event.kind in ENDS and event.id == self._task:
                self._task = 0
                self.changed.emit()
            bridge.complain_of(event)

        label = f"inverting a picture for particle {particle}"
        self._task = bridge.submit(Lane.JOBS, "inversion", work, handle, label, steps)
        self.changed.emit()

    def again(self) -> None:
        """Invert the picture of the particle once more, in as many steps as are wanted now."""
        picture, done = None if self.latent is None else self.latent.picture, self.done
        if picture is not None:
            self.take(lambda: (picture, done))

    def clear(self) -> None:
        """Give the particle the latent back that its number stands for."""
        edits = with_latent(self._state.run.latents.edits, self.particle, None)
        self._change(f"clear the picture of particle {self.particle}", latents={"edits": edits})

    def error(self) -> tuple[float, bool] | None:
        """The round-trip error of the particle's picture, and whether the sampler added noise on the way back; None
        until it is drawn, and not drawn with other edits.
        """
        latent, particle = self.latent, self.particle
        for side in _SIDES:
            drawing = self._state.drawing(side)
            drawn = drawing.trajectory
            if drawn is None or drawing.coarse or latent is None or particle >= drawn.run.latents.count:
                continue
            if drawn.run.model == self._state.run.model and latent_of(drawn.run.latents.edits, particle) == latent:
                error = came_back(drawn, particle)
                if error is not None:
                    return error, any(norm is not None for norm in drawn.norms("noise"))
        return None

    def _put(self, particle: int, latent: Set, done: str) -> None:
        """What was found becomes the particle's latent."""
        if particle >= self._state.run.latents.count:
            self._state.message.emit(f"There is no particle {particle} any more: choose the picture again.")
            return
        if latent.picture is not None:
            self._done[latent.picture.sha256] = done
        groups = from_noise(self._state.run)
        groups["latents"]["edits"] = with_latent(self._state.run.latents.edits, particle, latent)
        self._change(f"picture as the latent of particle {particle}", **groups)

    def _change(self, text: str, **groups: Any) -> None:
        """Change the Run as an undo step of its own, or say why not."""
        self._state.end_gesture()
        try:
            self._state.change(text, **groups)
        except ValidationError as error:
            self._state.message.emit(explain(error, "The picture"))
        except InputError as error:
            self._state.message.emit(str(error))
        self._state.end_gesture()

    def _stop(self, _: ModelInfo) -> None:
        """What is being inverted is for another model."""
        if self.running:
            self._bridge.cancel(self._task)
            self._task = 0
            self._state.message.emit(ELSEWHERE)
        self.changed.emit()
