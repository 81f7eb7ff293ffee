"""A State and its Bridge without a window, on a model that waits to be allowed: what tests of the bridge share."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot
from torch import Tensor

from app.bridge import Bridge
from app.state import State
from engine.models import catalogue
from tests.engine.tiny import REFERENCE, TinyMixture, run_of

COARSE = 7
"""Evaluations of the four steps of Heun's method that go ahead of 22."""


class Paced(TinyMixture):
    """A model whose evaluations each wait until they are allowed, and which counts them."""

    def __init__(self) -> None:
        super().__init__(self._enter)
        self.allowed = threading.Semaphore(0)
        self.evaluations = 0

    def _enter(self, x: Tensor) -> None:
        self.evaluations += 1
        assert self.allowed.acquire(timeout=60)


class Desk:
    """A State and its Bridge, without a window."""

    def __init__(self, model: Paced, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        info = dataclasses.replace(catalogue.named("ring"), reference=REFERENCE, build=lambda: model)  # type: ignore[arg-type,return-value]
        self.state = State(run_of(schedule={"steps": 22}), info)
        self.bridge = Bridge(self.state)

    def settle(self, condition: Callable[[], Any] | None = None) -> None:
        """Run the event loop until the condition holds, by default until nothing is computed."""
        self._qtbot.waitUntil(condition or (lambda: self.bridge.idle), timeout=60_000)


def advance(desk: Desk, paced: Paced, evaluations: int) -> None:
    """Allow so many, and wait until the next one stands at the gate and all before it is shown."""
    entered = paced.evaluations + evaluations
    paced.allowed.release(evaluations)
    desk.settle(lambda: paced.evaluations == entered and not desk.bridge._inbox)
