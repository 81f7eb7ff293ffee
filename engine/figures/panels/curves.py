"""Curves that come with their numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.analysis.parts import Array
from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.material import Material


def curves(panel: sheet.Curves, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """As they are given; the data are x0 and y0 [n] of the first, and so on."""
    data: dict[str, Array] = {}
    drawn = []
    for place, series in enumerate(panel.series):
        if len(series.x) != len(series.y):
            raise InputError(
                f"The curve {series.label!r} has {len(series.x)} places and {len(series.y)} values: give it as many."
            )
        data |= {f"x{place}": np.array(series.x), f"y{place}": np.array(series.y)}
        drawn.append(figure.Curve(series.label, series.x, series.y))
    title = panel.title or f"{panel.y_label} over {panel.x_label}".strip()
    return figure.Lines(title, panel.x_label, panel.y_label, drawn, log_x=panel.log_x, log_y=panel.log_y), data
