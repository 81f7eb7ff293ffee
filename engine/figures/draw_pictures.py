"""Drawing pictures in rows and columns with their captions. Called by `draw`."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from numpy.typing import NDArray
from PIL import Image

from engine.figures.figure import Pictures
from engine.figures.paper import TITLE, WIDTH, blank, length, wrapped

_AROUND = 18.0  # mm for title and labels
_BESIDE = 10.0  # mm for the label of the rows and the margins
_NAMES = 40.0  # mm that the names of rows may take
_GAP = 2.0  # mm between two pictures
_WIDEST, _NARROWEST, _TALLEST = 26.0, 20.0, 1.5  # mm of a picture's width; its height at most, in widths
_PAGE = 240.0  # mm that all rows should take at most
_LINE = 2.9  # mm of a line of a caption
_CAPTION = 6.0  # points of type


def height(panel: Pictures) -> float:
    """Millimetres that the panel takes."""
    return _AROUND + max(1, len(panel.rows)) * _pitch(panel)


def draw(panel: Pictures, part: SubFigure) -> None:
    """Draw the panel on axes in millimetres, y downwards; places without a picture are blank."""
    axes = part.subplots()
    side, box, pitch = _side(panel), _side(panel) * _ratio(panel), _pitch(panel)
    for row, column, content in _places(panel):
        left, top = column * (side + _GAP), row * pitch
        if content is None:
            blank(axes, left, top, side, box, panel.keys[row][column])
        else:
            _show(axes, _pixels(content), left, top, side, box)
        caption = wrapped(panel.captions[row][column], side, _CAPTION)
        axes.text(left + side / 2, top + box + 0.8, caption, size=_CAPTION, ha="center", va="top", linespacing=1.05)
    axes.set_title(wrapped(panel.title, WIDTH, TITLE))
    axes.set_xlabel(panel.column_label)
    axes.set_ylabel(panel.row_label)
    names = [wrapped(name, side + _GAP) for name in panel.columns]
    axes.set_xticks(np.arange(len(panel.columns)) * (side + _GAP) + side / 2, names)
    axes.set_yticks(np.arange(len(panel.rows)) * pitch + box / 2, [wrapped(name, _NAMES) for name in panel.rows])
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    width, depth = max(1, len(panel.columns)) * (side + _GAP) - _GAP, max(1, len(panel.rows)) * pitch
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


def _side(panel: Pictures) -> float:
    """Millimetres of a picture's width."""
    names = min(_NAMES, max(map(length, panel.rows), default=0.0))
    columns = max(1, len(panel.columns))
    tall = _PAGE / max(1, len(panel.rows)) - _LINE - _GAP
    return min(_WIDEST, max(_NARROWEST, tall), (WIDTH - _BESIDE - names) / columns - _GAP)


def _ratio(panel: Pictures) -> float:
    """Height of the place of a picture, in its widths: what the tallest one needs."""
    ratios = [_size(content)[1] / _size(content)[0] for _, _, content in _places(panel) if content is not None]
    return min(_TALLEST, max(ratios, default=1.0))


def _size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        return picture.size


def _pitch(panel: Pictures) -> float:
    """Millimetres from one row to the next: the picture, its caption, a gap."""
    side = _side(panel)
    lines = max((wrapped(text, side, _CAPTION).count("\n") + 1 for row in panel.captions for text in row), default=0)
    return side * _ratio(panel) + lines * _LINE + _GAP
