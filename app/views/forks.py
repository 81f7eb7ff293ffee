"""Forks: where edits of the current Run begin along the timeline, and the way it would go on without them.

Painted and asked by `track.Track`.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from app import theme
from app.views.norms import Axis
from engine.recipe import edited
from engine.run import Run

MOST = 8
"""Edits of one step that its tooltip names."""

HEIGHT = 0.32
"""Where the marks stand, in lines of text from the top."""

SIZE = 0.27
"""From the middle of a mark to its corners, in lines of text."""


def forks(run: Run) -> dict[int, str]:
    """The steps, rising, where edits begin, each with the words for them."""
    found: dict[int, list[str]] = {}
    for edit in run.latents.edits:
        if edit.step < run.schedule.steps:
            found.setdefault(edit.step, []).append(edited(edit).removesuffix(f", at step {edit.step}"))
    return {step: _told(step, found[step]) for step in sorted(found)}


def fork_at(place: QPointF, steps: Iterable[int], across: Axis, unit: float) -> int | None:
    """Which of those steps has its mark under that place, None if none has; `unit` is the height of a line of text."""
    if place.y() > (HEIGHT + SIZE) * unit:
        return None
    near = min(steps, key=lambda step: abs(across.x(step) - place.x()), default=None)
    return near if near is not None and abs(across.x(near) - place.x()) <= 1.5 * SIZE * unit else None


def draw_branches(painter: QPainter, steps: Iterable[int], across: Axis, y: float) -> None:
    """From the dots of those steps, which stand at that height, up to the marks and on to the end: what would come
    without edits. A fork at step 0 has only its mark: all of the trajectory is another one.
    """
    pixels = [across.x(step) for step in steps if step]
    if not pixels:
        return
    above = HEIGHT * painter.fontMetrics().height()
    painter.setPen(QPen(QColor(theme.scheme().muted), 1))
    for x in pixels:
        painter.drawLine(QPointF(x, y), QPointF(x, above))
    painter.drawLine(QPointF(pixels[0], above), QPointF(across.x(across.last), above))


def draw_marks(painter: QPainter, steps: Iterable[int], across: Axis) -> None:
    """A mark for each of those steps, over whatever stands there."""
    colours, unit = theme.scheme(), painter.fontMetrics().height()
    size, y = SIZE * unit, HEIGHT * unit
    painter.setPen(QPen(QColor(colours.window), 1))
    painter.setBrush(QColor(colours.text))
    for x in map(across.x, steps):
        painter.drawPolygon([QPointF(x, y - size), QPointF(x + size, y), QPointF(x, y + size), QPointF(x - size, y)])


def _told(step: int, words: list[str]) -> str:
    """What a mark says."""
    where = f"step {step}" if step else "step 0, the latent"
    more = [f"and {len(words) - MOST} more"] if len(words) > MOST else []
    return "\n".join([f"{where}: {words[0]}", *words[1:MOST], *more])
