"""Answers: what views ask for beside drawings, a Step that was dropped or a field, computed on the worker.

Owned by the bridge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.state import Side, State
from engine.worker import Event, Lane, Task

if TYPE_CHECKING:
    from app.bridge import Bridge
    from engine.analysis.field import FieldRequest


class Answers(QObject):
    """Replays Steps and computes fields as the state is asked for them; what comes of it goes there."""

    def __init__(self, state: State, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._state, self._bridge = state, bridge
        state.replay_wanted.connect(self._replay)
        state.field_wanted.connect(self._compute_field)

    def _replay(self, side: Side, index: int) -> None:
        trajectory = self._state.drawing(side).trajectory
        model = self._state.model_of(side)
        if trajectory is None or model is None:
            return

        def work(task: Task) -> Iterator[Any]:
            from engine.execute import replay

            for step in replay(trajectory, index, self._bridge.load(model), task.interrupted):
                yield (side, index) if step.index == index else None

        self._bridge.submit(Lane.INTERACTIVE, f"replay {side}", work, self._handle_replay)

    def _compute_field(self, request: FieldRequest) -> None:
        model = self._state.find_model(request.reference.sha256)
        if model is None:
            return

        def work(_: Task) -> Iterator[Any]:
            from engine.analysis.field import compute

            yield compute(request, self._bridge.load(model))

        self._bridge.submit(Lane.INTERACTIVE, "field", work, self._handle_field)

    def _handle_replay(self, event: Event) -> None:
        if event.kind == "item":
            self._state.step_replayed.emit(*event.payload)
        self._bridge.complain_of(event)

    def _handle_field(self, event: Event) -> None:
        if event.kind == "item":
            self._state.field = event.payload
            self._state.field_arrived.emit(event.payload)
        self._bridge.complain_of(event)
