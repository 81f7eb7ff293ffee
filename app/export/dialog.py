"""The dialog "Export a figure": panels of the Runs that the window shows, on a page, as a file of any kind.

Opened by Ctrl+E in every workspace (see `app.export.opening`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout

from app.export.draft import Draft, remember
from app.export.film import FilmBar
from app.export.formats import FILMS, FilmRows, FormatRows
from app.export.frame import Content, Frame
from app.export.offers import seen, suiting
from app.export.pages import sheet_of
from app.export.panels import Offered, PanelsGroup
from app.export.paper import PaperGroup
from app.export.preview import Seen
from app.views.training import push_button
from engine import models
from engine.errors import InputError
from engine.figures import write
from engine.figures.sheet import Sheet
from engine.worker import Task

if TYPE_CHECKING:
    from app.window import Window

STILL = "A film is of Runs, step by step: add a panel of one to the page."


class FigureDialog(Frame):
    """Works on a `draft`, which is the figure in work of the window, and shows its page."""

    kinds = write.KINDS

    def __init__(self, window: Window, sheet: Sheet, kind: str) -> None:
        super().__init__(window, "Export a figure")
        self.draft = Draft(sheet, kind, self)
        self._before = window.figures.sheet if window.figures.sheet != sheet else None
        self.panels = PanelsGroup(self.draft, window.state, self._offered)
        self.paper = PaperGroup(self.draft.page)
        self.formats, self.film = FormatRows(self.kinds), FilmRows(self.draft)
        self.player = FilmBar(self.draft)
        self.over = push_button("Start over", "Begin again with what the window shows now.")
        self.last = push_button("Last figure", "Go back to the figure that was worked on before.")
        self.script = push_button("Copy as Python", "Copy a script that draws the same figure with the engine alone.")
        self._lay_out()
        self._connect()
        self._show()

    def begin(self, sheet: Sheet) -> None:
        """Work on that Sheet from now on."""
        before = self.main.figures.sheet
        self._before = before if before != sheet else self._before
        self.player.begin()
        self.draft.take(sheet)

    # -- what the frame asks for ---------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """The kind of file that is chosen."""
        return self.draft.kind

    @property
    def stem(self) -> str:
        """The name of the first Run's model and its digest; that of the first panel where there is no Run."""
        sheet = self.draft.sheet
        if not sheet.runs:
            return sheet.panels[0].title or sheet.panels[0].kind
        return f"{sheet.runs[0].model.label}-{sheet.panels[0].kind}-{sheet.runs[0].digest[:8]}"

    def request(self) -> None:
        """Ask for the page as it is to be now, or for a frame of its film."""
        sheet, film = self.draft.sheet, self.kind in FILMS
        self.previewer.ask(sheet, self.page.width_for(sheet.paper), film=film, frame=self.player.frame)

    def content(self, kind: str) -> Content:
        """What makes a file of that kind of the Sheet as it is now."""
        sheet, gather = self.draft.sheet, self.previewer.gathering(self.draft.sheet)

        def make(task: Task) -> Iterator[float | bytes]:
            material = yield from gather(task)
            yield from write.content(sheet, material, kind, task.interrupted)

        return make

    def saved(self) -> None:
        """Remember the paper for the next figure."""
        remember(self.draft)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _offered(self) -> Offered:
        """What can be put on the page: what the window shows, and what suits the Run of the chosen panel."""
        offered: Offered = []
        with contextlib.suppress(InputError):  # of what is not finished there is nothing to add
            offered.append(("As the window shows it", seen(self.main)))
        runs, panel = self.draft.sheet.runs, self.draft.chosen
        if panel.runs:
            run = runs[panel.runs[0]]
            info = models.find(run.model, self.main.state.models)
            pieces = [] if info is None else list(suiting(run, info, self.main.maps))
            offered.append(("Of the chosen panel's Run", pieces))
        return offered

    def _show(self) -> None:
        """Show what the draft is now, and draw the page anew."""
        if self.draft.sheet != self.main.figures.sheet:
            self.main.figures.keep(self.draft.sheet)
        if self.kind in FILMS and not self.draft.sheet.runs:
            self.draft.kind = "pdf"
        self.formats.set_kind(self.kind)
        self.formats.refuse(FILMS, "" if self.draft.sheet.runs else STILL)
        self.film.setVisible(self.kind in FILMS)
        self.player.setVisible(self.kind in FILMS)
        self.last.setEnabled(self._before is not None)
        self.ask()

    def _show_page(self, seen: Seen) -> None:
        super()._show_page(seen)
        self.paper.say(seen.height)
        self.player.show_frame(seen.frame, seen.frames)

    def _start_over(self) -> None:
        """Take what the window shows now."""
        paper, film = self.draft.sheet.paper, self.draft.sheet.film
        try:
            pieces = seen(self.main)
        except InputError as error:
            self.say(str(error))
            return
        if pieces:
            self.begin(sheet_of(pieces, paper=paper, film=film))

    def _go_back(self) -> None:
        """Work on the figure before again."""
        if self._before is not None:
            self.begin(self._before)

    def _copy_script(self) -> None:
        from engine.figures import script

        try:
            QGuiApplication.clipboard().setText(script.of(self.draft.sheet))
        except InputError as error:
            self.say(str(error))
            return
        self.main.state.message.emit("Copied the script.")

    # -- construction --------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for button in (self.over, self.last):
            row.addWidget(button)
        self.panels.body.addLayout(row)
        self.settings.stack("Settings of the figure", self.panels, self.paper, self.formats, self.film)
        self.lay_out(self.script)
        self.page.put_below(self.player)

    def _connect(self) -> None:
        self.draft.changed.connect(lambda _: self._show())
        self.draft.kind_changed.connect(lambda _: self._show())
        for row in self.formats.rows:
            row.changed.connect(self.draft.set_kind)
        self.panels.refused.connect(self.say)
        self.player.moved.connect(self.request)
        self.over.clicked.connect(self._start_over)
        self.last.clicked.connect(self._go_back)
        self.script.clicked.connect(self._copy_script)
