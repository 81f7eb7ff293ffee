"""The figure of `prior`: p(right) over the one trained with, beside what was published, pairs, quality, pictures.

Called by the experiment. No torch.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.experiments.prior_cells import MODELS, PUBLISHED, Cells, Found, Sampler, Share, Way
from engine.figures.figure import Curve, Lines, Matrix, Panel, Pictures

_HUES = (0, 1, 2, *range(7, 16))
"""Those of the ways."""

_SOURCE_HUES: dict[Sampler, int] = {"deterministic": 4, "stochastic": 5, "guided": 3}
"""Those of the source's points, each akin to that of the same sampler."""

_PRIOR_HUE = 6


def panels(cells: Cells) -> list[Panel]:
    """All panels, blank where cells are still to come."""
    return [
        _measured_over_trained(cells),
        _matrix("p(right)", cells, lambda found: found.right),
        _matrix("Pairs with one on the left and one on the right", cells, lambda found: found.apart, percent=True),
        _matrix("Mean Q: 0 for the same digit, over 8 unreadable", cells, lambda found: found.quality),
        _pictures(cells),
    ]


def _measured_over_trained(cells: Cells) -> Lines:
    """A curve for each way with its intervals, the source's points, and the prior itself."""
    curves = [_curve(cells, way) for way in cells.ways]
    priors = sorted(MODELS.values())
    curves += [
        Curve(
            f"{sampler}, published", priors, [float(found[p]) for p in priors], joined=False, hue=_SOURCE_HUES[sampler]
        )
        for sampler, found in PUBLISHED.items()
    ]
    curves.append(Curve("the prior itself", priors, priors, hue=_PRIOR_HUE))
    return Lines(
        "p(right) measured, over the one trained with",
        "p(right) of the data",
        "p(right)",
        [curve for curve in curves if curve.x],
    )


def _curve(cells: Cells, way: Way) -> Curve:
    points = [
        (MODELS[model], found.right, cells.first(model, way).key)
        for model in sorted(cells.models, key=MODELS.__getitem__)
        if (found := cells.found(model, way))
    ]
    return Curve(
        way.label,
        [prior for prior, _, _ in points],
        [share.value for _, share, _ in points],
        [share.value - share.low for _, share, _ in points],
        [key for _, _, key in points],
        above=[share.high - share.value for _, share, _ in points],
        hue=_HUES[cells.ways.index(way)],
    )


def _matrix(title: str, cells: Cells, of: Callable[[Found], Share | float], *, percent: bool = False) -> Matrix:
    """Ways down, models across; shares with half of their intervals."""
    grid = [[cells.found(model, way) for model in cells.models] for way in cells.ways]
    told = [[of(found) if found else None for found in line] for line in grid]
    scale = 100.0 if percent else 1.0
    errors = [
        [scale * (each.high - each.low) / 2 if isinstance(each, Share) else None for each in line] for line in told
    ]
    return Matrix(
        title,
        "",
        "model",
        [way.label for way in cells.ways],
        cells.models,
        [[scale * each.value if isinstance(each, Share) else each for each in line] for line in told],
        [[cells.first(model, way).key for model in cells.models] for way in cells.ways],
        errors if any(each is not None for line in errors for each in line) else None,
        unit="%" if percent else "",
    )


def _pictures(cells: Cells) -> Pictures:
    """The first pairs, which are side by side and come from the left."""
    rows = [[cells.first(model, way) for model in cells.models] for way in cells.ways]
    return Pictures(
        "The first eight pairs, side by side, coming from the left",
        "",
        "model",
        [way.label for way in cells.ways],
        cells.models,
        [[row.measured.picture if row.measured else None for row in line] for line in rows],
        [[""] * len(cells.models) for _ in cells.ways],
        [[row.key for row in line] for line in rows],
    )
