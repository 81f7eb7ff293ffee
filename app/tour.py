"""Tour: eight short stops through the window, one bubble after the other. Started by `window.main` and the Help menu.

It waits for nothing and holds nothing back: the window works as ever while a bubble stands. Where a stop asks for
something and it was done, the tour goes on by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSettings, Qt, QTimer, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.safely import safely
from app.views.tour import Bubble
from app.workspaces import EXPLORE, ON_CANVAS

if TYPE_CHECKING:
    from app.window import Window

TAKEN = "tour taken"
"""The setting that says that the tour was begun once."""

LINGER = 1500
"""Milliseconds for which what was asked for rests before the tour goes on."""

FOLLOW = 50
"""Milliseconds between two looks at where the thing pointed at is: panels move, scroll and fold."""


@dataclass(frozen=True)
class Stop:
    """One bubble: what it says, `at` which part of the window, the edges it prefers there, what makes that part seen,
    and the signal that tells that the user did what it says.
    """

    title: str
    text: str
    at: Callable[[], QRect]
    edges: Sequence[Qt.Edge] = ()
    ready: Callable[[], None] | None = None
    done: SignalInstance | None = None


def _around(window: Window, *widgets: QWidget) -> QRect:
    """What is seen of the widgets, in the window; null if that is nothing."""
    around = QRect()
    for widget in widgets:
        seen = widget.visibleRegion().boundingRect()
        if not seen.isEmpty():
            around |= seen.translated(widget.mapTo(window, QPoint()))
    return around


def _inspector(window: Window) -> QRect:
    """The inspector, or its tab where it is folded into one."""
    side, tabs = _around(window, window.side), window.left.tabBar()
    if not side.isNull():
        return side
    return tabs.tabRect(window.left.indexOf(window.side)).translated(tabs.mapTo(window, QPoint()))


def _menu(window: Window, title: str) -> QRect:
    """The name of a menu on the window's menu bar; null where the system keeps the menus elsewhere."""
    bar = window.menuBar()
    action = next(action for action in bar.actions() if action.text() == title)
    return bar.actionGeometry(action).translated(bar.pos()) if bar.isVisible() else QRect()


def _show_canvas(window: Window) -> None:
    if window.workspaces.name not in ON_CANVAS:
        window.workspaces.show(EXPLORE)


def _show_sampler(window: Window) -> None:
    _show_canvas(window)
    window.left.setCurrentIndex(0)
    window.controls.sampler.header.setChecked(True)
    window.controls.ensureWidgetVisible(window.controls.sampler)


def stops(window: Window) -> list[Stop]:
    """The tour of that window."""
    canvas = partial(_show_canvas, window)
    return [
        Stop(
            "Noise becomes digits",
            "Ten latents were drawn from pure noise at σ = 80 down to the data. What you see is the estimate x₀.",
            lambda: _around(window, window.canvas),
            ready=canvas,
        ),
        Stop(
            "Scrub",
            "Drag along the steps, or press ← and →: every step is kept, nothing is computed again. Space plays them.",
            lambda: _around(window, window.timeline),
            (Qt.Edge.TopEdge,),
            canvas,
            window.state.playhead_changed,
        ),
        Stop(
            "Look inside",
            "Click a picture. The inspector shows that particle at this step: its noisy state, the estimate, the drift "
            "that moves it and the noise that was added.",
            lambda: _inspector(window),
            (Qt.Edge.LeftEdge, Qt.Edge.BottomEdge),
            canvas,
            window.state.selection_changed,
        ),
        Stop(
            "Turn a knob",
            "The pictures follow while you drag. S_churn, for one, adds noise at each step. Ctrl+Z takes it back.",
            lambda: _around(window, window.controls.sampler),
            (Qt.Edge.RightEdge,),
            lambda: _show_sampler(window),
            window.state.run_changed,
        ),
        Stop(
            "Two side by side",
            "A | B pins what you see as A. What you change next is B, beside it on one timeline, with the difference.",
            lambda: _around(window, window.compare),
            (Qt.Edge.BottomEdge,),
            canvas,
            window.state.pinned_changed,
        ),
        Stop(
            "Five workspaces",
            "Ctrl+1 explores, Ctrl+2 paints on latents, Ctrl+3 pushes particles apart, Ctrl+4 measures, Ctrl+5 trains "
            "a model of your own.",
            lambda: _around(window, *window.workspaces.buttons.buttons()),
            (Qt.Edge.BottomEdge,),
        ),
        Stop(
            "Take it away",
            "Ctrl+E makes a figure with everything it depends on inside: open the file again, and all of it is back.",
            lambda: _menu(window, "File"),
            (Qt.Edge.BottomEdge,),
        ),
        Stop(
            "Help is near",
            "Press ? for all keys; rest the mouse on a control to read what it does. This tour is under Help, too.",
            lambda: _menu(window, "Help"),
            (Qt.Edge.BottomEdge,),
        ),
    ]


class Tour(QObject):
    """The tour of a window: `start` it, from the first stop. Esc, Skip and the last stop end it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._stops: list[Stop] = []
        self._number = 0
        self._awaited: SignalInstance | None = None
        self.bubble = Bubble(window)
        self.bubble.moved.connect(self._move)
        self.bubble.skipped.connect(self.end)
        self._follow = QTimer(self, interval=FOLLOW)
        self._follow.timeout.connect(self.place)
        self.linger = QTimer(self, interval=LINGER, singleShot=True)
        self.linger.timeout.connect(lambda: self._move(1))

    def start_once(self) -> None:
        """Start if this user has not seen it yet."""
        if not QSettings().contains(TAKEN):
            self.start()

    def start(self) -> None:
        """Show the first stop; it is not shown by itself again, even if it is not taken to its end."""
        QSettings().setValue(TAKEN, True)
        self._stops = stops(self._window)
        self._window.installEventFilter(self)
        self._show(0)
        self._follow.start()
        self.bubble.show()
        self.bubble.setFocus()

    def end(self) -> None:
        """Take the bubble away."""
        self._leave()
        self._follow.stop()
        self._window.removeEventFilter(self)
        self.bubble.hide()

    @property
    def stop(self) -> Stop:
        """The stop that is shown."""
        return self._stops[self._number]

    # -- from stop to stop ---------------------------------------------------------------------------------------

    def _move(self, by: int) -> None:
        if self._number + by < len(self._stops):
            self._show(self._number + by)
        else:
            self.end()

    def _show(self, number: int) -> None:
        self._leave()
        self._number = number
        stop = self.stop
        if stop.ready is not None:
            stop.ready()
        self.bubble.tell(stop.title, stop.text, number + 1, len(self._stops))
        self.place()
        if stop.done is not None:
            self._awaited = stop.done
            self._awaited.connect(self._notice)

    def _leave(self) -> None:
        self.linger.stop()
        if self._awaited is not None:
            self._awaited.disconnect(self._notice)
            self._awaited = None

    def _notice(self) -> None:
        """What the stop asked for was done: go on when it has rested for a while."""
        self.bubble.praise()
        self.linger.start()

    def place(self) -> None:
        """Stand where the stop is now."""
        self.bubble.point_at(self.stop.at(), self.stop.edges)
        self.bubble.raise_()

    @safely
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc ends the tour, and what runs goes on; a window that closes ends it too."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                event.accept()
                self.end()
                return True
        elif event.type() is QEvent.Type.Close:
            self.end()
        elif event.type() is QEvent.Type.Resize:
            self.place()
        return False
