"""Drawing panels that belong together, one below the other. Called by `draw`."""

from __future__ import annotations

from types import ModuleType

from matplotlib.figure import SubFigure

from engine.figures import draw_bars, draw_gallery
from engine.figures.figure import Bars, Gallery, Stack
from engine.figures.paper import Space


def height(panel: Stack, space: Space) -> float:
    """Millimetres that the panel takes."""
    return sum(_heights(panel, space))


def draw(panel: Stack, part: SubFigure, space: Space) -> None:
    """Draw each panel in a part of its own."""
    grid = part.add_gridspec(len(panel.panels), 1, height_ratios=_heights(panel, space), hspace=0)
    for place, each in enumerate(panel.panels):
        _drawing(each).draw(each, part.add_subfigure(grid[place]), space)


def _heights(panel: Stack, space: Space) -> list[float]:
    """Millimetres of each panel."""
    return [_drawing(each).height(each, space) for each in panel.panels]


def _drawing(panel: Gallery | Bars) -> ModuleType:
    return draw_gallery if isinstance(panel, Gallery) else draw_bars
