"""Paper rows: width, font, resolution and the rest of a `Paper`, with the widths that journals and slides want."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from PySide6.QtWidgets import QLabel

from app.bind import Holder, Span, ValueRow
from app.controls.group import Group, number_row, place
from app.controls.rows import ChoiceRow, row_for
from engine.figures.sheet import INCH, Paper

PRESETS: dict[str, tuple[float, str]] = {
    "One column, 85 mm": (85.0, "mm"),
    "1.5 columns, 120 mm": (120.0, "mm"),
    "Text width, 160 mm": (160.0, "mm"),
    "Two columns, 170 mm": (170.0, "mm"),
    "Two columns, 180 mm": (180.0, "mm"),
    "Slide, 10 in": (10.0, "in"),
}
"""Widths that are asked for often."""

SPANS = {
    "font": Span(4, 14),
    "dpi": Span(72, 600, integer=True),
    "columns": Span(1, 6, integer=True),
}

WIDTHS = {"mm": Span(50, 260), "in": Span(2, 10)}
"""Useful widths in either unit."""

PRESET = "Widths that journals and slides ask for."
SIZE = "The size of the page, whose height follows from what stands on it, and its pixels at that resolution."


class PaperGroup(Group):
    """The settings of the paper but those it is `without`, bound to the part "paper" of what `holder` holds."""

    def __init__(self, holder: Holder[Any], without: Collection[str] = ()) -> None:
        super().__init__("Page")
        self._holder = holder
        self.preset = ChoiceRow("Size", PRESET, PRESETS)
        self.body.addWidget(self.preset)
        fields = Paper.model_fields
        self.width_row = number_row("width", fields["width"], WIDTHS["mm"])
        self._put("width", self.width_row)
        self.unit = row_for("unit", fields["unit"])
        assert isinstance(self.unit, ChoiceRow)
        self.body.addWidget(self.unit)
        self.rows: dict[str, Any] = {}
        for name in (each for each in ("font", "dpi", "columns", "letters", "title") if each not in without):
            self.rows[name] = row_for(name, fields[name], SPANS.get(name))
            self._put(name, self.rows[name])
        self.size_text = QLabel()
        self.size_text.setObjectName("muted")
        self.size_text.setWordWrap(True)
        self.size_text.setToolTip(SIZE)
        self.size_text.setAccessibleName("Size of the page")
        self.body.addWidget(self.size_text)
        self.preset.changed.connect(self._choose)
        self.unit.changed.connect(self._convert)
        holder.changed.connect(self._show)
        self._show(holder.value())

    def _put(self, name: str, row: ValueRow | ChoiceRow) -> None:
        place(self, self._holder, row, "paper", name)

    def say(self, height: float) -> None:
        """Tell the size of a page of that height in mm."""
        paper: Paper = self._holder.value().paper
        scale, digits = (1.0, 0) if paper.unit == "mm" else (1 / INCH, 2)
        pixels = [round(length / INCH * paper.dpi) for length in (paper.millimetres, height)]
        size = f"{paper.millimetres * scale:.{digits}f} × {height * scale:.{digits}f} {paper.unit}"
        self.size_text.setText(f"{size}, {pixels[0]:,} × {pixels[1]:,} pixels at {paper.dpi} dpi")

    def _show(self, value: Any) -> None:
        paper: Paper = value.paper
        self.preset.set_value((paper.width, paper.unit))
        self.unit.set_value(paper.unit)
        self.width_row.set_span(WIDTHS[paper.unit])
        self.width_row.set_value(paper.width)

    def _choose(self, preset: tuple[float, str]) -> None:
        self._holder.change("size", paper={"width": preset[0], "unit": preset[1]})

    def _convert(self, unit: str) -> None:
        width = self._holder.value().paper.millimetres / (INCH if unit == "in" else 1.0)
        self._holder.change("unit", paper={"width": round(width, 2), "unit": unit})
