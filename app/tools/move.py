"""Move: the mouse drags a particle to another place, and its Run goes on from there. Made by the plots of B.

Each particle has one place a step: what is dragged again at the same step goes from there to the newer place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication

from app.state import State
from engine.run import explain
from engine.settings.edits import Move

LAST = "Nothing follows the last step: go one step back."

Point = tuple[float, float]
"""A place in the plot."""


class Mover:
    """One drag after the other. Of a place in the scene, `find` gives the particle that is near, and `locate` the place
    in the plot with the state x there.
    """

    def __init__(
        self,
        state: State,
        find: Callable[[QPointF], int | None],
        locate: Callable[[QPointF], tuple[Point, tuple[float, ...]]],
    ) -> None:
        self._state, self._find, self._locate = state, find, locate
        self._taken: int | None = None
        self._changed = False
        self.held: tuple[int, Point] | None = None  # the particle that follows the mouse, and where it is

    @property
    def cursor(self) -> Qt.CursorShape:
        """The shape over a particle: a closed hand while one is dragged."""
        return Qt.CursorShape.OpenHandCursor if self.held is None else Qt.CursorShape.ClosedHandCursor

    def can_take(self) -> bool:
        """Whether the step that is drawn is one of the current Run, and not only on its way."""
        drawing = self._state.drawing("current")
        arrived = drawing.trajectory is not None and self._state.index("current") == self._state.playhead
        return arrived and not drawing.coarse

    def over(self, place: QPointF) -> bool:
        """Whether a drag that begins there would move a particle."""
        return self.held is not None or (self.can_take() and not self._at_end() and self._find(place) is not None)

    def drag(self, event: Any) -> bool:
        """Take a drag of pyqtgraph's scene if it began on a particle; whether it did."""
        if event.isStart():
            self._begin(event)
        if self._taken is None:
            return False
        event.accept()
        way = (event.scenePos() - event.buttonDownScenePos()).manhattanLength()
        if self.held is not None and (self._changed or way >= QGuiApplication.styleHints().startDragDistance()):
            self._move(event.scenePos())
        if event.isFinish():
            self._end()
        return True

    def cancel(self) -> bool:
        """Put the particle that is being dragged back where it was; whether there was one."""
        if self.held is None:
            return False
        if self._changed:
            self._state.undo.undo()
        self.held = None  # the rest of the drag does nothing
        return True

    def _begin(self, event: Any) -> None:
        self._taken = None
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers() or not self.can_take():
            return
        self._taken = self._find(event.buttonDownScenePos())
        if self._taken is None:
            return
        if self._at_end():
            self._state.message.emit(LAST)
            return
        self._state.end_gesture()
        self._changed = False
        self.held = (self._taken, self._locate(event.buttonDownScenePos())[0])
        if self._state.selection[:1] != (self._taken,):
            self._state.select([self._taken])

    def _move(self, mouse: QPointF) -> None:
        assert self._taken is not None
        point, to = self._locate(mouse)
        self.held = (self._taken, point)
        move = Move(step=self._state.playhead, particle=self._taken, to=to)
        place = (move.step, move.particle)
        edits = self._state.run.latents.edits
        others = [e for e in edits if not (isinstance(e, Move) and (e.step, e.particle) == place)]
        try:
            self._state.change(f"move particle {self._taken}", latents={"edits": (*others, move)})
        except ValidationError as error:
            self._state.message.emit(explain(error, "The Run"))
        else:
            self._changed = True

    def _end(self) -> None:
        self._taken = self.held = None
        self._state.end_gesture()

    def _at_end(self) -> bool:
        return self._state.playhead >= self._state.run.schedule.steps
