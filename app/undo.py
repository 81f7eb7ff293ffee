"""Undo: the commands on the histories of the window. Those of a Run are made by `state.State` alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QUndoCommand

from app.safely import safely

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

    @safely
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

    @safely
    def redo(self) -> None:
        self._state.apply(self._after)

    @safely
    def undo(self) -> None:
        self._state.apply(self._before)

    @safely
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeRun) or other._gesture != self._gesture or other.text() != self.text():
            return False
        self._after = other._after
        return True


class ChangeValue(QUndoCommand):
    """One change of a value that stands in one place and that `apply` puts there; those of one gesture with the same
    text are one undo step.
    """

    def __init__(self, apply: Callable[[Any], None], text: str, before: object, after: object, gesture: int) -> None:
        super().__init__(text)
        self._apply, self._gesture = apply, gesture
        self._before, self._after = before, after

    def id(self) -> int:
        return 2

    @safely
    def redo(self) -> None:
        self._apply(self._after)

    @safely
    def undo(self) -> None:
        self._apply(self._before)

    @safely
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeValue) or (other._apply, other._gesture) != (self._apply, self._gesture):
            return False
        if other.text() != self.text():
            return False
        self._after = other._after
        return True
