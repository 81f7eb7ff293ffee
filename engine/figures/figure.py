"""A figure as a value: panels of curves, a matrix, pictures, a gallery, a scene, bars, a table. No torch, no drawing.

Made by experiments and by `panels`; drawn by `draw` into files and, those of experiments, by the window on its canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Array = NDArray[Any]

Key = str | None
"""The key of the cell that a point, a number or a picture stands for; None where there is no such cell."""


@dataclass(frozen=True)
class Curve:
    """Points x, y of one `label`, in rising x; `error` is the half width of their intervals, or where there is `above`
    how far they go down, and `above` how far up; `keys` are their cells. `hue` is its place among the colours of
    categories; None is that among the curves.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    error: Sequence[float] | None = None
    keys: Sequence[Key] = ()
    joined: bool = True
    above: Sequence[float] | None = None
    hue: int | None = None


@dataclass(frozen=True)
class Level:
    """A horizontal line to compare with."""

    label: str
    y: float


@dataclass(frozen=True)
class Area:
    """What lies between `low` and `high` over x, shaded in the colour of its `hue`."""

    label: str
    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    hue: int


@dataclass(frozen=True)
class Lines:
    """Curves on common axes; `mark` is the place on the x axis that all is about, such as the step of other panels."""

    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]
    levels: Sequence[Level] = ()
    log_x: bool = False
    log_y: bool = False
    areas: Sequence[Area] = ()
    mark: float | None = None

    @property
    def hues(self) -> list[int]:
        """The place of each curve among the colours of categories, and of dashes and markers."""
        return [place if curve.hue is None else curve.hue for place, curve in enumerate(self.curves)]


@dataclass(frozen=True)
class Matrix:
    """Numbers in rows and columns, as colours with the numbers on them; None where there is none yet."""

    title: str
    row_label: str
    column_label: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    keys: Sequence[Sequence[Key]]
    errors: Sequence[Sequence[float | None]] | None = None
    unit: str = ""
    log: bool = False
    """Colour by the logarithm of the value."""


@dataclass(frozen=True)
class Pictures:
    """Pictures (PNG) in rows and columns, each with a caption; None where there is none yet."""

    title: str
    row_label: str
    column_label: str
    rows: Sequence[str]
    columns: Sequence[str]
    pictures: Sequence[Sequence[bytes | None]]
    captions: Sequence[Sequence[str]]
    keys: Sequence[Sequence[Key]]


@dataclass(frozen=True, eq=False)
class Scale:
    """What colours [n, 3] mean: values evenly from `low` to `high`, of what the label says."""

    colours: Pixels
    low: float
    high: float
    label: str = ""


@dataclass(frozen=True, eq=False)
class Tile:
    """A picture [H, W], grey, or [H, W, 3], None where there is none, and below it a caption."""

    pixels: Pixels | None
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Block:
    """Tiles in rows, each from the left, under a `head`; `rows` and `columns` name them, `corner` says what the names
    of columns are of, `scale` what the colours mean.
    """

    tiles: Sequence[Sequence[Tile]]
    head: str = ""
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    corner: str = ""
    scale: Scale | None = None

    @property
    def across(self) -> int:
        """Tiles of the longest row."""
        return max(map(len, self.tiles), default=0)


@dataclass(frozen=True, eq=False)
class Gallery:
    """Blocks of pictures side by side, all tiles of one size."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, eq=False)
class Shade:
    """Colours [rows upwards, columns, 3] over x from `left` to `right` and y from `bottom` to `top`."""

    colours: Pixels
    left: float
    right: float
    bottom: float
    top: float
    smooth: bool = True


@dataclass(frozen=True, eq=False)
class Strokes:
    """Lines [M, T, 2], each in its colour [M, 3], `width` in points; with a `halo` they stand out from the ground."""

    lines: Array
    colours: Pixels
    width: float = 0.7
    opacity: float = 1.0
    halo: bool = False


@dataclass(frozen=True, eq=False)
class Points:
    """Marks at places [M, 2], each in its colour [M, 3], with an edge of white unless `bare`; `size` in points."""

    places: Array
    colours: Pixels
    size: float = 4.0
    marker: str = "o"
    opacity: float = 1.0
    bare: bool = False


@dataclass(frozen=True, eq=False)
class Polygon:
    """The inside of corners [M, 2], in grey."""

    corners: Array


@dataclass(frozen=True)
class Words:
    """A text that stands on x, just above y; `aside` it is large and grey, the name of what lies below."""

    x: float
    y: float
    text: str
    aside: bool = False


Layer = Shade | Strokes | Points | Polygon | Words


@dataclass(frozen=True, eq=False)
class Scene:
    """Layers, one over the other, on axes with the ends `x` and `y`, of one unit where they are `equal`.

    Axes without a label have no ticks; `ticks` are the places and the texts of those of x, where they are not its
    numbers. `note` says below what the layers mean. `mark` as in `Lines`.
    """

    title: str
    x_label: str
    y_label: str
    x: tuple[float, float]
    y: tuple[float, float]
    layers: Sequence[Layer]
    equal: bool = False
    ticks: Sequence[tuple[float, str]] = ()
    note: str = ""
    scale: Scale | None = None
    mark: float | None = None


@dataclass(frozen=True)
class Bar:
    """A number of what bears that name, from 0, and what is written at its end."""

    name: str
    value: float
    text: str


@dataclass(frozen=True)
class Bars:
    """Bars below each other."""

    title: str
    label: str
    bars: Sequence[Bar]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Texts in rows, each with its name first, under the heads of their columns."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True)
class Stack:
    """Panels that belong together, one below the other under one title; they have none of their own."""

    title: str
    panels: Sequence[Gallery | Bars]


Panel = Lines | Matrix | Pictures | Gallery | Scene | Bars | Table | Stack


@dataclass(frozen=True)
class Figure:
    """Panels, one below the other, under a title."""

    title: str
    panels: Sequence[Panel]
