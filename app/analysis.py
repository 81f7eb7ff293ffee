"""The Analysis workspace: its pages, of which one at a time fills the three panels. Made by the window when shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.controls.editing.segments import Segments
from app.experiments_page import ExperimentsPage
from app.maps import Maps
from app.state import State
from app.workspaces import EXPERIMENTS, FUTURES, MAP

if TYPE_CHECKING:
    from app.futures_page import FuturesPage
    from app.map_page import MapPage

ABOUT = {
    EXPERIMENTS: "Tables and figures of many Runs: choose one, measure it, open any of its cells.",
    MAP: "The particles of the current Run on a map of known items (UMAP), at every step σ.",
    FUTURES: "Next frames of a sequence: one outcome or many, and several frames ahead.",
}
"""The pages, and what one does there."""


class Page(Protocol):
    """What a page has: its three panels."""

    @property
    def controls(self) -> QWidget: ...
    @property
    def middle(self) -> QWidget: ...
    @property
    def side(self) -> QWidget: ...


class Analysis(QObject):
    """The panels `controls`, with a button a page on top, `middle` and `side`; one undo history for all pages.

    A page is built when it is first shown; which one that was is kept for the next start.
    """

    explored = Signal()  # a Run was made the current one: time to look at it
    export_wanted = Signal()  # of what is shown
    shown = Signal(str)  # another page

    def __init__(self, state: State, bridge: Bridge, maps: Maps, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._bridge, self._maps = state, bridge, maps
        self.undo = QUndoStack(self)
        self.undo.setUndoLimit(1000)
        self.experiments: ExperimentsPage | None = None
        self.map: MapPage | None = None
        self.futures: FuturesPage | None = None
        builders = (self._experiments, self._map, self._futures)
        self._builders: dict[str, Callable[[], Page]] = dict(zip(ABOUT, builders, strict=True))
        self._pages: dict[str, Page] = {}
        self.page = ""
        self.switch = Segments("Page", {name: name for name in ABOUT}, ABOUT)
        self.switch.chosen.connect(self.show)
        self.switch.setContentsMargins(8, 8, 8, 0)
        self._left, self.middle, self.side = QStackedWidget(), QStackedWidget(), QStackedWidget()
        self.controls = QWidget()
        column = QVBoxLayout(self.controls)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.switch)
        column.addWidget(self._left, 1)
        stored = str(QSettings().value("analysis page"))
        self.show(stored if stored in ABOUT else EXPERIMENTS)

    def show(self, name: str) -> None:
        """Show that page."""
        first = name not in self._pages
        if first:
            self._pages[name] = self._builders[name]()
        page = self._pages[name]
        for stack, panel in ((self._left, page.controls), (self.middle, page.middle), (self.side, page.side)):
            if first:
                stack.addWidget(panel)
            stack.setCurrentWidget(panel)
        self.switch.set_value(name)
        self.page = name
        self.shown.emit(name)
        QSettings().setValue("analysis page", name)

    def _experiments(self) -> Page:
        self.experiments = made = ExperimentsPage(self._state, self._bridge, self.undo, self)
        made.experimenter.explored.connect(self.explored)
        made.studies.export_wanted.connect(self.export_wanted)
        for study in made.studies.all:
            study.plan_changed.connect(lambda _: self.show(EXPERIMENTS))  # also where it is undone from another page
        return made

    def _map(self) -> Page:
        from app.map_page import MapPage

        self.map = made = MapPage(self._state, self._maps, self.undo, self)
        made.plan.changed.connect(lambda _: self.show(MAP))
        return made

    def _futures(self) -> Page:
        from app.futures_page import FuturesPage

        self.futures = made = FuturesPage(self._state, self._bridge, self.undo, self)
        made.explored.connect(self.explored)
        made.changed.connect(lambda: self.show(FUTURES))
        return made
