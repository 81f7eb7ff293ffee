"""Forecaster: what the page of futures asks of the worker, and what the worker tells of it. Made by that page.

Futures are drawn for a view, the newest request wins; a rollout is a job, between whose evaluations views are drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.futures import Choices, Forecast, FuturesState, Rolled, Work, last_given
from app.state import State
from engine import frames
from engine.data import sequences
from engine.data.sequences import Source
from engine.models.catalogue import ModelInfo
from engine.rollout import Rollout, caution, roll
from engine.run import Run
from engine.worker import ENDS, Event, Lane, Task

KEPT = 8
"""Forecasts that stay at hand, with their rollouts, so that undo shows them at once."""

PARTS = 100
"""Of the work of a rollout, told in the status line."""

STOPPED = "The futures were stopped before the last step."
ROLLOUT_STOPPED = "The rollout was stopped: start it again to see all of it."

_WORDS = {"several": "several next frames are", "one": "only one next frame is"}


class Asked(NamedTuple):
    """What the futures depend on; whose digits move may change while the program runs."""

    choices: Choices
    model: ModelInfo
    source: Source


class Forecaster(QObject):
    """Draws the futures that are chosen while it is active, and rollouts; opens what is looked at in Explore."""

    explored = Signal()  # a Run was made the current one: time to look at it

    def __init__(self, futures: FuturesState, state: State, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._futures, self._state, self._bridge = futures, state, bridge
        self._active = False
        self._asked: Asked | None = None
        self._kept: dict[Asked, Forecast] = {}
        self._rollouts: dict[Asked, tuple[Rolled, Work]] = {}  # of those that are kept
        self._task = self._job = 0
        futures.choices_changed.connect(self._look)
        futures.again_wanted.connect(self._again)
        futures.start_wanted.connect(self.roll)
        futures.stop_wanted.connect(self.stop)
        futures.open_wanted.connect(self.open)
        state.models_changed.connect(self._offer)
        self._offer()

    def set_active(self, active: bool) -> None:
        """Draw what is chosen from now on; or ask for nothing more."""
        self._active = active
        self._look()

    # -- futures -------------------------------------------------------------------------------------------------

    def _offer(self) -> None:
        self._futures.offer(self._state.models)
        self._look()

    def _again(self) -> None:
        if self._asked is not None and not self._task:
            self._ask(self._asked.choices, self._asked.model)

    def _look(self) -> None:
        """Ask for what is chosen, unless it is at hand or on its way."""
        futures, model = self._futures, self._futures.model
        wanted = None if model is None else Asked(futures.choices.question, model, sequences.source())
        if not self._active or wanted == self._asked:
            return
        if self._asked is None or wanted is None or self._asked.model != wanted.model:
            futures.set_forecast(None, Work())  # frames of another kind
        self._bridge.cancel(self._task)
        self._task = 0
        self._leave_rollout()
        self._asked = wanted
        if wanted is None:
            return
        kept = self._kept.get(wanted)
        if kept is not None:
            futures.set_forecast(kept, Work())
            futures.set_rolled(*self._rollouts.get(wanted, (None, Work())))
        else:
            self._ask(wanted.choices, wanted.model)

    def _ask(self, choices: Choices, model: ModelInfo) -> None:
        def work(task: Task) -> Iterator[Forecast]:
            yield from forecasts(choices, model, self._bridge, task)

        label = f"futures of {model.name}"
        self._task = self._bridge.submit(Lane.INTERACTIVE, "futures", work, self._handle, label, choices.schedule.steps)
        self._futures.set_forecast(self._futures.forecast, Work(running=True))

    def _handle(self, event: Event) -> None:
        if event.id != self._task or self._asked is None:
            return
        futures = self._futures
        if event.kind == "item":
            forecast: Forecast = event.payload
            if forecast.run is not None:
                self._bridge.advance(event.id, forecast.step, forecast.run.schedule.steps)
            futures.set_forecast(forecast, Work(running=True))
        elif event.kind in ENDS:
            self._task = 0
            problem = {"failed": event.payload, "cancelled": STOPPED}.get(event.kind, "")
            shown = futures.forecast if futures.fresh else None
            if shown is not None and event.kind == "finished":
                self._keep(self._asked, shown)
                problem = shown.problem
            futures.set_forecast(shown, Work(problem=problem))

    def _keep(self, asked: Asked, forecast: Forecast) -> None:
        while len(self._kept) >= KEPT:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._rollouts.pop(oldest, None)
        self._kept[asked] = forecast

    # -- the rollout ---------------------------------------------------------------------------------------------

    def roll(self) -> None:
        """Draw the rollout that is chosen."""
        futures, model, bridge = self._futures, self._futures.model, self._bridge
        forecast, choices = futures.forecast, futures.choices
        if model is None or forecast is None or forecast.run is None or not futures.fresh or futures.rolling.running:
            return
        settings = choices.rollout
        asked = Rollout(run=forecast.run, **settings.model_dump())

        def work(task: Task) -> Iterator[Rolled]:
            rolled = Rolled(settings, caution(asked, model))
            for told in roll(asked, bridge.load(model), interrupted=task.interrupted):
                if isinstance(told, float):
                    rolled = dataclasses.replace(rolled, share=told)
                else:
                    rolled = dataclasses.replace(rolled, levels=(*rolled.levels, told))
                yield rolled

        self._job = bridge.submit(Lane.JOBS, "rollout", work, self._handle_rollout, f"rollout of {model.name}", PARTS)
        futures.set_rolled(Rolled(settings), Work(running=True))

    def stop(self) -> None:
        """Stop the rollout before the next evaluation; the levels that are drawn stay."""
        self._bridge.cancel(self._job)

    def _leave_rollout(self) -> None:
        """Stop the rollout of the futures that are left, and put by what is drawn of it."""
        self.stop()
        self._job = 0
        rolled, rolling = self._futures.rolled, self._futures.rolling
        if rolled is not None and rolled.levels and self._asked in self._kept:
            self._rollouts[self._asked] = rolled, Work(problem=ROLLOUT_STOPPED) if rolling.running else rolling
        self._futures.set_rolled(None, Work())

    def _handle_rollout(self, event: Event) -> None:
        if event.id != self._job:
            return
        futures = self._futures
        if event.kind == "item":
            rolled: Rolled = event.payload
            self._bridge.advance(event.id, round(PARTS * rolled.share), PARTS)
            futures.set_rolled(rolled, Work(running=True))
        elif event.kind in ENDS:
            self._job = 0
            problem = {"failed": event.payload, "cancelled": ROLLOUT_STOPPED}.get(event.kind, "")
            futures.set_rolled(futures.rolled, Work(problem=problem))

    # -- opening -------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Make the Run of what is looked at the current one, with its particle selected."""
        looked, model = self._futures.looked, self._futures.model
        seen = self._futures.seen(looked)
        if seen is None or model is None:
            return
        self._state.open_run("open a next frame", seen[0], model)
        self._state.select([looked.particle])
        self.explored.emit()


def forecasts(choices: Choices, model: ModelInfo, bridge: Bridge, task: Task) -> Iterator[Forecast]:
    """On the worker: the sequence, then the futures after each step. Raises `InputError` where there are none."""
    import torch

    from engine.analysis import directions
    from engine.analysis.futures import summary
    from engine.analysis.pictures import to_uint8
    from engine.execute import record

    of = sequences.of(model)
    assert of is not None  # others are not on offer
    found = Forecast(choices, of, of.pick(choices.number))
    last = last_given(of, found.sequence, choices.frame)
    if last is None:
        yield dataclasses.replace(found, problem=_unsuited(choices))
        return
    first = last - of.given + 1
    reference = frames.of_sequence(model, choices.number, first)
    run = run_of(choices, model).replace(condition={"frames": reference.model_dump()})
    given = torch.from_numpy(frames.of_bytes(found.sequence.frames[first : last + 1]))
    row, column = directions.centroids(directions.ink(given[None, -1:]))[0].tolist()
    found = dataclasses.replace(found, last=last, run=run, origin=(row, column))
    yield found
    for trajectory in record(run, bridge.load(model), budget=0, interrupted=task.interrupted):
        step = trajectory[trajectory.available - 1]
        assert step is not None  # the newest is always kept
        x0 = step.estimate.cpu()
        told = summary(x0, given)
        yield dataclasses.replace(found, frames=to_uint8(x0.numpy()), futures=told, step=step.index)


def run_of(choices: Choices, model: ModelInfo) -> Run:
    """The Run of the futures, but for the frames that are given."""
    parts = choices.model_dump(include={"latents", "schedule", "sampler", "guidance"})
    return Run(model=model.reference).replace(**parts)


def _unsuited(choices: Choices) -> str:
    """Why the frames that are chosen cannot be given."""
    name = f"Sequence {choices.number}"
    if isinstance(choices.frame, int):
        return f"{name} has no frame {choices.frame} that can be the last given one: choose another on the filmstrip."
    return f"{name} has no frames after which {_WORDS[choices.frame]} possible: choose another sequence or frame."
