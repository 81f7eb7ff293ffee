"""Drawing blocks of pictures side by side, with their captions and the scales of their colours. Called by `draw`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.image import AxesImage

from engine.errors import InputError
from engine.figures.figure import Block, Gallery, Pixels, Scale, Tile
from engine.figures.paper import LINE, TEXT, Space, blank, figured, lines

_LARGEST, _LEAST = 30.0, 2.5  # mm of a picture's width
_GAP, _APART = 0.8, 4.0  # mm between two pictures, and between two blocks
_EDGE = 1.5  # mm around all
_NAMES = 0.25  # share of the width that the names of rows may take
_TALLEST = 4.0  # height of a picture at most, in its widths
_CAPTION = 6.0  # points of type
_SMALL = LINE * _CAPTION / TEXT  # mm of a line of a caption
_BAR, _LONGEST = 1.8, 40.0  # mm of the height and of the length of a bar of colours


@dataclass(frozen=True)
class _Plan:
    """Millimetres: a picture's width and height, from a row to the next, where the first one begins, all of it, and
    what the names of rows take beside each block.
    """

    side: float
    tall: float
    pitch: float
    top: float
    whole: float
    names: tuple[float, ...]

    def lefts(self, panel: Gallery) -> Iterator[float]:
        """Where the pictures of each block begin."""
        left = _EDGE
        for block, names in zip(panel.blocks, self.names, strict=True):
            yield left + names
            left += names + self.width(block) + _APART

    def width(self, block: Block) -> float:
        """Of the pictures of a block."""
        return block.across * (self.side + _GAP) - _GAP


def height(panel: Gallery, space: Space) -> float:
    """Millimetres that the panel takes. Raises `InputError` for a page on which its pictures would be specks."""
    return _plan(panel, space).whole


def draw(panel: Gallery, part: SubFigure, space: Space) -> None:
    """Draw the panel on axes in millimetres, y downwards."""
    plan = _plan(panel, space)
    axes = part.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.axis("off")
    for block, left in zip(panel.blocks, plan.lefts(panel), strict=True):
        _block(axes, block, left, plan, space)
    axes.set(xlim=(0, space.width), ylim=(plan.whole, 0), aspect="equal", anchor="NW")


def _plan(panel: Gallery, space: Space) -> _Plan:
    blocks = panel.blocks
    names = tuple(_beside(block, space) for block in blocks)
    columns = max(1, sum(block.across for block in blocks))
    gaps = _GAP * (columns - len(blocks)) + _APART * (len(blocks) - 1)
    side = min(_LARGEST, (space.width - 2 * _EDGE - sum(names) - gaps) / columns)
    if side < _LEAST:
        raise InputError(f"{columns} pictures beside each other are specks here: show fewer, or widen the page.")
    tall = side * min(_TALLEST, max((_ratio(tile) for block in blocks for tile in _tiles(block)), default=1.0))
    small = space.scaled(_SMALL)
    told = max((lines(_wrapped(tile.caption, side, space)) for block in blocks for tile in _tiles(block)), default=0)
    pitch = tall + (told * small + 0.8 if told else 0.0) + _GAP
    top = _EDGE + any(block.head for block in blocks) * space.scaled(LINE)
    top += max((_heads(block, side, space) for block in blocks), default=0.0)
    rows = max(len(block.tiles) for block in blocks)
    below = _BAR + 1.6 + 2 * small if any(block.scale for block in blocks) else 0.0
    return _Plan(side, tall, pitch, top, top + rows * pitch + below + _EDGE, names)


def _block(axes: Axes, block: Block, left: float, plan: _Plan, space: Space) -> None:
    if block.head:
        lowest = plan.top - _heads(block, plan.side, space) - 0.8
        axes.text(left, lowest, block.head, size=space.font, weight="bold", ha="left", va="bottom")
    size = _head_size(block, plan.side, space)
    for column, head in enumerate(block.columns):
        middle, told = left + column * (plan.side + _GAP) + plan.side / 2, _wrapped(head, plan.side, space, size)
        axes.text(middle, plan.top - 0.6, told, size=space.scaled(size), ha="center", va="bottom", linespacing=1.05)
    if block.corner:
        axes.text(left - 1.5, plan.top - 0.6, block.corner, size=space.scaled(size), ha="right", va="bottom")
    for row, name in enumerate(block.rows):
        middle, told = plan.top + row * plan.pitch + plan.tall / 2, space.wrapped(name, _NAMES * space.width)
        axes.text(left - 1.5, middle, told, size=space.font, ha="right", va="center", linespacing=1.05)
    for row, tiles in enumerate(block.tiles):
        for column, tile in enumerate(tiles):
            _tile(axes, tile, left + column * (plan.side + _GAP), plan.top + row * plan.pitch, plan, space)
    if block.scale is not None:
        _bar(axes, block.scale, left, plan.top + len(block.tiles) * plan.pitch + 0.6, plan.width(block), space)


def _tile(axes: Axes, tile: Tile, left: float, top: float, plan: _Plan, space: Space) -> None:
    if tile.pixels is None:
        blank(axes, left, top, plan.side, plan.tall, None)
    else:
        _show(axes, tile.pixels, left, top, plan)
    if tile.caption:
        told, size = _wrapped(tile.caption, plan.side, space), space.scaled(_CAPTION)
        axes.text(left + plan.side / 2, top + plan.tall + 0.4, told, size=size, ha="center", va="top", linespacing=1.05)


def _show(axes: Axes, pixels: Pixels, left: float, top: float, plan: _Plan) -> None:
    """The picture as large as it fits, in the middle of its place."""
    grow = min(plan.side / pixels.shape[1], plan.tall / pixels.shape[0])
    across, down = pixels.shape[1] * grow, pixels.shape[0] * grow
    x, y = left + (plan.side - across) / 2, top + (plan.tall - down) / 2
    coloured = pixels if pixels.ndim == 3 else pixels[..., None].repeat(3, axis=2)  # three times as fast as a map
    shown = AxesImage(axes, extent=(x, x + across, y + down, y))
    shown.set_data(coloured)
    axes.add_image(shown)  # imshow would look at all limits again with each of hundreds


def _bar(axes: Axes, scale: Scale, left: float, top: float, width: float, space: Space) -> None:
    """The colours from left to right, below them the ends, the middle, and what they are of."""
    long, size = min(width, space.scaled(_LONGEST)), space.scaled(_CAPTION)
    axes.imshow(scale.colours[None], extent=(left, left + long, top + _BAR, top))
    narrow = long < 4 * space.length("−0.000", _CAPTION)
    for place, side in ((0.0, "left"), (0.5, "center"), (1.0, "right")):
        if place != 0.5 or not narrow:
            value = figured(scale.low + place * (scale.high - scale.low))
            axes.text(left + place * long, top + _BAR + 0.3, value, size=size, ha=side, va="top")
    below = top + _BAR + 0.3 + space.scaled(_SMALL)
    axes.text(left + long / 2, below, scale.label, size=size, ha="center", va="top")


def _tiles(block: Block) -> Iterator[Tile]:
    return itertools.chain.from_iterable(block.tiles)


def _ratio(tile: Tile) -> float:
    return 1.0 if tile.pixels is None else tile.pixels.shape[0] / tile.pixels.shape[1]


def _wrapped(text: str, side: float, space: Space, size: float = _CAPTION) -> str:
    return "\n".join(space.wrapped(line, side + _GAP, size) for line in text.split("\n"))


def _head_size(block: Block, side: float, space: Space) -> float:
    """Points of type, not scaled, of the names of columns: such that their longest words fit, where that can be."""
    words = [word for head in block.columns for word in head.split()]
    return min(_CAPTION, space.fitting(words, side) / space.scaled(1.0))


def _heads(block: Block, side: float, space: Space) -> float:
    """Millimetres that the names of columns take."""
    size = _head_size(block, side, space)
    most = max((lines(_wrapped(head, side, space, size)) for head in block.columns), default=0)
    return most * space.scaled(_SMALL) + (0.6 if most else 0.0)


def _beside(block: Block, space: Space) -> float:
    """Millimetres that the names of rows take, with the gap to the pictures."""
    widest = max((space.length(space.wrapped(name, _NAMES * space.width)) for name in block.rows), default=0.0)
    return widest + 1.5 if block.rows else 0.0
