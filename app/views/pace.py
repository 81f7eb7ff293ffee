"""Pace: what arrives many times a frame is shown once. Used by every view that follows arriving steps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.safely import safely

FRAME = 30
"""Milliseconds between two pictures of what arrives, at least."""

CALM = 100
"""Milliseconds between two drawings of what people only glance at while sampling."""


class Pace(QObject):
    """Calls `show` in the next turn of the event loop after `ask`, but at most once in `interval` milliseconds.

    Nothing runs while `widget` is hidden after it was seen; what was asked for by then is shown with it.
    """

    def __init__(self, widget: QWidget, show: Callable[[], None], interval: int = FRAME) -> None:
        super().__init__(widget)
        self._show = show
        self._interval = interval
        self._wanted = False
        self._since = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._call)
        widget.installEventFilter(self)

    def ask(self, *_: object) -> None:
        """Show soon what there is by then; a slot for any signal."""
        self._wanted = True
        if not self._timer.isActive():
            waited = self._since.elapsed() if self._since.isValid() else self._interval
            self._timer.start(max(0, self._interval - waited))

    @safely
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Rest while the widget is hidden."""
        if event.type() is QEvent.Type.Hide:
            self._timer.stop()
        elif event.type() is QEvent.Type.Show and self._wanted:
            self.ask()
        return False

    def _call(self) -> None:
        self._wanted = False
        self._since.restart()
        self._show()
