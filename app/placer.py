"""Placer: has the worker place the particles of what is drawn on the map in use, while somebody looks at it.

Made by the `mapper`, which says when it is active.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.following import Find, Follower
from app.maps import Maps
from app.state import Side, State
from engine.analysis import basemap
from engine.models.catalogue import ModelInfo

if TYPE_CHECKING:
    from engine.analysis.placing import Placements
    from engine.trajectory import Trajectory


class Placer(Follower["Placements"]):
    """Fills the placements of both sides."""

    def __init__(self, maps: Maps, state: State, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__("placements", state, bridge, parent)
        self._maps = maps
        self._used = maps.chosen
        maps.changed.connect(self._follow)

    def known(self, side: Side) -> Placements | None:
        """The placements of that side."""
        return self._maps.placements(side)

    def keep(self, side: Side, known: Placements) -> None:
        """Give them to the maps."""
        self._maps.place(side, known)

    def finding(
        self, trajectory: Trajectory, info: ModelInfo, first: int, known: Placements | None
    ) -> Find[Placements] | None:
        """What places the particles, if the map in use suits them."""
        offer = self._maps.chosen
        if offer is None or basemap.suits(offer.map, info):
            return None

        def find() -> Iterator[Placements]:
            from engine.analysis.placing import place

            return place(trajectory, offer.map, info, first, known)

        return find

    def _follow(self) -> None:
        """Another map is in use: the particles are placed anew."""
        if self._maps.chosen is not self._used:
            self._used = self._maps.chosen
            self.begin_anew()
