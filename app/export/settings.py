"""Settings of the chosen panel: a row a field, shown where the panel has it. Part of the export dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QCheckBox, QGridLayout, QPushButton, QWidget

from app.bind import Row
from app.controls.editing.segments import MARGIN
from app.controls.group import Rows, place
from app.controls.rows import CheckRow, ChoiceRow, Combo, TextRow
from app.export.draft import Draft
from app.export.offers import NAMES
from app.export.rows import NumbersRow, OptionalRow
from app.state import State
from app.views.choices import ABOUT
from app.views.norms import NORMS
from engine.analysis.parts import SHOWN
from engine.figures.sheet import Panel, Sheet
from engine.recipe import difference, title
from engine.run import Run

STEPPED = frozenset(NAMES) - {"filmstrip", "curves"}
"""The kinds of panels that are about one step, or mark it."""

MANY = frozenset({"strip", "curves"})
"""Those that are not of one Run."""

SWITCHES = {
    "density": ("Density", "Shade the density of the noisy data at the step's σ."),
    "arrows": ("Arrows", "Arrows along the score (D − x) / σ², the way particles go as the noise falls."),
    "paths": ("Paths", "The ways on which the particles came."),
    "log_x": ("Log x", "A logarithmic axis x."),
    "log_y": ("Log y", "A logarithmic axis y."),
}
"""Fields that are yes or no, with their names for people and what they do."""


class RunRow(Row):
    """One of the Sheet's Runs; `none` is what people call it where there may be none."""

    def __init__(self, name: str, tooltip: str, none: str = "") -> None:
        self.choice = Combo()
        super().__init__(name, tooltip, self.choice)
        self._first: tuple[str, ...] = (none,) if none else ()
        self.choice.activated.connect(self._chosen)

    def offer(self, runs: Sequence[str]) -> None:
        """Offer Runs by these names."""
        self.choice.clear()
        self.choice.addItems([*self._first, *runs])

    def set_value(self, value: int | None) -> None:
        """Show that one."""
        self.choice.setCurrentIndex(0 if value is None else value + len(self._first))

    def _chosen(self, index: int) -> None:
        self.changed.emit(index - len(self._first) if index >= len(self._first) else None)
        self.released.emit()


class PartsRow(Row):
    """Which parts of a Step, one at least."""

    def __init__(self, name: str, tooltip: str) -> None:
        whole = QWidget()
        super().__init__(name, tooltip, whole)
        self.boxes: dict[str, QCheckBox] = {}
        grid = QGridLayout(whole)
        grid.setContentsMargins(0, 0, 0, 0)
        for index, (part, (text, about)) in enumerate(NORMS.items()):
            box = self.boxes[part] = QCheckBox(text)
            box.setToolTip(about)
            box.setAccessibleName(f"{name}: {text}")
            box.clicked.connect(self._clicked)
            grid.addWidget(box, *divmod(index, 2))

    def set_value(self, value: Sequence[str]) -> None:
        """Check those."""
        self._value = tuple(value)
        for part, box in self.boxes.items():
            box.setChecked(part in value)

    def _clicked(self) -> None:
        chosen = tuple(part for part, box in self.boxes.items() if box.isChecked())
        self.changed.emit(chosen or self._value)
        self.released.emit()


class PanelRows(Rows):
    """The rows of whatever panel is chosen in the draft."""

    def __init__(self, draft: Draft, state: State) -> None:
        super().__init__()
        self._draft = draft
        fields = Panel.model_fields
        self._put("title", TextRow("Title", fields["title"].description or "", longest=200))
        self.run_row = RunRow("Run", "Which of the Runs on the page the panel shows.")
        self._put("run", self.run_row, lambda panel: len(draft.sheet.runs) > 1 and panel.kind not in MANY)
        self.against = RunRow("Against", "The Run B that stands beside it, with the difference B − A.", "no other")
        self._put("against", self.against, lambda _: len(draft.sheet.runs) > 1)
        step = OptionalRow("Step", "The step i that is shown: a number from 0, or last.", "last")
        self._put("step", step, lambda panel: panel.kind in STEPPED)
        now = _button("now", "The step that the playhead stands on.")
        now.clicked.connect(lambda: step.changed.emit(_playhead(state)))
        step.add_button(now)
        shown = ChoiceRow("Show", "What of the step a picture shows.", {text: part for part, text in SHOWN.items()})
        shown.choice.setToolTip("; ".join(f"{SHOWN[part]}: {about}" for part, about in ABOUT.items()))
        self._put("show", shown)
        self._put("names", PartsRow("Norms", "Which norms ‖·‖ are drawn over the steps."))
        self._put_particles(state)
        self._put("steps", NumbersRow("Steps", 'Which steps i: "0-9, 12", or even ones.', "even"))
        columns = OptionalRow("Columns", "Pictures side by side, as many as look well if none.", "auto")
        self._put("columns", columns, lambda panel: panel.kind == "pictures")
        self._put("group", OptionalRow("Group", "Which group of particles, counted from 0."))
        self._put("shown", OptionalRow("Frames", "How many of the next frames are shown, 0 to 100."))
        for field, (text, about) in SWITCHES.items():
            self._put(field, CheckRow(text, about))
        draft.changed.connect(self._name_runs)
        self._name_runs(draft.sheet)

    def _put_particles(self, state: State) -> None:
        one = OptionalRow("Particle", "Which particle, counted from 0.")
        self._put("particle", one)
        many = 'Which particles, counted from 0: "0-9, 12"'
        some, self.many = NumbersRow("Particles", f"{many}."), NumbersRow("Particles", f"{many}, or all.", "all")
        self._put("particles", self.many, lambda panel: panel.kind == "pictures")
        self._put("particles", some, lambda panel: panel.kind != "pictures")
        for row in (some, self.many):
            selected = _button("selected", "The particles that are selected in the window.")
            selected.clicked.connect(lambda _=False, row=row: row.changed.emit(state.selection or (0,)))
            row.add_button(selected)
        selected = _button("selected", "The particle that is selected in the window.")
        selected.clicked.connect(lambda: one.changed.emit((state.selection or (0,))[0]))
        one.add_button(selected)

    def _put(self, field: str, row: Row, applies: Callable[[Any], bool] | None = None) -> None:
        place(self, self._draft.panel, row, "", field, applies=applies)

    def _name_runs(self, sheet: Sheet) -> None:
        """Name the Runs that there are now: the first in short, the others by what tells them from it."""
        names = [f"{number + 1}: {_named(run, sheet.runs[0])}" for number, run in enumerate(sheet.runs)]
        panel = self._draft.chosen
        for row, value in ((self.run_row, panel.run), (self.against, getattr(panel, "against", None))):
            row.offer(names)
            row.set_value(value)


def _named(run: Run, first: Run) -> str:
    """What people call a Run of several."""
    return title(run) if run == first else difference(first, run).rpartition(" | ")[2] or title(run)


def _playhead(state: State) -> int | None:
    """The step that the playhead stands on, None for the last."""
    return None if state.playhead == state.run.schedule.steps else state.playhead


def _button(text: str, tip: str) -> QPushButton:
    """A small button at the end of a row."""
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFixedWidth(button.fontMetrics().horizontalAdvance(text) + 4 * MARGIN)
    return button
