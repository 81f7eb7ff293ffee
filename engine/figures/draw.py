"""Drawing a `Figure` into a PNG, SVG or PDF for white paper, 160 mm wide, with matplotlib but without pyplot.

Called by `export`. The same figure gives the same bytes: no dates, no names made by chance, the font that comes with
matplotlib. Text stays text in SVG and PDF.
"""

from __future__ import annotations

import io

import matplotlib
from matplotlib.figure import Figure as Sheet
from matplotlib.figure import SubFigure

from engine.figures import draw_lines, draw_matrix, draw_pictures
from engine.figures.figure import Figure, Lines, Matrix, Panel
from engine.figures.paper import INCH, STYLE, WIDTH, wrapped

RESOLUTION = 300
"""Pixels an inch of a PNG."""

_TITLE = 9.0  # mm of a line of the title with what surrounds it
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": "Latent Loupe"},
    "pdf": {"CreationDate": None, "Creator": "Latent Loupe", "Producer": None},
}


def draw(figure: Figure, kind: str) -> bytes:
    """The file of that kind, png, svg or pdf; its height follows from the panels."""
    # Matplotlib reads some of its settings only where it saves, and only from here; what was set comes back.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        # A picture's own pixels stay in SVG and PDF; those of a PNG are too few to show them all.
        matplotlib.rcParams["image.interpolation"] = "auto" if kind == "png" else "none"
        file = io.BytesIO()
        _sheet(figure).savefig(file, format=kind, dpi=RESOLUTION, metadata=_METADATA[kind])
    return file.getvalue()


def _sheet(figure: Figure) -> Sheet:
    heights = [_height(panel) for panel in figure.panels]
    title = wrapped(figure.title, WIDTH, STYLE["figure.titlesize"])
    height = sum(heights) + _TITLE * (1 + title.count("\n") / 2)
    sheet = Sheet(figsize=(WIDTH / INCH, height / INCH), layout="constrained")
    sheet.suptitle(title, x=0.01, horizontalalignment="left")
    if heights:
        parts = sheet.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        for panel, part in zip(figure.panels, parts, strict=True):
            _draw(panel, part)
    return sheet


def _height(panel: Panel) -> float:
    """Millimetres."""
    if isinstance(panel, Lines):
        return draw_lines.height(panel)
    return draw_matrix.height(panel) if isinstance(panel, Matrix) else draw_pictures.height(panel)


def _draw(panel: Panel, part: SubFigure) -> None:
    if isinstance(panel, Lines):
        draw_lines.draw(panel, part)
    elif isinstance(panel, Matrix):
        draw_matrix.draw(panel, part)
    else:
        draw_pictures.draw(panel, part)
