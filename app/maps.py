"""Maps: what the views of the map show: the maps on offer, the one in use, where particles lie on it, and the fit.

Controls change it, `app.mapper` fills it, views only read it. No torch, no maths. Made by the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.state import Side, State
from app.undo import ChangeValue
from engine.analysis import basemap
from engine.models.catalogue import ModelInfo
from engine.settings.maps import MapSettings

if TYPE_CHECKING:
    from engine.analysis.basemap import Basemap
    from engine.analysis.map_data import Pixels
    from engine.analysis.placing import Placements

Status = Literal["idle", "running", "cancelling"]

OWN: dict[str, Literal["faces"]] = {"faces": "faces"}
"""The data of maps for models that were made of those, by the name of a model's data."""


@dataclass(frozen=True, eq=False)
class Offer:
    """A map that can be chosen, and the file that it is kept in, None for the one that comes with the program."""

    map: Basemap
    path: Path | None = None

    @property
    def title(self) -> str:
        """What people call it: its data, and of one that was fitted here how."""
        if self.path is None:
            return self.map.label
        about = self.map.about
        return f"{self.map.label} · {about.features} · {about.neighbours} neighbours · {self.path.stem}"


@dataclass(frozen=True)
class Fit:
    """How far the fit of a map is: which `share`, 0 .. 1, is done, and what is being done; the sentence about the last
    one if it failed.
    """

    status: Status = "idle"
    share: float = 0.0
    doing: str = ""
    problem: str = ""


class Maps(QObject):
    """The maps on offer, the one that suits the current model, placements on it, and the fit of another one."""

    changed = Signal()  # other maps are on offer, or another one is in use
    placements_changed = Signal(str)  # Side: more is known of where its particles lie
    fit_changed = Signal(object)  # Fit
    watched_changed = Signal(bool)  # whether anybody looks at a map

    fit_wanted = Signal(object, object)  # MapSettings, the folder of pictures where they are to come from one, or None
    cancel_wanted = Signal()
    remove_wanted = Signal(object)  # Offer

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.offers: tuple[Offer, ...] = ()
        self.loaded = False  # whether all that there are were read
        self.suiting: tuple[Offer, ...] = ()  # those that particles of the current model can be placed on
        self.chosen: Offer | None = None
        self.unsuited = ""  # why the maps on offer do not suit the model
        self.fit = Fit()
        self._choices: dict[tuple[int, ...], Offer] = {}
        self._placements: dict[Side, Placements] = {}
        self._pictured: set[Offer] = set()
        self._watching: set[object] = set()
        state.model_changed.connect(self._choose)

    # -- the maps ------------------------------------------------------------------------------------------------

    def offer(self, offers: tuple[Offer, ...], loaded: bool) -> None:
        """Offer these; `loaded` says that there are no others. Only for the mapper."""
        self.offers, self.loaded = offers, loaded
        self._choose()

    def choose(self, offer: Offer) -> None:
        """Use that map with models whose data have the current one's shape."""
        self._choices[self._state.model.data_shape] = offer
        self._choose()

    def set_pictured(self, offer: Offer) -> None:
        """The pictures of its items are at hand. Only for the mapper."""
        self._pictured.add(offer)

    def picture(self, item: int) -> Pixels | None:
        """That item of the map in use as uint8 [C, H, W]; None where it is no picture, or not yet at hand."""
        if self.chosen not in self._pictured:
            return None
        from engine.analysis.map_data import picture

        return picture(self.chosen.map, item)

    def _choose(self, *_: object) -> None:
        """Use the map that was chosen for such models, else the first that suits."""
        model = self._state.model
        self.suiting = tuple(offer for offer in self.offers if not basemap.suits(offer.map, model))
        choice, first = self._choices.get(model.data_shape), next(iter(self.suiting), None)
        self.chosen = choice if choice in self.suiting else first
        self.unsuited = "" if first or not self.offers else basemap.suits(self.offers[0].map, model)
        self.changed.emit()

    # -- who looks -----------------------------------------------------------------------------------------------

    @property
    def watched(self) -> bool:
        """Whether anybody looks at a map."""
        return bool(self._watching)

    def watch(self, viewer: object, on: bool) -> None:
        """That view is seen from now on, or no longer."""
        before = self.watched
        (self._watching.add if on else self._watching.discard)(viewer)
        if self.watched != before:
            self.watched_changed.emit(self.watched)

    # -- placements ----------------------------------------------------------------------------------------------

    def placements(self, side: Side) -> Placements | None:
        """Where the particles of what is drawn on that side lie on the map in use, None where nothing is known yet."""
        placements, trajectory = self._placements.get(side), self._state.drawing(side).trajectory
        if placements is None or self.chosen is None:
            return None
        wanted = placements.trajectory is trajectory and placements.basemap is self.chosen.map
        return placements if wanted else None

    def place(self, side: Side, placements: Placements) -> None:
        """Tell what is known of that side's particles. Only for the placer."""
        self._placements[side] = placements
        self.placements_changed.emit(side)

    # -- the fit -------------------------------------------------------------------------------------------------

    @property
    def fitting(self) -> bool:
        """Whether a map is being fitted."""
        return self.fit.status != "idle"

    def set_fit(self, fit: Fit) -> None:
        """Tell how far it is. Only for the fitter."""
        self.fit = fit
        self.fit_changed.emit(fit)


def suggestion(model: ModelInfo, particles: int) -> MapSettings:
    """The settings of a map for what `model` draws: of its own data where they are known, else of its particles."""
    if model.data in OWN:
        return MapSettings(data=OWN[model.data], features="values", count=2000)
    return MapSettings(data="particles", features="values", neighbours=max(2, min(15, particles - 1)))


class FitPlan(QObject):
    """The settings of the next map, as they are edited; `undo` takes their changes."""

    changed = Signal(object)  # MapSettings, also on undo and redo

    def __init__(self, settings: MapSettings, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self._undo = undo
        self._gesture = 0

    def change(self, text: str, **fields: Any) -> None:
        """Change fields of the settings, undoably; changes of one gesture merge when `text` is the same.

        Raises `pydantic.ValidationError` for a value that the settings refuse; they then stay as they were.
        """
        self.take(text, MapSettings.model_validate({**self.settings.model_dump(), **fields}))

    def take(self, text: str, settings: MapSettings) -> None:
        """Edit `settings` from now on, undoably."""
        if settings != self.settings:
            self._undo.push(ChangeValue(self.apply, text, self.settings, settings, self._gesture))

    def end_gesture(self) -> None:
        """A slider was let go or a number confirmed: the next change is an undo step of its own."""
        self._gesture += 1

    def apply(self, settings: MapSettings) -> None:
        """Edit `settings` without an undo step."""
        self.settings = settings
        self.changed.emit(settings)
