"""The page of futures on an exact model of next frames, with its worker. Shared by tests of the page and its views."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from torch import Tensor

from app.bridge import Bridge
from app.futures import Choices
from app.futures_page import FuturesPage
from app.state import State
from engine.analysis.pictures import to_uint8
from engine.errors import InputError
from engine.execute import execute
from engine.models import catalogue
from engine.models.catalogue import ModelInfo
from engine.run import Latents, ModelReference, Run
from engine.settings import EDMSchedule
from tests.engine.tiny import TinyMixture

SPEED = 4
"""Pixels to the left or to the right that the digit goes, each as likely."""


class NextFrames(TinyMixture):
    """The ideal denoiser of two next frames: the last given one, `SPEED` to the left and to the right.

    `evaluations` counts; where it is `gated` each waits until it is `allowed`, and with a `fault` fails.
    """

    data_shape: tuple[int, ...] = (1, 32, 32)

    def __init__(self, given: int = 3, gated: bool = False, label: str = "next") -> None:
        super().__init__(self._enter, sigma_max=80.0, sigma_min=0.002)
        self.cond_shape = (given, 32, 32)
        self.reference = ModelReference(label=label, sha256=f"{given}" * 64)
        self.gated, self.allowed, self.evaluations = gated, threading.Semaphore(0), 0
        self.fault = ""

    def _enter(self, _: Tensor) -> None:
        self.evaluations += 1
        if self.fault:
            raise InputError(self.fault)
        if self.gated:
            assert self.allowed.acquire(timeout=60)

    def denoise(self, x: Tensor, sigma: float | Tensor, cond: Tensor | None = None) -> Tensor:
        """The posterior mean of the two."""
        assert cond is not None
        self.before(x)
        ways = torch.stack([cond[:, -1:].roll(shift, dims=3) for shift in (-SPEED, SPEED)], dim=1)
        level = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1)
        weight = (-(x[:, None] - ways).square().flatten(2).sum(2) / (2 * level**2)).softmax(1)
        return (weight[:, :, None, None, None] * ways).sum(1)

    @property
    def info(self) -> ModelInfo:
        """Its entry in the list of models: one that draws next frames of horizontal sequences, or of a circle."""
        shape, data = self.cond_shape, "horizontal" if self.cond_shape == (3, 32, 32) else "circle"
        build: Any = lambda: self  # noqa: E731
        label = self.reference.label
        return ModelInfo(
            label, label, (1, 32, 32), "a test", "Two ways.", "tiny", self.reference, build, cond_shape=shape, data=data
        )


class Desk:
    """A State, its Bridge and the page, on the screen, of six futures in four steps."""

    def __init__(self, *models: NextFrames) -> None:
        ring = catalogue.named("ring")
        self.state = State(Run(model=ring.reference), ring)
        self.bridge = Bridge(self.state)
        self.state.add_models(*(model.info for model in models))
        self.owner = QObject()
        self.undo = QUndoStack(self.owner)
        self.page = FuturesPage(self.state, self.bridge, self.undo, self.owner)
        self.futures = self.page.futures
        self.futures.apply(Choices(latents=Latents(count=6), schedule=EDMSchedule(steps=4)))


@contextmanager
def futured(qtbot: QtBot, *models: NextFrames, shown: bool = True) -> Iterator[Desk]:
    """The page with these models on offer beside the ring; closed, its thread ended, when the block is left."""
    desk = Desk(*models)
    window = QWidget()
    row = QHBoxLayout(window)
    for panel, share in ((desk.page.controls, 0), (desk.page.middle, 1), (desk.page.side, 0)):
        row.addWidget(panel, share)
    window.resize(1100, 720)
    try:
        if shown:
            window.show()
            settle(qtbot, desk)
        yield desk
    finally:
        window.hide()
        for model in models:
            model.gated = False
            model.allowed.release(1000)
        desk.bridge.close()
        desk.undo.clear()
        desk.state.undo.clear()
        window.deleteLater()


def drawn(run: Run, model: Any) -> NDArray[np.uint8]:
    """What the Run gives without the window [N, H, W]."""
    *_, last = execute(run, model)
    return to_uint8(last.x.numpy())


def settle(qtbot: QtBot, desk: Desk, condition: Callable[[], Any] | None = None) -> None:
    """Run the event loop until the condition holds, by default until nothing is computed."""
    qtbot.waitUntil(condition or (lambda: desk.bridge.idle), timeout=60_000)
