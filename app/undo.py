"""Undo: the commands on the history of the window's state. Made by `state.State` alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from app.masks import MaskSet
    from app.state import State
    from engine.models.catalogue import ModelInfo
    from engine.run import Run


@dataclass(frozen=True)
class Situation:
    """What a step of the history leads to: the current Run, its model, and the masks."""

    run: Run
    model: ModelInfo
    masks: MaskSet


class Exchange(QUndoCommand):
    """A becomes B and B becomes A; undone by doing it again."""

    def __init__(self, state: State) -> None:
        super().__init__("exchange A and B")
        self._state = state

    def redo(self) -> None:
        state = self._state
        run, model = state.pinned, state.pinned_model
        if run is not None and model is not None:
            state.pin(state.run, state.model)
            state.apply(Situation(run, model, state.masks))

    undo = redo


class ChangeRun(QUndoCommand):
    """One change of the current Run or the masks; those of one gesture with the same text are one undo step."""

    def __init__(self, state: State, text: str, after: Situation, gesture: int) -> None:
        super().__init__(text)
        self._state = state
        self._gesture = gesture
        self._before, self._after = state.situation, after

    def id(self) -> int:
        return 1

    def redo(self) -> None:
        self._state.apply(self._after)

    def undo(self) -> None:
        self._state.apply(self._before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeRun) or other._gesture != self._gesture or other.text() != self.text():
            return False
        self._after = other._after
        return True
