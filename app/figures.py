"""Figures: the figure in work, which the export dialog opens again, the session keeps and opened files bring.

Made by the window. No torch, no drawing.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from app.state import State
from engine.figures.sheet import Sheet, parse


class Figures(QObject):
    """The `sheet` in work, None where nothing was made yet; `fresh` while the window shows what it showed then."""

    changed = Signal()

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sheet: Sheet | None = None
        self.fresh = False
        for signal in (state.run_changed, state.pinned_changed, state.playhead_changed, state.shown_changed):
            signal.connect(self.leave)

    def keep(self, sheet: Sheet | None) -> None:
        """Let that be the figure in work, of what the window shows now."""
        self.fresh = sheet is not None
        if sheet != self.sheet:
            self.sheet = sheet
            self.changed.emit()

    def leave(self, *_: object) -> None:
        """The window shows something else now: the next figure begins with that."""
        self.fresh = False

    def to_dict(self) -> dict[str, Any] | None:
        """What `from_dict` makes the figure of; None without one. Raises `InputError` for an attachment not here."""
        return None if self.sheet is None else self.sheet.to_dict()

    def from_dict(self, content: dict[str, Any] | None) -> None:
        """Take up the figure of a session that is shown already. Raises `InputError` where it is damaged."""
        self.keep(None if content is None else parse(content, "the session"))
