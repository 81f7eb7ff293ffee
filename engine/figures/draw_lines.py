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
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from engine.figures.figure import Area, Curve, Level, Lines
from engine.figures.paper import COLOURS, LINE, MARK, Space, lines, tick

_MARKERS = "osD^vPX"
_STROKES = ("-", "--", ":")  # one after the other, once all colours have been used
_DASHES = ((0, (6, 2)), (0, (2, 2)), (0, (6, 2, 1, 2)))  # of levels
_LEGEND = 0.3  # of the panel's width that the text of a legend beside the axes may take
_BESIDE = 100.0  # mm of width from which the legend stands beside
_TALLEST, _RATIO = 74.0, 0.6  # mm of height at most, and in widths
_MOST_TICKS = 14  # side by side without touching, on 160 mm
_CROWDED = 40  # points of a curve from which it has no markers


def height(panel: Lines, space: Space) -> float:
    """Millimetres that the panel takes, so that its legend fits beside or below it."""
    labels = [space.wrapped(label, _legend_width(space)) for label in _labels(panel)]
    legend = space.scaled(sum(LINE * lines(label) + 1.1 for label in labels))
    if _beside(space):
        return max(space.scaled(_TALLEST), space.scaled(14.0) + legend)
    axes = min(space.scaled(_TALLEST), _RATIO * space.width + space.scaled(2.0))
    return axes + legend / _legend_columns(space)


def draw(panel: Lines, part: SubFigure, space: Space) -> None:
    """Draw the panel with its legend at the right, below on a narrow one; points that a log axis cannot show are left
    out.
    """
    axes = part.subplots()
    axes.set_xlabel(space.wrapped(panel.x_label, 0.7 * space.width))
    axes.set_ylabel(space.wrapped(panel.y_label, 0.7 * height(panel, space)))
    axes.grid()
    if panel.log_x:
        axes.set_xscale("log")
    if panel.log_y:
        axes.set_yscale("log", nonpositive="clip")
    drawn: list[Any] = [_draw_area(axes, area) for area in panel.areas]
    drawn += [_draw_curve(axes, panel, curve, hue, space) for hue, curve in zip(panel.hues, panel.curves, strict=True)]
    drawn += [_draw_level(axes, level, index, space) for index, level in enumerate(panel.levels)]
    if panel.mark is not None:
        axes.axvline(panel.mark, color=MARK, linewidth=space.scaled(0.9))
    named = [(artist, label) for artist, label in zip(drawn, _labels(panel), strict=True) if label]
    if named:
        _draw_legend(axes, part, named, space)
    if not panel.log_x and all(float(x).is_integer() for curve in panel.curves for x in curve.x):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins="auto"))
    if panel.log_x:
        points = sorted({x for curve in panel.curves for x in curve.x if x > 0})
        _mark(axes.xaxis, axes.get_xlim(), points, _MOST_TICKS * space.width / space.scaled(160.0))
    if panel.log_y:
        _mark(axes.yaxis, axes.get_ylim())


def _labels(panel: Lines) -> list[str]:
    drawn: tuple[Area | Curve | Level, ...] = (*panel.areas, *panel.curves, *panel.levels)
    return [each.label for each in drawn]


def _beside(space: Space) -> bool:
    return space.width >= space.scaled(_BESIDE)


def _legend_columns(space: Space) -> int:
    return max(1, int(space.width / space.scaled(45.0)))


def _legend_width(space: Space) -> float:
    """Millimetres that the text of a label may take."""
    if _beside(space):
        return _LEGEND * space.width
    return space.width / _legend_columns(space) - space.scaled(12.0)


def _draw_legend(axes: Axes, part: SubFigure, named: list[tuple[Artist, str]], space: Space) -> None:
    """Where it covers nothing."""
    drawn = [artist for artist, _ in named]
    labels = [space.wrapped(label, _legend_width(space)) for _, label in named]
    if _beside(space):
        axes.legend(drawn, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, frameon=False)
    else:
        part.legend(drawn, labels, loc="outside lower left", ncols=_legend_columns(space), frameon=False)


def _draw_area(axes: Axes, area: Area) -> Artist:
    colour = COLOURS[area.hue % len(COLOURS)]
    return axes.fill_between(area.x, area.low, area.high, color=colour, alpha=0.2, linewidth=0)


def _draw_curve(axes: Axes, panel: Lines, curve: Curve, index: int, space: Space) -> Any:
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
        color=COLOURS[index % len(COLOURS)],
        linestyle=_STROKES[index // len(COLOURS) % len(_STROKES)] if curve.joined else "none",
        marker=_MARKERS[index % len(_MARKERS)] if len(x) < _CROWDED or not curve.joined else "none",
        markersize=space.scaled(3.5),
        linewidth=space.scaled(1.1),
        elinewidth=space.scaled(0.8),
        capsize=space.scaled(1.8),
    )


def _draw_level(axes: Axes, level: Level, index: int, space: Space) -> Artist:
    dashes = _DASHES[index % len(_DASHES)]
    return axes.axhline(level.y, color="#555555", linewidth=space.scaled(0.9), linestyle=dashes)


def _mark(axis: Axis, ends: tuple[float, float], points: Sequence[float] = (), most: float = _MOST_TICKS) -> None:
    """Ticks of a log axis: at the points, where there is room for them, else at powers of ten, and between these if
    they are few.
    """
    decades = math.log10(ends[1] / ends[0])
    gaps = [math.log10(high / low) for low, high in itertools.pairwise(points)]
    if gaps and min(gaps) > decades / most:
        axis.set_major_locator(FixedLocator(list(points)))
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 2.5 else (1,)))
    axis.set_minor_locator(NullLocator())  # dozens of ticks would take longer than all else
    axis.set_major_formatter(FuncFormatter(tick))
