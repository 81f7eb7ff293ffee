"""The real window for tests of the frame: opened, drawn, and closed with its worker. Used by tests/app/conftest.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from app.window import Window, make_application


@contextmanager
def opened(width: int = 1300, height: int = 820) -> Iterator[Window]:
    """The window after its first drawing; closed, its thread ended, when the block is left."""
    make_application()
    window = Window()
    window.resize(width, height)
    window.show()
    window.start()
    try:
        settle(window)
        yield window
    finally:
        window.close()
        window.deleteLater()


def settle(window: Window, condition: Callable[[], Any] | None = None) -> None:
    """Run the event loop until the condition holds, by default until nothing is computed or on its way."""
    wait(condition or (lambda: window.bridge.idle))


def wait(holds: Callable[[], Any]) -> None:
    """Run the event loop until the condition holds."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if holds():
            return
    raise AssertionError("the window did not come to that")
