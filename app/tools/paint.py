"""Paint: one stroke after the other on the mask in use, with the tool chosen. Made by the Latents workspace.

All easels of a page have one Painter, so that what is painted on one is seen on all at once. The Run follows at a pace
of its own, and when the stroke ends; a stroke is one undo step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.editing import Editing
from app.views.pace import FRAME
from engine import painting
from engine.mask import Mask
from engine.painting import Point, Rect, Stroke

REST = 3
"""How many times as long as the Run took to follow passes until it follows again: large masks take a while."""

Draw = Callable[[Mask, Point, Point], Mask]
"""A mask with something drawn on it between two points."""


class Mark(Protocol):
    """What a tool lays on the mask: `to` goes on to a point, and says where the mask may have changed."""

    mask: Mask

    def to(self, x: float, y: float, pressure: float = 1.0) -> Rect | None:
        """See `Stroke.to`."""
        ...


class Shape:
    """A mark from the point where it began to where the mouse is now, drawn anew each time."""

    def __init__(self, before: Mask, draw: Draw) -> None:
        self._before, self._draw = before, draw
        self._first: Point | None = None
        self.mask = before

    def to(self, x: float, y: float, pressure: float = 1.0) -> Rect | None:
        """See `Mark`."""
        self._first = self._first or (x, y)
        drawn = self._draw(self._before, self._first, (x, y))
        differs = drawn != self.mask
        rows, columns = (np.flatnonzero(differs.any(axis)) for axis in (1, 0))
        self.mask = drawn
        return Rect(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1) if rows.size else None


class Painter(QObject):
    """The stroke under way, and the mask as it is seen. `changed`: where that has changed, a Rect, or None for all."""

    changed = Signal(object)

    def __init__(self, editing: Editing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.editing = editing
        self._mark: Mark | None = None
        self._text = ""
        self._given: Mask | None = None  # what the Run has of the stroke, if it has any
        self._erases = False
        self._covers = False  # it paints on the picture, be it over what is painted already
        self._gesture = (0, "")
        self._giving = self._ending = False
        self._seen = self._situation
        self._pace = FRAME
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._catch_up)
        editing.settling.connect(self._settle)
        editing.changed.connect(self._follow)
        editing.state.model_changed.connect(self._follow)

    @property
    def pixels(self) -> Mask:
        """The mask as it is seen now [H, W], with the stroke under way; not to be written to."""
        return self.editing.pixels() if self._mark is None else self._mark.mask

    @property
    def busy(self) -> bool:
        """Whether a stroke is under way."""
        return self._mark is not None

    def begin(self, x: float, y: float, pressure: float = 1.0, *, erase: bool = False, straight: bool = False) -> None:
        """Begin a stroke at a point of the mask, in pixels; a `straight` one is a line, a square or a circle.

        Nothing where one is under way, or where the mask has not the size of the model's pictures.
        """
        editing = self.editing
        self._settle()
        if self.busy or not editing.paintable:
            return
        self._erases = erase or editing.tool == "eraser"
        self._mark = self._marked(self._erases, straight)
        self._text = {"brush": "brush stroke", "eraser": "eraser stroke"}.get(editing.tool, editing.tool)
        self._given, self._covers = None, False
        editing.state.end_gesture()
        editing.hold(True)
        self.to(x, y, pressure)
        if editing.tool == "fill":
            self.end()

    def to(self, x: float, y: float, pressure: float = 1.0) -> None:
        """Go on to a point, inside of the mask or not."""
        if self._mark is None or self._ending:
            return
        rect = self._mark.to(x, y, pressure)
        if rect is not None:
            self._covers = not self._erases
            self.changed.emit(rect)
            if not self._timer.isActive():
                self._timer.start(self._pace)

    def end(self) -> None:
        """The mouse was let go: the stroke is done, and the Run has it in the next turn of the event loop."""
        if self.busy:
            self._ending = True
            self._timer.start(0)

    def cancel(self) -> bool:
        """Take the stroke under way back; whether there was one."""
        if not self.busy:
            return False
        self._leave()
        if self._given is not None and self._gesture == self.editing.state.gesture:
            self.editing.state.undo.undo()
        return True

    def _settle(self) -> None:
        """Let the Run have a stroke that has ended, without waiting for the next turn of the event loop."""
        if self._ending:
            self._catch_up()

    def _catch_up(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        self._give()
        self._pace = max(FRAME, REST * clock.elapsed())
        if self._ending:
            self._leave()

    def _leave(self) -> None:
        """Be done with the stroke, whatever of it the Run has."""
        before = self.pixels
        self._timer.stop()
        self._mark, self._ending = None, False
        self.editing.state.end_gesture()
        self.editing.hold(False)
        self._seen = self._situation
        if not np.array_equal(before, self.pixels):
            self.changed.emit(None)

    def _give(self) -> None:
        """Let the Run have what is painted by now."""
        before = self.editing.pixels() if self._given is None else self._given
        begins = self._ending and self._covers and self.editing.index is None
        if self._mark is None or (np.array_equal(self._mark.mask, before) and not begins):
            return
        self._given = self._mark.mask.copy()
        self._giving = True
        self.editing.paint(self._given, self._text)
        self._giving = False
        self._gesture, self._seen = self.editing.state.gesture, self._situation

    def _follow(self) -> None:
        """Show another mask, or what undo made of it; a stroke on the one before ends."""
        before, self._seen = self._seen, self._situation
        if self._giving or before == self._seen:
            return
        if not self.busy:
            self.changed.emit(None)
        elif before[0] != self._seen[0]:
            self._leave()
        else:  # what is painted belongs into the mask still, if not in the middle of a change of the Run
            self.end()

    @property
    def _situation(self) -> tuple[object, tuple[int, ...]]:
        return self.editing.used, self.editing.state.model.data_shape[1:]

    def _marked(self, erase: bool, straight: bool) -> Mark:
        """A mark of the tool chosen."""
        editing = self.editing
        before, tool = editing.pixels(), editing.tool
        if tool == "fill":
            return Shape(before, lambda mask, point, _: painting.fill(mask, *point, erase=erase))
        if tool in ("rectangle", "ellipse"):
            draw = painting.rectangle if tool == "rectangle" else painting.ellipse
            return Shape(before, partial(_boxed, partial(draw, soft=editing.soft, erase=erase), straight))
        if straight:
            return Shape(before, partial(_line, editing.size, editing.soft, erase))
        return Stroke(before, editing.size, editing.soft, erase)


def _line(size: float, soft: float, erase: bool, mask: Mask, a: Point, b: Point) -> Mask:
    """The mask with a straight stroke."""
    stroke = Stroke(mask, size, soft, erase)
    stroke.to(*a)
    stroke.to(*b)
    return stroke.mask


def _boxed(draw: Draw, square: bool, mask: Mask, a: Point, b: Point) -> Mask:
    """The mask with something drawn in the box of whole pixels from that under a to that under b."""
    start, end = np.floor(a), np.floor(b)
    if square:
        end = start + np.where(end < start, -1, 1) * abs(end - start).max()
    low, high = np.minimum(start, end).tolist(), (np.maximum(start, end) + 1).tolist()
    return draw(mask, (low[0], low[1]), (high[0], high[1]))
