"""The particles at a step on a map of known items."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.analysis import basemap, colours
from engine.analysis.basemap import NAMED, Basemap
from engine.analysis.parts import Array
from engine.errors import InputError
from engine.figures import figure, sheet
from engine.figures.figure import Layer, Points, Scene, Words
from engine.figures.material import Material
from engine.figures.panels.tiles import level

MARGIN = 0.06
"""Room around the items, by their extent."""

PALE = 0.4
"""Opacity of an item."""

NUMBERED = 60
"""Particles up to which each has its number."""

MARKERS = "osD"
"""Of the first classes, of those after as many as there are colours, and of those after them."""


def on_map(panel: sheet.Map, material: Material) -> tuple[figure.Panel, Mapping[str, Array]]:
    """Where the `particles` lie [N, 2], NaN for one without a place, among `items` [n, 2] with their `labels` [n]."""
    from engine.analysis.placing import features  # torch is needed from here on

    info, trajectory = material.infos[panel.run], material.trajectories[panel.run]
    shown = material.once(("map", panel.sha256), lambda: basemap.find(panel.sha256))
    if reason := basemap.suits(shown, info):
        raise InputError(reason)
    index = material.index(panel.run, panel.step)
    placed = shown.place(features(material.step(panel.run, index).estimate, shown))
    there = np.flatnonzero(np.isfinite(placed).all(axis=1))
    ink = np.tile(np.array([[28, 33, 40]], np.uint8), (len(there), 1))
    layers = [*_items(shown), *_names(shown), Points(placed[there], ink, 5.0, "X")]
    if len(there) <= NUMBERED:
        rise = 0.01 * shown.extent
        layers += [Words(float(placed[p, 0]), float(placed[p, 1]) + rise, str(p)) for p in there]
    room = MARGIN * shown.extent
    low, high = shown.coordinates.min(axis=0) - room, shown.coordinates.max(axis=0) + room
    lost = f"; {len(placed) - len(there)} particles have no place" if len(there) < len(placed) else ""
    scene = Scene(
        panel.title or f"Estimates on the map at {level(trajectory.sigmas[index])}",
        "",
        "",
        (float(low[0]), float(high[0])),
        (float(low[1]), float(high[1])),
        layers,
        equal=True,
        note=f"{shown.sampled}; crosses: particles{lost}; approximate placement",
    )
    return scene, {"particles": placed, "items": shown.coordinates, "labels": shown.labels}


def _items(shown: Basemap) -> list[Layer]:
    """The items of each class in its colour; those of none are grey."""
    size = 1.6 if len(shown) <= 10_000 else 1.0
    layers: list[Layer] = []
    for label in np.unique(shown.labels).tolist():
        own = shown.coordinates[shown.labels == label]
        round_, hue = divmod(label, len(colours.CATEGORIES)) if label >= 0 else (0, -1)
        colour = np.tile(colours.rgb(colours.CATEGORIES[hue]), (len(own), 1))
        layers.append(Points(own, colour, size, MARKERS[round_ % len(MARKERS)], PALE, bare=True))
    return layers


def _names(shown: Basemap) -> list[Layer]:
    """The names of the classes, over their items."""
    if len(shown.names) > NAMED:
        return []
    crowns = {label: (*crown, shown.names[label]) for label, crown in shown.crowns().items()}
    places = basemap.apart(crowns, shown.extent)
    return [Words(*place, shown.names[label], aside=True) for label, place in places.items()]
