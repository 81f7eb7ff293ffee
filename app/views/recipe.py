"""Recipe view: the current Run as readable text, to be copied as JSON, as a command or as a script.

Placed by the window under the inspector, closed at first. The texts are made by `engine.recipe`.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton

from app.controls.group import Group
from app.state import State
from engine import recipe
from engine.run import Run

COPIES: dict[str, tuple[str, str, Callable[[Run], str]]] = {
    "JSON": ("the Run as JSON", "Copy the Run as JSON; File > Open reads it back exactly.", Run.to_json),
    "Command": ("the command line", "Copy the command that draws this Run in a shell.", recipe.as_command),
    "Python": ("the Python script", "Copy a script that draws this Run with the engine alone.", recipe.as_python),
}
"""The buttons: what is copied, in words, the tooltip, and how it is written."""

LINES = 17
"""Lines of text in sight."""


class Recipe(Group):
    """The Run that the picture depends on, and its digest; with a pinned Run, what differs."""

    def __init__(self, state: State) -> None:
        super().__init__("Recipe")
        self._state = state
        self.view = QPlainTextEdit()
        self.view.setReadOnly(True)
        self.view.setTabChangesFocus(True)
        self.view.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.view.setFixedHeight(LINES * self.view.fontMetrics().lineSpacing() + 12)
        self.view.setAccessibleName("Recipe of the current Run")
        self.view.setToolTip("Everything the picture depends on. Equal Runs give equal bytes on one device.")
        row = QHBoxLayout()
        row.addWidget(QLabel("Copy"))
        for name in COPIES:
            row.addWidget(self._button(name), 1)
        self.body.addWidget(self.view)
        self.body.addLayout(row)
        self.header.setChecked(False)
        self.header.setAccessibleName("Recipe of the current Run")
        self.header.setToolTip("The Run as text, and how to draw it elsewhere.")
        state.run_changed.connect(self._refresh)
        state.pinned_changed.connect(self._refresh)
        self._refresh()

    def copy(self, name: str) -> None:
        """Put a form of the current Run, a key of `COPIES`, on the clipboard, and say so."""
        what, _, write = COPIES[name]
        QGuiApplication.clipboard().setText(write(self._state.run))
        self._state.message.emit(f"Copied {what}.")

    def _button(self, name: str) -> QPushButton:
        what, tip, _ = COPIES[name]
        button = QPushButton(name)
        button.setAccessibleName(f"Copy {what}")
        button.setToolTip(tip)
        button.clicked.connect(lambda: self.copy(name))
        return button

    def _refresh(self) -> None:
        run, pinned = self._state.run, self._state.pinned
        lines = [recipe.as_text(run), f"{'Digest':<11}{run.digest[:12]}"]
        if pinned is not None:
            lines.append(f"{'A | B':<11}{recipe.difference(pinned, run) or 'the same Run'}")
        self.view.setPlainText("\n".join(lines))
