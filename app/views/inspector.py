"""Inspector: the selected particle at the playhead's step, its panels and numbers; A and B beside each other.

Placed by the window at the right. It follows playhead, selection and arriving steps, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.state import SIDES, Side, State
from app.views import shown
from app.views.numerals import significant
from app.views.pace import CALM, Pace
from app.views.panel import Content, Panel, Readings
from engine.analysis.parts import SHOWN, SIGNED, SYMBOLS, array, measured, part
from engine.analysis.pictures import side_by_side
from engine.recipe import given
from engine.settings import HeunSettings
from engine.settings.samplers import ODESettings

if TYPE_CHECKING:
    from engine.step import Step
    from engine.trajectory import Trajectory

    Array = np.ndarray[Any, np.dtype[Any]]

TIPS = {
    "x": "The noisy state x at noise level σ; black is −(1 + 2σ), white 1 + 2σ.",
    "denoised": "The estimate x₀ = D(x; σ): what the model expects the clean particle to be.",
    "drift": "The ODE drift d = (x − D) / σ, the direction of the step.",
    "correction": "The second drift d′ at the next level, which Heun's method averages with d and correctors follow.",
    "noise": "The fresh noise added to x in this step: by churn before it, by other samplers after it.",
    "guidance": "What guides added to the drift d: the particle moves along −(d + g).",
    "given": "The condition: what the model was told of the particle it draws.",
}

GIVEN = "given"
"""The panel of the condition, beside those of a Step's parts."""

NOBODY = "Select a particle on the canvas to see its state, estimate and drift at this step."


@dataclass(frozen=True, eq=False)
class Seen:
    """One side at the playhead: its Step, None while that is drawn again, and the particle's row in it."""

    side: Side
    trajectory: Trajectory
    index: int
    step: Step | None
    particle: int
    coarse: bool

    def values(self, name: str) -> Array | None:
        """A part of the Step for the particle. Where nothing is evaluated at sigma 0, the state is its own estimate."""
        if self.step is None or self.particle >= len(self.step.x):
            return None
        tensor = part(self.step, name)
        return None if tensor is None else array(tensor[self.particle])

    def given(self) -> Array | None:
        """The condition of the particle, frames of a sequence side by side; None where the model has none."""
        condition = self.trajectory.condition
        if condition is None or self.particle >= len(condition):
            return None
        values, x0 = array(condition[self.particle]), self.trajectory.base(0).x.shape[1:]
        return side_by_side(values, x0[0]) if values.ndim == 3 else values

    def norm(self, name: str) -> float | None:
        """The norm of a part for the particle."""
        norms = self.trajectory.norms(name)[self.index]
        return None if norms is None or self.particle >= len(norms) else norms[self.particle].item()

    def missing(self) -> str:
        """Why there are no values."""
        if self.step is None:
            return "drawn again"
        return "none at this step" if self.particle < len(self.step.x) else f"no particle {self.particle}"


class Inspector(QWidget):
    """Panels of the first selected particle, then its numbers."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._form: tuple[Any, ...] = ()
        self._seen: list[Seen] = []
        self._what: list[Any] = []
        self.panels: dict[tuple[Side, str], Panel] = {}
        self.heading = QLabel(self)
        self.others = QLabel(self)
        self.sentence = QLabel(self)
        self.readings = Readings(self)
        for label in (self.others, self.sentence):
            label.setObjectName("muted")
        self._lay_out()
        self._refresh()
        for signal in (state.playhead_changed, state.selection_changed, state.drawing_changed):
            signal.connect(self._refresh)
        for signal in (state.step_replayed, state.pinned_changed, state.run_changed):
            signal.connect(self._refresh)
        state.step_arrived.connect(Pace(self, self._refresh, CALM).ask)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        seen, selection = self._look(), self._state.selection
        what = [selection, *((one.side, one.trajectory, one.index, id(one.step)) for one in seen)]
        if seen and what == self._what:
            return
        self._seen, self._what = seen, what
        self.heading.setText(f"particle {selection[0]}" if selection else "no particle")
        self.others.setText(f"+ {len(selection) - 1} more" if len(selection) > 1 else "")
        self.sentence.setText((shown.sentence(self._state, "current") or shown.RUNNING) if selection else NOBODY)
        if seen:
            self._build(seen)
            self._fill(seen)
            self.readings.show_rows(_rows(seen))
        self.sentence.setVisible(not seen)
        self._scroll.setVisible(bool(seen))
        self.readings.setVisible(bool(seen))

    def _look(self) -> list[Seen]:
        """What there is to see of A and B; nothing until B has a Step."""
        sides = SIDES if self._state.pinned is not None else SIDES[1:]
        seen = []
        for side in sides if self._state.selection else ():
            drawing = self._state.drawing(side)
            trajectory = drawing.trajectory
            if trajectory is not None and trajectory.available:
                index, step = self._state.index(side), self._state.step(side)
                seen.append(Seen(side, trajectory, index, step, self._state.selection[0], drawing.coarse))
        return seen if any(one.side == "current" for one in seen) else []

    def _fill(self, seen: list[Seen]) -> None:
        values = {(one.side, name): one.values(name) for one in seen for name in SYMBOLS}
        limits = _limits(seen, values)
        for one in seen:
            for name in SYMBOLS:
                panel = self.panels.get((one.side, name))
                if panel is not None:
                    panel.show_content(_content(one, name, values[one.side, name], limits[name]))
            if (one.side, GIVEN) in self.panels:
                self.panels[one.side, GIVEN].show_content(_told(one))

    def _build(self, seen: list[Seen]) -> None:
        """Make the panels anew for another shape of data or another number of sides, never for a scrub."""
        shapes = {one.side: shown.data_shape(self._state, one.side) or () for one in seen}
        guided = _guided(seen)
        condition = next((values for one in seen if (values := one.given()) is not None), None)
        names = [name for name in SYMBOLS if name != "guidance" or guided]
        aspects = {(side, name): _aspect(shape) for side, shape in shapes.items() for name in names}
        if condition is not None:
            names.append(GIVEN)
            aspects |= dict.fromkeys(((side, GIVEN) for side in shapes), _aspect(condition.shape))
        form = (tuple(shapes.items()), tuple(aspects.items()))
        if form == self._form:
            return
        self._form = form
        for panel in self.panels.values():
            self._grid.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        self.panels.clear()
        for place, name in enumerate(names):
            title = "Given" if name == GIVEN else SHOWN[name]
            for column, one in enumerate(seen):
                sided = title if len(seen) == 1 else f"{'A' if one.side == 'pinned' else 'B'}  {title}"
                panel = self.panels[one.side, name] = Panel(sided, TIPS[name], aspects[one.side, name])
                self._grid.addWidget(panel, *(divmod(place, 2) if len(seen) == 1 else (place, column)))
        if (
            _aspect(shapes["current"]) is None
        ):  # coordinates are few lines, and the numbers follow them; beside pictures they stay in sight
            self._column.insertWidget(1, self.readings)
        else:
            self._outer.addWidget(self.readings, 2, 0, 1, 2)

    # -- construction --------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.setAccessibleName("Inspector")
        self.setMinimumWidth(220)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        font = self.heading.font()
        font.setBold(True)
        self.heading.setFont(font)
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        inside = QWidget(self)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.setSpacing(12)
        self._column.addLayout(self._grid)
        self._column.addStretch()
        self._scroll = QScrollArea(self)
        self._scroll.setAccessibleName("Parts of the step")
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self._outer = outer = QGridLayout(self)
        outer.setContentsMargins(10, 8, 6, 8)
        outer.addWidget(self.heading, 0, 0)
        outer.addWidget(self.others, 0, 1)
        outer.addWidget(self.sentence, 1, 0, 1, 2)
        outer.addWidget(self._scroll, 1, 0, 1, 2)
        outer.setRowStretch(1, 1)


def _aspect(shape: tuple[int, ...]) -> float | None:
    """Height by width of a picture of that shape, None for coordinates."""
    return shape[-2] / shape[-1] if shown.kind(shape) == "grid" else None


def _told(one: Seen) -> Content:
    """The condition of the particle."""
    condition, values = one.trajectory.condition, one.given()
    if condition is None:
        return Content(("no condition",))
    return Content((one.missing() if values is None else given(one.trajectory.run.condition),), values)


def _limits(seen: list[Seen], values: dict[tuple[Side, str], Array | None]) -> dict[str, float]:
    """One scale a part for both sides; d and d′ share theirs, since they are averaged."""

    def highest(*names: str) -> float:
        found = [values[one.side, name] for one in seen for name in names]
        return max((measured(each) for each in found if each is not None), default=1.0)

    drift = highest("drift", "correction")
    return {
        "x": 1.0 + 2.0 * max((one.step.sigma for one in seen if one.step is not None), default=0.0),
        "denoised": 1.0,
        "drift": drift,
        "correction": drift,
        "noise": highest("noise"),
        "guidance": highest("guidance"),
    }


def _content(one: Seen, name: str, values: Array | None, limit: float) -> Content:
    if values is None:
        return Content((one.missing(),))
    norm = one.norm(name)
    lines = (
        f"‖{SYMBOLS[name]}‖ {'–' if norm is None else significant(norm)}",
        f"scale ±{significant(limit)}" if name != "x" else f"±{significant(limit)} = 1 + 2σ",
    )
    return Content(lines, values, limit, name in SIGNED)


def _rows(seen: list[Seen]) -> list[tuple[str, Sequence[str]]]:
    """The numbers, one text a side; a dash keeps the place of one that does not exist at this step."""

    def number(value: float | None) -> str:
        return "–" if value is None else significant(value)

    samplers = [one.trajectory.run.sampler for one in seen]
    levels = [(one.trajectory.sigmas[one.index], _raised(one)) for one in seen]
    sides: list[tuple[str, Sequence[str]]] = [("", ["A", "B"])]
    churn: list[tuple[str, Sequence[str]]] = [
        ("σ after churn", [number(raised) for _, raised in levels]),
        ("γ", [number(None if raised is None else raised / sigma - 1) for sigma, raised in levels]),
    ]
    guidance: list[tuple[str, Sequence[str]]] = [("‖g‖", [number(one.norm("guidance")) for one in seen])]
    error: list[tuple[str, Sequence[str]]] = [("error / allowed", [number(_error(one)) for one in seen])]
    return [
        *(sides if len(seen) > 1 else []),
        ("σ", [number(sigma) for sigma, _ in levels]),
        *(churn if any(isinstance(each, HeunSettings) for each in samplers) else []),
        ("‖d‖", [number(one.norm("drift")) for one in seen]),
        *(guidance if _guided(seen) else []),
        ("‖d′‖", [number(one.norm("correction")) for one in seen]),
        *(error if any(isinstance(each, ODESettings) for each in samplers) else []),
        ("evaluations", [_spent(one) for one in seen]),
        ("seed, particle", [f"{one.trajectory.run.latents.seed}, {one.particle}" for one in seen]),
    ]


def _guided(seen: list[Seen]) -> bool:
    """Whether there are guides on any side."""
    return any(norm is not None for one in seen for norm in one.trajectory.norms("guidance"))


def _raised(one: Seen) -> float | None:
    """sigma_hat of the particle where churn raised it above sigma."""
    churned = isinstance(one.trajectory.run.sampler, HeunSettings)
    level = None if one.step is None or not churned else one.step.sigma_hat
    if level is None or one.particle >= len(one.step.x):  # type: ignore[union-attr]
        return None
    value = level if isinstance(level, float) else level[one.particle].item()
    return value if value > one.trajectory.sigmas[one.index] else None


def _error(one: Seen) -> float | None:
    """The solver's estimate of the particle's error in this step, in units of what was allowed."""
    errors = None if one.step is None else one.step.error
    return None if errors is None or one.particle >= len(errors) else errors[one.particle].item()


def _spent(one: Seen) -> str:
    """Evaluations of the model up to and with this step; about, where steps on the way were dropped."""
    if one.coarse:  # those of another Run
        return "–"
    if one.trajectory.stride == 1:
        steps = (one.trajectory[i] for i in range(one.index + 1))
        return str(sum(step.evaluations for step in steps if step is not None))
    return f"≈ {round(one.trajectory.evaluations * (one.index + 1) / one.trajectory.available)}"
