"""Bridge: the window's requests to the engine's worker, and the worker's results to the state, in Qt's thread.

Owned by the window. The only place where both threads meet: results cross by one queued signal, newest first to last,
never more than one waiting a slot.
"""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from PySide6.QtCore import QObject, Qt, Signal

from app.answers import Answers
from app.coarse import LONG, PATIENT, Draft, Drawn, Speeds, coarse
from app.reuse import Reuse
from app.state import SIDES, Activity, Drawing, Side, State
from engine import models
from engine.models.catalogue import ModelInfo, describe
from engine.resources import failure
from engine.run import STARTS_ALONE, Run
from engine.worker import ENDS, Event, Lane, Task, Worker

if TYPE_CHECKING:
    from engine.models import Model
    from engine.trajectory import Trajectory

Work = Callable[[Task], Iterator[Any]]
Handle = Callable[[Event], None]

MODELS_KEPT = 3
"""Loaded models the worker keeps at hand."""

HELD = "This Run is large ({:,} particles, {:,} steps): press Draw to start it."
"""What stands in place of the picture of a Run that must not start by itself."""


class Bridge(QObject):
    """Draws Runs on the worker, and whatever else it is given; puts what comes back of Runs into the state."""

    opened = Signal(bool)  # the checkpoint asked for is on offer, or was refused

    _woken = Signal()

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._newest: dict[str, int] = {}
        self._handlers: dict[int, Handle] = {}
        self._outside: dict[int, Callable[[], object]] = {}
        self._activities: dict[int, Activity] = {}
        self._unfinished: set[int] = set()
        self._inbox: list[Event] = []
        self._lock = threading.Lock()
        self._models: dict[str, Model] = {}
        self._speeds = Speeds()
        self._drafts: dict[Side, Draft] = {}
        self._reuse = Reuse(state)
        self._answers = Answers(state, self)
        self._gpu_failed = False
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._worker = Worker(self._receive, _prepare)
        state.run_changed.connect(lambda run: self.draw("current", run, state.model))
        state.pinned_changed.connect(self._draw_pinned)
        state.cancel_wanted.connect(self.cancel)

    def submit(
        self, lane: Lane, slot: str, work: Work, handle: Handle | None = None, label: str = "", total: int = 0
    ) -> int:
        """Give `work` to the worker: its id. `handle` gets in Qt's thread what becomes of it, but for items of None; of
        an interactive slot it gets what becomes of the newest work. With a `label` the status line shows it.
        """
        ask = {
            Lane.INTERACTIVE: self._worker.interactive,
            Lane.JOBS: self._worker.job,
            Lane.TRAINING: self._worker.train,
        }
        task_id = ask[lane](slot, work)
        self._unfinished.add(task_id)
        if handle is not None:
            self._handlers[task_id] = handle
        if lane is Lane.INTERACTIVE:
            self._handlers.pop(self._newest.get(slot, 0), None)
            self._newest[slot] = task_id
        if label:
            self._activities[task_id] = Activity(task_id, label, 0, total, last=lane is Lane.TRAINING)
            self._show_activities()
        return task_id

    def advance(self, task_id: int, done: int, total: int, label: str = "") -> None:
        """Tell the status line how far a task is, under another label if one is given."""
        if task_id in self._activities:
            before = self._activities[task_id]
            self._activities[task_id] = dataclasses.replace(before, done=done, total=total, label=label or before.label)

    def show(self, activity: Activity, cancel: Callable[[], object]) -> None:
        """Put into the status line what runs outside the worker, under a negative id; `cancel` ends it."""
        self._activities[activity.id], self._outside[activity.id] = activity, cancel
        self._show_activities()

    def hide(self, activity_id: int) -> None:
        """Take out of the status line what ran outside the worker."""
        del self._activities[activity_id], self._outside[activity_id]
        self._show_activities()

    def cancel(self, task_id: int) -> None:
        """Cancel a task; the status line says so at once."""
        self._outside.get(task_id, partial(self._worker.cancel, task_id))()
        if task_id in self._activities:
            self._activities[task_id] = dataclasses.replace(self._activities[task_id], cancelling=True)
            self._show_activities()

    def cancel_all(self) -> None:
        """Cancel all that runs or waits but a training, which has a button of its own."""
        for task_id, activity in list(self._activities.items()):
            if not activity.last:
                self.cancel(task_id)

    @property
    def idle(self) -> bool:
        """Whether nothing runs, waits or is on its way to the state."""
        with self._lock:
            return not self._inbox and not self._unfinished

    def close(self) -> None:
        """Stop all work and wait for the worker's thread to end."""
        self._worker.close()
        self._woken.disconnect(self._deliver)

    def load(self, info: ModelInfo) -> Model:
        """On the worker: the model, kept for the next request."""
        key = info.reference.sha256
        if key not in self._models:
            while len(self._models) >= MODELS_KEPT:
                del self._models[next(iter(self._models))]
            self._models[key] = info.build()
        return self._models[key]

    # -- requests ------------------------------------------------------------------------------------------------

    def draw(self, side: Side, run: Run, model: ModelInfo) -> None:
        """Draw `run`, or the particles that its edits touch, a coarse one ahead of a long one; what was drawn on that
        side stops before its next evaluation, but for what is soon done while one control is dragged on: for that the
        newest Run waits.
        """
        previous = self._state.drawing(side)
        if side == "current" and self._state.held is not None and run.cost(model.data_shape) <= STARTS_ALONE:
            self._state.hold(None)
        if side == "current" and self._state.held is not None:
            self._hold(side, run)
            return
        draft, gesture = self._drafts.get(side), self._state.gesture
        dragged = draft is not None and draft.gesture == gesture
        under_way = self._activities.get(self._newest.get(side, 0))
        if draft is not None and dragged and draft.brief and under_way is not None and not under_way.cancelling:
            draft.waiting = (run, model)
            return
        splice, before = self._reuse.splice(side, run), self._reuse.known(run)
        seconds = self._speeds.seconds(run, None if splice is None else len(splice.particles))
        ahead = coarse(run, seconds) if side == "current" or self._state.beside else None
        brief = ahead is not None or seconds <= (LONG if splice is None else PATIENT)
        follows = brief and previous.trajectory is not None and (dragged or splice is not None)

        def work(task: Task) -> Iterator[Drawn]:
            from engine.execute import record

            loaded, done = self.load(model), None if before is None else before[before.last]
            known = None if done is None else done.x
            observed = follows
            rough: Trajectory | None = None

            def first_estimate(denoised: Any) -> None:
                nonlocal observed
                if not observed and not task.interrupted():
                    observed = True
                    self._receive(Event("item", task.id, task.slot, denoised))

            draw = partial(
                record, model=loaded, splice=splice, known=known, interrupted=task.interrupted, observe=first_estimate
            )
            if ahead is not None:
                for rough in draw(ahead):
                    yield Drawn(rough, None)
            for whole in draw(run):
                yield Drawn(rough, whole)

        self._drafts[side] = Draft(gesture, brief, follows, splice is not None)
        handle = partial(self._handle_drawing, side)
        self.submit(Lane.INTERACTIVE, side, work, handle, f"sampling {model.name}", run.schedule.steps)
        self._state.set_drawing(side, dataclasses.replace(previous, error=None, running=True))

    def open_checkpoint(self, path: Path) -> None:
        """Read a checkpoint; its model is then on offer and chosen."""

        def work(_: Task) -> Iterator[ModelInfo]:
            yield describe(models.load(path), path.name)

        self.submit(Lane.JOBS, "open", work, self._handle_opened, f"opening {path.name}")

    def save_checkpoint(self, path: Path) -> None:
        """Write the current model as safetensors with its JSON beside it."""
        info = self._state.model

        def work(_: Task) -> Iterator[str]:
            from engine.checkpoints import save

            yield f"Saved {save(path, self.load(info)).name}."

        self.submit(Lane.JOBS, "save", work, self._handle_saved, f"saving {path.name}")

    def _draw_pinned(self, run: Run | None) -> None:
        model, drawn = self._state.pinned_model, self._state.drawing("pinned").trajectory
        if run is None or model is None or (drawn is not None and drawn.run == run):
            self.drop("pinned")
        elif self._state.pinned_held:
            self._hold("pinned", run)
        else:
            self.draw("pinned", run, model)

    def _hold(self, side: Side, run: Run) -> None:
        """Let the Run wait until it is started by hand."""
        self.drop(side)
        self._state.set_drawing(side, Drawing(error=HELD.format(run.latents.count, run.schedule.steps), mend="Draw"))

    def drop(self, slot: Side) -> None:
        """Cancel what that side asked for last and hear no more of it."""
        self._drafts.pop(slot, None)
        task_id = self._newest.pop(slot, 0)
        self._handlers.pop(task_id, None)
        self.cancel(task_id)

    # -- results -------------------------------------------------------------------------------------------------

    def _receive(self, event: Event) -> None:
        """On the worker: keep the event and wake Qt's thread, once for all that wait."""
        if event.kind == "item" and event.payload is None:
            return
        with self._lock:
            waiting = bool(self._inbox)
            if event.kind == "item":  # only the newest item of a task is worth showing
                self._inbox = [e for e in self._inbox if not (e.kind == "item" and e.id == event.id)]
            self._inbox.append(event)
        if not waiting:
            self._woken.emit()

    def _deliver(self) -> None:
        with self._lock:
            events, self._inbox = self._inbox, []
        for event in events:
            handle = self._handlers.get(event.id)
            if event.kind in ENDS:
                self._activities.pop(event.id, None)
                self._unfinished.discard(event.id)
                self._handlers.pop(event.id, None)
            if handle is not None:
                handle(event)
        self._show_activities()
        if not self._gpu_failed and failure() is not None:
            self._leave_gpu()

    def _leave_gpu(self) -> None:
        """The GPU failed, and what was drawn on it is lost: say so, and draw it again on the CPU."""
        self._gpu_failed = True
        self._reuse.forget()
        for side in get_args(Side):
            self._state.set_drawing(side, Drawing())
        for side in SIDES:
            run, model = self._state.run_of(side), self._state.model_of(side)
            if run is not None and model is not None:
                self.draw(side, run, model)
        self._state.complaint.emit(failure())

    def _handle_opened(self, event: Event) -> None:
        if event.kind == "item":
            self._state.add_models(event.payload)
            self._state.choose(event.payload, f"open {event.payload.name}")
        self.complain_of(event)
        if event.kind in ENDS:
            self.opened.emit(event.kind == "finished")

    def _handle_saved(self, event: Event) -> None:
        if event.kind == "item":
            self._state.message.emit(event.payload)
        self.complain_of(event)

    def complain_of(self, event: Event) -> None:
        """Show the sentence of what failed."""
        if event.kind == "failed":
            self._state.complaint.emit(event.payload)

    def _handle_drawing(self, side: Side, event: Event) -> None:
        state, draft = self._state, self._drafts[side]
        if event.kind == "item" and isinstance(event.payload, Drawn):
            self._show_drawn(side, event.id, event.payload)
        elif event.kind == "item":
            state.set_drawing(side, Drawing(preview=event.payload, running=True))
        elif event.kind == "failed":
            state.set_drawing(side, Drawing(error=event.payload))
        elif event.kind in ENDS:
            state.set_drawing(side, dataclasses.replace(state.drawing(side), running=False))
        if event.kind in ENDS:
            draft.waiting = None if event.kind == "cancelled" else draft.waiting
            self._go_on(side, draft)

    def _show_drawn(self, side: Side, task_id: int, drawn: Drawn) -> None:
        state, draft = self._state, self._drafts[side]
        self._speeds.learn(drawn.whole or drawn.first)
        if drawn.whole is not None:
            self.advance(task_id, drawn.whole.available - 1, drawn.whole.last)
            self._reuse.keep(side, drawn.whole)
        if drawn.first.complete or not draft.hides(drawn.first, state.playhead):
            trajectory = drawn.best(state.playhead)
            if fresh := state.drawing(side).trajectory is not trajectory:
                state.set_drawing(side, Drawing(trajectory, running=True, coarse=trajectory is drawn.ahead))
            if fresh or trajectory is (drawn.whole or drawn.ahead):  # a coarse one that stands there grows no more
                state.step_arrived.emit(side, trajectory.available)
        if drawn.first.complete:
            self._go_on(side, draft)

    def _go_on(self, side: Side, draft: Draft) -> None:
        """The first picture is done, or there will be none: draw the Run that waits for it."""
        draft.brief, waiting = False, draft.waiting
        draft.waiting = None
        if waiting is not None:
            self.draw(side, *waiting)

    def _show_activities(self) -> None:
        order = sorted(self._activities.values(), key=lambda activity: (activity.last, activity.id))
        self._state.activity_changed.emit(order)


def _prepare() -> None:
    """On the worker, first of all: the import that takes seconds. One core is left to the window."""
    import torch

    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
