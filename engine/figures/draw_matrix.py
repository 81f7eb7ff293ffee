"""Drawing a matrix as colours with the numbers on them. Called by `draw`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import SubFigure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from engine.errors import InputError
from engine.figures.figure import Matrix
from engine.figures.paper import LINE, Space, blank, lines, tick
from engine.spelled import short

COLOURS = "viridis"

_CELL = 8.0  # mm of a cell's height
_AROUND = 16.0  # mm for labels
_BESIDE = 24.0  # mm for the colour bar and the label of the rows
_NAMES = 45.0  # mm that the names of rows may take
_NARROWEST = 3.0  # mm of a cell
_LUMINANCE = (0.2126, 0.7152, 0.0722)  # WCAG 2: of red, green and blue, linear
_DARK = 0.18  # luminance below which white is easier to read on a colour than black


def height(panel: Matrix, space: Space) -> float:
    """Millimetres that the panel takes. Raises `InputError` where its columns are too many for the width."""
    if _cell_width(panel, space) < space.scaled(_NARROWEST):
        raise InputError(
            f"{len(panel.columns)} columns do not fit on {space.width:.3g} mm with text of {space.font:g} points: "
            "choose a wider page or smaller text."
        )
    slanted = 0.7 * max(map(space.length, panel.columns), default=0.0) if _slanted(panel, space) else 0.0
    return space.scaled(_AROUND) + slanted + sum(_row_height(panel, name, space) for name in panel.rows or [""])


def draw(panel: Matrix, part: SubFigure, space: Space) -> None:
    """Draw the panel with its colour bar; cells without a number are blank."""
    axes = part.subplots()
    axes.set_xlabel(space.wrapped(panel.column_label, 0.7 * space.width))
    axes.set_ylabel(space.wrapped(panel.row_label, 0.7 * height(panel, space)))
    axes.set_xticks(np.arange(len(panel.columns)) + 0.5, panel.columns)
    if _slanted(panel, space):
        for name in axes.get_xticklabels():
            name.set(rotation=40, horizontalalignment="right", rotation_mode="anchor")
    names = [space.wrapped(name, _names_width(space)) for name in panel.rows]
    axes.set_yticks(np.arange(len(panel.rows)) + 0.5, names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    shape = (len(panel.rows), len(panel.columns))
    numbers = np.array(panel.values, dtype=np.float64).reshape(shape)  # None becomes NaN
    norm = _norm(numbers, panel.log)
    shown = np.ma.masked_invalid(np.maximum(numbers, norm.vmin) if norm.vmin is not None else numbers)
    mesh = axes.pcolormesh(shown, cmap=COLOURS, norm=norm, edgecolors="white", linewidth=space.scaled(1.2))
    axes.set(xlim=(0, max(1, shape[1])), ylim=(max(1, shape[0]), 0))
    _write(axes, panel, mesh.to_rgba(shown), space)
    if shown.count():
        bar = part.colorbar(mesh, ax=axes, label=panel.unit, format=FuncFormatter(tick), aspect=30, pad=0.02)
        bar.outline.set_visible(False)
        bar.ax.minorticks_off()


def _write(axes: Axes, panel: Matrix, colours: NDArray[np.float64], space: Space) -> None:
    """The numbers, dark on light cells and light on dark ones, whose colours [rows, columns, 4] these are."""
    texts = _texts(panel)
    room = _cell_width(panel, space) - space.scaled(1.0)
    size = space.fitting([text for row in texts for text in row], room)
    for row, names in enumerate(texts):
        for column, text in enumerate(names):
            if not text:
                blank(axes, column, row, 1, 1, panel.keys[row][column])
                continue
            ink = "white" if _luminance(colours[row, column]) < _DARK else "black"
            axes.text(column + 0.5, row + 0.5, text, color=ink, size=size, ha="center", va="center", linespacing=1.0)


def _texts(panel: Matrix) -> list[list[str]]:
    """What stands on each cell: the number, below it its error; nothing where there is none."""
    errors: Sequence[Sequence[float | None]] = panel.errors or [[None] * len(panel.columns)] * len(panel.rows)
    return [
        [
            "" if value is None else short(value) if error is None else f"{short(value)}\n± {short(error)}"
            for value, error in zip(values, margins, strict=True)
        ]
        for values, margins in zip(panel.values, errors, strict=True)
    ]


def _norm(numbers: NDArray[np.float64], log: bool) -> Normalize:
    """From the smallest number to the largest; by logarithms, from the smallest that has one."""
    known = numbers[np.isfinite(numbers)]
    if log and (known > 0).any():
        known = known[known > 0]
        return LogNorm(known.min(), known.max())
    return Normalize(known.min(), known.max()) if known.size else Normalize()


def _luminance(colour: NDArray[np.float64]) -> float:
    """WCAG 2's relative luminance, 0 to 1, of a colour in sRGB [4]."""
    linear = np.where(colour[:3] <= 0.04045, colour[:3] / 12.92, ((colour[:3] + 0.055) / 1.055) ** 2.4)
    return float(linear @ _LUMINANCE)


def _row_height(panel: Matrix, name: str, space: Space) -> float:
    cell = _CELL if panel.errors is None else 1.3 * _CELL
    return space.scaled(max(cell, LINE * lines(space.wrapped(name, _names_width(space)))))


def _names_width(space: Space) -> float:
    """Millimetres that the names of rows may take."""
    return min(space.scaled(_NAMES), 0.4 * space.width)


def _cell_width(panel: Matrix, space: Space) -> float:
    names = min(_names_width(space), max(map(space.length, panel.rows), default=0.0))
    return (space.width - space.scaled(_BESIDE) - names) / max(1, len(panel.columns))


def _slanted(panel: Matrix, space: Space) -> bool:
    """Whether the columns are too narrow for their names."""
    return any(space.length(name) > _cell_width(panel, space) for name in panel.columns)
