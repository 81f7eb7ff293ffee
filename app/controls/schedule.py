"""The schedule: number of steps, the ends of the noise levels and their curvature."""

from __future__ import annotations

from app.bind import Span
from app.controls.group import Group, add_row
from app.state import State
from engine.settings import EDMSchedule

SPANS = {
    "steps": Span(2, 100, integer=True),
    "sigma_max": Span(0.1, 1000, logarithmic=True),
    "sigma_min": Span(1e-4, 1, logarithmic=True),
    "rho": Span(1, 15),
}


class ScheduleGroup(Group):
    """A row for each setting of the EDM schedule."""

    def __init__(self, state: State) -> None:
        super().__init__("Schedule")
        for field, span in SPANS.items():
            add_row(self, state, "schedule", EDMSchedule, field, span)
