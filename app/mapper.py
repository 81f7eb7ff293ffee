"""Mapper: reads the maps that there are, off Qt's thread, keeps those that are fitted, and has particles placed on them
while somebody looks. Owned by the window, which closes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from app.bridge import Bridge
from app.fitter import Fitter
from app.maps import Maps, Offer
from app.placer import Placer
from app.state import State
from engine.analysis import basemap
from engine.errors import InputError

SUFFIX = ".safetensors"


class Mapper(QObject):
    """Fills the `Maps`. Nothing is read before a map is looked at for the first time."""

    _arrived = Signal(object)  # Offer, the sentence why there is none, or None after all that were asked for
    _pictured = Signal(object)  # Offer: the pictures of its items can be looked at without a wait

    def __init__(self, maps: Maps, state: State, bridge: Bridge, home: Path, parent: QObject | None = None) -> None:
        """`home` is the folder in which fitted maps are kept."""
        super().__init__(parent)
        self._maps, self._state, self._home = maps, state, home
        self._reading = ThreadPoolExecutor(1, "maps")
        self._begun = False
        self._newest: Path | None = None
        self.placer = Placer(maps, state, bridge, self)
        self.fitter = Fitter(maps, state, bridge, home, self)
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._pictured.connect(maps.set_pictured, Qt.ConnectionType.QueuedConnection)
        self.fitter.fitted.connect(self._add)
        maps.watched_changed.connect(self._watch)
        maps.remove_wanted.connect(self._remove)

    def close(self) -> None:
        """End the fit that runs, and wait for what is being read."""
        self.fitter.close()
        self._reading.shutdown(cancel_futures=True)
        for signal in (self._arrived, self._pictured):
            signal.disconnect()

    def _watch(self, on: bool) -> None:
        """Place particles while somebody looks; at first read all maps, the one that comes with the program first."""
        if on and not self._begun:
            self._begun = True
            self._read([None, *sorted(self._home.glob(f"*{SUFFIX}"))])
        self.placer.set_active(on)

    def _add(self, path: Path) -> None:
        """A map was fitted: read it, and use it."""
        self._newest = path
        if self._begun:
            self._read([path])

    def _read(self, paths: Sequence[Path | None]) -> None:
        def read() -> None:
            offers = []
            for path in paths:
                try:
                    offers.append(Offer(basemap.bundled() if path is None else basemap.load(path), path))
                    self._arrived.emit(offers[-1])
                except InputError as error:
                    self._arrived.emit(str(error))
            self._arrived.emit(None)

            from engine.analysis import map_data  # what it reads of a data set may take a second

            for offer in offers:
                map_data.picture(offer.map, 0)
                self._pictured.emit(offer)

        self._reading.submit(read)

    def _take(self, arrived: Offer | str | None) -> None:
        """In Qt's thread: what was read."""
        if isinstance(arrived, str):
            self._state.complaint.emit(arrived)
            return
        offers = self._maps.offers if arrived is None else (*self._maps.offers, arrived)
        self._maps.offer(offers, self._maps.loaded or arrived is None)
        if arrived is not None and arrived.path is not None and arrived.path == self._newest:
            self._newest = None
            self._maps.choose(arrived)

    def _remove(self, offer: Offer) -> None:
        """Delete a map that was fitted here."""
        if offer.path is None:
            return
        try:
            offer.path.unlink(missing_ok=True)
        except OSError as error:
            self._state.complaint.emit(f"{offer.path.name} could not be removed: {error.strerror or error}.")
            return
        self._maps.offer(tuple(each for each in self._maps.offers if each is not offer), self._maps.loaded)
