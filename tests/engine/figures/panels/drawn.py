"""Runs that are drawn for panels: small ones, each drawn once for all tests."""

from __future__ import annotations

import functools
from typing import Any

from engine.execute import record
from engine.figures import figure
from engine.figures.figure import Gallery, Tile
from engine.figures.material import Material
from engine.figures.panels import PANELS
from engine.models import load
from engine.models.catalogue import describe, named
from engine.run import Run
from engine.trajectory import Trajectory
from tests.engine.tiny import TinyMixture, TinyPictures, run_of

DIGITS = Run(model=named("digits-ideal").reference).replace(latents={"count": 6}, schedule={"steps": 5})
RING = Run(model=named("ring").reference).replace(latents={"count": 8, "group": 4}, schedule={"steps": 6})
LINE = Run(model=named("mixture-1d").reference).replace(latents={"count": 7}, schedule={"steps": 6})
PLANE = run_of()
"""Of `TinyMixture`."""
COLOURED = run_of(latents={"count": 3}, schedule={"steps": 4})
"""Of `TinyPictures`."""


@functools.cache
def trajectory(run: Run, name: str) -> Trajectory:
    """The whole of that Run, on the model of that name."""
    *_, whole = record(run, model(name))
    return whole


@functools.cache
def model(name: str) -> Any:
    """A model of the catalogue, or one of the tests'."""
    return {"tiny": TinyMixture, "tiny pictures": TinyPictures}.get(name, lambda: load(name))()


def step(run: Run, name: str, index: int) -> Any:
    """That Step of it."""
    return trajectory(run, name)[index]


def material(*runs: Run, name: str | None = None) -> Material:
    """What panels of those Runs need, of the model that they name, or of that of the tests."""
    names = [name or run.model.label for run in runs]
    infos = [describe(model(each), "tests") if name else named(each) for each in names]
    return Material(
        [trajectory(run, each) for run, each in zip(runs, names, strict=True)], list(map(model, names)), infos
    )


def computed(panel: Any, of: Material) -> tuple[Any, dict[str, Any]]:
    """The panel's value and its numbers."""
    shown, data = PANELS[panel.kind](panel, of)
    return shown, dict(data)


def tiles(shown: figure.Panel) -> list[Tile]:
    """All of a gallery, block by block and row by row."""
    assert isinstance(shown, Gallery)
    return [tile for block in shown.blocks for row in block.tiles for tile in row]
