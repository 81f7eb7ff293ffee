"""Next frames: what was given, the mean and spread of all futures, some of them, and the places that they go to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from engine.analysis import colours, parts
from engine.analysis.parts import Array
from engine.analysis.pictures import to_uint8
from engine.analysis.places import MOST, went
from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.figure import Bar, Bars, Block, Gallery, Scale, Stack
from engine.figures.material import Material
from engine.figures.panels import tiles
from engine.models.catalogue import ModelInfo

if TYPE_CHECKING:
    from engine.analysis.futures import Futures

COLUMNS = 10
"""Futures beside each other."""

WIDEST = 0.5
"""The spread that has the brightest colour: no values from 0 to 1 have a larger standard deviation."""


def draws_futures(info: ModelInfo) -> bool:
    """Whether that model draws next frames of digits."""
    one, given = info.data_shape, info.cond_shape
    return given is not None and len(one) == len(given) == 3 and one[0] == 1 and one[1:] == given[1:]


def next_frames(panel: sheet.Futures, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """The frames `given` [F, H, W], the `futures` [N, 1, H, W] at the step, their `mean` and `spread` [H, W] on [0, 1],
    their `centroids` [N, 2], (rows down, columns right) from the middle, and the `places` [P, 2] with their `shares`.
    """
    from engine.analysis import directions, futures  # torch is needed from here on

    info, trajectory = material.infos[panel.run], material.trajectories[panel.run]
    condition, index = trajectory.condition, material.index(panel.run, panel.step)
    if not draws_futures(info) or condition is None:
        raise InputError(f"{info.title} draws no next frames: choose a model that does, such as circle.")
    given = condition[0]
    if not (condition == given).all():
        raise InputError("The particles are given different frames: choose a Run that gives all of them the same ones.")
    x0 = material.step(panel.run, index).estimate
    found = futures.summary(x0, given.cpu())
    row, column = directions.centroids(directions.ink(given[None, -1:].cpu()))[0].tolist()
    values, frames, count = parts.array(x0), parts.array(given), min(panel.shown, len(x0))
    title = panel.title or f"{len(x0):,} next frames at {tiles.level(trajectory.sigmas[index])}: {found.text}"
    above = [
        Block(
            [tiles.tiles(to_uint8(frames[:, None]), [""] * len(frames))],
            f"given, {len(frames)} frames" if len(frames) > 1 else "given",
        ),
        Block([tiles.tiles(to_uint8(found.mean[None, None], 0.0, 1.0), [""])], "mean"),
        _spread(found.spread),
    ]
    some = tiles.tiles(to_uint8(values[:count]), [f"p {particle}" for particle in range(count)])
    listed = [Gallery("", [Block(tiles.rows(some, COLUMNS), f"{count} of {len(x0):,} futures")])] if count else []
    data = {
        "given": frames,
        "futures": values,
        "mean": found.mean,
        "spread": found.spread,
        "centroids": found.centroids,
        "quality": found.quality,
        "places": np.array([(place.row, place.column) for place in found.places]).reshape(-1, 2),
        "shares": np.array([place.share for place in found.places]),
    }
    return Stack(title, [Gallery("", above), *listed, _places(found, (row, column))]), data


def _spread(spread: Array) -> Block:
    table = colours.lookup(colours.SEQUENTIAL)
    picture = table[to_uint8(spread[None, None], 0.0, WIDEST)]
    return Block([tiles.tiles(picture, [""])], "spread", scale=Scale(table, 0.0, WIDEST, "st. dev."))


def _places(found: Futures, origin: tuple[float, float]) -> Bars:
    """A bar a place, the one with most first."""
    shown = found.places[:MOST]
    bars = [
        Bar(went(place.row - origin[0], place.column - origin[1]), 100 * place.share, f"{100 * place.share:.0f} %")
        for place in shown
    ]
    others, lost = len(found.places) - len(shown), len(found.unreadable)
    told = [f"and {others} places with fewer"] * (others > 0) + [f"{lost} cannot be read"] * (lost > 0)
    return Bars("", "where the digit goes, % of the futures", bars, ", ".join(told))
