"""States with Runs drawn on exact models, for the tests of the canvas; no worker: fields come when asked for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from app.state import Drawing, Side, State
from engine.analysis.field import FieldRequest, compute
from engine.execute import record
from engine.models import catalogue
from engine.run import Run
from engine.trajectory import Trajectory


def trajectory(run: Run, name: str) -> Trajectory:
    """The whole trajectory of `run` on that exact model."""
    model = catalogue.named(name).build()
    return list(record(run, model))[-1]


def drawn(name: str, **settings: Any) -> State:
    """A state whose current Run on that model is drawn; `settings` are groups of the Run."""
    info = catalogue.named(name)
    settings.setdefault("latents", {"count": 6})
    settings.setdefault("schedule", {"steps": 8})
    state = State(Run(model=info.reference).replace(**settings), info)
    state.set_drawing("current", Drawing(trajectory(state.run, name)))
    return state


def pin(state: State, name: str, **settings: Any) -> None:
    """Pin a Run that differs from the current one by `settings`, drawn."""
    info = catalogue.named(name)
    run = state.run.replace(model=info.reference.model_dump(), **settings)
    state.pin(run, info)
    state.set_drawing("pinned", Drawing(trajectory(run, name)))


def answer(state: State, name: str) -> list[FieldRequest]:
    """Compute the fields that views ask for, one turn of the event loop later; the list grows with each request."""
    model, asked = catalogue.named(name).build(), list[FieldRequest]()

    def reply(request: FieldRequest) -> None:
        asked.append(request)
        state.field_arrived.emit(compute(request, model))

    state.field_wanted.connect(reply, Qt.ConnectionType.QueuedConnection)
    return asked


def colour(widget: QWidget, place: QPoint) -> QColor:
    """The colour a user sees at that point of the widget."""
    return widget.grab().toImage().pixelColor(place)


def saw(state: State, side: Side) -> Trajectory:
    """The trajectory drawn on that side."""
    found = state.drawing(side).trajectory
    assert found is not None
    return found
