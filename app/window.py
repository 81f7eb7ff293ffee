"""The window: its frame, workspaces and panels, and the order in which it opens and closes. No logic of its own.

Opened by `__main__`. Everything in it obeys one `State`; the engine is reached through the `Bridge` alone.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSettings
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app import actions, autosave, icons, theme
from app.bridge import Bridge
from app.explore import Explore
from app.figures import Figures
from app.files import Files, choose_mnist
from app.mapper import Mapper
from app.maps import Maps
from app.safely import safely, tell
from app.sessions import Sessions
from app.state import Side, State
from app.tour import Tour
from app.views.banner import Banner, Offer
from app.views.bar import Bar
from app.views.status import Status
from app.workspaces import COMPARED, EXPLORE, GUIDANCE, LATENTS, ON_CANVAS, TIPS, Pages, Workspaces
from engine.analysis import basemap
from engine.models import catalogue
from engine.recipe import title
from engine.run import Run

if TYPE_CHECKING:
    from app.analysis import Analysis
    from app.guidance import Guidance
    from app.latents import Latents
    from app.train import Train

FIRST = "digits-ideal"
"""The model that is drawn at first start."""

LEFT, RIGHT = 290, 300
"""Widths of the controls and of the inspector, in points, until the user changes them."""

THEMES = {"light": theme.LIGHT, "dark": theme.DARK}

NARROW = 1180
"""Below this width, in points, the inspector stands in a tab beside the controls."""


class Window(QMainWindow):
    """Bar on top, controls left, canvas over timeline in the middle, inspector right, status below."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Latent Loupe")
        self.setAcceptDrops(True)
        self.setMinimumSize(900, 600)
        choose_mnist()
        offered = catalogue.offered()
        first = next(info for info in offered if info.name == FIRST)
        self.state = State(Run(model=first.reference), first, self)
        self.state.add_models(*offered)
        self.bridge = Bridge(self.state, self)
        self.files = Files(self)
        self.figures = Figures(self.state, self)
        self.maps = Maps(self.state, self)
        self.mapper = Mapper(self.maps, self.state, self.bridge, basemap.HOME, self)
        self.explore = Explore(self.state, self.maps)
        self.canvas, self.timeline, self.controls = self.explore.canvas, self.explore.timeline, self.explore.controls
        self.latents: Latents | None = None
        self.guidance: Guidance | None = None
        self.analysis: Analysis | None = None
        self.train: Train | None = None
        self.placed: list[tuple[QAction, frozenset[str]]] = []
        builders = (self._explore, self._latents, self._guidance, self._analysis, self._train)
        self.workspaces = Workspaces(dict(zip(TIPS, builders, strict=True)), self)
        self.side = self.workspaces.side
        self._lay_out()
        self.tour = Tour(self)
        self.sessions = Sessions(self)
        actions.install(self)
        self._connect()
        self.workspaces.show(EXPLORE)
        self._restore()
        self.setStyleSheet(theme.style_sheet())

    # -- frame ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.bar = Bar(self.workspaces)
        self.title, self.compare, self.map = self.bar.title, self.bar.compare, self.bar.map
        self.map.setChecked(self.explore.beside.wanted)
        self.addToolBar(self.bar)
        self.banner, self.offer = Banner(), Offer()
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.offer)
        column.addWidget(self.banner)
        column.addWidget(self.workspaces.middle, 1)
        self.left = QTabWidget()
        self.left.setDocumentMode(True)
        self.left.addTab(self.workspaces.controls, "Controls")
        self.left.setTabToolTip(0, "What can be changed in this workspace.")
        self.left.tabBar().setAutoHide(True)
        self.left.tabBar().setAccessibleName("Controls or details")
        self.panels = QSplitter()
        for widget in (self.left, middle, self.side):
            self.panels.addWidget(widget)
        self.panels.setStretchFactor(1, 1)
        self.panels.setChildrenCollapsible(False)
        self.panels.setSizes([LEFT, self.width() - LEFT - RIGHT, RIGHT])
        self.setCentralWidget(self.panels)
        self.statusBar().addPermanentWidget(Status(self.state), 1)
        self.statusBar().setSizeGripEnabled(False)

    def _explore(self) -> Pages:
        made = self.explore
        return Pages(made.controls, made.middle, made.side, self.state.undo, "Inspector")

    def _latents(self) -> Pages:
        from app.latents import Latents

        self.latents = Latents(self.state, self.bridge, self.explore, self)
        self.latents.mend_wanted.connect(self.draw_again)
        self.latents.strip.export_wanted.connect(self.export)
        picture = self.latents.picture
        picture.open.clicked.connect(self.files.ask_picture)
        picture.paste.clicked.connect(self.files.paste)
        picture.item_wanted.connect(self.files.take_item)
        return self._explore()

    def _guidance(self) -> Pages:
        from app.guidance import Guidance

        self.guidance = Guidance(self.state, self.bridge, self.controls, self.explore.side, self)
        return self._explore()

    def _analysis(self) -> Pages:
        from app.analysis import Analysis

        self.analysis = made = Analysis(self.state, self.bridge, self.maps, self)
        made.explored.connect(partial(self.workspaces.show, EXPLORE))
        made.export_wanted.connect(self.export)
        made.shown.connect(self.sessions.supply)
        return Pages(made.controls, made.middle, made.side, made.undo, "Details")

    def _train(self) -> Pages:
        from app.train import Train  # what it imports must not keep the first picture waiting

        self.train = Train(self.state, self.bridge, self)
        self.train.trainer.explored.connect(partial(self.workspaces.show, EXPLORE))
        self.train.trainer.fetched.connect(self.files.offer_models)
        self.train.controls.mnist_folder_wanted.connect(self.files.ask_mnist)
        return Pages(self.train.controls, self.train.middle, self.train.side, self.train.training.undo, "Learned")

    def _connect(self) -> None:
        state = self.state
        self.workspaces.shown.connect(self._shown)
        self.compare.clicked.connect(self.toggle_pin)
        self.map.clicked.connect(self.explore.beside.toggle)
        self.explore.beside.changed.connect(self.map.setChecked)
        self.controls.model.open.clicked.connect(self.files.ask_open)
        self.controls.picture.open.clicked.connect(self.files.ask_picture)
        self.controls.picture.item_wanted.connect(self.files.take_item)
        self.controls.condition.sequence_wanted.connect(self.files.take_sequence)
        self.canvas.mend_wanted.connect(self.draw_again)
        state.complaint.connect(self.complain)
        state.run_changed.connect(lambda _: self._retitle())
        state.pinned_changed.connect(lambda run: self.compare.setChecked(run is not None))
        self._retitle()

    def _shown(self, workspace: str) -> None:
        """Show what is the workspace's own, and let be done what can be done there."""
        if workspace in ON_CANVAS:
            self.controls.turn(workspace)
        if self.latents is not None:
            self.latents.set_active(workspace == LATENTS)
        if self.guidance is not None:
            self.guidance.set_active(workspace == GUIDANCE)
        self.figures.leave()
        for action, within in self.placed:
            action.setEnabled(workspace in within)
        self.title.setEnabled(workspace in ON_CANVAS)
        self.explore.beside.offer(workspace in COMPARED)
        for button in (self.compare, self.map):
            button.setEnabled(workspace in COMPARED)
        self.left.setTabText(self.left.indexOf(self.side), self.workspaces.side_name)

    def _retitle(self) -> None:
        self.title.setText(title(self.state.run))

    def _restore(self) -> None:
        settings = QSettings()
        geometry = settings.value("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1360, 860)
        widths = settings.value("widths")
        if isinstance(widths, list) and len(widths) == self.panels.count():
            self.panels.setSizes([int(width) for width in widths])

    # -- what the actions do -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Draw the current Run: the first thing a new window does."""
        self.draw_again()

    def draw_again(self, side: Side = "current") -> None:
        """Draw the Run of that side once more, also one that waited for it."""
        state = self.state
        state.hold(None)
        run, model = state.run_of(side), state.model_of(side)
        if run is not None and model is not None:
            self.bridge.draw(side, run, model)

    def fit(self) -> None:
        """Show all there is, on the canvas and on the map beside it."""
        self.canvas.fit()
        self.explore.beside.fit()

    def export(self) -> None:
        """Export what the workspace shows as a figure."""
        from app.export.opening import export

        export(self)

    def cancel(self) -> None:
        """Cancel whatever runs."""
        self.bridge.cancel_all()

    def toggle_pin(self) -> None:
        """Pin the current Run as A, or unpin."""
        if self.state.pinned is None:
            self.state.pin(self.state.run, self.state.model, held=self.state.held is not None)
        else:
            self.state.pin(None)

    def choose_theme(self, name: str) -> None:
        """Use the "light" or the "dark" scheme, or follow the system for any other name; kept for the next start."""
        QSettings().setValue("theme", name)
        theme.choose(THEMES.get(name))

    def complain(self, sentence: str) -> None:
        """Show one sentence about what went wrong above the canvas, until it is dismissed."""
        self.banner.say(sentence)

    @property
    def folded(self) -> bool:
        """Whether the inspector stands in a tab beside the controls."""
        return self.left.indexOf(self.side) >= 0

    # -- events --------------------------------------------------------------------------------------------------

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the inspector into a tab where the window is narrow, and take it out again."""
        super().resizeEvent(event)
        if self.width() < NARROW and not self.folded:
            self.left.addTab(self.side, self.workspaces.side_name)
            self.left.setTabToolTip(1, "What is known of what is selected.")
        elif self.width() >= NARROW and self.folded:
            self.left.removeTab(self.left.indexOf(self.side))
            self.panels.addWidget(self.side)
            self.side.show()
            self.panels.setSizes([LEFT, self.width() - LEFT - RIGHT, RIGHT])

    @safely
    def changeEvent(self, event: QEvent) -> None:
        """Restyle what the palette alone does not reach."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self.styleSheet() != theme.style_sheet():
            self.setStyleSheet(theme.style_sheet())

    @safely
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    @safely
    def dropEvent(self, event: QDropEvent) -> None:
        """Open the files dropped."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.files.open(Path(url.toLocalFile()))
        event.acceptProposedAction()

    @safely
    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the session and the layout, stop what plays, then stop the worker and wait for it."""
        self.sessions.close()
        settings = QSettings()
        settings.setValue("geometry", self.saveGeometry())
        if not self.folded:
            settings.setValue("widths", self.panels.sizes())
        self.timeline.hide()
        if self.latents is not None:
            self.latents.set_active(False)
        if self.train is not None:
            self.train.trainer.close()
        self.mapper.close()
        self.bridge.close()
        for stack in self.workspaces.undo.stacks():
            stack.clear()  # its commands hold the state whose child it is
        super().closeEvent(event)


def make_application() -> QApplication:
    """Qt's application with the project's names, style and palette; the running one if there is one."""
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication([])
    application.setApplicationName("latent-loupe")
    application.setApplicationDisplayName("Latent Loupe")
    application.setOrganizationName("latent-loupe")
    application.setDesktopFileName("latent-loupe")  # packaging/latent-loupe.desktop
    application.setWindowIcon(icons.program())
    theme.follow_system(application)
    theme.choose(THEMES.get(str(QSettings().value("theme"))))
    return application


def main(paths: list[Path]) -> int:
    """Open the window and the given files; the exit code."""
    application = make_application()
    window = Window()
    tell(window.complain)
    window.show()
    application.processEvents()  # painted before the worker's imports compete for the interpreter
    window.start()
    window.sessions.begin(autosave.HOME)
    for path in paths:
        window.files.open(path)
    if not paths:
        window.tour.start_once()
    return application.exec()
