"""Drawing pictures in rows and columns with their captions. Called by `draw`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from numpy.typing import NDArray
from PIL import Image

from engine.errors import InputError
from engine.figures.figure import Pictures
from engine.figures.paper import LINE, Space, blank, lines

_AROUND = 12.0  # mm for labels
_BESIDE = 10.0  # mm for the label of the rows and the margins
_NAMES = 40.0  # mm that the names of rows may take
_GAP = 2.0  # mm between two pictures
_WIDEST, _NARROWEST, _TALLEST = 26.0, 20.0, 1.5  # mm of a picture's width; its height at most, in widths
_LEAST = 3.0  # mm of a picture's width
_PAGE = 240.0  # mm that all rows should take at most
_LINE = 2.9  # mm of a line of a caption
_CAPTION = 6.0  # points of type


def height(panel: Pictures, space: Space) -> float:
    """Millimetres that the panel takes. Raises `InputError` where its columns are too many for the width."""
    if _side(panel, space) < space.scaled(_LEAST):
        raise InputError(
            f"{len(panel.columns)} pictures side by side do not fit on {space.width:.3g} mm with text of "
            f"{space.font:g} points: choose a wider page or smaller text."
        )
    names = LINE * max(0, *(lines(name) - 1 for name in ["", *_columns(panel, space)]))
    return space.scaled(_AROUND + names) + max(1, len(panel.rows)) * _pitch(panel, space)


def draw(panel: Pictures, part: SubFigure, space: Space) -> None:
    """Draw the panel on axes in millimetres, y downwards; places without a picture are blank."""
    axes = part.subplots()
    side, gap, pitch = _side(panel, space), space.scaled(_GAP), _pitch(panel, space)
    box = side * _ratio(panel)
    text: dict[str, Any] = {"size": space.scaled(_CAPTION), "ha": "center", "va": "top", "linespacing": 1.05}
    for row, column, content in _places(panel):
        left, top = column * (side + gap), row * pitch
        if content is None:
            blank(axes, left, top, side, box, panel.keys[row][column])
        else:
            _show(axes, _pixels(content), left, top, side, box)
        caption = space.wrapped(panel.captions[row][column], side, _CAPTION)
        axes.text(left + side / 2, top + box + space.scaled(0.8), caption, **text)
    axes.set_xlabel(space.wrapped(panel.column_label, 0.7 * space.width))
    axes.set_ylabel(space.wrapped(panel.row_label, 0.7 * height(panel, space)))
    axes.set_xticks(np.arange(len(panel.columns)) * (side + gap) + side / 2, _columns(panel, space))
    names = [space.wrapped(name, _names_width(space)) for name in panel.rows]
    axes.set_yticks(np.arange(len(panel.rows)) * pitch + box / 2, names)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    width, depth = max(1, len(panel.columns)) * (side + gap) - gap, max(1, len(panel.rows)) * pitch
    axes.set(xlim=(0, width), ylim=(depth, 0), aspect="equal", anchor="NW")


def _places(panel: Pictures) -> Iterator[tuple[int, int, bytes | None]]:
    for row, contents in enumerate(panel.pictures):
        for column, content in enumerate(contents):
            yield row, column, content


def _show(axes: Axes, pixels: NDArray[np.uint8], left: float, top: float, width: float, height: float) -> None:
    """Show the picture as large as it fits, in the middle."""
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    across, down = pixels.shape[1] * scale, pixels.shape[0] * scale
    x, y = left + (width - across) / 2, top + (height - down) / 2
    axes.imshow(pixels, extent=(x, x + across, y + down, y))


def _pixels(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        return np.asarray(picture.convert("RGB"))


def _columns(panel: Pictures, space: Space) -> list[str]:
    """The names of the columns in lines that fit."""
    return [space.wrapped(name, _side(panel, space) + 0.5 * space.scaled(_GAP)) for name in panel.columns]


def _names_width(space: Space) -> float:
    """Millimetres that the names of rows may take."""
    return min(space.scaled(_NAMES), 0.3 * space.width)


def _side(panel: Pictures, space: Space) -> float:
    """Millimetres of a picture's width."""
    names = min(_names_width(space), max(map(space.length, panel.rows), default=0.0))
    gap, columns = space.scaled(_GAP), max(1, len(panel.columns))
    tall = _PAGE / max(1, len(panel.rows)) - space.scaled(_LINE) - gap
    most = min(space.scaled(_WIDEST), max(space.scaled(_NARROWEST), tall))
    return min(most, (space.width - space.scaled(_BESIDE) - names) / columns - gap)


def _ratio(panel: Pictures) -> float:
    """Height of the place of a picture, in its widths: what the tallest one needs."""
    ratios = [_size(content)[1] / _size(content)[0] for _, _, content in _places(panel) if content is not None]
    return min(_TALLEST, max(ratios, default=1.0))


def _size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        return picture.size


def _pitch(panel: Pictures, space: Space) -> float:
    """Millimetres from one row to the next: the picture, its caption, a gap; or the row's name, if that is higher."""
    side = _side(panel, space)
    captions = max((lines(space.wrapped(text, side, _CAPTION)) for row in panel.captions for text in row), default=0)
    names = max((lines(space.wrapped(name, _names_width(space))) for name in panel.rows), default=0)
    shown = side * _ratio(panel) + space.scaled(captions * _LINE)
    return max(shown, space.scaled(names * LINE)) + space.scaled(_GAP)
