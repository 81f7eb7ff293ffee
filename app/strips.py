"""Strips: which strip the Latents workspace shows below its pictures, and what the worker has drawn of it.

Made by the workspace, which says when it is `active`. Pictures come first: a strip is drawn when all else has been.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import Bridge
from app.editing import Editing, Kind
from app.state import Side
from engine.analysis.correlation import Correlation
from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.latents import strips
from engine.latents.strips import Column, Sheet, Strip
from engine.models.catalogue import ModelInfo
from engine.worker import ENDS, Event, Lane, Task

Varies = Literal["strength", "source", "share", "steps", "model", "none"]

VARIES: tuple[Varies, ...] = get_args(Varies)

OF_KIND: dict[Kind, Varies] = {"intensity": "strength", "transfer": "source", "interpolate": "share"}
"""The setting of each kind of edit that varies if nobody chooses another thing; it goes where the kind goes."""

ROWS = 4
"""Particles shown at most."""

COUNTS = (3, 25)
"""The fewest and the most columns of lambda or of shares."""

ALONE = "No other model on offer draws such pictures: open or train one, or choose digits under Model."

CALM = 120
"""Milliseconds without a change after which a strip is drawn: less lies between two pictures of one drag."""


class Strips(QObject):
    """The `strip` that is wanted, the `sheet` drawn of it so far, or the `sentence` in its place.

    `changed` tells of all of it, and of another value of what varies.
    """

    changed = Signal()

    def __init__(self, editing: Editing, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.editing, self._state, self._bridge = editing, editing.state, bridge
        self.varies: Varies = OF_KIND[editing.kind]
        self.ends: tuple[float, float] | None = None
        self.count = strips.COLUMNS
        self.strip: Strip | None = None
        self.sheet: Sheet | None = None
        self.sentence = ""
        self._active = False
        self._settled = False  # of `strip` all is drawn, or it was cancelled or refused
        self._task = 0
        self._arrived = False  # something of what is being drawn
        self._calm = QTimer(self, singleShot=True, interval=CALM)
        self._calm.timeout.connect(self._draw)
        editing.changed.connect(self._follow)
        for signal in (self._state.drawing_changed, self._state.models_changed, self._state.held_changed):
            signal.connect(self._look)
        self._state.model_changed.connect(self._forget)

    # -- what is wanted ------------------------------------------------------------------------------------------

    def set_active(self, active: bool) -> None:
        """Keep the strip drawn from now on; or stop."""
        self._active = active
        if active:
            self._follow()
        else:
            self._calm.stop()
            self._stop()

    def vary(self, varies: Varies) -> None:
        """Let another thing vary; a setting of an edit of another kind brings that kind."""
        if varies == self.varies:
            return
        self.varies, self.ends = varies, None
        kind = next((kind for kind, own in OF_KIND.items() if own == varies), None)
        if kind is not None and kind != self.editing.kind:
            self.editing.configure(kind=kind)
        self._look()

    def set_range(self, ends: tuple[float, float] | None, count: int) -> None:
        """From where to where lambda goes, None for the range that suits the mask, and in how many columns."""
        self.ends, self.count = ends, min(max(count, COUNTS[0]), COUNTS[1])
        self._look()

    def redraw(self) -> None:
        """Draw the strip again that was cancelled or refused."""
        self._settled = False
        self._look()

    def cancel(self) -> None:
        """Stop drawing it; what there is stays."""
        self._bridge.cancel(self._task)

    # -- its values ----------------------------------------------------------------------------------------------

    @property
    def drawing(self) -> bool:
        """Whether it is being drawn."""
        return bool(self._task)

    @property
    def complete(self) -> bool:
        """Whether all of it is drawn, and is what the current Run makes."""
        calm = not self._busy and not self._calm.isActive()
        return calm and self._settled and self.sheet is not None and self.sheet.complete

    @property
    def incomplete(self) -> bool:
        """Whether its drawing was cancelled or refused."""
        return self._settled and self.strip is not None and (self.sheet is None or not self.sheet.complete)

    @property
    def value(self) -> Any:
        """What varies, as it is in the current Run."""
        if self.varies == "steps":
            return self._state.run.schedule.steps
        if self.varies == "model":
            return self._state.model.reference.sha256
        there = self.varies == "strength" or self.editing.edit is not None  # without an edit λ is 0
        return self.editing.value(self.varies) if there and self.varies == OF_KIND[self.editing.kind] else None

    @property
    def current(self) -> int | None:
        """The column with that value, or the one nearest to it; None for a number that is beyond the columns."""
        columns, value = () if self.strip is None else self.strip.columns, self.value
        if isinstance(value, float):
            return _nearest([column.value for column in columns], value)
        return next((place for place, column in enumerate(columns) if column.value == value), None)

    def choose(self, place: int) -> None:
        """Give the current Run the value of that column, as an undo step of its own."""
        if self.strip is None or not 0 <= place < len(self.strip.columns):
            return
        column, state = self.strip.columns[place], self._state
        state.end_gesture()
        if self.varies == "steps":
            state.change("steps", schedule={"steps": column.value})
        elif self.varies == "model":
            state.choose(column.model)
        else:
            self.editing.set({"strength": "λ"}.get(self.varies, self.varies), **{self.varies: column.value})
        state.end_gesture()

    def correlation(self, place: int) -> Correlation | None:
        """Of that column's pictures with those of the current one, where they were measured."""
        if self.sheet is None or self.current in (None, place):
            return None
        return self.sheet.correlations.get(frozenset((place, self.current)))

    # -- drawing it ----------------------------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        """Whether something is being drawn that comes first, or waits to be."""
        sides: tuple[Side, Side] = ("current", "before")
        return self._state.held is not None or any(self._state.drawing(side).running for side in sides)

    def _forget(self, model: ModelInfo) -> None:
        """Let go of pictures that the model does not draw."""
        if self.strip is not None and self.strip.columns[0].model.data_shape != model.data_shape:
            self._stop()
            self.strip = self.sheet = None

    def _follow(self) -> None:
        """What varies goes where the kind of edit goes."""
        if self.varies in OF_KIND.values() and self.varies != OF_KIND[self.editing.kind]:
            self.varies, self.ends = OF_KIND[self.editing.kind], None
        self._look()

    def _look(self) -> None:
        """Draw it when all is calm."""
        if not self._active:
            return
        if self._busy:
            self._calm.stop()
            self._stop()
        else:
            self._calm.start()
        self.changed.emit()

    def _stop(self) -> None:
        """Hear no more of what is being drawn."""
        task, self._task = self._task, 0
        self._bridge.cancel(task)

    def _draw(self) -> None:
        """Ask for the strip that is wanted now, unless it is there or on its way."""
        wanted, problem = None, ""
        try:
            wanted = self._wanted()
        except InputError as error:
            problem = str(error)
        if wanted is None or wanted != self.strip:
            self._stop()
            if not _alike(self.strip, wanted):
                self.sheet = None
            self.strip, self.sentence, self._settled = wanted, problem, False
        if self.strip is not None and not self._settled and not self._task:
            self._ask(self.strip)
        self.changed.emit()

    def _ask(self, strip: Strip) -> None:
        def work(task: Task) -> Iterator[Sheet]:
            yield from strips.draw(strip, self._bridge.load, task.interrupted)

        self.sentence, self._arrived = "", False
        self._task = self._bridge.submit(Lane.INTERACTIVE, "strip", work, self._handle, "drawing the strip")

    def _wanted(self) -> Strip | None:
        """The strip that the current Run and the choices make. Raises `InputError` where there is none."""
        state, selected = self._state, self._state.selection[:ROWS]
        if self.varies == "none":
            return None
        if not is_picture(state.model.data_shape):
            raise InputError("A strip is of pictures: choose a model of them.")
        if not selected:
            raise InputError("Select a particle: the strip is drawn of those that are selected.")
        if self.varies == "model":
            columns = strips.over_models(state.run, state.model, state.models)
            if len(columns) == 1:
                raise InputError(ALONE)
            return Strip(columns, selected, compared=True)
        if self.varies == "steps":
            return Strip(strips.over_steps(state.run, state.model), selected)
        alone = self.varies == "share" and self.editing.mask is None and self.editing.channel is None
        return Strip(self._over_edit(), selected[:1] if alone else selected)  # all are on the way, at the same place

    def _over_edit(self) -> tuple[Column, ...]:
        """The columns of a setting of the edit worked on."""
        (run, place), model = self.editing.draft(), self._state.model
        if self.varies == "strength":
            low, high = self.ends or strips.span(run, model.data_shape, place)
            return strips.over_strength(run, model, place, strips.spread(low, high, self.count))
        if self.varies == "share":
            return strips.over_share(run, model, place, strips.spread(0.0, 1.0, self.count))
        targets = run.latents.edits[place].targets
        others = [particle for particle in range(run.latents.count) if targets is None or particle not in targets]
        if not others:
            raise InputError("There is no other particle to transfer from: raise Count under Latents.")
        return strips.over_source(run, model, place, others[: self.count])

    def _handle(self, event: Event) -> None:
        if event.id != self._task:
            return
        if event.kind == "item":
            self.sheet, self._arrived = event.payload, True
            self._bridge.advance(event.id, event.payload.done, event.payload.total)
        elif event.kind == "failed":
            self.sentence = event.payload
        if event.kind in ENDS:
            self._task, self._settled = 0, True
            self.sheet = self.sheet if self._arrived else None  # that of another strip stood there
        self.changed.emit()


def _nearest(values: list[float], value: float) -> int | None:
    """The place of the one of the rising `values` that is nearest to `value`; None if that lies half a column or more
    beyond them.
    """
    if len(values) < 2 or not 1.5 * values[0] - values[1] / 2 < value < 1.5 * values[-1] - values[-2] / 2:
        return None
    return min(range(len(values)), key=lambda place: abs(values[place] - value))


def _alike(one: Strip | None, other: Strip | None) -> bool:
    """Whether what is drawn of one may stand until something is drawn of the other."""
    if one is None or other is None or one.particles != other.particles:
        return False
    return [column.caption for column in one.columns] == [column.caption for column in other.columns]
