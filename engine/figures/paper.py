"""What the panels of a drawn figure share: room, text that fits, style, ticks. Called by `draw` and its panels.

Measures are those of text of `TEXT` points; at another size of text all are in proportion to it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.patches import Rectangle

from engine.figures.figure import Key
from engine.figures.sheet import INCH
from engine.spelled import short

TEXT, TITLE, HEADING, SMALLEST = 7.0, 8.0, 9.0, 4.5
"""Points of type: of ordinary text, of a panel's title, of the page's, of the smallest there is."""

MARK = "#D55E00"
"""The colour of the line that says which step or level a panel is about."""

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
"""Okabe and Ito's of categories, without the yellow, which white paper swallows."""

INK, GREY = "#1C2128", "#5B6572"
"""The colours of what has none of its own, and of what is said aside."""

FONT = "DejaVu Sans"
"""Comes with matplotlib, so that it is always there."""

LINE = 1.25 * TEXT / 72 * INCH
"""Millimetres of a line of ordinary text."""

_FIXED: dict[Any, Any] = {
    "font.family": FONT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "hatch.color": "#BBBBBB",
    "text.parse_math": False,
    "text.hinting": "no_hinting",  # else texts are wider at one resolution than at another
    "svg.fonttype": "none",
    "svg.hashsalt": "latent-loupe",
    "pdf.fonttype": 42,
}
_TICK = ("size", "width", "pad")
_SCALED: dict[Any, float] = {
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.6,
    "grid.linewidth": 0.4,
    "hatch.linewidth": 0.5,
    "axes.labelpad": 4.0,
    "lines.linewidth": 1.5,
    "lines.markersize": 6.0,
    "lines.markeredgewidth": 1.0,
    "patch.linewidth": 1.0,
    "figure.constrained_layout.h_pad": 3 / 72,
    "figure.constrained_layout.w_pad": 3 / 72,
    **{f"{axis}tick.major.{name}": size for axis in "xy" for name, size in zip(_TICK, (3.5, 0.8, 3.5), strict=True)},
    **{f"{axis}tick.minor.{name}": size for axis in "xy" for name, size in zip(_TICK, (2.0, 0.6, 3.4), strict=True)},
}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def style(font: float) -> dict[Any, Any]:
    """Settings of matplotlib for text of so many points: text as it stands, all else in proportion."""
    return _FIXED | {name: value * font / TEXT for name, value in _SCALED.items()}


@dataclass(frozen=True)
class Space:
    """The room of a panel: `width` millimetres, and `font`, the points of its ordinary text."""

    width: float
    font: float = TEXT

    def scaled(self, measure: float) -> float:
        """Millimetres or points, given as they are where text has `TEXT` points."""
        return measure * self.font / TEXT

    def length(self, text: str, size: float = TEXT) -> float:
        """How many millimetres a text of that (unscaled) size is wide, its longest line."""
        return max(map(_em, text.split("\n"))) * self.scaled(size) / 72 * INCH

    def wrapped(self, text: str, width: float, size: float = TEXT) -> str:
        """The text in lines that fit into so many millimetres, broken inside of words only where one is too long."""
        most = width / (self.scaled(size) / 72 * INCH)
        lines: list[str] = []
        for word in text.split():
            if lines and _em(f"{lines[-1]} {word}") <= most:
                lines[-1] += f" {word}"
                continue
            while len(word) > 1 and _em(word) > most:
                fitting = next((end for end in range(len(word) - 1, 1, -1) if _em(word[:end]) <= most), 1)
                lines.append(word[:fitting])
                word = word[fitting:]
            lines.append(word)
        return "\n".join(lines)

    def titled(self, text: str) -> str:
        """The title of a panel in lines that fit."""
        return self.wrapped(text, 0.96 * self.width, TITLE)

    def fitting(self, texts: Sequence[str], width: float) -> float:
        """Points of type in which the longest of the texts fits into so many millimetres, no smaller than readable."""
        longest = max((self.length(text) for text in texts), default=0.0)
        return self.font if longest == 0 else max(self.scaled(SMALLEST), self.font * min(1.0, width / longest))


@functools.lru_cache(maxsize=8192)
def _em(text: str) -> float:
    """The width of a line in units of its size; bold, as titles are, which other text never exceeds."""
    font = get_font(findfont(FontProperties(family=FONT, weight="bold")))
    font.set_size(100, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width: float = font.get_width_height()[0] / 64 / 100
    return width


def lines(text: str) -> int:
    """How many lines a text has that was `wrapped`."""
    return text.count("\n") + 1 if text else 0


def tick(value: float, position: int | None = None) -> str:
    """The label of a tick: 0.01, 20, 10⁵. As `matplotlib.ticker.FuncFormatter` calls it."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:g}"
    mantissa, _, exponent = f"{value:e}".partition("e")
    front = "" if float(mantissa) == 1 else f"{float(mantissa):g}·"
    return f"{front}10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def figured(value: float) -> str:
    """A number with three significant digits: 0.207, −80.0, 6.26·10⁶."""
    plain = value == 0 or 1e-3 <= abs(value) < 1e6
    return (short(value) if plain else tick(float(f"{value:.3g}"))).replace("-", "−")


def blank(axes: Axes, left: float, top: float, width: float, height: float, key: Key) -> None:
    """A place where nothing stands: hatched if it is a cell's, else the palest grey."""
    colour, hatch = ("#EEEEEE", "////") if key else ("#F7F7F7", None)
    axes.add_patch(Rectangle((left, top), width, height, facecolor=colour, hatch=hatch, linewidth=0))
