"""Panels: each kind of a Sheet's panel as a function of it and the drawn Runs. No drawing here.

Adding one = its class in `engine.figures.sheet`, a function and a line in `PANELS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.figures.figure import Panel
from engine.figures.material import Material
from engine.figures.panels.norms import norms

Compute = Callable[[Any, Material], tuple[Panel, Mapping[str, np.ndarray[Any, np.dtype[Any]]]]]
"""The panel's value for `draw`, and the numbers behind it by name; raises `InputError` where it has nothing to show."""

PANELS: dict[str, Compute] = {"norms": norms}
