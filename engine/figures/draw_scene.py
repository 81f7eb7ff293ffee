"""Drawing layers on common axes: fields, lines, points. Called by `draw`."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import SubFigure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from engine.figures.figure import Layer, Points, Polygon, Scale, Scene, Shade, Strokes, Words
from engine.figures.paper import GREY, INK, LINE, MARK, Space, figured, lines, tick

_LARGEST = 90.0  # mm of the height of the axes at most
_LOW = 0.5  # height of axes that are not equal, in widths
_ABOVE, _BELOW, _BESIDE = 4.0, 10.0, 13.0  # mm for what is written around the axes
_NOTE = 6.0  # points of type


def height(panel: Scene, space: Space) -> float:
    """Millimetres that the panel takes."""
    written = 0.86 * lines(_note(panel, space))
    around = _ABOVE + (_BELOW if panel.x_label else 1.0)
    beside = space.scaled(_BESIDE if panel.x_label else 3.0) + (0.16 * space.width if panel.scale else 0.0)
    return min(_LARGEST, _shape(panel) * (space.width - beside)) + space.scaled(around + written * LINE)


def draw(panel: Scene, part: SubFigure, space: Space) -> None:
    """Draw the panel, with the scale of its colours at the right and its note below."""
    axes = part.subplots()
    for place, layer in enumerate(panel.layers):
        _draw(axes, layer, place, space)
    if panel.mark is not None:
        axes.axvline(panel.mark, color=MARK, linewidth=space.scaled(0.8), zorder=len(panel.layers) + 2)
    axes.set(xlim=panel.x, ylim=panel.y, aspect="equal" if panel.equal else "auto", anchor="NW")
    axes.spines[:].set_visible(True)
    _label(axes, panel, space)
    if panel.note:
        part.supxlabel(_note(panel, space), size=space.scaled(_NOTE), color=GREY, x=0.02, ha="left")
    if panel.scale is not None:
        _bar(part, axes, panel.scale)


def _label(axes: Axes, panel: Scene, space: Space) -> None:
    """Names and ticks, or none of both."""
    if panel.x_label:
        axes.set_xlabel(panel.x_label)
        axes.set_ylabel(panel.y_label)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value).replace("-", "−")))
        if panel.ticks:
            axes.set_xticks(*zip(*_fitting(panel, space), strict=True))
    else:
        axes.set(xticks=[], yticks=[])


def _fitting(panel: Scene, space: Space) -> list[tuple[float, str]]:
    """Those ticks of x that have room beside each other, the last one always."""
    unit = (space.width - space.scaled(_BESIDE)) / (panel.x[1] - panel.x[0])
    kept: list[tuple[float, str]] = []
    for place, text in reversed(panel.ticks):
        room = (space.length(f"{text}0") + space.length(kept[-1][1])) / 2 if kept else 0.0
        if not kept or (kept[-1][0] - place) * unit >= room:
            kept.append((place, text))
    return kept[::-1]


def _note(panel: Scene, space: Space) -> str:
    return space.wrapped(panel.note, 0.96 * space.width, _NOTE)


def _shape(panel: Scene) -> float:
    """Height by width."""
    if not panel.equal:
        return _LOW
    return abs(panel.y[1] - panel.y[0]) / abs(panel.x[1] - panel.x[0])


def _draw(axes: Axes, layer: Layer, place: int, space: Space) -> None:
    """Draw a layer over those before."""
    match layer:
        case Shade():
            ends = (layer.left, layer.right, layer.bottom, layer.top)
            how = "bicubic" if layer.smooth else "nearest"
            axes.imshow(layer.colours, extent=ends, origin="lower", interpolation=how, aspect="auto", zorder=place)
        case Strokes():
            width = space.scaled(layer.width)
            strokes = LineCollection(list(layer.lines), colors=layer.colours / 255, linewidths=width, zorder=place)
            strokes.set_alpha(layer.opacity)
            if layer.halo:
                strokes.set_path_effects([withStroke(linewidth=2 * width, foreground="white", alpha=0.6)])
            axes.add_collection(strokes, autolim=False)
        case Points():
            _draw_points(axes, layer, place, space)
        case Polygon():
            axes.fill(*layer.corners.T, facecolor="#D2D6DC", edgecolor=GREY, linewidth=space.scaled(0.6), zorder=place)
        case Words():
            _draw_words(axes, layer, place, space)


def _draw_words(axes: Axes, layer: Words, place: int, space: Space) -> None:
    """Readable over whatever is below, and still text in SVG and PDF, which with a halo it would not be."""
    axes.text(
        layer.x,
        layer.y,
        layer.text,
        size=space.scaled(8.0 if layer.aside else 5.5),
        weight="bold" if layer.aside else "normal",
        color=GREY if layer.aside else INK,
        ha="center",
        va="bottom",
        zorder=place,
        bbox={"facecolor": "white", "alpha": 0.6, "linewidth": 0, "pad": space.scaled(0.6)},
    )


def _draw_points(axes: Axes, layer: Points, place: int, space: Space) -> None:
    axes.scatter(
        layer.places[:, 0],
        layer.places[:, 1],
        s=space.scaled(layer.size) ** 2,
        c=layer.colours / 255,
        marker=layer.marker,
        alpha=layer.opacity,
        linewidths=0 if layer.bare else space.scaled(0.4),
        edgecolors="none" if layer.bare else "white",
        zorder=place,
    )


def _bar(part: SubFigure, axes: Axes, scale: Scale) -> None:
    """The colours from below to above, at the right of the axes."""
    bar = axes.inset_axes((1.03, 0, 0.035, 1))
    bar.imshow(scale.colours[:, None], extent=(0, 1, scale.low, scale.high), origin="lower", aspect="auto")
    bar.yaxis.tick_right()
    bar.yaxis.set_label_position("right")
    bar.set_ylabel(scale.label)
    bar.set_xticks([])
    bar.set_yticks(np.linspace(scale.low, scale.high, 3).tolist())
    bar.yaxis.set_major_formatter(FuncFormatter(lambda value, _: figured(value)))
