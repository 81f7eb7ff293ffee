"""Bench of painting: what a mouse event of a stroke costs the window. Called by `app.bench`."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from app.views.easel import Easel
    from engine.bench import Row

SIDE, BRUSH, EVENTS = 1024, 64, 300
"""Pixels of a picture and of the brush, and mouse events."""


def rows() -> list[Row]:
    """The time that Qt's thread spends on a mouse event, and on what follows from it."""
    import torch

    from app.bench import open_and_draw, wait
    from app.views.easel import Easel
    from engine.bench import Row
    from engine.models.catalogue import describe
    from engine.models.ideal import IdealDenoiser

    generator = torch.Generator().manual_seed(0)
    model = describe(IdealDenoiser(torch.rand(4, 1, SIDE, SIDE, generator=generator) * 2 - 1), "random pictures")
    window = open_and_draw()
    state = window.state
    state.add_models(model)
    run = state.run.replace(model=model.reference.model_dump(), latents={"count": 2}, schedule={"steps": 4})
    state.set_run("random pictures", run, model)
    wait(lambda: window.bridge.idle)
    window.workspaces.show("Latents")
    wait(lambda: window.bridge.idle)
    assert window.latents is not None
    window.latents.editing.set_tool(tool="brush", size=float(BRUSH))
    easel = next(each for each in window.findChildren(Easel) if each.isVisible())
    events, turns = np.quantile(_stroke(easel), [0.5, 0.95], axis=1).T.tolist()
    wait(lambda: window.bridge.idle)
    window.close()
    how = f"a brush of {BRUSH}, {EVENTS} moves of the mouse; CPU time of Qt's thread, median {{:.1f}} ms"
    what = f"of a stroke on {SIDE} × {SIDE} in the window: p95"
    return [
        Row(f"a mouse event {what}", events[1], "ms", 16, how.format(events[0])),
        Row(f"what follows from a mouse event {what}", turns[1], "ms", 50, how.format(turns[0])),
    ]


def _stroke(easel: Easel) -> tuple[list[float], list[float]]:
    """Milliseconds of each event of a stroke in circles about the middle until it is seen, and of what the event loop
    then has to do until the next one: the Run changed, pictures that were drawn again shown.
    """
    size, events, turns = min(easel.width(), easel.height()), [], []
    for number in range(EVENTS + 2):
        angle = number * 0.1
        reach = QPointF(math.cos(angle), math.sin(angle)) * (0.3 * size)
        kind = {0: QEvent.Type.MouseButtonPress, EVENTS + 1: QEvent.Type.MouseButtonRelease}
        start = time.thread_time()
        _send(easel, kind.get(number, QEvent.Type.MouseMove), QPointF(easel.rect().center()) + reach)
        _repaint(easel)
        seen = time.thread_time()
        QApplication.processEvents()
        _repaint(easel)
        events.append(1000 * (seen - start))
        turns.append(1000 * (time.thread_time() - seen))
    return events[1:-1], turns[1:-1]


def _repaint(easel: Easel) -> None:
    """Paint what has changed in the window."""
    QApplication.sendPostedEvents(easel.window(), QEvent.Type.UpdateRequest.value)


def _send(easel: Easel, kind: QEvent.Type, place: QPointF) -> None:
    left = Qt.MouseButton.LeftButton
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else left
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else left
    there = QPointF(easel.mapToGlobal(place))
    QApplication.sendEvent(easel, QMouseEvent(kind, place, there, button, held, Qt.KeyboardModifier.NoModifier))
