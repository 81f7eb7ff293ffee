"""Particles: all of them as one low sheet of small pictures, where they are selected; those edited have a dot.

Stands over the panes of `latents_page`.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.state import State
from app.views.grid import GridView
from app.views.shown import Pictures

HEIGHTS = (62, 96)
"""Points, on a low page and on one from `HIGH` on: one row of pictures, of many particles more, the others to be
scrolled to.
"""

HIGH = 600

RADIUS = 4.0
"""Points from the middle of a dot to its edge."""


class Particles(GridView):
    """The estimates of all particles under the playhead; clicks and keys are those of the sheet."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(state, "all particles", parent)
        self.edited: frozenset[int] = frozenset()
        self.setFixedHeight(HEIGHTS[0])
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleDescription(
            "One small picture a particle: selected ones are framed, those that are edited have a dot. Up and Down "
            "select the next one."
        )

    def fit(self, page: int) -> None:
        """Be as high as suits a page of that height."""
        self.setFixedHeight(HEIGHTS[page >= HIGH])

    def show_particles(self, pictures: Pictures, edited: frozenset[int]) -> None:
        """Show these pictures, with a dot at those particles."""
        self.edited = edited
        self.show_pictures(pictures)

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, colours = QPainter(self.viewport()), theme.scheme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.base), 1.5))
        painter.setBrush(QColor(colours.text))
        for particle in self.edited:
            corner = self.cell(particle).topRight()
            painter.drawEllipse(QPointF(corner) + QPointF(-RADIUS, RADIUS), RADIUS, RADIUS)
