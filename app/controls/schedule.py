"""The schedule: number of steps, the ends of the noise levels and their curvature."""

from __future__ import annotations

from collections.abc import Callable

from app.bind import Span
from app.controls.group import Group, add_row
from app.state import State
from engine.models.catalogue import ModelInfo
from engine.run import Run
from engine.settings import EDMSchedule

SPANS = {
    "steps": Span(2, 100, integer=True),
    "sigma_max": Span(0.1, 1000, logarithmic=True),
    "sigma_min": Span(1e-4, 1, logarithmic=True),
    "rho": Span(1, 15),
}


def judge_sigma_max(run: Run, model: ModelInfo) -> str:
    """What to say about sigma_max: where the model knows no level so high."""
    if run.schedule.values()["sigma_max"] > model.sigma_max:
        return f"{model.name} knows levels up to {model.sigma_max:.4g}: drawn from there."
    return ""


def judge_sigma_min(run: Run, model: ModelInfo) -> str:
    """What to say about sigma_min: where the model knows no level so low."""
    if run.schedule.values()["sigma_min"] < model.sigma_min:
        return f"{model.name} knows levels down to {model.sigma_min:.4g}: drawn to there."
    return ""


class ScheduleGroup(Group):
    """A row for each setting of the EDM schedule."""

    def __init__(self, state: State) -> None:
        super().__init__("Schedule")
        judges: dict[str, Callable[[Run], str]] = {
            "sigma_max": lambda run: judge_sigma_max(run, state.model),
            "sigma_min": lambda run: judge_sigma_min(run, state.model),
        }
        for field, span in SPANS.items():
            add_row(self, state, "schedule", EDMSchedule, field, span, judges.get(field))
