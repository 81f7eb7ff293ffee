"""Drawing bars with their names and numbers. Called by `draw`."""

from __future__ import annotations

from matplotlib.figure import SubFigure
from matplotlib.ticker import MaxNLocator

from engine.figures.figure import Bars
from engine.figures.paper import COLOURS, GREY, LINE, TEXT, Space, lines

_PITCH = 1.15  # lines from a bar to the next
_AROUND = 8.0  # mm for what is written below
_NAMES = 0.35  # share of the width that names may take
_NOTE = 6.0  # points of type
_ROOM = 1.12  # length of the axis in bars, so that the longest one's number has a place


def height(panel: Bars, space: Space) -> float:
    """Millimetres that the panel takes."""
    named = len(panel.bars) * max((lines(_named(bar.name, space)) for bar in panel.bars), default=0) * _PITCH
    written = _NOTE / TEXT * lines(_note(panel, space))
    return space.scaled(_AROUND + LINE * (max(3.0, named) + written))


def draw(panel: Bars, part: SubFigure, space: Space) -> None:
    """Draw the panel, the first bar above."""
    axes = part.subplots()
    places, most = range(len(panel.bars)), max((bar.value for bar in panel.bars), default=0.0) or 1.0
    axes.barh(places, [bar.value for bar in panel.bars], height=0.7, color=COLOURS[0], linewidth=0)
    for place, bar in zip(places, panel.bars, strict=True):
        axes.text(bar.value + 0.01 * most, place, bar.text, ha="left", va="center", size=space.font)
    axes.set_yticks(places, [_named(bar.name, space) for bar in panel.bars])
    axes.set(xlim=(0, _ROOM * most), ylim=(len(panel.bars) - 0.4, -0.6))
    axes.set_xlabel(space.wrapped(panel.label, 0.8 * space.width))
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if panel.note:
        part.supxlabel(_note(panel, space), size=space.scaled(_NOTE), color=GREY, x=0.02, ha="left")


def _named(name: str, space: Space) -> str:
    return space.wrapped(name, _NAMES * space.width)


def _note(panel: Bars, space: Space) -> str:
    return space.wrapped(panel.note, 0.96 * space.width, _NOTE)
