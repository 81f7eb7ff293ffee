"""The Latents workspace: what it adds to the panels of Explore. Made by the window when it is first shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.before import Before
from app.bridge import Bridge
from app.controls.editing.groups import EditGroups
from app.controls.inversion import InversionGroup
from app.editing import Editing
from app.explore import Explore
from app.inversion import Inversion
from app.state import State
from app.strips import Strips
from app.tools.paint import Painter
from app.views.latents_page import LatentsPage
from app.views.strip import NAMES, Played, StripPanel
from app.workspaces import LATENTS
from engine.analysis.pictures import is_picture
from engine.models.catalogue import ModelInfo

POINTS = (
    "A mask is a region of a picture, and the data of this model are points: drag a particle to edit its state, or "
    "choose digits or faces under Model to paint."
)


class Latents(QObject):
    """Its controls in the panel, the page that is painted on, in place of the canvas where the data are pictures, and
    what draws the pictures from before the edits. `mend_wanted(side)`: the user wants that side drawn again.
    """

    mend_wanted = Signal(str)

    def __init__(self, state: State, bridge: Bridge, explore: Explore, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._explore = state, explore
        self._active = False
        self.editing = Editing(state, self)
        self.before = Before(state, bridge, self)
        self.painter = Painter(self.editing, self)
        self.page = LatentsPage(self.painter)
        self.page.mend_wanted.connect(self.mend_wanted)
        self.strips = Strips(self.editing, bridge, self)
        self.strip = StripPanel(self.strips)
        self.page.put_below(self.strip)
        self.strip.shown.connect(self._play)
        explore.stage.addWidget(self.page)
        self.inversion = Inversion(state, bridge, self)
        self.edits, self.picture = EditGroups(self.editing), InversionGroup(self.inversion, state)
        explore.controls.add(LATENTS, self.edits, self.picture)
        state.model_changed.connect(self._suit)
        self._suit(state.model)

    def set_active(self, on: bool) -> None:
        """Show what is painted on, and draw what was before; or leave the place to the canvas."""
        if on == self._active:
            return
        self._active = on
        self.before.set_active(on)
        self.strips.set_active(on)
        self._suit(self._state.model)

    @property
    def figure(self) -> StripPanel | None:
        """What is exported in place of the canvas: the strip; None while points are shown, or another workspace."""
        return self.strip if self._explore.stage.currentWidget() is self.page else None

    def _play(self, played: Played | None) -> None:
        """Show the column that the strip's animation is at in place of the picture now."""
        particle = self.page.particle
        if played is None or played.pictures is None or particle not in played.particles:
            self.page.play(None, "")
        else:
            values = played.pictures[played.particles.index(particle)]
            self.page.play(values, f"{NAMES[self.strips.varies][0]}: {played.column.caption}")

    def _suit(self, model: ModelInfo) -> None:
        """Show the page that the model's data can have."""
        pictures = is_picture(model.data_shape)
        self._explore.stage.setCurrentWidget(self.page if self._active and pictures else self._explore.canvas)
        self.picture.setVisible(pictures)
        self._explore.note.setText(POINTS)
        self._explore.note.setVisible(self._active and not pictures)
