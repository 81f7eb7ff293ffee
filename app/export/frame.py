"""Frame: what every export dialog has: settings left, a live preview right, and the buttons that save and copy.

The dialogs of figures and of experiments fill it. Whatever is drawn or written is done by the worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QImage, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.controls.group import Column
from app.export.formats import FORMATS
from app.export.page_view import PageView
from app.export.preview import Previewer, Seen
from app.safely import safely
from app.views.training import push_button
from engine.files import write_atomically
from engine.output import write_new
from engine.worker import ENDS, Event, Lane, Task

if TYPE_CHECKING:
    from app.window import Window

CALM = 80
"""Milliseconds without a change after which the page is drawn anew."""

PARTS = 1000
"""Parts that the progress of a file is told in."""

SIZE = (1060, 800)
"""Points of a dialog's width and height at first, where the screen has as many."""

UNSAID = r'[\\/:*?"<>|\x00-\x1f]'
"""What no file's name has."""

DRAWING = "Drawing the page"
RUNS = "Drawing the Runs"

Content = Callable[[Task], Iterator[float | bytes]]
"""What makes a file on the worker: shares done, then its bytes."""


class Frame(QDialog):
    """A dialog beside the window, which can be used while it is open."""

    def __init__(self, window: Window, title: str) -> None:
        super().__init__(window)
        self.setWindowTitle(title)
        self.main = window
        self.previewer = Previewer(window.state, window.bridge, self)
        self.page = PageView()
        self.settings = Column()
        self.note = QLabel()
        self.save_button = push_button("Save…", "Save it as a file that carries all it is made of. (Ctrl+S)")
        self.stop = push_button("Cancel", "Stop making the file; nothing is left of it.")
        self.copy_button = push_button("Copy", "Copy the page as a picture, PNG and SVG. (Ctrl+Shift+C)")
        self.close_button = push_button("Close", "Close this dialog; the figure is kept. (Esc)")
        self._task = 0
        self._calm = QTimer(self, singleShot=True, interval=CALM)
        self._calm.timeout.connect(self.request)
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.note.hide()
        self.stop.hide()
        self.resize(QSize(*SIZE).boundedTo(self.screen().availableSize() * 0.95))

    # -- what a dialog fills in ----------------------------------------------------------------------------------

    kinds: Sequence[str] = ()
    """Names of `FORMATS`: what can be saved."""

    @property
    def kind(self) -> str:
        """The one that is chosen."""
        raise NotImplementedError

    @property
    def stem(self) -> str:
        """What the file is called, without its suffix."""
        raise NotImplementedError

    def request(self) -> None:
        """Ask for the page as it is to be now."""
        raise NotImplementedError

    def content(self, kind: str) -> Content:
        """What makes a file of that kind."""
        raise NotImplementedError

    # -- the preview ---------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """The page has changed: draw it anew when all is calm."""
        if self.isVisible():
            self.page.work(DRAWING)
            self._calm.start()

    def _show_page(self, seen: Seen) -> None:
        self.page.show_page(seen)

    @safely
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.ask()

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._calm.stop()
        self.page.rest()
        self.previewer.forget()

    # -- files ---------------------------------------------------------------------------------------------------

    def ask_save(self) -> None:
        """Ask where to, and save."""
        form = FORMATS[self.kind]
        name = re.sub(UNSAID, "-", self.stem)
        suggested = Path(self.main.files.folder()) / f"{name}.{form.suffix}"
        name, _ = QFileDialog.getSaveFileName(self, "Save the figure", str(suggested), form.filter)
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Make the file, of the kind that its suffix says, else of the chosen one, as a job. One that nobody was asked
        about is not replaced.
        """
        suffix = path.suffix.lower().removeprefix(".")
        kind = next((each for each in (self.kind, *self.kinds) if FORMATS[each].suffix == suffix), None)
        asked = kind is not None
        kind = kind or self.kind
        whole, make = path if asked else path.with_name(f"{path.name}.{FORMATS[kind].suffix}"), self.content(kind)

        def work(task: Task) -> Iterator[float | Path]:
            for told in make(task):
                if isinstance(told, float):
                    yield told
                    continue
                if asked:
                    write_atomically(whole, told)
                yield whole if asked else write_new(whole, told)

        self.say("")
        self._begin(work, self._handle_saved, f"exporting {whole.name}")

    def copy(self) -> None:
        """Put the page on the clipboard."""
        png, svg = self.content("png"), self.content("svg")

        def work(task: Task) -> Iterator[float | dict[str, bytes]]:
            made: dict[str, bytes] = {}
            for kind, make in (("image/png", png), ("image/svg+xml", svg)):
                for told in make(task):
                    if isinstance(told, float):
                        yield told
                    else:
                        made[kind] = told
            yield made

        self._begin(work, self._handle_copied, "copying the figure")

    def say(self, sentence: str) -> None:
        """Show a sentence above the buttons, or none."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def _begin(self, work: Callable[[Task], Iterator[object]], handle: Callable[[Event], None], label: str) -> None:
        self._task = self.main.bridge.submit(Lane.JOBS, "export", work, handle, label, PARTS)
        self._show_busy(True)

    def _cancel(self) -> None:
        self.main.bridge.cancel(self._task)
        self.stop.setEnabled(False)

    def _handle_saved(self, event: Event) -> None:
        if event.kind == "item" and isinstance(event.payload, Path):
            self.main.files.remember(event.payload)
            self.main.state.message.emit(f"Exported {event.payload.name}.")
            self.saved()
        self._follow(event)

    def _handle_copied(self, event: Event) -> None:
        if event.kind == "item" and isinstance(event.payload, dict):
            data = QMimeData()
            for kind, content in event.payload.items():
                data.setData(kind, content)
            data.setImageData(QImage.fromData(event.payload["image/png"]))
            QGuiApplication.clipboard().setMimeData(data)
            self.main.state.message.emit("Copied the figure.")
        self._follow(event)

    def saved(self) -> None:
        """Something was saved."""

    def _follow(self, event: Event) -> None:
        """Show how far the file is, and its end."""
        if event.kind == "item" and isinstance(event.payload, float):
            self.main.bridge.advance(event.id, round(PARTS * event.payload), PARTS)
        elif event.kind == "failed":
            self.say(event.payload)
        if event.kind in ENDS:
            self._show_busy(False)

    def _show_busy(self, busy: bool) -> None:
        for button in (self.save_button, self.copy_button):
            button.setEnabled(not busy)
        self.stop.setEnabled(True)
        self.stop.setVisible(busy)

    # -- construction --------------------------------------------------------------------------------------------

    def lay_out(self, *buttons: QPushButton) -> None:
        """Put everything in its place, `buttons` beside the one that copies."""
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 6, 8, 8)
        for button in (self.copy_button, *buttons):
            foot.addWidget(button)
        foot.addWidget(self.note, 1)
        foot.addStretch()
        for button in (self.stop, self.save_button, self.close_button):
            foot.addWidget(button)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.page, 1)
        column.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.settings.setFixedWidth(330)
        row.addWidget(self.settings)
        row.addWidget(right, 1)
        for each in self.findChildren(QPushButton):
            each.setAutoDefault(False)  # Return confirms what is typed
        self.save_button.clicked.connect(self.ask_save)
        self.stop.clicked.connect(self._cancel)
        self.copy_button.clicked.connect(self.copy)
        self.close_button.clicked.connect(self.hide)
        for keys, call in (("Ctrl+S", self.save_button.click), ("Ctrl+Shift+C", self.copy_button.click)):
            QShortcut(QKeySequence(keys), self, call, context=Qt.ShortcutContext.WindowShortcut)
        self.previewer.seen.connect(self._show_page)
        self.previewer.failed.connect(self.page.say)
        self.previewer.advanced.connect(lambda share: self.page.work(RUNS, share))
        self.page.resized.connect(self._resized)

    def _resized(self) -> None:
        """Draw the page anew where it has become larger than it was drawn."""
        seen = self.page.seen
        if seen is not None and self.page.width_for(seen.paper) > seen.pixels.shape[1]:
            self.ask()
