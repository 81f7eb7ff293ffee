"""A figure as a value: panels of curves, of a matrix, or of pictures. No torch, no drawing library.

Made by experiments; drawn by `draw` into files and by the window on its canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
class Lines:
    """Curves on common axes."""

    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]
    levels: Sequence[Level] = ()
    log_x: bool = False
    log_y: bool = False

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


Panel = Lines | Matrix | Pictures


@dataclass(frozen=True)
class Figure:
    """Panels, one below the other, under a title."""

    title: str
    panels: Sequence[Panel]
