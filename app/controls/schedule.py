"""The schedule: which one, its rows, a preset for those of a DDPM, and the picture of its levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.bind import Span
from app.controls.group import Group, Rows
from app.controls.kinds import Kinds, add_row
from app.controls.rows import ChoiceRow
from app.state import State
from app.views.chart import drawn, problem
from app.views.levels import LevelsView
from app.views.numerals import significant
from engine import levels
from engine.errors import InputError
from engine.models.betas import PRESETS
from engine.models.catalogue import ModelInfo
from engine.run import Run
from engine.settings import UNBOUNDED, DDPMSchedule, Settings

SPANS = {
    "steps": Span(2, 100, integer=True),
    "sigma_max": Span(0.1, 1000, logarithmic=True),
    "sigma_min": Span(1e-4, 1, logarithmic=True),
    "rho": Span(1, 15),
    "horizon": Span(10, 4000, logarithmic=True, integer=True),
    "first": Span(1e-6, 1e-2, logarithmic=True),
    "last": Span(1e-3, 0.1, logarithmic=True),
    "offset": Span(1e-4, 0.1, logarithmic=True),
}
UNLIMITED = Span(1, 1000, logarithmic=True, unbounded=True)
"""sigma_max of a DDPM, which by default starts from its last level, whatever that is."""

CLEAR = 10.0
"""The first level below which the data show through the noise: abar is above 0.01 there."""

_LINEAR = frozenset({"horizon", "first", "last"})
_USED = {"own": _LINEAR, "linear": _LINEAR, "scaled linear": _LINEAR, "cosine": frozenset({"horizon", "offset"})}
_BETAS = ("betas", "horizon", "first", "last", "offset")


def judge_steps(run: Run, model: ModelInfo) -> str:
    """What to say about the number of steps: why there are no such levels."""
    return problem(run.schedule, model)


def judge_sigma_max(run: Run, model: ModelInfo) -> str:
    """What to say about sigma_max: where the model knows no level so high, and where the first is not noise alone."""
    notes = []
    if model.sigma_max < run.schedule.sigma_max < UNBOUNDED:
        notes.append(f"{model.name} knows levels up to {model.sigma_max:.4g}: drawn from there.")
    first = _first(run, model)
    if first is not None and first < CLEAR and run.latents.picture is None:
        left = significant(float(levels.abar(drawn(run.schedule, model)[:1])[0]))
        notes.append(
            f"The data still show at the first level, σ {significant(first)} (ᾱ {left}): "
            "latents, which are noise alone, are not what it looks like."
        )
    return " ".join(notes)


def judge_sigma_min(run: Run, model: ModelInfo) -> str:
    """What to say about sigma_min: where the model knows no level so low."""
    low = run.schedule.sigma_min
    unchanged = isinstance(run.schedule, DDPMSchedule) and low == DDPMSchedule.model_fields["sigma_min"].default
    if low < model.sigma_min and not unchanged:
        return f"{model.name} knows levels down to {model.sigma_min:.4g}: drawn to there."
    return ""


def has_effect(field: str, schedule: DDPMSchedule, model: ModelInfo) -> bool:
    """Whether that setting of the betas changes the levels: none does beside betas of the model's own."""
    if field == "betas":
        return True
    return field in _USED[schedule.betas] and not (schedule.betas == "own" and model.levels is not None)


def _first(run: Run, model: ModelInfo) -> float | None:
    try:
        return float(drawn(run.schedule, model)[0])
    except InputError:
        return None


def _presets() -> dict[str, dict[str, Any]]:
    """What a preset sets, by its name; those of the literature that are the same stand in one entry."""
    plain: dict[str, Any] = {field: DDPMSchedule.model_fields[field].default for field in (*_BETAS, "sigma_max")}
    named: dict[str, dict[str, Any]] = {}
    for name, betas in PRESETS.items():
        values = {"betas": betas.kind, "horizon": betas.steps, "first": betas.first, "last": betas.last}
        same = next((others for others, known in named.items() if known == {**plain, **values}), None)
        named.pop(same or "", None)
        named[f"{same}, {name}" if same else name] = {**plain, **values}
    return {"The model's own": plain, "DDIM offset": {**plain, "sigma_max": 40.0}, **named}


class PresetRow(ChoiceRow):
    """The schedules of the literature and the model's own, by name."""

    def __init__(self, state: State) -> None:
        self._state, self._presets = state, _presets()
        tips = {
            name: f"{values['betas']}, T = {values['horizon']}, β from {values['first']:g} to {values['last']:g}"
            for name, values in self._presets.items()
            if values["betas"] != "own"
        }
        tips["The model's own"] = "All levels that the model was trained at; of linear betas where it has no steps t."
        tips["DDIM offset"] = "The same from σ = 40 on, which spares the steps at levels that are noise alone."
        tip = "Betas and σ max as somebody used them: of the table 4.3 of W. Dalheim's thesis, or the model's own."
        super().__init__("Preset", tip, {name: name for name in self._presets}, tips)
        self.setObjectName("schedule.preset")
        self.changed.connect(self._choose)
        state.run_changed.connect(self._show)
        self._show(state.run)

    def _choose(self, name: str) -> None:
        self._state.end_gesture()
        self._state.change(f"choose {name}", schedule=self._presets[name])
        self._state.end_gesture()
        self._show(self._state.run)

    def _show(self, run: Run) -> None:
        if isinstance(run.schedule, DDPMSchedule):
            self.set_value(next((name for name in self._presets if self._is(name, run.schedule)), None))

    def _is(self, name: str, schedule: DDPMSchedule) -> bool:
        """Whether the schedule is that preset, whatever stands in settings without effect."""
        return all(
            getattr(schedule, field) == value
            for field, value in self._presets[name].items()
            if field not in _BETAS or has_effect(field, schedule, self._state.model)
        )


class ScheduleGroup(Group):
    """The list of schedules, a row for each setting of the chosen one, and the picture."""

    def __init__(self, state: State) -> None:
        super().__init__("Schedule")
        self._state = state
        self.kinds = Kinds(state, "schedule", "How the noise level σ falls from step to step.", self._fill)
        self.levels = LevelsView(state)
        self.body.addWidget(self.kinds)
        self.body.addWidget(self.levels)

    def _fill(self, page: Rows, kind: type[Settings]) -> None:
        state = self._state
        judges: dict[str, Callable[[Run], str]] = {
            "steps": lambda run: judge_steps(run, state.model),
            "sigma_max": lambda run: judge_sigma_max(run, state.model),
            "sigma_min": lambda run: judge_sigma_min(run, state.model),
        }
        for field in kind.model_fields:
            if field == "betas":
                page.body.addWidget(PresetRow(state))
            if field != "name":
                span = UNLIMITED if kind is DDPMSchedule and field == "sigma_max" else SPANS.get(field)
                applies = self._applies(field) if field in _BETAS else None
                add_row(page, state, "schedule", kind, field, span, judges.get(field), applies)

    def _applies(self, field: str) -> Callable[[Run], bool]:
        def applies(run: Run) -> bool:
            assert isinstance(run.schedule, DDPMSchedule)
            return has_effect(field, run.schedule, self._state.model)

        return applies
