"""The sampler: S_churn, scaled to the steps with its saturation marked, and its three companions."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from app.bind import Span
from app.controls.group import Group, add_row
from app.state import State
from engine.run import Run
from engine.settings import GAMMA_MAX, HeunSettings


def judge_churn(run: Run) -> str:
    """What to say about S_churn: where more of it changes nothing."""
    steps = run.schedule.steps
    if run.sampler.values()["churn"] > GAMMA_MAX * steps * 1.0001:
        return f"γ is at its limit √2 − 1 from S_churn = {GAMMA_MAX * steps:.3g}: more changes nothing."
    return ""


def judge_window(run: Run) -> str:
    """What to say about S_min and S_max: where no step lies between them."""
    sampler = run.sampler.values()
    if sampler["churn"] > 0 and sampler["s_min"] > sampler["s_max"]:
        return "S_min is above S_max: no step adds noise."
    return ""


class SamplerGroup(Group):
    """Rows for Heun's settings."""

    def __init__(self, state: State) -> None:
        super().__init__("Sampler")
        name = QLabel(HeunSettings.label)
        name.setToolTip(f"{HeunSettings.__doc__} ({HeunSettings.source})")
        self.body.addWidget(name)
        self.churn = add_row(self, state, "sampler", HeunSettings, "churn", self._churn_span(state.run), judge_churn)
        low, high = Span(1e-3, 100, logarithmic=True, zero=True), Span(1e-2, 1000, logarithmic=True, unbounded=True)
        add_row(self, state, "sampler", HeunSettings, "s_min", low, judge_window)
        add_row(self, state, "sampler", HeunSettings, "s_max", high, judge_window)
        add_row(self, state, "sampler", HeunSettings, "s_noise", Span(0.9, 1.1))
        state.run_changed.connect(self._rescale)
        self._rescale(state.run)

    @staticmethod
    def _churn_span(run: Run) -> Span:
        return Span(0, 1.25 * GAMMA_MAX * run.schedule.steps, zero=True)

    def _rescale(self, run: Run) -> None:
        """Scale S_churn's slider to the steps; the mark stands where gamma saturates."""
        if not self.churn.slider.isSliderDown():
            self.churn.set_span(self._churn_span(run), mark=GAMMA_MAX * run.schedule.steps)
            self.churn.set_value(run.sampler.values()["churn"])
