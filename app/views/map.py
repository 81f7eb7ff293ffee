"""Map: known items on a plane by likeness, and the particles on it, moving as the playhead moves (A3).

A view that only reads, of the state and of `Maps`; placed beside the canvas and in the Analysis workspace.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.icons import IconButton
from app.maps import Maps, suggestion
from app.safely import safely
from app.state import State
from app.views.map_plot import MapPlot
from app.views.pace import Pace
from app.views.pane import Message, Title

READING = "Reading the maps that are here."
NONE = "No map is here yet."
LASSO_TIP = "Draw a line around particles to select them, with Ctrl to add them. Without the tool: hold Shift and drag."
FIT_TIP = "Fit a map to what this model draws, in the background (UMAP); it is kept and used from then on."


class MapView(QWidget):
    """A head with the map's name and the lasso over the plot, or a sentence in its place.

    Particles are placed, and maps read, while one is seen.
    """

    def __init__(self, state: State, maps: Maps, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._maps = state, maps
        self.title, self.message = Title(), Message()
        self.lasso = IconButton("lasso", "Lasso", LASSO_TIP)
        self.lasso.setCheckable(True)
        self.plot = MapPlot(state, maps)
        self.setAccessibleName("Map")
        self.setMinimumWidth(220)
        self._lay_out()
        self.lasso.toggled.connect(self._turn)
        self.message.mend.clicked.connect(self._fit)
        self.message.mend.setToolTip(FIT_TIP)
        for now in (state.playhead_changed, state.selection_changed, maps.placements_changed, maps.changed):
            now.connect(self.refresh)
        for now in (state.pinned_changed, state.readings_changed, maps.fit_changed):
            now.connect(self.refresh)
        later = Pace(self, self.refresh)
        for signal in (state.drawing_changed, state.step_arrived):
            signal.connect(later.ask)

    def refresh(self, *_: object) -> None:
        """Show what there is now, if anybody looks."""
        if not self.isVisible():
            return
        offer, instead = self._maps.chosen, self._instead()
        self.title.setText("Map" if offer is None else f"Estimate x₀ among {offer.title}")
        self.lasso.setEnabled(instead is None)
        if instead is None:
            self.plot.refresh()
            self._stack.setCurrentWidget(self.plot)
        else:
            self.message.say(*instead, wrong=bool(self._maps.fit.problem))
            self._stack.setCurrentWidget(self.message)
        self.setAccessibleDescription(self._described() if instead is None else instead[0])

    def _instead(self) -> tuple[str, str | None] | None:
        """The sentence in place of the plot and what the button under it says, if there is one; None for the plot."""
        maps = self._maps
        if maps.chosen is not None:
            return None
        if not maps.loaded:
            return READING, None
        if maps.fitting:
            share = f", {maps.fit.share:.0%}" if maps.fit.share else ""
            return f"A map is being fitted{share}.", None
        return maps.fit.problem or maps.unsuited or NONE, "Fit a map"

    def _described(self) -> str:
        """What is seen, for who does not see it."""
        offer, state = self._maps.chosen, self._state
        assert offer is not None
        chosen = ", ".join(map(str, state.selection[:10])) or "none"
        return (
            f"{offer.map.sampled}; step {state.playhead} of {state.run.schedule.steps}: "
            f"{self.plot.placed:,} particles placed, selected: {chosen}"
        )

    def _fit(self) -> None:
        self._maps.fit_wanted.emit(suggestion(self._state.model, self._state.run.latents.count), None)

    def _turn(self, on: bool) -> None:
        self.plot.lasso.on = on

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 2)
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.lasso)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(self._stack, 1)
        for page in (self.message, self.plot):  # in the widget by now: its first page shows itself
            self._stack.addWidget(page)

    @safely
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._maps.watch(self, True)
        self.refresh()

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._maps.watch(self, False)

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.refresh()
