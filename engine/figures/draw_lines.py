"""Drawing curves on common axes. Called by `draw`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import SubFigure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from engine.figures.figure import Curve, Level, Lines
from engine.figures.paper import TITLE, WIDTH, tick, wrapped

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
"""Okabe and Ito's, without the yellow, which white paper swallows."""

_MARKERS = "osD^vPX"
_STROKES = ("-", "--", ":")  # one after the other, once all colours have been used
_DASHES = ((0, (6, 2)), (0, (2, 2)), (0, (6, 2, 1, 2)))  # of levels
_LEGEND = 0.3 * WIDTH  # mm that its text may take
_MOST_TICKS = 14  # side by side without touching


def height(panel: Lines) -> float:
    """Millimetres that the panel takes, so that its legend fits beside it."""
    return max(80.0, 14.0 + 4.6 * (len(panel.curves) + len(panel.levels)))


def draw(panel: Lines, part: SubFigure) -> None:
    """Draw the panel with its legend at the right; a point that a log axis cannot show is left out."""
    axes = part.subplots()
    axes.set_title(wrapped(panel.title, WIDTH, TITLE))
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    axes.grid()
    if panel.log_x:
        axes.set_xscale("log")
    if panel.log_y:
        axes.set_yscale("log", nonpositive="clip")
    drawn: list[Artist] = [
        _draw_curve(axes, panel, curve, hue) for hue, curve in zip(panel.hues, panel.curves, strict=True)
    ]
    drawn += [_draw_level(axes, level, index) for index, level in enumerate(panel.levels)]
    if drawn:
        place = (1.01, 1.0)  # beside the axes, where it covers nothing
        axes.legend(handles=drawn, loc="upper left", bbox_to_anchor=place, borderaxespad=0, frameon=False)
    if panel.log_x:
        _mark(axes.xaxis, axes.get_xlim(), sorted({x for curve in panel.curves for x in curve.x if x > 0}))
    if panel.log_y:
        _mark(axes.yaxis, axes.get_ylim())


def _draw_curve(axes: Axes, panel: Lines, curve: Curve, index: int) -> Any:
    down = curve.error or [0.0] * len(curve.x)
    points = [
        point
        for point in zip(curve.x, curve.y, down, curve.above or down, strict=True)
        if (point[0] > 0 or not panel.log_x) and (point[1] > 0 or not panel.log_y) and math.isfinite(point[1])
    ]
    x, y, down, up = ([point[i] for point in points] for i in range(4))
    return axes.errorbar(
        x,
        y,
        yerr=[down, up] if curve.error else None,
        label=wrapped(curve.label, _LEGEND),
        color=COLOURS[index % len(COLOURS)],
        linestyle=_STROKES[index // len(COLOURS) % len(_STROKES)] if curve.joined else "none",
        marker=_MARKERS[index % len(_MARKERS)],
        markersize=3.5,
        linewidth=1.1,
        elinewidth=0.8,
        capsize=1.8,
    )


def _draw_level(axes: Axes, level: Level, index: int) -> Artist:
    dashes = _DASHES[index % len(_DASHES)]
    return axes.axhline(level.y, color="#555555", linewidth=0.9, linestyle=dashes, label=wrapped(level.label, _LEGEND))


def _mark(axis: Axis, ends: tuple[float, float], points: Sequence[float] = ()) -> None:
    """Ticks of a log axis: at the points, where they are far enough apart, else at powers of ten, and between these if
    they are few.
    """
    decades = math.log10(ends[1] / ends[0])
    gaps = [math.log10(high / low) for low, high in itertools.pairwise(points)]
    if gaps and min(gaps) > decades / _MOST_TICKS:
        axis.set_major_locator(FixedLocator(list(points)))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 2.5 else (1,)))
    axis.set_major_formatter(FuncFormatter(tick))
    axis.set_minor_formatter(NullFormatter())
