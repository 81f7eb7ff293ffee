"""A State with something drawn in it, without a window or a worker. Shared by the tests of the views."""

from __future__ import annotations

import itertools
from typing import Any, TypeVar

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.state import Drawing, Side, State
from engine.execute import record
from engine.models.catalogue import ModelInfo
from engine.trajectory import Trajectory
from tests.engine.tiny import REFERENCE, TinyMixture, run_of

Shown = TypeVar("Shown", bound=QWidget)


class TinyPictures(TinyMixture):
    """A Gaussian of grey pictures: D = x / (1 + sigma^2)."""

    data_shape = (1, 4, 6)

    def denoise(self, x: Any, sigma: Any, cond: Any = None) -> Any:
        """The posterior mean of N(0, I)."""
        level = sigma.reshape(-1, *[1] * (x.dim() - 1))
        return x / (1 + level**2)


def staged(model: TinyMixture | None = None, **groups: Any) -> State:
    """A State of six steps and five particles on a tiny model, nothing drawn."""
    shape = (model or TinyMixture()).data_shape
    info = ModelInfo("tiny", "Tiny", shape, "a test", "A model for tests.", "mixture", REFERENCE, lambda: model)  # type: ignore[arg-type,return-value]
    return State(run_of(**groups), info)


def draw(
    state: State,
    model: TinyMixture | None = None,
    side: Side = "current",
    steps: int | None = None,
    budget: int = 2**30,
) -> Trajectory:
    """Draw that side's Run as the bridge does, all of it or its first `steps` Steps, and then go on running."""
    run = state.run_of(side)
    assert run is not None
    *_, trajectory = itertools.islice(record(run, model or TinyMixture(), budget=budget), steps)
    state.set_drawing(side, Drawing(trajectory, running=not trajectory.complete))
    state.step_arrived.emit(side, trajectory.available)
    return trajectory


def put_away(widget: QWidget, state: State) -> None:
    """Hide a widget whose test is over, and drop the undo commands, which may not be collected with their State."""
    widget.hide()
    state.undo.clear()


def on_screen(qtbot: QtBot, widget: Shown, state: State, width: int, height: int) -> Shown:
    """The widget on the screen in that size, held until the test is over and then put away."""
    qtbot.addWidget(widget, before_close_func=lambda _: put_away(widget, state))
    widget.resize(width, height)
    widget.show()
    return widget


def colour(widget: QWidget, x: float, y: float) -> QColor:
    """The colour a user sees at that point of the widget."""
    image = widget.grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(QPoint(round(x * ratio), round(y * ratio)))
