"""Group panel: the selected particle's group at the playhead's step: its modes, what pushes it, and its distances.

Placed by the Guidance workspace at the right. It follows playhead, selection and readings, and selects particles.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGraphicsOpacityEffect, QLabel, QWidget

from app.controls.group import Column, Group
from app.safely import safely
from app.state import SIDES, Side, State
from app.views import groups, shown
from app.views.distances import Distances
from app.views.modes import Modes
from app.views.modes_plot import ModesPlot
from app.views.numerals import tabular
from app.views.pace import CALM, Pace
from app.views.pushes import Pushes
from engine.offers import unsuited

READING = "Reading…"
UNKNOWN = "Modes of this model are not known: choose ring, circle or a model of digits to count them."
ALONE = "A group of one particle has no distances: raise the group size."

BLINK = 150
"""Milliseconds for which what was read before may stand for what is to be read, as while a slider is dragged."""

FADED = 0.45
"""Opacity of what stands there longer."""


class GroupPanel(Column):
    """Modes, norms and distances of one group, A's modes above B's where there is an A."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._held: dict[Side, groups.Group] = {}
        self.heading = QLabel()
        self.modes, self.modes_plot = Modes(), ModesPlot(state)
        self.pushes, self.distances = Pushes(state), Distances()
        self.no_group, self.no_modes, self.no_push, self.no_distances = (_note() for _ in range(4))
        self._faded = [_fading(widget) for widget in (self.modes, self.distances)]
        self._blink = QTimer(self, singleShot=True, interval=BLINK)
        self._blink.timeout.connect(lambda: self._fade(True))
        self._lay_out()
        self.modes.chosen.connect(state.select)
        self.distances.map.chosen.connect(state.select)
        for signal in (state.playhead_changed, state.selection_changed, state.readings_changed):
            signal.connect(self._refresh)
        for signal in (state.run_changed, state.drawing_changed, state.pinned_changed):
            signal.connect(self._refresh)
        state.step_arrived.connect(Pace(self, self._refresh, CALM).ask)

    @safely
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        """Rest, and let go of what was drawn."""
        super().hideEvent(event)
        self._blink.stop()
        self._held.clear()

    # -- what is shown -------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        found = groups.look(self._state)
        self.no_group.setVisible(not found)
        self.no_group.setText(shown.sentence(self._state, "current") or shown.RUNNING)
        for section in self._sections:
            section.setVisible(bool(found))
        self.heading.setText(_heading(found["current"]) if found else "")
        self._hold(found)
        if found:
            self._show_modes(found["current"])
            self._show_pushes()
            self._show_distances(found["current"])

    def _hold(self, found: dict[Side, groups.Group]) -> None:
        """Take up what has been read. What was read before of the same particles stays until then, faded if it lasts,
        so that nothing flickers while a slider is dragged.
        """
        held = {side: group if group.reading is not None else self._held.get(side) for side, group in found.items()}
        self._held = {side: group for side, group in held.items() if group is not None and _alike(group, found[side])}
        if all(self._held.get(side) is group for side, group in found.items()):
            self._blink.stop()
            self._fade(False)
        elif not self._blink.isActive():
            self._blink.start()

    def _fade(self, faded: bool) -> None:
        for effect in self._faded:
            effect.setEnabled(faded)

    def _show_modes(self, current: groups.Group) -> None:
        counted = {side: modes for side in SIDES if side in self._held and (modes := self._held[side].counted)}
        known = "current" in counted
        self.no_modes.setVisible(not known)
        self.no_modes.setText(READING if current.readings is None else UNKNOWN)
        self.modes.setVisible(known)
        self.modes_plot.setVisible(known)
        if known:
            self.modes.show_counted(counted, self._state.selection[0] if self._state.selection else -1)

    def _show_pushes(self) -> None:
        sentence = self.pushes.sentence()
        self.no_push.setText(sentence)
        self.no_push.setVisible(bool(sentence))

    def _show_distances(self, current: groups.Group) -> None:
        run, held = self._state.run, self._held.get("current")
        sentence = ALONE if run.latents.group_size == 1 else unsuited(run.guidance.kernel, self._state.model)
        reading = None if held is None else held.reading
        there = not sentence and reading is not None and bool(reading.distances)
        self.distances.setVisible(there)
        self.no_distances.setVisible(not there)
        self.no_distances.setText(sentence or READING)
        if there:
            assert held is not None
            assert held.readings is not None
            assert reading is not None
            matrix, h = reading.distances[held.number], float(reading.h[held.number])
            self.distances.show_distances(held.particles, matrix, h, self._state.selection)
            self._distances.header.setText(f"Distances {held.readings.symbol}")

    # -- construction --------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.heading.setFont(tabular(self.heading.font()))
        self.heading.setWordWrap(True)
        self._sections = [Group("Modes so far"), Group("Drift ‖d‖, guidance ‖g‖"), Group("Distances")]
        modes, pushes, self._distances = self._sections
        modes.header.setToolTip("Show or hide the modes that the group has found.")
        pushes.header.setToolTip("Show or hide the norms of drift and guidance over the steps.")
        self._distances.header.setToolTip("Show or hide the distances between the particles of the group.")
        for section, widgets in (
            (modes, (self.no_modes, self.modes, self.modes_plot)),
            (pushes, (self.pushes, self.no_push)),
            (self._distances, (self.no_distances, self.distances)),
        ):
            for widget in widgets:
                section.body.addWidget(widget)
        self.stack("The selected particle's group", self.heading, self.no_group, *self._sections)
        self.setMinimumWidth(220)


def _alike(one: groups.Group, other: groups.Group) -> bool:
    """Whether both are the same particles of the same model, whatever has become of them."""
    return one.trajectory.run.model == other.trajectory.run.model and one.particles == other.particles


def _heading(group: groups.Group) -> str:
    first, last = group.particles[0], group.particles[-1]
    whose = f"particles {first} to {last}" if last > first else f"particle {first} alone"
    return f"Group {group.number} of {group.groups}: {whose}" if group.groups > 1 else f"One group: {whose}"


def _fading(widget: QWidget) -> QGraphicsOpacityEffect:
    """What fades that widget where it is enabled."""
    effect = QGraphicsOpacityEffect(widget)
    effect.setOpacity(FADED)
    effect.setEnabled(False)
    widget.setGraphicsEffect(effect)
    return effect


def _note() -> QLabel:
    """Muted text."""
    label = QLabel()
    label.setObjectName("muted")
    label.setWordWrap(True)
    return label
