"""Drawing a `Figure` on light paper: PNG, SVG, PDF, or pixels, with matplotlib but without pyplot.

Called by `write`, by the window's preview and by `engine.experiments.export`. The same figure gives the same bytes: no
dates, no names made by chance, the font that comes with matplotlib. Text stays text in SVG and PDF. Whatever the
resolution, the layout is the same.
"""

from __future__ import annotations

import io
import itertools
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Any, Protocol

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Page
from matplotlib.figure import SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from PIL import Image

from engine.errors import InputError
from engine.figures import (
    draw_bars,
    draw_gallery,
    draw_lines,
    draw_matrix,
    draw_pictures,
    draw_scene,
    draw_stack,
    draw_table,
)
from engine.figures.figure import Bars, Figure, Gallery, Lines, Matrix, Panel, Pictures, Scene, Stack, Table
from engine.figures.paper import HEADING, LINE, TEXT, TITLE, Space, lines, style
from engine.figures.sheet import INCH, Paper

PAPER = Paper()
"""What experiments are drawn on."""

MOST_PIXELS = 100_000_000
"""Pixels of a page at most: DIN A3 at 600 an inch."""

_LAYOUT = 300  # pixels an inch at which places are found
_LEAST = 6.0  # mm of an axis that is still readable
_MARGIN = 1.5  # mm around the title
_METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": "Latent Loupe"},
    "pdf": {"CreationDate": None, "Creator": "Latent Loupe", "Producer": None},
}


class Drawing(Protocol):
    """A module that draws one kind of panel."""

    def height(self, panel: Any, space: Space) -> float:
        """Millimetres that the panel takes below its title. Raises `InputError` for a room that is too narrow."""

    def draw(self, panel: Any, part: SubFigure, space: Space) -> None:
        """Draw the panel into its part of the page."""


DRAWINGS: dict[type, Drawing] = {
    Bars: draw_bars,
    Gallery: draw_gallery,
    Lines: draw_lines,
    Matrix: draw_matrix,
    Pictures: draw_pictures,
    Scene: draw_scene,
    Stack: draw_stack,
    Table: draw_table,
}
"""What draws each kind of panel."""


@dataclass(frozen=True)
class Layout:
    """Where everything stands: millimetres of the page's title, of the titles of each row of panels and of the panels,
    and the place of each axes and of each note.
    """

    title: float
    rows: Sequence[tuple[float, float]]
    axes: Sequence[Bbox] = ()
    notes: Sequence[tuple[float, float]] = ()

    @property
    def heights(self) -> list[float]:
        """Of everything from top to bottom."""
        return [self.title, *itertools.chain.from_iterable(self.rows)]


def draw(figure: Figure, kind: str, paper: Paper = PAPER) -> bytes:
    """The file of that kind, png, svg or pdf; its height follows from the panels.

    Raises `InputError` where they do not fit on the paper.
    """
    if kind == "png":
        return png(pixels(figure, paper, paper.dpi), paper.dpi)
    with _styled(paper):
        matplotlib.rcParams["image.interpolation"] = "none"  # a picture's own pixels stay
        page = _page(figure, paper, None)
        file = io.BytesIO()
        page.savefig(file, format=kind, dpi=paper.dpi, metadata=_METADATA[kind])
    return file.getvalue()


def preview(figure: Figure, paper: Paper, width: int, layout: Layout | None = None) -> NDArray[np.uint8]:
    """The page as pixels [H, width, 3] for a screen. Raises as `draw`."""
    return pixels(figure, paper, (width + 0.01) / paper.millimetres * INCH, layout)


def pixels(figure: Figure, paper: Paper, dpi: float, layout: Layout | None = None) -> NDArray[np.uint8]:
    """The page as pixels [H, W, 3], laid out anew or as another one was. Raises as `draw`."""
    with _styled(paper):
        page = _page(figure, paper, layout)
        page.set_dpi(dpi)
        if page.bbox.width * page.bbox.height > MOST_PIXELS:
            raise InputError(
                f"The page would have {page.bbox.width:,.0f} x {page.bbox.height:,.0f} pixels, over {MOST_PIXELS:,}: "
                "choose fewer an inch, or a narrower page."
            )
        canvas: Any = FigureCanvasAgg(page)
        canvas.draw()
        return np.array(canvas.buffer_rgba())[..., :3]


def layout_of(figure: Figure, paper: Paper) -> Layout:
    """How the figure is laid out. Raises as `draw`."""
    with _styled(paper):
        page = _page(figure, paper, None)
        axes = [axes.get_position(original=True) for axes in page.axes]
        return replace(_heights(figure, paper), axes=axes, notes=[note.get_position() for note in _notes(page)])


def png(shown: NDArray[np.uint8], dpi: float) -> bytes:
    """A PNG of pixels [H, W, 3] that says how many of them are an inch."""
    file = io.BytesIO()
    Image.fromarray(shown).save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


@contextmanager
def _styled(paper: Paper) -> Iterator[None]:
    """Matplotlib reads some of its settings only where it draws, and only from here; what was set comes back."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(style(paper.font))
        yield


def _page(figure: Figure, paper: Paper, layout: Layout | None) -> Page:
    """The page with everything in its final place."""
    space, heights = _space(figure, paper), (layout or _heights(figure, paper)).heights
    engine = ConstrainedLayoutEngine()
    page = Page(figsize=(paper.millimetres / INCH, sum(heights) / INCH), dpi=_LAYOUT, layout=engine)
    FigureCanvasAgg(page)
    _write(page, _title(figure, paper), 0, 0, space, HEADING)
    columns = _columns(figure, paper)
    grid = page.add_gridspec(len(heights), columns, height_ratios=heights, wspace=0, hspace=0)
    for place, panel in enumerate(_lettered(figure, paper)):
        row, column = 2 * (place // columns) + 1, place % columns
        _write(page, space.titled(panel.title), column * space.width, sum(heights[:row]), space, TITLE)
        DRAWINGS[type(panel)].draw(replace(panel, title=""), page.add_subfigure(grid[row + 1, column]), space)
    notes = list(_notes(page))
    if layout is not None and (len(page.axes), len(notes)) == (len(layout.axes), len(layout.notes)):
        for axes, box in zip(page.axes, layout.axes, strict=True):
            axes.set_position(box)
        for note, corner in zip(notes, layout.notes, strict=True):
            note.set_position(corner)
    elif page.axes:
        _lay_out(page, engine, paper)
    page.set_layout_engine("none")
    _steady(page)
    return page


def _write(page: Page, title: str, left: float, top: float, space: Space, size: float) -> None:
    """A title whose corner, with what surrounds it, is so many millimetres from the page's."""
    margin = space.scaled(_MARGIN) / INCH
    width, height = page.get_size_inches()
    x, y = (left / INCH + margin) / width, 1 - (top / INCH + margin) / height
    page.text(x, y, title, size=space.scaled(size), weight="bold", va="top", linespacing=1.1)


def _notes(page: Page | SubFigure) -> Iterator[Text]:
    """The texts of parts of the page that stand beside their axes."""
    for part in page.subfigs:
        yield from part.texts
        yield from _notes(part)


def _steady(page: Page | SubFigure) -> None:
    """Round what was found by the solver of the layout, whose last digits differ from time to time."""
    for part in page.subfigs:
        part.bbox_relative.set_points(np.round(part.bbox_relative.get_points(), 9) + 0.0)  # no -0
        _steady(part)
    for note in page.texts:
        note.set_position(tuple(np.round(note.get_position(), 9)))
    for axes in page.axes if isinstance(page, Page) else ():
        axes.set_position(Bbox(np.round(axes.get_position(original=True).get_points(), 9) + 0.0))


def _entitle(page: Page, figure: Figure, paper: Paper) -> None:
    gap = _MARGIN * paper.font / TEXT / INCH
    width, height = page.get_size_inches()
    size = HEADING * paper.font / TEXT
    page.text(gap / width, 1 - gap / height, _title(figure, paper), size=size, weight="bold", va="top", linespacing=1.1)


def _lay_out(page: Page, engine: ConstrainedLayoutEngine, paper: Paper) -> None:
    """Give everything its place. Raises `InputError` where something has none."""
    least = _LEAST * paper.font / TEXT / INCH * page.dpi
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "constrained_layout not applied")
        try:
            engine.execute(page)
        except UserWarning:
            least = math.inf
    for axes in page.axes:
        if max(axes.bbox.width, axes.bbox.height) < least:
            raise InputError(
                f"The panels do not fit on {paper.millimetres:g} mm with text of {paper.font:g} points: choose a wider "
                "page, smaller text or fewer columns."
            )


def _heights(figure: Figure, paper: Paper) -> Layout:
    """Millimetres of the title and of each row of panels: those of its highest."""
    space, columns, panels = _space(figure, paper), _columns(figure, paper), _lettered(figure, paper)
    bodies = [DRAWINGS[type(panel)].height(replace(panel, title=""), space) for panel in panels]
    titles = [_titled(space.titled(panel.title), space, TITLE) for panel in panels]
    starts = range(0, len(panels), columns)
    rows = [(max(titles[at : at + columns]), max(bodies[at : at + columns])) for at in starts]
    return Layout(_titled(_title(figure, paper), space, HEADING), rows)


def _titled(title: str, space: Space, size: float) -> float:
    """Millimetres that a title takes with what surrounds it."""
    return space.scaled(LINE * size / TEXT * lines(title) + _MARGIN * (2 if title else 1))


def _columns(figure: Figure, paper: Paper) -> int:
    return max(1, min(paper.columns, len(figure.panels)))


def _title(figure: Figure, paper: Paper) -> str:
    space = Space(paper.millimetres, paper.font)
    return space.wrapped(figure.title, space.width - 2 * space.scaled(_MARGIN), HEADING)


def _space(figure: Figure, paper: Paper) -> Space:
    """The room of each panel."""
    return Space(paper.millimetres / _columns(figure, paper), paper.font)


def _lettered(figure: Figure, paper: Paper) -> list[Panel]:
    """The panels, their titles with a, b, c where the paper says so."""
    if not paper.letters:
        return list(figure.panels)
    named = zip(ascii_lowercase, figure.panels, strict=False)
    return [replace(panel, title=f"{letter}  {panel.title}".rstrip()) for letter, panel in named]
