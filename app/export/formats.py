"""Formats: the kinds of files that a figure becomes, as buttons, and how it moves where it is a film."""

from __future__ import annotations

from dataclasses import dataclass

from app.bind import Span
from app.controls.editing.segments import SegmentRow
from app.controls.group import Group, number_row, place
from app.controls.rows import CheckRow, ChoiceRow
from app.export.draft import Draft
from engine.figures.sheet import Film


@dataclass(frozen=True)
class Format:
    """A kind of file: its `name`, what it is, and the suffix of its files."""

    name: str
    about: str
    suffix: str

    @property
    def filter(self) -> str:
        """As dialogs that ask for a file want it."""
        return f"{self.name} (*.{self.suffix})"


PAGES = {
    "pdf": Format("PDF", "A page for papers: lines and text as they are, at any size.", "pdf"),
    "svg": Format("SVG", "A page to edit in drawing programs or to show in browsers.", "svg"),
    "png": Format("PNG", "A picture of the page at that resolution.", "png"),
}
FILMS = {
    "gif": Format("GIF", "A film for any viewer, in 256 colours.", "gif"),
    "apng": Format("APNG", "A film in all colours for browsers.", "apng"),
    "mp4": Format("MP4", "A film for slides and players (H.264).", "mp4"),
}
DATA = {
    "csv": Format("CSV", "The numbers behind the panels as text.", "csv"),
    "series": Format("Series", "The table of the series, as text.", "csv"),
    "npz": Format("NPZ", "The numbers behind the panels as NumPy arrays.", "npz"),
    "json": Format("JSON", "The table with all that it was measured of.", "json"),
    "py": Format("Python", "A script that draws the same figure with the engine alone.", "py"),
}
FORMATS = {**PAGES, **FILMS, **DATA}
"""All kinds by their names in `engine.figures.write` and `engine.experiments.export`."""

GROUPS = {"Page as": PAGES, "Film as": FILMS, "Data as": DATA}

RATE, HOLD = Span(0.5, 30), Span(0, 5)


class FormatRows(Group):
    """Buttons for those of the formats that are `offered`; tells by `chosen` of each row which one is wanted."""

    def __init__(self, offered: tuple[str, ...]) -> None:
        super().__init__("File")
        self.rows: list[SegmentRow] = []
        for title, formats in GROUPS.items():
            there = {kind: form for kind, form in formats.items() if kind in offered}
            if there:
                items = {form.name: kind for kind, form in there.items()}
                row = SegmentRow(title, f"{title} one of these files.", items, {k: f.about for k, f in there.items()})
                self.rows.append(row)
                self.body.addWidget(row)

    def set_kind(self, kind: str) -> None:
        """Show that one as chosen."""
        for row in self.rows:
            row.set_value(kind)

    def refuse(self, kinds: dict[str, Format], reason: str) -> None:
        """Grey those for a reason; without one they can be chosen."""
        for row in self.rows:
            for kind in kinds.keys() & row.segments.buttons.keys():
                row.segments.refuse(kind, reason)


class FilmRows(Group):
    """How a film goes."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("Film")
        fields = Film.model_fields
        over = {"steps i": "steps", "columns of a strip": "columns"}
        self.over = ChoiceRow("Over", "What the frames are: the steps of the Runs, or a strip's columns.", over)
        place(self, draft.page, self.over, "film", "over")
        for name, span in (("rate", RATE), ("hold", HOLD)):
            place(self, draft.page, number_row(name, fields[name], span), "film", name)
        loop = CheckRow(fields["loop"].title or "", fields["loop"].description or "")
        place(self, draft.page, loop, "film", "loop")
