"""Draft: the Sheet that the export dialog works on, the panel chosen in it, and the kind of file. Made by the dialog.

Rows are bound to two holders: `page`, of the whole, and `panel`, of the chosen one.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject, QSettings, Signal

from app.bind import Holder
from app.export import pages
from app.export.pages import Piece
from engine.figures.sheet import AnyPanel, Film, Paper, Sheet

PAPER, FILM, KIND = "figure/paper", "figure/film", "figure/kind"
"""What is remembered for the next figure."""


class Draft(QObject):
    """`sheet` with the panel at `place` chosen, to become a file of `kind`."""

    changed = Signal(object)  # Sheet
    panel_changed = Signal(object)  # AnyPanel: another one is chosen, or it is another one now
    kind_changed = Signal(str)

    def __init__(self, sheet: Sheet, kind: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sheet = sheet
        self.place = 0
        self.kind = kind
        self.page: Holder[Sheet] = Holder(lambda: self.sheet, self.changed, self._change_page, lambda: None)
        self.panel: Holder[Any] = Holder(lambda: self.chosen, self.panel_changed, self._change_panel, lambda: None)

    @property
    def chosen(self) -> AnyPanel:
        """The chosen panel."""
        return self.sheet.panels[self.place]

    def take(self, sheet: Sheet, place: int = 0) -> None:
        """Work on that Sheet from now on, its panel at `place` chosen."""
        self.sheet, self.place = sheet, place
        self.changed.emit(sheet)
        self.panel_changed.emit(self.chosen)

    def choose(self, place: int) -> None:
        """Choose another panel."""
        if place != self.place and 0 <= place < len(self.sheet.panels):
            self.place = place
            self.panel_changed.emit(self.chosen)

    def add(self, piece: Piece) -> None:
        """Put a piece at the end of the page and choose the first of its panels. Raises `pydantic.ValidationError` for
        too many.
        """
        self.take(pages.with_piece(self.sheet, piece), len(self.sheet.panels))

    def remove(self) -> None:
        """Take the chosen panel off the page, unless it is the only one."""
        if len(self.sheet.panels) > 1:
            self.take(pages.without(self.sheet, self.place), min(self.place, len(self.sheet.panels) - 2))

    def move(self, by: int) -> None:
        """Move the chosen panel by so many places, back for a negative number."""
        to = self.place + by
        if 0 <= to < len(self.sheet.panels):
            self.take(pages.moved(self.sheet, self.place, to), to)

    def set_kind(self, kind: str) -> None:
        """Make another kind of file of it."""
        if kind != self.kind:
            self.kind = kind
            self.kind_changed.emit(kind)

    def _change_page(self, _: str, **fields: Any) -> None:
        """Change fields of the Sheet, as `pages.changed`."""
        self.take(pages.changed(self.sheet, **fields), self.place)

    def _change_panel(self, _: str, **fields: Any) -> None:
        """Change fields of the chosen panel. Raises `pydantic.ValidationError`."""
        panel = type(self.chosen)(**{**dict(self.chosen), **fields})
        self.take(pages.with_panel(self.sheet, self.place, panel), self.place)


def remember(draft: Draft) -> None:
    """Keep paper, film and kind for the next figure; its title is its own."""
    settings = QSettings()
    settings.setValue(PAPER, draft.sheet.paper.model_copy(update={"title": ""}).model_dump_json())
    settings.setValue(FILM, draft.sheet.film.model_dump_json())
    settings.setValue(KIND, draft.kind)


def remembered() -> tuple[Paper, Film, str]:
    """What was remembered, or where it is of another version what a figure begins with."""
    settings = QSettings()
    try:
        paper = Paper.model_validate_json(str(settings.value(PAPER, "{}")))
        film = Film.model_validate_json(str(settings.value(FILM, "{}")))
    except ValidationError:
        paper, film = Paper(), Film()
    return paper, film, str(settings.value(KIND, "pdf"))
