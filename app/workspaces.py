"""Workspaces: which of them fills the window's three panels, and the bar's buttons that switch. Owned by the window.

A workspace is built when it is shown for the first time, so that the first picture does not wait for the others. Two of
them may have a page in common.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup, QUndoStack
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QToolBar, QToolButton, QWidget

EXPLORE = "Explore"
LATENTS = "Latents"
GUIDANCE = "Guidance"
ANALYSIS = "Analysis"
TRAIN = "Train"

EXPERIMENTS, MAP, FUTURES = "Experiments", "Map", "Futures"
"""The pages of Analysis."""

TIPS = {
    EXPLORE: (1, "pick a model, draw, scrub"),
    LATENTS: (2, "paint on latents, transfer, sweep, and see what changes"),
    GUIDANCE: (3, "push particles apart and watch the modes they find"),
    ANALYSIS: (4, "run experiments, see particles on the map of the data, predict next frames"),
    TRAIN: (5, "choose data and a network, train, watch samples form"),
}
"""The workspaces on the bar: the digit of its shortcut and what one does there."""

ON_CANVAS = frozenset({EXPLORE, LATENTS, GUIDANCE})
"""Those that show the current Run, on the canvas or on pictures that are painted on, over the timeline."""

COMPARED = ON_CANVAS - {LATENTS}
"""Those where two Runs are compared, and all levels are seen."""

PAINTED = frozenset({LATENTS})
"""Those where masks are painted."""


@dataclass(frozen=True)
class Pages:
    """What stands left, in the middle and right in a workspace, the history that undo goes through there, and the name
    of what stands right, for its tab where the window is narrow.
    """

    controls: QWidget
    middle: QWidget
    side: QWidget
    undo: QUndoStack
    side_name: str


class Workspaces(QObject):
    """The panels `controls`, `middle` and `side`, each with a page a workspace; `name` and `undo` of the one shown."""

    shown = Signal(str)

    def __init__(self, builders: Mapping[str, Callable[[], Pages]], parent: QObject) -> None:
        super().__init__(parent)
        self._builders = builders
        self._pages: dict[str, Pages] = {}
        self.name = self.side_name = ""
        self.controls, self.middle, self.side = QStackedWidget(), QStackedWidget(), QStackedWidget()
        self.undo = QUndoGroup(self)
        self.buttons = QButtonGroup(self)
        for name in builders:
            number, tip = TIPS[name]
            button = QToolButton()
            button.setText(name)
            button.setCheckable(True)
            button.setToolTip(f"The {name} workspace (Ctrl+{number}): {tip}.")
            button.setAccessibleName(f"{name} workspace")
            button.clicked.connect(partial(self.show, name))
            self.buttons.addButton(button, number)

    def fill(self, bar: QToolBar) -> None:
        """Put the buttons on the bar."""
        for button in self.buttons.buttons():
            bar.addWidget(button)

    def show(self, name: str) -> None:
        """Show that workspace."""
        first = name not in self._pages
        if first:
            self._pages[name] = self._builders[name]()
        pages = self._pages[name]
        for stack, page in ((self.controls, pages.controls), (self.middle, pages.middle), (self.side, pages.side)):
            if stack.indexOf(page) < 0:
                stack.addWidget(page)
            stack.setCurrentWidget(page)
        if first:
            self.undo.addStack(pages.undo)
        self.undo.setActiveStack(pages.undo)
        self.name, self.side_name = name, pages.side_name
        self.buttons.button(TIPS[name][0]).setChecked(True)
        self.shown.emit(name)
