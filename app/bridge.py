"""Bridge: the window's requests to the engine's worker, and the worker's results to the state, in Qt's thread.

Owned by the window. The only place where both threads meet: results cross by one queued signal, newest first to last,
never more than one waiting a slot.
"""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Qt, Signal

from app.state import SIDES, Activity, Drawing, Side, State
from engine import models
from engine.models.catalogue import ModelInfo, describe
from engine.run import STARTS_ALONE, Run
from engine.worker import Event, Task, Worker

if TYPE_CHECKING:
    from engine.analysis.field import FieldRequest
    from engine.models import Model
    from engine.trajectory import Trajectory

MODELS_KEPT = 3
"""Loaded models the worker keeps at hand."""

HELD = "This Run came from a file and is large ({:,} particles, {:,} steps): press Draw to start it."
"""What stands in place of the picture of a Run that must not start by itself."""


class Bridge(QObject):
    """Draws Runs, replays Steps and computes fields on the worker; puts what comes back into the state."""

    opened = Signal(bool)  # the checkpoint asked for is on offer, or was refused

    _woken = Signal()

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._newest: dict[str, int] = {}
        self._activities: dict[int, Activity] = {}
        self._unfinished: set[int] = set()
        self._inbox: list[Event] = []
        self._lock = threading.Lock()
        self._models: dict[str, Model] = {}
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._worker = Worker(self._receive, _prepare)
        state.run_changed.connect(lambda run: self.draw("current", run, state.model))
        state.pinned_changed.connect(self._draw_pinned)
        state.replay_wanted.connect(self._replay)
        state.field_wanted.connect(self._compute_field)
        state.cancel_wanted.connect(self._cancel)

    def draw(self, side: Side, run: Run, model: ModelInfo) -> None:
        """Draw `run` on that side; what was being drawn there stops before its next evaluation."""
        previous = self._state.drawing(side)
        if side == "current" and self._state.held is not None and run.cost(model.data_shape) <= STARTS_ALONE:
            self._state.hold(None)
        if side == "current" and self._state.held is not None:
            self._worker.cancel(self._newest.pop(side, 0))
            self._state.set_drawing(
                side, Drawing(error=HELD.format(run.latents.count, run.schedule.steps), mend="Draw")
            )
            return

        def work(task: Task) -> Iterator[Trajectory]:
            from engine.execute import record

            loaded = self._load(model)
            observed = False

            def first_estimate(denoised: Any) -> None:
                nonlocal observed
                if not observed and not task.interrupted():
                    observed = True
                    self._receive(Event("item", task.id, task.slot, denoised))

            yield from record(run, loaded, interrupted=task.interrupted, observe=first_estimate)

        task_id = self._request(side, work)
        self._begin(task_id, f"sampling {model.name}", run.schedule.steps)
        self._state.set_drawing(side, dataclasses.replace(previous, error=None, running=True))

    def open_checkpoint(self, path: Path) -> None:
        """Read a checkpoint; its model is then on offer and chosen."""

        def work(_: Task) -> Iterator[ModelInfo]:
            yield describe(models.load(path), path.name)

        self._begin(self._started(self._worker.job("open", work)), f"opening {path.name}", 0)

    def save_checkpoint(self, path: Path) -> None:
        """Write the current model as safetensors with its JSON beside it."""
        info = self._state.model

        def work(_: Task) -> Iterator[str]:
            from engine.checkpoints import save

            yield f"Saved {save(path, self._load(info)).name}."

        self._begin(self._started(self._worker.job("save", work)), f"saving {path.name}", 0)

    @property
    def idle(self) -> bool:
        """Whether nothing runs, waits or is on its way to the state."""
        with self._lock:
            return not self._inbox and not self._unfinished

    def cancel_all(self) -> None:
        """Cancel all that runs or waits; the status line says so at once."""
        for task_id in list(self._activities):
            self._cancel(task_id)

    def close(self) -> None:
        """Stop all work and wait for the worker's thread to end."""
        self._worker.close()
        self._woken.disconnect(self._deliver)

    # -- requests ------------------------------------------------------------------------------------------------

    def _request(self, slot: str, work: Any) -> int:
        self._newest[slot] = self._started(self._worker.interactive(slot, work))
        return self._newest[slot]

    def _started(self, task_id: int) -> int:
        self._unfinished.add(task_id)
        return task_id

    def _draw_pinned(self, run: Run | None) -> None:
        model = self._state.pinned_model
        if run is None or model is None:
            self._cancel(self._newest.pop("pinned", 0))
        elif self._state.drawing("pinned").trajectory is None:
            self.draw("pinned", run, model)

    def _replay(self, side: Side, index: int) -> None:
        trajectory = self._state.drawing(side).trajectory
        model = self._state.model if side == "current" else self._state.pinned_model
        if trajectory is None or model is None:
            return

        def work(task: Task) -> Iterator[Any]:
            from engine.execute import replay

            for step in replay(trajectory, index, self._load(model), task.interrupted):
                yield (side, index) if step.index == index else None

        self._request(f"replay {side}", work)

    def _compute_field(self, request: FieldRequest) -> None:
        model = self._state.find_model(request.reference.sha256)
        if model is None:
            return

        def work(task: Task) -> Iterator[Any]:
            from engine.analysis.field import compute

            yield compute(request, self._load(model))

        self._request("field", work)

    def _cancel(self, task_id: int) -> None:
        self._worker.cancel(task_id)
        if task_id in self._activities:
            self._activities[task_id] = dataclasses.replace(self._activities[task_id], cancelling=True)
            self._show_activities()

    def _load(self, info: ModelInfo) -> Model:
        """On the worker: the model, kept for the next request."""
        key = info.reference.sha256
        if key not in self._models:
            while len(self._models) >= MODELS_KEPT:
                del self._models[next(iter(self._models))]
            self._models[key] = info.build()
        return self._models[key]

    # -- results -------------------------------------------------------------------------------------------------

    def _receive(self, event: Event) -> None:
        """On the worker: keep the event and wake Qt's thread, once for all that wait."""
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
            if event.kind in ("finished", "failed", "cancelled"):
                self._activities.pop(event.id, None)
                self._unfinished.discard(event.id)
            if event.slot in ("open", "save") or event.id == self._newest.get(event.slot):
                self._handle(event)
        self._show_activities()

    def _handle(self, event: Event) -> None:
        state = self._state
        if event.slot not in SIDES and event.kind == "failed":
            state.complaint.emit(event.payload)
        if event.slot == "field":
            if event.kind == "item":
                state.field = event.payload
                state.field_arrived.emit(event.payload)
        elif event.slot.startswith("replay"):
            if event.kind == "item" and event.payload is not None:
                state.step_replayed.emit(*event.payload)
        elif event.slot in ("open", "save"):
            if event.kind == "item" and event.slot == "open":
                state.add_models(event.payload)
                state.choose(event.payload, f"open {event.payload.name}")
            elif event.kind == "item":
                state.message.emit(event.payload)
            if event.slot == "open" and event.kind in ("finished", "cancelled", "failed"):
                self.opened.emit(event.kind == "finished")
        else:
            self._handle_drawing(cast(Side, event.slot), event)

    def _handle_drawing(self, side: Side, event: Event) -> None:
        state = self._state
        drawing = state.drawing(side)
        if event.kind == "failed":
            state.set_drawing(side, Drawing(error=event.payload))
        elif event.kind in ("finished", "cancelled"):
            state.set_drawing(side, dataclasses.replace(drawing, running=False))
        elif event.kind == "item" and hasattr(event.payload, "available"):
            trajectory: Trajectory = event.payload
            if event.id in self._activities:
                activity = dataclasses.replace(
                    self._activities[event.id], done=trajectory.available - 1, total=trajectory.last
                )
                self._activities[event.id] = activity
            if drawing.trajectory is not trajectory:
                state.set_drawing(side, Drawing(trajectory, running=True))
            state.step_arrived.emit(side, trajectory.available)
        elif event.kind == "item":
            state.set_drawing(side, Drawing(preview=event.payload, running=True))

    def _begin(self, task_id: int, label: str, total: int) -> None:
        self._activities[task_id] = Activity(task_id, label, 0, total)
        self._show_activities()

    def _show_activities(self) -> None:
        self._state.activity_changed.emit(sorted(self._activities.values(), key=lambda activity: activity.id))


def _prepare() -> None:
    """On the worker, first of all: the import that takes seconds. One core is left to the window."""
    import torch

    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
