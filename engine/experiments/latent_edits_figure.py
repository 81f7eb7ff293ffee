"""The figure of `latent-edits`: brightness and colours, attributes and changes over lambda, transfers, pictures.

Called by the experiment. No torch.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence

from engine.experiments.experiment import Measured, Row
from engine.experiments.latent_edits_cells import (
    AREAS,
    ATTRIBUTES,
    CHANNELS,
    Cells,
    Mean,
    Outside,
    Rate,
    mean,
    numbers,
    paired,
    rate,
    weights_of,
)
from engine.figures.figure import Curve, Level, Lines, Matrix, Panel, Pictures
from engine.latents.measure import deviation

OUTSIDE: dict[Outside, str] = {"free": "outside free", "locked": "outside locked", "replaced": "outside replaced"}
"""What happens outside of a mask, for people."""

HUES = {"red": 5, "green": 2, "blue": 0}
"""The colours of categories that are nearest to those of the channels."""

_PICTURED = AREAS[:3]

_OUTCOMES = {
    "appears": "appears, from a source with",
    "anyway": "appears, from one without",
    "goes": "goes, from a source without",
    "goes_anyway": "goes, from one with",
}
"""The rates of `Transfers`, for people."""

_Point = tuple[float, Row, Measured]


def panels(cells: Cells) -> list[Panel]:
    """All panels, blank where cells are still to come."""
    return [
        _brightness(cells),
        *(_colours(cells, channel) for channel in CHANNELS),
        *(_attribute(cells, area) for area in ATTRIBUTES),
        _changes(cells),
        _transfers(cells),
        _pictures(cells),
    ]


def _brightness(cells: Cells) -> Lines:
    title = "Brightness over λ without a mask, with the interval of its change"
    return Lines(title, "λ", "mean of the picture", [_coloured("all channels", cells, "whole", "brightness")])


def _colours(cells: Cells, channel: str) -> Lines:
    """Of all channels, where one is edited."""
    curves = [dataclasses.replace(_coloured(name, cells, channel, name), hue=HUES[name]) for name in CHANNELS]
    return Lines(f"Colours over λ on {channel} alone", "λ", "mean of the picture's channel", curves)


def _coloured(label: str, cells: Cells, area: str, name: str) -> Curve:
    """The means of a series, each with the interval of its change."""
    still = cells.unedited

    def changed(measured: Measured) -> Mean:
        half = paired(measured, still, name).half if still else 0.0
        return Mean(mean(numbers(measured, name)).value, half)

    return _curve(label, cells.curve(area), changed)


def _attribute(cells: Cells, area: str) -> Lines:
    """Its rate, for each thing that is done outside of the mask."""
    name = ATTRIBUTES[area]
    curves = [_rates(OUTSIDE[outside], cells.curve(area, outside), name) for outside in cells.outside]
    levels = [Level("unedited", rate(numbers(cells.unedited, name)).value)] if cells.unedited else []
    return Lines(f"{name.capitalize()} over λ, mask: {area}", "λ", "share of the particles", curves, levels)


def _rates(label: str, points: Sequence[_Point], name: str) -> Curve:
    found = [rate(numbers(measured, name)) for _, _, measured in points]
    return Curve(
        label,
        [strength for strength, _, _ in points],
        [each.value for each in found],
        [each.value - each.low for each in found],
        [row.key for _, row, _ in points],
        above=[each.high - each.value for each in found],
    )


def _changes(cells: Cells) -> Lines:
    """How far the pictures move, where the mask is and where it is not; nothing where they are unedited."""
    curves = [
        _curve(f"{area}, {where} of the mask", cells.curve(area), functools.partial(_moved, where=where))
        for area in ATTRIBUTES
        for where in ("inside", "outside")
    ]
    return Lines("Change of the picture over λ, outside free", "λ", "mean change of a value", curves)


def _moved(measured: Measured, where: str) -> Mean:
    return Mean(0.0, 0.0) if None in measured.series[where] else mean(numbers(measured, where))


def _curve(label: str, points: Sequence[_Point], of: Callable[[Measured], Mean]) -> Curve:
    found = [of(measured) for _, _, measured in points]
    return Curve(
        label,
        [strength for strength, _, _ in points],
        [each.value for each in found],
        [each.half for each in found],
        [row.key for _, row, _ in points],
    )


def _transfers(cells: Cells) -> Matrix:
    """Percentages of targets, each with half of Wilson's interval."""
    rows = [(area, outside) for area in ATTRIBUTES for outside in cells.outside]
    grid = [_outcomes(cells, area, outside) for area, outside in rows]
    keys = [cells.rows["transfer", area, outside, None].key for area, outside in rows]
    return Matrix(
        "Transfers: an attribute of the source appears in the target, or goes",
        "mask",
        "",
        [f"{ATTRIBUTES[area]}, {OUTSIDE[outside]}" for area, outside in rows],
        list(_OUTCOMES.values()),
        [[100 * each.value if each else None for each in line] for line in grid],
        [[key] * len(_OUTCOMES) for key in keys],
        [[50 * (each.high - each.low) if each else None for each in line] for line in grid],
        unit="%",
    )


def _outcomes(cells: Cells, area: str, outside: Outside) -> list[Rate | None]:
    """In the order of `_OUTCOMES`; None where nothing was counted."""
    found = cells.transfers(area, outside)
    rates: list[Rate] = [getattr(found, name) for name in _OUTCOMES] if found else []
    return [each if each.count else None for each in rates] or [None] * len(_OUTCOMES)


def _pictures(cells: Cells) -> Pictures:
    """The first particles, lambda across, outside free."""
    lines = [cells.over(area) for area in _PICTURED]
    unit = deviation(weights_of("whole"))
    return Pictures(
        "The first particles",
        "mask",
        "λ in standard deviations of the latent's mean where it is edited",
        ["none", *_PICTURED[1:]],
        [f"{strength / unit:+.1f}" if strength else "0" for strength, _ in lines[0]],
        [[row.measured.picture if row.measured else None for _, row in line] for line in lines],
        [[f"λ = {strength:.3g}" for strength, _ in line] for line in lines],
        [[row.key for _, row in line] for line in lines],
    )
