"""A strip as files: a PNG with its captions that carries the current Run, and its numbers as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from app.export.picture import export_png
from app.strips import Strips
from app.views.strip_sheet import StripSheet
from engine.files import write_atomically
from engine.latents.strips import brightness
from engine.run import Run

SIDE = 96
"""Points that an exported picture is wide."""

SCALE = 2.0
"""Pixels a point."""


def export(strips: Strips, run: Run, path: Path) -> None:
    """Write a table where `path` ends in .csv, else a PNG that carries `run`, of one size whatever the screen's.

    Raises `InputError` where it cannot be written.
    """
    if path.suffix.lower() == ".csv":
        write_atomically(path, table(strips).encode())
        return
    sheet = StripSheet(strips)
    sheet.refresh()
    sheet.fit(SIDE)
    export_png(sheet, SCALE, run, path)


def table(strips: Strips) -> str:
    """One row a picture: its column, its Run's digest, its particle, its brightness on [0, 1]; of columns that were
    compared also the correlation with the chosen one.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("column", "note", "value", "run", "particle", "brightness", "correlation", "shuffled", "pairs"))
    strip, sheet = strips.strip, strips.sheet
    for place, column in enumerate(() if strip is None else strip.columns):
        pictures = None if sheet is None else sheet.pictures[place]
        found = strips.correlation(place)
        compared = ("", "", "") if found is None else (found.pairs, found.shuffled, found.count)
        means = () if pictures is None else brightness(pictures).tolist()
        for particle, mean in zip(() if strip is None else strip.particles, means, strict=False):
            writer.writerow(
                (column.caption, column.note, column.value, column.run.digest, particle, f"{mean:.6f}", *compared)
            )
    return file.getvalue()
