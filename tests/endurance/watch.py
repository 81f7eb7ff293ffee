"""Everything that can go wrong while the monkey plays, wherever it happens, each as a `Problem`. Called by `monkey`."""

from __future__ import annotations

import gc
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

import psutil
from PySide6.QtCore import QElapsedTimer, QMessageLogContext, QThread, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QMessageBox

from app.state import Side
from app.window import Window

LONGEST_SENTENCE = 400

LONG_GAP = 1000
"""Milliseconds without a turn of the event loop that are told."""

_TICK = 20
_NOT_OURS = (
    "This plugin does not support",  # the offscreen platform
    "Keyboard event not accepted by receiving widget",  # QTest, of a key that a field leaves to the window
)
_NO_SENTENCE = re.compile(r"Traceback|A fault of Latent Loupe|\n|\b[A-Z]\w+(Error|Exception)\b|\[?Errno|[.!?]\s+[A-Z]")


@dataclass(frozen=True)
class Problem:
    """What went wrong after so many actions: its `kind`, and the text of it."""

    kind: str
    text: str
    action: int


@dataclass(frozen=True)
class Gap:
    """The event loop stood still for so many milliseconds; `action` is the last one before it, of that kind."""

    milliseconds: float
    action: int
    kind: str


def is_sentence(text: str) -> bool:
    """Whether `text` is one sentence for people: not empty, on one line, ended, and without a trace of Python's."""
    return bool(text) and text[-1] in ".!?" and len(text) <= LONGEST_SENTENCE and _NO_SENTENCE.search(text) is None


class Watch(logging.Handler):
    """Collects `problems`, `sentences` (each that was said) and `gaps`, from `begin` until `end`. `action` and `kind`
    say what is being done.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.problems: list[Problem] = []
        self.sentences: dict[str, int] = {}
        self.gaps: list[Gap] = []
        self.action, self.kind = 0, ""
        self._clock = QElapsedTimer()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._hooks: tuple[Callable[..., object], Callable[..., object]] = (sys.excepthook, threading.excepthook)

    def begin(self) -> None:
        """Listen to Python, Qt, the log and the event loop."""
        sys.excepthook = self._raised
        sys.unraisablehook = lambda told: self.add("exception nowhere", f"{told.exc_value!r} in {told.object!r}")
        threading.excepthook = lambda told: self._raised(told.exc_type, told.exc_value, told.exc_traceback)
        qInstallMessageHandler(self._said_by_qt)
        logging.getLogger().addHandler(self)
        self.restart_clock()
        self._timer.start(_TICK)

    def end(self) -> None:
        """Listen no longer."""
        self._timer.stop()
        logging.getLogger().removeHandler(self)
        qInstallMessageHandler(None)
        sys.excepthook, threading.excepthook = self._hooks
        sys.unraisablehook = sys.__unraisablehook__

    def follow(self, window: Window) -> None:
        """Read what the window says of errors."""
        window.state.complaint.connect(lambda text: self.read("complaint", text))
        window.state.drawing_changed.connect(lambda side: self._read_drawing(window, side))

    def add(self, kind: str, text: str) -> None:
        """One more problem; of those that are alike only the first is kept."""
        if all((problem.kind, problem.text) != (kind, text) for problem in self.problems):
            self.problems.append(Problem(kind, text, self.action))

    def read(self, where: str, text: str) -> None:
        """Note a sentence that people are told; one that is none is a problem."""
        self.sentences[text] = self.sentences.get(text, 0) + 1
        if not is_sentence(text):
            self.add(f"{where} that is no sentence", text)

    def read_boxes(self) -> None:
        """Look for traces of Python's in the message boxes that are open."""
        for box in QApplication.topLevelWidgets():
            if isinstance(box, QMessageBox) and box.isVisible():
                text = " ".join(
                    [box.text(), box.informativeText(), *(label.text() for label in box.findChildren(QLabel))]
                )
                if "Traceback" in text:
                    self.add("message box", text)

    def restart_clock(self) -> None:
        """What took time up to now was none of the window's doing."""
        self._clock.restart()

    def emit(self, record: logging.LogRecord) -> None:
        """What is logged as a warning or worse."""
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.add("log", f"{record.name}: {record.getMessage()}\n{trace}".strip())

    def _tick(self) -> None:
        passed = self._clock.restart()
        if passed > LONG_GAP:
            self.gaps.append(Gap(float(passed), self.action, self.kind))

    def _raised(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, *_: object
    ) -> None:
        self.add("exception", "".join(traceback.format_exception(kind, error, trace)))

    def _said_by_qt(self, kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not text.startswith(_NOT_OURS):
            self.add("Qt", text)

    def _read_drawing(self, window: Window, side: Side) -> None:
        if (error := window.state.drawing(side).error) is not None:
            self.read("refusal", error)


def left_behind(threads: set[threading.Thread]) -> list[str]:
    """What is left after the window was closed: threads beside `threads`, Qt's, running timers, windows, processes."""
    gc.collect()
    left = [f"thread {thread.name}" for thread in threading.enumerate() if thread not in threads]
    for thing in gc.get_objects():
        try:
            if issubclass(type(thing), QTimer) and thing.isActive():
                left.append(f"timer of {thing.parent()!r}")
            elif issubclass(type(thing), QThread) and thing.isRunning():
                left.append(f"Qt thread {thing!r}")
        except RuntimeError:  # its C++ half is gone already
            continue
    left += [
        f"window {widget!r}"
        for widget in QApplication.topLevelWidgets()
        # pyqtgraph's menus and the popups of combo boxes have no parent: they go when Python collects them.
        if not isinstance(widget, QMenu)
    ]
    return left + [f"process {child.name()} {child.pid}" for child in psutil.Process().children(recursive=True)]
