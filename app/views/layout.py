"""Layout: where the pictures of a sheet stand, all in one block or each group in a frame. Used by `grid.GridView`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

from PySide6.QtCore import QPoint, QRect, QSize

GAP = 8
"""Points between pictures: room for a frame."""

SMALLEST = 26
"""Points below which a picture is not made smaller to fit; the sheet scrolls instead."""

PAD, HEAD = 6, 18
"""Points from the pictures of a group to its frame, and for the words above them."""


@dataclass(frozen=True)
class Layout:
    """Where the pictures stand, in points: the size of one, the corner of the first, the sheet's height.

    Blocks of `block` pictures stand in `columns` each, `across` of them beside each other: one for all pictures, or,
    `framed`, one a group.
    """

    columns: int
    size: QSize
    left: int
    top: int
    height: int
    block: int
    across: int = 1
    framed: bool = False

    @cached_property
    def step(self) -> QSize:
        """From one picture to the next."""
        return self.size + QSize(GAP, GAP)

    @cached_property
    def pitch(self) -> QSize:
        """From one block to the next."""
        rows, frame = math.ceil(self.block / self.columns), _frame(self.framed)
        return QSize(self.columns * self.step.width(), rows * self.step.height()) + frame

    def cell(self, particle: int) -> QRect:
        """The rectangle of that particle's picture on the sheet."""
        block, inside = divmod(particle, self.block)
        (below, beside), (row, column) = divmod(block, self.across), divmod(inside, self.columns)
        x = self.left + beside * self.pitch.width() + column * self.step.width()
        return QRect(QPoint(x, self.top + below * self.pitch.height() + row * self.step.height()), self.size)

    def frame(self, block: int) -> QRect:
        """The frame of a group on the sheet, with the room for words at its top."""
        corner = self.cell(block * self.block).topLeft() - QPoint(PAD, PAD + HEAD)
        return QRect(corner, self.pitch - QSize(GAP, GAP))

    def at(self, place: QPoint) -> int | None:
        """The particle whose picture is at that point of the sheet, were there as many."""
        across, down = place.x() - self.left, place.y() - self.top
        below, row = down // self.pitch.height(), down % self.pitch.height() // self.step.height()
        beside, column = across // self.pitch.width(), across % self.pitch.width() // self.step.width()
        inside = row * self.columns + column
        if min(below, beside) < 0 or beside >= self.across or column >= self.columns or inside >= self.block:
            return None
        particle = (below * self.across + beside) * self.block + inside
        return particle if self.cell(particle).contains(place) else None

    def between(self, top: int, bottom: int, count: int) -> list[int]:
        """The particles among `count` whose rows meet that part of the sheet."""
        pitch, step, found = self.pitch.height(), self.step.height(), list[int]()
        for below in range(max(0, (top - self.top) // pitch), (bottom - self.top) // pitch + 1):
            y = self.top + below * pitch
            first, last = max(0, (top - y) // step), (bottom - y) // step + 1
            for block in range(below * self.across, (below + 1) * self.across):
                end = min(count, (block + 1) * self.block)
                start = block * self.block
                found += range(min(start + first * self.columns, end), min(start + last * self.columns, end))
        return found


def arrange(
    count: int,
    picture: QSize,
    space: QSize,
    ratio: float = 1.0,
    like: Layout | None = None,
    group: int = 0,
) -> Layout:
    """The layout that shows `count` pictures largest in `space`, whole screen pixels to one of theirs where they fit.

    `ratio` is screen pixels a point. Pictures that would become tiny keep a readable size; the sheet grows downwards.
    Groups of `group` stand in frames of their own. Places correspond to those of `like`, where it is given.
    """
    framed, block = (group > 0, min(group or count, count)) if like is None else (like.framed, like.block)
    longest, frame = max(picture.width(), picture.height()), _frame(framed)
    ways = [(columns, across) for columns in _even(block) for across in _even(math.ceil(count / block))]
    if like is not None:
        ways = [(like.columns, like.across)]
    scale, columns, across = max(
        ((_scale(*way, count, block, picture, space, frame), *way) for way in ways), key=lambda w: (w[0], -w[1], -w[2])
    )
    if scale * longest < SMALLEST:
        scale = SMALLEST / longest
        step = picture.width() * scale + GAP
        if like is None:
            columns = max(1, min(block, int((space.width() - GAP - frame.width()) / step)))
            across = max(1, min(math.ceil(count / block), int(space.width() / (columns * step + frame.width()))))
    if scale * ratio >= 1:
        scale = math.floor(scale * ratio) / ratio
    size = QSize(*(max(1, int(side * scale + 1e-9)) for side in (picture.width(), picture.height())))  # not beyond it
    made = Layout(columns, size, 0, 0, 0, block, across, framed)
    width = across * made.pitch.width() - GAP
    height = math.ceil(math.ceil(count / block) / across) * made.pitch.height() + GAP
    left, top = max(GAP // 2, (space.width() - width) // 2), max(GAP, (space.height() - height) // 2 + GAP)
    corner = QPoint(left, top) + (QPoint(PAD, PAD + HEAD) if framed else QPoint())
    return replace(made, left=corner.x(), top=corner.y(), height=height)


def _even(count: int) -> list[int]:
    """The numbers of columns in which `count` things fill one row, two rows, ..., each with no column too many."""
    return sorted({math.ceil(count / rows) for rows in range(1, count + 1)})


def _frame(framed: bool) -> QSize:
    """What a block takes beyond its pictures."""
    return QSize(2 * PAD, 2 * PAD + HEAD) if framed else QSize(0, 0)


def _scale(columns: int, across: int, count: int, block: int, picture: QSize, space: QSize, frame: QSize) -> float:
    rows, below = math.ceil(block / columns), math.ceil(math.ceil(count / block) / across)
    width = (space.width() - GAP - across * (columns * GAP + frame.width())) / (across * columns * picture.width())
    height = (space.height() - GAP - below * (rows * GAP + frame.height())) / (below * rows * picture.height())
    return max(0.0, min(width, height))
