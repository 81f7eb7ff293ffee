"""What the panels of a drawn figure share: measures, style, text that fits, ticks. Called by `draw` and its panels."""

from __future__ import annotations

import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from engine.figures.figure import Key

WIDTH = 160.0
"""Millimetres of a figure."""

INCH = 25.4
"""Millimetres."""

SMALLEST, TEXT, TITLE = 4.5, 7.0, 8.0
"""Points of type."""

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "axes.titlesize": TITLE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": TEXT,
    "figure.titlesize": 9.0,
    "figure.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.4,
    "hatch.color": "#BBBBBB",
    "hatch.linewidth": 0.5,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "latent-loupe",
    "pdf.fonttype": 42,
}
"""Settings of matplotlib: text as it stands, in a font that is always there."""

_CHARACTER = 0.62 / 72 * INCH  # mm of a character's width, on average and generously, a point of type
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def length(text: str, size: float = TEXT) -> float:
    """About how many millimetres a text is wide, its longest line."""
    return max(map(len, text.split("\n"))) * size * _CHARACTER


def wrapped(text: str, width: float, size: float = TEXT) -> str:
    """The text in lines that fit into so many millimetres."""
    return "\n".join(textwrap.wrap(text, max(4, int(width / (size * _CHARACTER)))))


def fitting(texts: list[str], width: float) -> float:
    """Points of type in which the longest of the texts fits into so many millimetres, no smaller than readable."""
    longest = max((length(text, 1.0) for text in texts), default=0.0)
    return TEXT if longest == 0 else min(TEXT, max(SMALLEST, width / longest))


def tick(value: float, position: int | None = None) -> str:
    """The label of a tick: 0.01, 20, 10⁵. As `matplotlib.ticker.FuncFormatter` calls it."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:g}"
    mantissa, _, exponent = f"{value:e}".partition("e")
    front = "" if float(mantissa) == 1 else f"{float(mantissa):g}·"
    return f"{front}10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def blank(axes: Axes, left: float, top: float, width: float, height: float, key: Key) -> None:
    """A place where nothing stands: hatched if it is a cell's, else the palest grey."""
    colour, hatch = ("#EEEEEE", "////") if key else ("#F7F7F7", None)
    axes.add_patch(Rectangle((left, top), width, height, facecolor=colour, hatch=hatch, linewidth=0))
