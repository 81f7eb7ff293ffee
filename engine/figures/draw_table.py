"""Drawing texts in rows and columns. Called by `draw`."""

from __future__ import annotations

from matplotlib.figure import SubFigure

from engine.figures.figure import Table
from engine.figures.paper import GREY, LINE, Space, lines

_EDGE = 1.5  # mm around all
_PITCH = 1.35  # lines from a row to the next
_GAP = 4.0  # mm between two columns


def height(panel: Table, space: Space) -> float:
    """Millimetres that the panel takes."""
    rows = 1 + sum(lines(_name(name, space)) for name, _ in panel.rows)
    return rows * space.scaled(_PITCH * LINE) + 2 * _EDGE


def draw(panel: Table, part: SubFigure, space: Space) -> None:
    """Draw the panel: names at the left, numbers below each other by their right ends."""
    axes = part.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.axis("off")
    axes.set(xlim=(0, space.width), ylim=(height(panel, space), 0), aspect="equal", anchor="NW")
    names = max((space.length(_name(name, space)) for name, _ in panel.rows), default=0.0)
    pitch, right = space.scaled(_PITCH * LINE), _EDGE + names
    y = _EDGE
    for column, head in enumerate(panel.columns):
        texts = [head, *(texts[column] for _, texts in panel.rows)]
        right += space.scaled(_GAP) + max(map(space.length, texts))
        for row, text in enumerate(texts):
            colour = GREY if row == 0 else "black"
            axes.text(right, y + (row + 0.5) * pitch, text, ha="right", va="center", color=colour, size=space.font)
    for row, (name, _) in enumerate(panel.rows):
        axes.text(_EDGE, y + (row + 1.5) * pitch, _name(name, space), ha="left", va="center", size=space.font)
    axes.plot((_EDGE, right), (y + pitch, y + pitch), color=GREY, linewidth=space.scaled(0.6))


def _name(name: str, space: Space) -> str:
    return space.wrapped(name, 0.5 * space.width)
