"""Previewer: has the worker draw the page that the export dialog shows, the newest one asked for. Made by the dialog.

What was drawn of the Runs, by the window or for an earlier page, is not drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.export.offers import drawn
from app.state import State
from engine import models
from engine.figures.figure import Figure
from engine.figures.sheet import Paper, Sheet
from engine.models.catalogue import ModelInfo
from engine.run import Run
from engine.worker import Event, Lane, Task

if TYPE_CHECKING:
    from engine.figures.material import Material
    from engine.trajectory import Trajectory

SLOT = "figure"


@dataclass(frozen=True, eq=False)
class Seen:
    """A page [H, W, 3] of `paper`; of a film the `frame`, counted from 0, of so many `frames`."""

    pixels: NDArray[np.uint8]
    paper: Paper
    frame: int = 0
    frames: int = 1

    @property
    def height(self) -> float:
        """Millimetres of the page."""
        height, width, _ = self.pixels.shape
        return self.paper.millimetres * float(height / width)


class Previewer(QObject):
    """Asks for pages and tells what becomes of the newest."""

    seen = Signal(object)  # Seen
    advanced = Signal(float)  # the share of the Runs that is drawn
    failed = Signal(str)

    def __init__(self, state: State, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._bridge = state, bridge
        self._task = 0
        # These two are filled on the worker's thread.
        self._kept: dict[str, Trajectory] = {}
        self._material: tuple[tuple[Run, ...], Material] | None = None

    def ask(self, sheet: Sheet, width: int, *, film: bool = False, frame: int | None = None) -> None:
        """Draw the page `width` pixels wide; of its `film` that frame, or the last one for None."""
        gather = self.gathering(sheet)

        def work(task: Task) -> Iterator[float | Seen]:
            from engine.figures import draw, make

            material = yield from gather(task)
            if film:
                yield _frame(sheet, material, width, frame)
            else:
                made = make.make(sheet, material)
                yield Seen(draw.preview(made.figure, sheet.paper, width), sheet.paper)

        self._task = self._bridge.submit(Lane.INTERACTIVE, SLOT, work, self._handle)

    def ask_figure(self, figure: Figure, paper: Paper, width: int) -> None:
        """Draw the figure `width` pixels wide."""

        def work(_: Task) -> Iterator[Seen]:
            from engine.figures import draw

            yield Seen(draw.preview(figure, paper, width), paper)

        self._task = self._bridge.submit(Lane.INTERACTIVE, SLOT, work, self._handle)

    def stop(self) -> None:
        """Hear no more of what was asked for."""
        self._bridge.cancel(self._task)

    def forget(self) -> None:
        """Stop, and let go of what was drawn."""
        self.stop()
        self._kept, self._material = {}, None

    def gathering(self, sheet: Sheet) -> Callable[[Task], Generator[float, None, Material]]:
        """What gathers, on the worker, the material of the Sheet, and tells the share done."""
        offered, at_hand = tuple(self._state.models), drawn(self._state)

        def find(run: Run) -> ModelInfo | None:
            return models.find(run.model, offered)

        def gathered(task: Task) -> Generator[float, None, Material]:
            from engine.figures.material import gather

            known = self._material
            if known is not None and known[0] == sheet.runs:
                return known[1]
            wanted = {run.digest for run in sheet.runs}
            self._kept = {digest: each for digest, each in {**self._kept, **at_hand}.items() if digest in wanted}
            for told in gather(sheet, find, self._bridge.load, self._kept, task.interrupted):
                if not isinstance(told, float):
                    self._material = sheet.runs, told
                    return told
                yield told
            raise AssertionError("what gathers ends with the material")

        return gathered

    def _handle(self, event: Event) -> None:
        if event.kind == "item" and isinstance(event.payload, float):
            self.advanced.emit(event.payload)
        elif event.kind == "item":
            self.seen.emit(event.payload)
        elif event.kind == "failed":
            self.failed.emit(event.payload)


def _frame(sheet: Sheet, material: Material, width: int, frame: int | None) -> Seen:
    """A frame of the film, laid out as the last one. Raises `InputError` where nothing moves."""
    from engine.figures import draw, film, make

    frames, material, paper = film.sheets(sheet, material), material.for_film(), sheet.paper
    chosen = len(frames) - 1 if frame is None else min(frame, len(frames) - 1)
    layout = material.once(("preview", sheet), lambda: draw.layout_of(make.make(frames[-1], material).figure, paper))
    pixels = draw.preview(make.make(frames[chosen], material).figure, paper, width, layout)
    return Seen(pixels, paper, chosen, len(frames))
