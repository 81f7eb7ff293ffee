"""Recipe view: a Run as readable text, to be copied as JSON, as a command or as a script.

The current Run's is placed by the window under the inspector, closed at first; a cell's by an experiment's results. The
texts are made by `engine.recipe`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QWidget

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


class RunText(Group):
    """A Run as text, with buttons that copy it. `whose` is what it is the Run of; `say` tells what was copied."""

    def __init__(self, whose: str, say: SignalInstance) -> None:
        super().__init__("Recipe")
        self._say = say
        self._run: Run | None = None
        self.view = QPlainTextEdit()
        self.view.setReadOnly(True)
        self.view.setTabChangesFocus(True)
        self.view.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.view.setFixedHeight(LINES * self.view.fontMetrics().lineSpacing() + 12)
        self.view.setAccessibleName(f"Recipe of {whose}")
        self.view.setToolTip("Everything the picture depends on. Equal Runs give equal bytes on one device.")
        self.buttons = QWidget()
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel("Copy"))
        for name in COPIES:
            row.addWidget(self._button(name), 1)
        self.body.addWidget(self.view)
        self.body.addWidget(self.buttons)
        self.header.setAccessibleName(f"Recipe of {whose}")
        self.header.setToolTip("The Run as text, and how to draw it elsewhere.")

    def show_run(self, run: Run | None, more: Sequence[str] = ()) -> None:
        """Show `run` with `more` lines below, or nothing."""
        self._run = run
        for widget in (self.view, self.buttons):
            widget.setVisible(run is not None)
        text = "" if run is None else "\n".join([recipe.as_text(run), f"{'Digest':<11}{run.digest[:12]}", *more])
        if text != self.view.toPlainText():  # where it is scrolled to stays
            self.view.setPlainText(text)

    def copy(self, name: str) -> None:
        """Put a form of the Run, a key of `COPIES`, on the clipboard, and say so."""
        if self._run is not None:
            what, _, write = COPIES[name]
            QGuiApplication.clipboard().setText(write(self._run))
            self._say.emit(f"Copied {what}.")

    def _button(self, name: str) -> QPushButton:
        what, tip, _ = COPIES[name]
        button = QPushButton(name)
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(name) + 10)  # a narrow panel stays narrow
        button.setAccessibleName(f"Copy {what}")
        button.setToolTip(tip)
        button.clicked.connect(lambda: self.copy(name))
        return button


class Recipe(RunText):
    """The Run that the picture depends on, and its digest; with a pinned Run, what differs."""

    def __init__(self, state: State) -> None:
        super().__init__("the current Run", state.message)
        self._state = state
        self.header.setChecked(False)
        state.run_changed.connect(self._refresh)
        state.pinned_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        run, pinned = self._state.run, self._state.pinned
        differs = "" if pinned is None else recipe.difference(pinned, run) or "the same Run"
        self.show_run(run, [f"{'A | B':<11}{differs}"] if differs else [])
