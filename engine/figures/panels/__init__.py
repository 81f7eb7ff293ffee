"""Panels: each kind of a Sheet's panel as a function of it and the drawn Runs. No drawing here, and no torch at import.

Adding one = its class in `engine.figures.sheet`, a function and a line in `PANELS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.analysis import basemap
from engine.figures.figure import Panel
from engine.figures.material import Material
from engine.figures.panels.curves import curves
from engine.figures.panels.filmstrip import filmstrip
from engine.figures.panels.futures import draws_futures, next_frames
from engine.figures.panels.groups import distances, modes
from engine.figures.panels.line import line
from engine.figures.panels.map import on_map
from engine.figures.panels.norms import norms
from engine.figures.panels.particle import particle
from engine.figures.panels.pictures import pictures
from engine.figures.panels.plane import plane
from engine.figures.panels.schedule import schedule
from engine.figures.panels.strip import strip
from engine.figures.panels.tiles import pictured
from engine.models.catalogue import ModelInfo
from engine.offers import modes_of

Compute = Callable[[Any, Material], tuple[Panel, Mapping[str, np.ndarray[Any, np.dtype[Any]]]]]
"""The panel's value for `draw`, and the numbers behind it by name; raises `InputError` where it has nothing to show."""

PANELS: dict[str, Compute] = {
    "pictures": pictures,
    "filmstrip": filmstrip,
    "particle": particle,
    "plane": plane,
    "line": line,
    "norms": norms,
    "schedule": schedule,
    "modes": modes,
    "distances": distances,
    "map": on_map,
    "futures": next_frames,
    "strip": strip,
    "curves": curves,
}

_SUITS: dict[str, Callable[[ModelInfo], bool]] = {
    "pictures": pictured,
    "filmstrip": pictured,
    "strip": pictured,
    "plane": lambda info: info.data_shape == (2,),
    "line": lambda info: info.data_shape == (1,),
    "modes": lambda info: bool(modes_of(info)),
    "map": lambda info: not basemap.suits(basemap.bundled(), info),
    "futures": draws_futures,
}


def suits(kind: str, info: ModelInfo) -> bool:
    """Whether a panel of that kind, a key of `PANELS`, can show what that model draws; of maps, the bundled one."""
    return kind not in _SUITS or _SUITS[kind](info)
