"""A Sheet in motion: its frames, one a step of the Runs or one a column of its strips. Called by `write`.

Frames are laid out as the last one, so that nothing jumps; that one is the Sheet as it stands on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError, Interrupted
from engine.figures import draw
from engine.figures.make import make
from engine.figures.material import Material
from engine.figures.sheet import Sheet, Strip

MOST_FRAMES = 1000
"""Frames of a film at most."""


def sheets(sheet: Sheet, material: Material) -> list[Sheet]:
    """The Sheet of each frame. Raises `InputError` where nothing moves, and for more than `MOST_FRAMES`."""
    if sheet.film.over == "columns":
        count = max((len(panel.columns) for panel in sheet.panels if isinstance(panel, Strip)), default=0)
    else:
        count = max(
            (material.trajectories[place].last + 1 for panel in sheet.panels for place in panel.runs), default=0
        )
    if count < 2:
        raise InputError(
            "There is nothing that changes from frame to frame: add a panel of a Run, or a strip of several columns."
        )
    if count > MOST_FRAMES:
        raise InputError(f"The film would have {count:,} frames, over {MOST_FRAMES:,}: choose a Run of fewer steps.")
    return [_at(sheet, index) for index in range(count)]


def _at(sheet: Sheet, index: int) -> Sheet:
    if sheet.film.over == "columns":
        panels = tuple(_column(panel, index) if isinstance(panel, Strip) else panel for panel in sheet.panels)
    else:
        panels = tuple(panel.model_copy(update={"step": index}) for panel in sheet.panels)
    return sheet.model_copy(update={"panels": panels})


def _column(strip: Strip, index: int) -> Strip:
    place = min(index, len(strip.columns) - 1)
    return strip.model_copy(
        update={"columns": strip.columns[place : place + 1], "captions": strip.captions[place : place + 1]}
    )


def frames(
    sheet: Sheet, material: Material, interrupted: Callable[[], bool] = lambda: False
) -> Iterator[NDArray[np.uint8]]:
    """The frames as pixels [H, W, 3], all of one size, at the paper's resolution.

    Raises as `sheets`, `make` and `draw.pixels`, and `Interrupted`.
    """
    every, material, paper = sheets(sheet, material), material.for_film(), sheet.paper
    layout = draw.layout_of(make(every[-1], material).figure, paper)
    for each in every:
        if interrupted():
            raise Interrupted
        yield draw.pixels(make(each, material).figure, paper, paper.dpi, layout)
