"""Making a Sheet into a Figure: each panel computed from the drawn Runs. Called by what writes or previews figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.figures.figure import Figure
from engine.figures.material import Material
from engine.figures.panels import PANELS
from engine.figures.sheet import Sheet

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Made:
    """What `draw` draws, and behind it the numbers of each panel by name, in the order of the panels."""

    figure: Figure
    data: tuple[Mapping[str, Array], ...]


def make(sheet: Sheet, material: Material) -> Made:
    """Compute every panel. Raises `InputError`, one sentence, where a panel has nothing to show of its Run."""
    drawn = [PANELS[panel.kind](panel, material) for panel in sheet.panels]
    return Made(Figure(sheet.paper.title, tuple(panel for panel, _ in drawn)), tuple(data for _, data in drawn))
