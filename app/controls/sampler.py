"""The sampler: which one, its rows, what it costs, and how to install those that a package does the work of."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.bind import Span, ValueRow
from app.controls.group import Group, Rows
from app.controls.kinds import Kinds, add_row
from app.state import State
from engine import offers
from engine.run import Run
from engine.settings import GAMMA_MAX, SAMPLER_SETTINGS, HeunSettings, Settings
from engine.settings.samplers import ODESettings

_LOW = Span(1e-3, 100, logarithmic=True, zero=True)
_HIGH = Span(1e-2, 1000, logarithmic=True, unbounded=True)
_TOLERANCE = Span(1e-8, 0.1, logarithmic=True)

SPANS = {
    "s_min": _LOW,
    "s_max": _HIGH,
    "s_noise": Span(0.9, 1.1),
    "gamma": Span(0, 4),
    "rtol": _TOLERANCE,
    "atol": _TOLERANCE,
    "substeps": Span(1, 20, integer=True),
    "corrections": Span(0, 10, integer=True),
    "snr": Span(0.01, 1, logarithmic=True),
    "level": Span(1e-3, 100, logarithmic=True),
    "iterations": Span(1, 100, logarithmic=True, integer=True),
    "step_size": Span(1e-3, 1, logarithmic=True),
}
"""The useful ranges of numbers that have a wider allowed one, but for `OWN_SPANS` the same in every sampler."""

OWN_SPANS = {("euler-maruyama", "s_noise"): Span(0.01, 1, logarithmic=True, zero=True)}
"""Those of a sampler in which the field of that name means something else."""


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


def _at(field: str, value: object, sentence: str) -> Callable[[Run], str]:
    """A judge that has something to say about one value."""
    return lambda run: sentence if run.sampler.values()[field] == value else ""


def _judge_step_size(run: Run) -> str:
    unstable = run.sampler.values()["step_size"] >= 2
    return "From 2 on the steps overshoot: a particle may run away." if unstable else ""


JUDGES: dict[tuple[str, str], Callable[[Run], str]] = {
    ("heun", "churn"): judge_churn,
    ("heun", "s_min"): judge_window,
    ("heun", "s_max"): judge_window,
    ("ddpm", "variance"): _at(
        "variance", "none", "Without noise the samples do not cover the data: their spread is lost."
    ),
    ("ddim", "eta"): _at("eta", 1.0, "η = 1 is DDPM with β̃."),
    ("gradient-estimation", "gamma"): _at("gamma", 1.0, "γ = 1 is DDIM."),
    ("predictor-corrector", "corrections"): _at("corrections", 0, "The predictor alone: Euler–Maruyama."),
    ("langevin", "step_size"): _judge_step_size,
}
"""What to say about the setting of a sampler."""


def _adapts(run: Run) -> bool:
    return isinstance(run.sampler, ODESettings) and run.sampler.adapts


APPLIES: dict[tuple[str, str], Callable[[Run], bool]] = {
    ("ode", "adaptive"): lambda run: run.sampler.values()["method"] != "euler",
    ("ode", "rtol"): _adapts,
    ("ode", "atol"): _adapts,
    ("ode", "substeps"): lambda run: not _adapts(run),
    ("langevin", "level"): lambda run: not run.sampler.values()["annealed"],
}
"""Where a setting has an effect, if not always."""


class SamplerGroup(Group):
    """The list of samplers, a row for each setting of the chosen one, and a line about its evaluations."""

    def __init__(self, state: State) -> None:
        super().__init__("Sampler")
        self._state = state
        self._churn: ValueRow | None = None
        self._known: tuple[Settings, int, int] | None = None
        self.kinds = Kinds(state, "sampler", "How a step is made from one noise level to the next.", self._fill)
        self.install = Install()
        self.cost = QLabel()
        self.cost.setObjectName("muted")
        self.cost.setWordWrap(True)
        self.cost.setToolTip("How often the model is evaluated for the whole batch: counted once the Run is drawn.")
        for widget in (self.kinds, self.cost, self.install):
            self.body.addWidget(widget)
        state.run_changed.connect(self._show)
        state.step_arrived.connect(self._count)
        state.drawing_changed.connect(self._count)
        self._show(state.run)

    def _fill(self, page: Rows, kind: type[Settings]) -> None:
        name = kind.model_fields["name"].default
        for field in kind.model_fields:
            if field != "name":
                judge, applies = JUDGES.get((name, field)), APPLIES.get((name, field))
                usual = _churn_span(self._state.run) if field == "churn" else SPANS.get(field)
                span = OWN_SPANS.get((name, field), usual)
                row = add_row(page, self._state, "sampler", kind, field, span, judge, applies)
                if field == "churn" and isinstance(row, ValueRow):
                    self._churn = row

    def _show(self, run: Run) -> None:
        reasons = {name: offers.refusal(name, self._state.model, run) for name in SAMPLER_SETTINGS}
        self.kinds.offer(reasons)
        self.install.setVisible(offers.MISSING in reasons.values())
        self._rescale(run)
        self._count()

    def _rescale(self, run: Run) -> None:
        """Scale S_churn's slider to the steps; the mark stands where gamma saturates."""
        churn = self._churn
        if churn is not None and isinstance(run.sampler, HeunSettings) and not churn.slider.isSliderDown():
            churn.set_span(_churn_span(run), mark=GAMMA_MAX * run.schedule.steps)
            churn.set_value(run.sampler.churn)

    def _count(self, *_: object) -> None:
        """Say how many evaluations the Run takes: as counted, where one of this sampler and as many steps was
        drawn, else about.
        """
        run, drawing = self._state.run, self._state.drawing("current")
        trajectory = drawing.trajectory
        if trajectory is not None and trajectory.complete and not drawing.coarse:
            drawn = trajectory.run
            self._known = (drawn.sampler, drawn.schedule.steps, trajectory.evaluations)
        steps = run.schedule.steps
        if self._known is not None and self._known[:2] == (run.sampler, steps):
            count = f"{self._known[2]:,}"
        else:
            count = f"about {run.sampler.per_step * steps:,}"
        self.cost.setText(f"{steps:,} steps, {count} evaluations")


class Install(QWidget):
    """How to install what the greyed samplers need, with a button that copies the command."""

    def __init__(self) -> None:
        super().__init__()
        names = ", ".join(kind.label for kind in SAMPLER_SETTINGS.values() if kind.package)
        self.command = QLabel(f"For {names}: {offers.INSTALL}")
        self.command.setObjectName("muted")
        self.command.setWordWrap(True)
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy the command that installs them; start the program again afterwards.")
        self.copy.setAccessibleName("Copy the command that installs the samplers of diffusers")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(offers.INSTALL))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.command, 1)
        row.addWidget(self.copy)


def _churn_span(run: Run) -> Span:
    return Span(0, 1.25 * GAMMA_MAX * run.schedule.steps, zero=True)
