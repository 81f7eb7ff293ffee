"""Chart: what the view of the schedule draws, as numbers: levels over the steps, or what is left of the data over t.

Made by `levels.LevelsPlot`; the levels come from `engine.levels`, in Qt's thread, since they take microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from app.state import State
from app.views.numerals import significant
from engine import levels
from engine.errors import InputError
from engine.levels import Levels
from engine.models.catalogue import ModelInfo
from engine.settings import DDPMSchedule, EDMSchedule, ScheduleSettings
from engine.settings.schedules import LogLinearSchedule

PINNED = "A"
"""The schedule of the pinned Run among those that can be drawn beside the current one."""

_Made = Callable[[int], ScheduleSettings]

COMPARED: dict[str, tuple[_Made, int, Qt.PenStyle]] = {
    "EDM": (lambda steps: EDMSchedule(steps=steps), 0, Qt.PenStyle.DashDotLine),
    "Log-linear": (lambda steps: LogLinearSchedule(steps=steps), 1, Qt.PenStyle.DashLine),
    "DDIM (uniform t)": (lambda steps: DDPMSchedule(steps=steps), 2, Qt.PenStyle.DotLine),
    "DDIM offset (from 40)": (
        lambda steps: DDPMSchedule(steps=steps, sigma_max=40.0),
        3,
        Qt.PenStyle.DashDotDotLine,
    ),
}
"""The schedules of the literature at so many steps, each with its category's colour and its line."""

_BEYOND = 10.0  # as far as this factor the axis goes beyond the curves to show where the model was trained
_ALONE = 3.0  # and as far as this one around a single level


@dataclass(frozen=True, eq=False)
class Line:
    """A curve through x [K], y [K] with dots at `dots`, indices; `colour` is a category, None the colour of text."""

    label: str
    x: Levels
    y: Levels
    dots: NDArray[np.intp]
    colour: int | None = None
    style: Qt.PenStyle = Qt.PenStyle.SolidLine


@dataclass(frozen=True, eq=False)
class Chart:
    """Curves over an axis from 0 to `last` named `across`, between `low` and `high`, named `up`.

    `x`, `y` and `sigmas` [N + 1] say where the steps stand. On a `logarithmic` axis 0 stands below `low`. `band` are
    the levels that the model was trained at, where it has such.
    """

    lines: tuple[Line, ...]
    x: Levels
    y: Levels
    sigmas: Levels
    across: str
    up: str
    last: float
    low: float
    high: float
    logarithmic: bool
    band: tuple[float, float] | None = None

    def reading(self, step: int) -> str:
        """What the chart says about that step."""
        sigma = float(self.sigmas[step])
        at = [f"step {step} of {len(self.x) - 1}"]
        at += [f"t {self.x[step]:.0f}"] if self.across == "t" else []
        return "   ".join([*at, f"σ {significant(sigma)}", f"ᾱ {significant(float(levels.abar(np.array(sigma))))}"])

    def step(self, x: float) -> int:
        """The step nearest to a place on the axis."""
        return int(np.abs(self.x - x).argmin())


def drawn(settings: ScheduleSettings, model: ModelInfo) -> Levels:
    """The levels [N + 1] that are drawn with that model. Raises `InputError` as `levels.of`."""
    return levels.of(settings, model.sigma_min, model.sigma_max, model.levels, model.name)


def beside(state: State) -> dict[str, tuple[ScheduleSettings, ModelInfo]]:
    """What can be drawn beside the current schedule, at as many steps, by name; A only where a Run is pinned."""
    steps = state.run.schedule.steps
    found = {name: (make(steps), state.model) for name, (make, _, _) in COMPARED.items()}
    if state.pinned is not None and state.pinned_model is not None:
        found[PINNED] = (state.pinned.schedule.model_copy(update={"steps": steps}), state.pinned_model)
    return found


def over_steps(state: State, names: Iterable[str]) -> Chart:
    """sigma over the steps of the current schedule and of those `names` of `beside` that have so many levels.

    Raises `InputError` where the current one has not.
    """
    sigmas, model = drawn(state.run.schedule, state.model), state.model
    steps = np.arange(len(sigmas))
    lines = [Line(state.run.schedule.label, steps.astype(float), sigmas, steps)]
    for name, (settings, of) in beside(state).items():
        if name in names and not problem(settings, of):
            _, colour, style = COMPARED.get(name, (None, None, Qt.PenStyle.DashLine))
            lines.append(Line(_label(name, state), lines[0].x, drawn(settings, of), steps, colour, style))
    positive = np.concatenate([line.y[:-1] for line in lines])
    low, high = float(positive.min()), float(positive.max())
    band = (model.sigma_min, model.sigma_max) if np.isfinite(model.sigma_max) else None
    if band is not None:
        low, high = min(low, max(band[0], low / _BEYOND)), max(high, min(band[1], high * _BEYOND))
    if low == high:
        low, high = low / _ALONE, high * _ALONE
    return Chart(
        tuple(lines), lines[0].x, sigmas, sigmas, "step", "σ", float(steps[-1]), low, high, logarithmic=True, band=band
    )


def over_t(state: State) -> Chart:
    """abar and its root over the steps t of a DDPM, from the data at t = 0 to t = T, with a dot at each step taken.

    Raises `InputError` as `over_steps`.
    """
    settings = state.run.schedule
    assert isinstance(settings, DDPMSchedule)
    sigmas = drawn(settings, state.model)
    every = every_level(settings, state.model)
    t = np.append(np.searchsorted(every, sigmas[:-1]) + 1, 0)
    x, kept = np.arange(len(every) + 1, dtype=float), np.append(1.0, levels.abar(every))
    lines = (
        Line("ᾱ", x, kept, t),
        Line("√ᾱ", x, np.sqrt(kept), t, colour=0, style=Qt.PenStyle.DashLine),
    )
    return Chart(lines, x[t], kept[t], sigmas, "t", "", float(len(every)), 0.0, 1.0, logarithmic=False)


def every_level(settings: DDPMSchedule, model: ModelInfo) -> Levels:
    """sigma_1 .. sigma_T [T] of which the schedule takes some. Raises `InputError` as `levels.discrete`."""
    values: dict[str, Any] = settings.model_dump(include={"betas", "horizon", "first", "last", "offset"})
    return levels.discrete(**values, own=model.levels)


def problem(settings: ScheduleSettings, model: ModelInfo) -> str:
    """Why nothing can be drawn with that schedule and model, in a sentence; empty where it can."""
    try:
        drawn(settings, model)
    except InputError as error:
        return str(error)
    return ""


def _label(name: str, state: State) -> str:
    if name == PINNED and state.pinned is not None and state.pinned.schedule.steps != state.run.schedule.steps:
        return f"A, at {state.run.schedule.steps} steps"
    return name
