"""Before: keeps drawn what the current Run was before its edits, while that is looked at. Owned by `latents`."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.state import Drawing, State
from engine.models.catalogue import ModelInfo
from engine.run import Run


class Before(QObject):
    """Fills the side "before" of the state; does nothing until it is made active.

    Nothing is drawn twice: a Run without edits is its own before, and what was drawn stands until another one is
    wanted. The current Run goes first.
    """

    def __init__(self, state: State, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._bridge = state, bridge
        self._active = False
        self._asked: tuple[Run, ModelInfo] | None = None
        state.run_changed.connect(self._look)
        state.drawing_changed.connect(lambda side: self._look() if side == "current" else None)
        state.step_arrived.connect(self._pass_on)

    def set_active(self, active: bool) -> None:
        """Keep it drawn from now on; or let go of it."""
        self._active = active
        if active:
            self._look()
        else:
            self._stop()
            self._state.set_drawing("before", Drawing())

    def _look(self) -> None:
        """Keep what is drawn of it, take it over from the current side, or ask for it once that is done."""
        if not self._active:
            return
        state, run = self._state, self._state.run.unedited
        wanted = (run, state.model)
        current, before = state.drawing("current"), state.drawing("before").trajectory
        if self._asked not in (None, wanted) or (self._asked is not None and current.running):
            self._stop()
        done = before is not None and before.complete and before.run == run
        if run == state.run and (not done or before is current.trajectory):
            self._take(current)
        elif done:
            return
        elif current.trajectory is not None and current.trajectory.complete and current.trajectory.run == run:
            self._take(Drawing(current.trajectory))
        elif not current.running and state.held is None and self._asked is None:
            self._asked = wanted
            self._bridge.draw("before", *wanted)

    def _take(self, drawing: Drawing) -> None:
        """Show that, and draw nothing."""
        self._stop()
        if drawing is not self._state.drawing("before"):
            self._state.set_drawing("before", drawing)

    def _stop(self) -> None:
        """Ask for nothing any more."""
        if self._asked is not None:
            self._asked = None
            self._bridge.drop("before")

    def _pass_on(self, side: str, available: int) -> None:
        """A Run without edits grows on both sides at once."""
        current, before = (self._state.drawing(each).trajectory for each in ("current", "before"))
        if side == "current" and self._active and before is current:
            self._state.step_arrived.emit("before", available)
