"""The plot of a map: known items as a pale background, the particles of the playhead's step on it, and the mouse.

Made by `map.MapView`. Scrubbing only moves what is drawn; nothing is computed here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.maps import Maps
from app.safely import safely
from app.state import State
from app.tools.lasso import Lasso
from app.views import shown
from app.views.card import Card
from app.views.images import image
from app.views.overlays.crosses import NUMBERED, Crosses
from app.views.overlays.items import Items
from app.views.overlays.origin import Array
from app.views.panel import coordinates
from app.views.plot import STALE, Box, Plot
from engine.analysis.pictures import is_picture, to_uint8

MARGIN = 0.06
"""Room around the items, by their extent."""

ON_ITEM = 5.0
"""Pixels within which the mouse points at an item of the background."""


class MapBox(Box):
    """The part of the plot in which a drag pans or draws a lasso."""

    lasso: Lasso | None = None

    @safely
    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if self.lasso is None or not self.lasso.drag(event):
            super().mouseDragEvent(event, axis)


class MapPlot(Plot):
    """Click, lasso and keys select particles; the wheel zooms, a drag pans, F fits; a card tells what lies there."""

    def __init__(self, state: State, maps: Maps, parent: QWidget | None = None) -> None:
        box = MapBox()
        super().__init__(state, "Map", parent, box)
        self.setAccessibleDescription("Known items, and the particles on them. Up and Down select the next particle.")
        self._maps = maps
        self._fitted: object = None
        self._pointed: QPointF | None = None
        self.box.setAspectLocked(True)
        for axis in ("left", "bottom"):  # the plane of a map has no units
            self.item.hideAxis(axis)
        self._items = Items(self.item)
        self._crosses = Crosses(self.item)
        self.lasso = box.lasso = Lasso(box, self._enclose)
        self.corner = QLabel(self)
        self.corner.setObjectName("muted")
        self.corner.setContentsMargins(8, 2, 8, 4)
        self.corner.setWordWrap(True)
        self.corner.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.card = Card(self)
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.plot.viewport().installEventFilter(self)
        self.restyle()

    # -- what is shown -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the map in use and the particles of the step under the playhead; of another step, faintly."""
        offer = self._maps.chosen
        if offer is None:
            return
        self._items.show_map(offer.map)
        if self._fitted is not offer.map:
            self._fitted = offer.map
            self._positions = np.empty((0, 2))
            self._crosses.place(self._positions, None, ())
            self._crosses.follow(np.empty((0, 0, 2)))
            self.fit()
        self._place()
        self.corner.setText(f"{self._marks} · {offer.map.sampled} · approximate placement")
        self._settle_corner()
        self._hover(self._pointed)

    def _place(self) -> None:
        placements, index = self._maps.placements("current"), self._state.index("current")
        current = None if placements is None else placements[index]
        self._crosses.dim(STALE if current is None else 1.0)
        if placements is None or current is None:
            return
        self._positions = current
        selection = self._state.selection
        self._crosses.place(current, self._pinned(), selection)
        chosen = [p for p in selection[:NUMBERED] if p < len(current)]
        ways = [each[chosen] for at in range(index + 1) if (each := placements[at]) is not None]
        self._crosses.follow(np.stack(ways))

    def _pinned(self) -> Array | None:
        placements = None if self._state.pinned is None else self._maps.placements("pinned")
        return None if placements is None else placements[self._state.index("pinned")]

    @property
    def _marks(self) -> str:
        """What the marks of particles stand for."""
        return "× particles" if self._pinned() is None else "○ particles of A, × of B"

    @property
    def placed(self) -> int:
        """How many particles have a place on the map."""
        return int(np.isfinite(self._positions).all(axis=1).sum())

    def fit(self) -> None:
        """Show all items."""
        offer = self._maps.chosen
        if offer is not None:
            low, high = offer.map.coordinates.min(axis=0).tolist(), offer.map.coordinates.max(axis=0).tolist()
            self.box.setRange(xRange=(low[0], high[0]), yRange=(low[1], high[1]), padding=MARGIN)

    def restyle(self) -> None:
        super().restyle()
        for overlay in (self._items, self._crosses, self.lasso):
            overlay.restyle()

    # -- the mouse -----------------------------------------------------------------------------------------------

    def _enclose(self, outline: QPolygonF, add: bool) -> None:
        """Select the particles inside the outline."""
        inside = [
            number
            for number, place in enumerate(self._positions.tolist())
            if outline.containsPoint(QPointF(*place), Qt.FillRule.OddEvenFill)
        ]
        kept = self._state.selection if add else ()
        if inside or kept:
            self._state.select([*inside, *kept])

    def _hover(self, place: QPointF | None) -> None:
        """Tell what lies at that place of the scene: a particle, else an item of the map."""
        self._pointed = place
        offer = self._maps.chosen
        if place is None or offer is None:
            self.card.hide()
            return
        particle = self.particle_at(place)
        item = None if particle is not None else self.nearest(offer.map.coordinates, place, ON_ITEM)
        where = self.plot.mapTo(self, self.plot.mapFromScene(place))
        if particle is not None:
            self.card.tell(where, *self._about_particle(particle))
        elif item is not None:
            self.card.tell(where, *self._about_item(item))
        else:
            self.card.hide()

    def _about_particle(self, particle: int) -> tuple[list[str], QImage | None]:
        lines, picture = [f"particle {particle}"], None
        values = shown.of_side(self._state, "current", "denoised")
        if not isinstance(values, str) and particle < len(values):
            if is_picture(values.shape[1:]):
                picture = image(to_uint8(values[particle]))
            else:
                lines.append(coordinates(values[particle]))
        readings = self._state.readings("current")
        reading = None if readings is None else readings[self._state.index("current")]
        if readings is not None and reading is not None:
            alone = range(particle, particle + 1)
            read = [f"{readings.names[label]} ({reading.mean_quality(alone):.2f})" for label in reading.members(alone)]
            lines += [f"reads as {each}" for each in read]
        return lines, picture

    def _about_item(self, item: int) -> tuple[list[str], QImage | None]:
        offer = self._maps.chosen
        assert offer is not None
        label = int(offer.map.labels[item])
        lines = [offer.map.names[label]] if label >= 0 else []
        pixels = self._maps.picture(item)
        lines.append(f"item {int(offer.map.numbers[item]):,}")
        return lines, None if pixels is None else image(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1))

    # -- events --------------------------------------------------------------------------------------------------

    @safely
    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Let the card go with the mouse."""
        if event.type() is QEvent.Type.Leave:
            self._hover(None)
        return False

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of the canvas, where the window has no shortcuts for them."""
        key, state = event.key(), self._state
        along = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if key == Qt.Key.Key_F:
            self.fit()
        elif along is not None:
            state.set_playhead(state.playhead + along)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            state.set_playhead(0 if key == Qt.Key.Key_Home else state.run.schedule.steps)
        elif Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and key - Qt.Key.Key_0 < state.run.latents.count:
            state.select([key - Qt.Key.Key_0])
        else:
            super().keyPressEvent(event)

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle_corner()

    def _settle_corner(self) -> None:
        height = self.corner.heightForWidth(self.width())
        self.corner.setGeometry(0, self.height() - height, self.width(), height)
