"""Strips on tiny pictures, whose requests wait until they are answered. Shared by the tests of strips and of views."""

from __future__ import annotations

from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer

from app.bridge import Handle, Work
from app.editing import Editing
from app.state import State
from app.strips import Strips
from engine.models.catalogue import ModelInfo
from engine.run import ModelReference
from engine.worker import Event, Kind, Lane
from tests.app.opened import wait
from tests.app.views.stage import TinyPictures, draw, staged


class Desk:
    """A bridge whose requests wait until they are answered."""

    def __init__(self) -> None:
        self.asked: list[tuple[Work, Handle]] = []
        self.cancelled: list[int] = []
        self.advanced: list[tuple[int, int]] = []
        self.loaded: list[str] = []

    def submit(self, lane: Lane, slot: str, work: Work, handle: Handle, label: str) -> int:
        assert (lane, slot, label) == (Lane.INTERACTIVE, "strip", "drawing the strip")
        self.asked.append((work, handle))
        return len(self.asked)

    def cancel(self, task: int) -> None:
        if task:
            self.cancelled.append(task)

    def advance(self, task: int, done: int, total: int) -> None:
        self.advanced.append((done, total))

    def load(self, info: ModelInfo) -> Any:
        self.loaded.append(info.name)
        return info.build()

    def tell(self, kind: Kind, payload: Any = None, task: int | None = None) -> None:
        """An event of the newest request, or of another one."""
        number = len(self.asked) if task is None else task
        self.asked[number - 1][1](Event(kind, number, "strip", payload))

    def answer(self, items: int | None = None) -> None:
        """Answer the newest request, all of it or its first few items."""
        for item in islice(self.asked[-1][0](SimpleNamespace(interrupted=lambda: False)), items):  # type: ignore[arg-type]
            self.tell("item", item)
        if items is None:
            self.tell("finished")


def stripped(**groups: Any) -> tuple[Strips, Desk, State]:
    """Strips over a drawn Run of five particles of tiny pictures, active and calm: one request waits."""
    state = staged(TinyPictures(), **groups)
    draw(state, TinyPictures())
    desk = Desk()
    strips = Strips(Editing(state), desk)  # type: ignore[arg-type]
    strips.editing.setParent(strips)
    strips.set_active(True)
    calm(strips)
    return strips, desk, state


def calm(strips: Strips) -> None:
    """Let the moment without a change pass."""
    timer = strips.findChild(QTimer)
    if timer is not None and timer.isActive():
        wait(lambda: not timer.isActive())


def other(name: str = "other") -> ModelInfo:
    """Another model of such pictures."""

    class Other(TinyPictures):
        reference = ModelReference(label=name, sha256="b" * 64)

    build: Any = Other
    return ModelInfo(name, "Other", (1, 4, 6), "a test", "Another.", "mixture", Other.reference, build)


def painted(strips: Strips) -> None:
    """Paint a mask of two pixels, as one stroke."""
    pixels = np.zeros((4, 6), np.uint8)
    pixels[1, 1:3] = 255
    strips.editing.paint(pixels, "stroke")
    strips.editing.state.end_gesture()
