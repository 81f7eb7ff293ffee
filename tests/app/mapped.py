"""A tiny map, of sixty points about the centres of `TinyMixture`, and a State placed on it, for tests of the map."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.maps import Maps, Offer
from app.state import Side, State
from engine.analysis.basemap import Basemap
from engine.analysis.placing import Placements, place
from engine.settings.maps import MapSettings
from tests.app.views.stage import draw, staged
from tests.engine.tiny import CENTRES, TinyMixture

NAMES = ("left", "right", "low")


def tiny_map(label: str = "corners", **fields: Any) -> Basemap:
    """Twenty of forty points about each centre, which lie on the map where they lie in the plane."""
    spread = np.random.default_rng(0).normal(scale=0.1, size=(len(CENTRES), 20, 2))
    points = (np.array(CENTRES)[:, None] + spread).reshape(-1, 2).astype(np.float32)
    return Basemap(
        label,
        MapSettings(data="particles", features="values"),
        **{
            "features": points,
            "coordinates": points,
            "labels": np.repeat(np.arange(3, dtype=np.int16), 20),
            "names": NAMES,
            "numbers": np.arange(60) * 2,
            "total": 120,
            **fields,
        },
    )


def mapped(*maps: Basemap, **groups: Any) -> tuple[State, Maps]:
    """A State of five particles and six steps, drawn, and its maps, all of them read."""
    state = staged(TinyMixture(), **groups)
    state.add_models(state.model)
    draw(state)
    made = Maps(state)
    made.offer(tuple(map(Offer, maps or (tiny_map(),))), True)
    return state, made


def place_all(state: State, maps: Maps, side: Side = "current") -> Placements:
    """Place the particles of every Step of that side, as the placer does."""
    trajectory, model = state.drawing(side).trajectory, state.model_of(side)
    assert trajectory is not None
    assert model is not None
    assert maps.chosen is not None
    *_, placements = place(trajectory, maps.chosen.map, model, 0)
    maps.place(side, placements)
    return placements
