"""Latents page: one particle's latent, its picture before the edits and now, which are painted on, under all particles.

Made by the Latents workspace, in place of the canvas. It obeys the playhead, the selection and the edit worked on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from app import theme
from app.safely import safely
from app.state import Side
from app.tools.paint import Painter
from app.views import edited, shown
from app.views.easel import Easel
from app.views.edited import Seen
from app.views.numerals import significant, tabular
from app.views.pace import CALM, Pace
from app.views.pane import Pane, Title
from app.views.panes import Panes
from app.views.particles import Particles
from app.views.shown import Array, Pictures
from app.views.strip import StripPanel
from engine.analysis.parts import measured
from engine.latents.seen import heat

HINT = "Paint on any of the pictures: λ adds to the latent n where you paint, and the picture follows."

NAMES = {"latent": "Latent", "source": "Source", "before": "Before", "current": "Now", "heat": "Change"}
"""The panes in their order, with their names for people."""

SIDES: tuple[Side, Side] = ("before", "current")

FAINTEST = 0.02
"""The map of the change is never stretched over less than this."""


class LatentsPage(QWidget):
    """The row of particles, the panes and the numbers under them; `halves` have room below for what is swept.

    `mend_wanted(side)`: the user wants that side drawn again.
    """

    mend_wanted = Signal(str)

    def __init__(self, painter: Painter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painter, self._editing, self._state = painter, painter.editing, painter.editing.state
        self.setAccessibleName("Latents")
        self.hint, self.moments, self.numbers = Title(), Title(), Title()
        self.heat = QCheckBox("Where it changed")
        self.particles = Particles(self._state)
        self.panes = {name: Pane() for name in NAMES}
        self.easels = {name: Easel(painter, NAMES[name]) for name in NAMES}
        self._table = Panes(self.panes)
        self._what: list[object] = []
        self._drawn: list[object] = []
        self._told: int | None = None  # the particle whose change is shown
        self._moments = ""
        self._played: tuple[Seen, str] | None = None
        self._below: StripPanel | None = None
        self._divided = False  # by the user
        self.halves = QSplitter(Qt.Orientation.Vertical)
        self._lay_out()
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        self._calm = Pace(self, self._show_change, CALM)
        self._connect()

    @property
    def particle(self) -> int | None:
        """The particle in the panes: the first one selected."""
        return self._state.selection[0] if self._state.selection else None

    @safely
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of what was drawn."""
        super().hideEvent(event)
        self._what, self._drawn = [], []

    def refresh(self) -> None:
        """Show what the state says now."""
        if not self.isVisible():
            return
        everyone = edited.edited(self._state)
        drawn: list[object] = [each for side in SIDES for each in (self._state.drawing(side), self._state.step(side))]
        before, self._what = self._what, self._looked_at(everyone, drawn)
        self._drawn = drawn  # kept, so that what is made next has another id
        if before != self._what:
            self._show_particles(everyone)
            self._show_panes()
        if before != self._what or not self._painter.busy:
            self._calm.ask()

    def _looked_at(self, everyone: frozenset[int], drawn: Sequence[object]) -> list[object]:
        """What the pictures depend on: large ones are not made anew while only the mask is painted."""
        state, editing = self._state, self._editing
        source = editing.value("source") if editing.kind == "transfer" else None
        shown_now = (everyone, self.particle, editing.step, source, self.heat.isChecked(), self._played)
        return [*shown_now, *map(id, drawn), *map(state.index, SIDES)]

    def _show_particles(self, everyone: frozenset[int]) -> None:
        self.hint.setText(HINT if self.particle is None else edited.described(self._state, self.particle) or HINT)
        pictures = edited.pictures(self._state, "current")
        if not isinstance(pictures, str):
            self.particles.show_particles(Pictures(pictures, 1.0, False), everyone)

    def _show_panes(self) -> None:
        editing, particle = self._editing, self.particle
        transfers = editing.kind == "transfer"
        hidden = {"source"} - {"source" * transfers} | {"heat"} - {"heat" * self.heat.isChecked()}
        self._table.show_panes(name for name in NAMES if name not in hidden)
        if particle is None:
            for name, pane in self.panes.items():
                pane.caption(NAMES[name])
                pane.say(edited.NOBODY)
            self._told, self._moments = None, ""
            self.moments.setText("")
            self.numbers.setText("")
            return
        latent = edited.latent(self._state, editing, particle)
        self._moments = edited.moments(latent)
        self._hover("")
        what = f"x at step {editing.step}" if editing.step else "Latent n"
        self._show("latent", "current", latent, f"{what} · particle {particle}")
        self._show_picture("before", "before", particle, NAMES["before"], shown.level(self._state, "before"))
        if self._played is not None:
            self._show("current", "current", *self._played)
        else:
            self._show_picture("current", "current", particle, NAMES["current"], shown.level(self._state, "current"))
        if transfers:
            source = editing.value("source")
            self._show_picture("source", "before", source, f"Source: particle {source}")

    def _show_picture(self, name: str, side: Side, particle: int, *caption: str) -> None:
        """The estimate of that particle on that side, or the sentence in its place."""
        seen = edited.picture(self._state, side, particle)
        self._show(name, side, seen, " · ".join(filter(None, (*caption, shown.coarse(self._state, side)))))

    def _show(self, name: str, side: Side, seen: Seen | str, caption: str) -> None:
        pane, drawing = self.panes[name], self._state.drawing(side)
        pane.caption(caption)
        if seen == shown.RUNNING and self._painter.busy:
            return  # what one paints on stays where it is
        if isinstance(seen, str):
            pane.say(seen, drawing.mend if drawing.error is not None else None)
        else:
            self.easels[name].show_values(seen.values, seen.limit, False, seen.symbol)
            pane.show_view()

    def _show_change(self) -> None:
        """The numbers and the map of the change, which cost more and may come a little later.

        Those of before stand until a picture that forms has come as far as the playhead.
        """
        particle = self.particle
        if particle is None or not self.isVisible():
            return
        pictures, pane = edited.compared(self._state, particle), self.panes["heat"]
        if pictures is None:
            if particle != self._told or not self._state.drawing("current").running:
                self._told = None
                self.numbers.setText("")
                pane.say(edited.UNKNOWN)
            return
        self._told = particle
        self.numbers.setText(edited.change(pictures, self._editing))
        if self.heat.isChecked():
            apart = heat(*pictures)
            limit = max(measured(apart), FAINTEST)
            self.easels["heat"].show_values(pictures.now, 1.0, False, "x₀")
            self.easels["heat"].set_heat(apart, limit)
            pane.scale.show_scale(theme.sequential(), "0", significant(limit, 2))
            pane.show_view()

    def put_below(self, panel: StripPanel) -> None:
        """Add what stands below the pictures, as high as it needs to be but for what the user says."""
        self._below = panel
        self.halves.addWidget(panel)
        panel.reshaped.connect(self._divide)

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.particles.fit(self.height())
        self._divide()

    def _divide(self) -> None:
        """Give what stands below the height it needs, at most a half, and the rest to the pictures."""
        if self._below is not None and not self._divided:
            whole = sum(self.halves.sizes())
            lower = self._below.needed(self.width(), whole // 2)
            if lower != self.halves.sizes()[1]:
                self.halves.setSizes([whole - lower, lower])

    def _hold(self) -> None:
        """The user has drawn the line between the halves: there it stays."""
        self._divided = True

    def play(self, values: Array | None, caption: str) -> None:
        """Show a picture [C, H, W] of the particle in place of the one now, until it is None."""
        self._played = None if values is None else (Seen(values), caption)
        self._soon.start()

    def _hover(self, text: str) -> None:
        """Tell the values under the pointer in place of the latent's moments."""
        self.moments.setText(text or self._moments)

    # -- construction --------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.hint.setObjectName("muted")
        self.hint.setContentsMargins(8, 4, 8, 0)
        self.heat.setChecked(True)
        self.heat.setToolTip("Show beside the pictures how much each pixel changed: |now − before|, on [0, 1].")
        for label in (self.moments, self.numbers):
            label.setFont(tabular(label.font()))
        title = self.panes["heat"].title  # where both do not fit, its scale is what shrinks
        title.setMinimumWidth(title.fontMetrics().horizontalAdvance(NAMES["heat"]) + 2)
        self.panes["heat"].caption(NAMES["heat"])
        for name, pane in self.panes.items():
            pane.hold(self.easels[name])
            self.easels[name].overlay = "fill" if name == "latent" else "outline"
            self.easels[name].hovered.connect(self._hover)
        below = QHBoxLayout()
        below.setContentsMargins(8, 2, 8, 4)
        below.addWidget(self.moments, 2)
        below.addWidget(self.numbers, 3)
        below.addWidget(self.heat)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.hint)
        column.addWidget(self.particles)
        column.addWidget(self._table, 1)
        column.addLayout(below)
        self.halves.addWidget(upper)
        self.halves.setChildrenCollapsible(False)
        self.halves.splitterMoved.connect(self._hold)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.halves)

    def _connect(self) -> None:
        state = self._state
        self._painter.changed.connect(lambda rect: self._calm.ask() if rect is None else None)
        state.playhead_changed.connect(lambda _: self.refresh())
        state.step_arrived.connect(Pace(self, self.refresh).ask)
        for signal in (state.drawing_changed, state.step_replayed, self._editing.changed, self.heat.toggled):
            signal.connect(lambda *_: self._soon.start())
        for name, side in (("latent", "current"), ("source", "before"), ("before", "before"), ("current", "current")):
            self.panes[name].mend_wanted.connect(partial(self.mend_wanted.emit, side))
