"""Canvas: what the Runs look like under the playhead, one pane or, with a Run pinned, A, B and their difference.

Made by the window. It decides which view suits the data, hands each pane what it shows, and obeys the state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app import theme
from app.safely import safely
from app.state import SIDES, Side, State
from app.views import shown, titles
from app.views.camera import Camera
from app.views.choices import Choices
from app.views.grid import GridView
from app.views.levels_strip import LevelsStrip
from app.views.line import DifferenceLine, LineView
from app.views.numerals import significant
from app.views.overlays import shading
from app.views.overlays.fields import Fields
from app.views.pace import Pace
from app.views.pane import Pane
from app.views.plane import DisplacementView, PlaneView
from app.views.plot import Plot, Switches
from app.views.shown import Kind, Pictures, Place
from engine.analysis.parts import SHOWN
from engine.run import Run

PLACES: tuple[Place, ...] = ("pinned", "current", "difference")
"""The panes of the canvas: A, B and what lies between them."""

WIDE = 1.5
"""Width over height from which three panes stand beside each other."""

LETTERS = {"pinned": "A", "current": "B"}
GREY = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


View = TypeVar("View", bound=QWidget)


class Canvas(QWidget):
    """The panes and, under them, what to show on them. `mend_wanted(side)`: the user wants that side drawn again."""

    mend_wanted = Signal(str)

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._camera = Camera(self)
        self._fields = Fields(state, self)
        self._switches = Switches(self)
        self._kinds: dict[Side, Kind] = {}
        self._cells: dict[Place, tuple[int, int, int, int]] = {}
        self.setAccessibleName("Canvas")
        self.figure = QWidget()
        self._table = QGridLayout(self.figure)
        self._table.setContentsMargins(0, 0, 0, 0)
        self._table.setSpacing(1)
        self.panes: dict[Place, Pane] = {place: Pane(self.figure) for place in PLACES}
        for side in SIDES:
            self.panes[side].mend_wanted.connect(lambda side=side: self.mend_wanted.emit(side))
        self.strip = LevelsStrip(state, self.figure)
        self._table.addWidget(self.strip, 2, 0, 1, 3)
        self._noising = self._guided = False
        self.choices = Choices(state, self._camera, self._switches)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.figure, 1)
        column.addWidget(self.choices)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        self._arrivals = Pace(self, self.refresh)
        self._connect()
        self._unfold(state.run)
        self.refresh()

    def fit(self) -> None:
        """Show all there is, in every plane."""
        self._camera.fit()
        for pane in self.panes.values():
            if isinstance(pane.view, LineView | DifferenceLine):
                pane.view.fit()

    def refresh(self) -> None:
        """Show what the state says now."""
        compared = self._state.pinned is not None
        self._arrange()
        for place in PLACES:
            self.panes[place].setVisible(compared or place == "current")
        sides = SIDES if compared else SIDES[1:]
        for side in sides:
            shape = shown.data_shape(self._state, side)
            self._kinds[side] = "none" if shape is None else shown.kind(shape)
            self._show_side(side)
        if compared:
            self._show_difference()
        else:
            self._camera.forget("pinned")
            self._fields.forget("pinned")
        self._show_pictures([side for side in sides if self._kinds[side] == "grid"])
        self.choices.suit(self._kinds["current"])
        self.strip.setVisible(self.choices.levels.isChecked() and self._kinds["current"] == "grid")

    # -- panes ---------------------------------------------------------------------------------------------------

    def _show_side(self, side: Side) -> None:
        """Refresh the side's plot, or say why there is no picture of it; grids get theirs in `_show_pictures`."""
        pane, drawing, kind = self.panes[side], self._state.drawing(side), self._kinds[side]
        pane.caption(self._title(side))
        sentence = shown.sentence(self._state, side)
        if sentence is not None:
            pane.say(sentence, drawing.mend if drawing.error is not None else None)
        elif kind == "none":
            pane.say("Data of this shape have no picture; the inspector and the timeline show their numbers.")
        elif kind != "grid" and drawing.trajectory is not None and drawing.trajectory.available:
            view = self._view(side, PlaneView if kind == "plane" else LineView)
            view.refresh()
            pane.caption(" · ".join(filter(None, (self._title(side), view.note))))
            pane.scale.show_scale(shading.opaque(), "0", "peak")
            pane.show_view()

    def _show_difference(self) -> None:
        """Refresh the plot between A and B, or say why there is none; a grid gets its own in `_show_pictures`."""
        pane = self.panes["difference"]
        pane.caption("B − A")
        a, b = (self._kinds[side] for side in SIDES)
        missing = [LETTERS[side] for side in SIDES if self._state.drawing(side).trajectory is None]
        if a != b:
            pane.say("A and B have data of different shapes, so there is no difference to show.")
        elif a == "none" or (a != "grid" and missing):
            pane.say(f"No difference while {' and '.join(missing) or 'both'} show nothing.")
        elif a != "grid":
            self._view("difference", DisplacementView if a == "plane" else DifferenceLine).refresh()
            pane.caption("A (hollow) → B (filled)" if a == "plane" else "B − A")
            pane.scale.show_scale(GREY, "", "")
            pane.show_view()

    def _show_pictures(self, sides: list[Side]) -> None:
        """Hand the grids their pictures, all on one scale."""
        for place, pictures in shown.frame(self._state, sides).items():
            pane = self.panes[place]
            if isinstance(pictures, str):
                drawing = None if place == "difference" else self._state.drawing(place)
                pane.say(pictures, drawing.mend if drawing is not None and drawing.error is not None else None)
                continue
            if place == "difference":
                pane.caption(f"B − A · {SHOWN[self._state.shown]}")
            view = self._view(place, GridView)
            view.show_pictures(pictures)
            leader = self.panes["current"].view
            if place != "current" and isinstance(leader, GridView):
                view.follow(leader)
            self._show_scale(pane, pictures)
            pane.show_view()

    def _show_scale(self, pane: Pane, pictures: Pictures) -> None:
        limit = significant(pictures.limit)
        mean = "mean of R, G, B " if pictures.signed and pictures.values.shape[1] == 3 else ""
        pane.scale.show_scale(theme.diverging() if pictures.signed else GREY, f"{mean}−{limit}", limit)

    def _view(self, place: Place, kind: type[View]) -> View:
        """The pane's view, made anew if it is of another kind."""
        pane = self.panes[place]
        if type(pane.view) is not kind:
            state, side = self._state, cast(Side, place)
            makers: dict[type[QWidget], Callable[[], QWidget]] = {
                GridView: lambda: GridView(state, LETTERS.get(place, "difference")),
                PlaneView: lambda: PlaneView(state, side, self._camera, self._fields, self._switches),
                LineView: lambda: LineView(state, side, self._fields, self._switches),
                DisplacementView: lambda: DisplacementView(state, self._camera),
                DifferenceLine: lambda: DifferenceLine(state, self._switches),
            }
            view = makers[kind]()
            if isinstance(view, Plot):
                view.box.sigResized.connect(lambda _: self._soon.start())
            pane.hold(view)
        return cast(View, pane.view)

    def _title(self, side: Side) -> str:
        coarse = shown.coarse(self._state, side)
        if self._state.pinned is None:
            return " · ".join(filter(None, (shown.title(self._state, side), coarse)))
        line = titles.compared(self._state.pinned, self._state.run)[side == "current"]
        levels = [shown.level(self._state, each) for each in SIDES]
        own = "" if levels[0] == levels[1] else levels[side == "current"]
        return " · ".join(filter(None, (line, own, coarse)))

    # -- signals -------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        state = self._state
        for now in (state.playhead_changed, state.shown_changed):
            now.connect(lambda _: self.refresh())
        state.drawing_changed.connect(lambda _: self._soon.start())
        state.step_arrived.connect(self._arrivals.ask)
        state.step_replayed.connect(lambda *_: self._soon.start())
        for later in (state.run_changed, state.pinned_changed, state.selection_changed, state.readings_changed):
            later.connect(lambda _: self._soon.start())
        state.run_changed.connect(self._unfold)
        self.choices.levels.toggled.connect(lambda _: self._soon.start())
        for later in (self._camera.moved, self._switches.changed, self._fields.arrived):
            later.connect(self._soon.start)

    def _unfold(self, run: Run) -> None:
        """Show all levels when noising begins, which is about them, and the forces when guidance does."""
        if run.sampler.needs_picture and not self._noising:
            self.choices.levels.setChecked(True)
        self._noising = run.sampler.needs_picture
        if run.guided != self._guided:
            self._switches.set("forces", run.guided)
        self._guided = run.guided

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """One pane alone; three beside each other where there is width for them, else the difference below A and B."""
        beside = self.width() >= WIDE * self.height()
        cells: dict[Place, tuple[int, int, int, int]] = {"current": (0, 0, 1, 1)}
        if self._state.pinned is not None:
            last = (0, 2, 1, 1) if beside else (1, 0, 1, 2)
            cells = {"pinned": (0, 0, 1, 1), "current": (0, 1, 1, 1), "difference": last}
        if cells == self._cells:
            return
        self._cells = cells
        for pane in self.panes.values():
            self._table.removeWidget(pane)
        for place, cell in cells.items():
            self._table.addWidget(self.panes[place], *cell)
        for line in range(3):
            self._table.setColumnStretch(line, any(line in (c, c + over - 1) for _, c, _, over in cells.values()))
            self._table.setRowStretch(line, any(line == row for row, *_ in cells.values()))

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._soon.start()
