"""Pushes: the norms of drift and guidance of a group over the steps, and where guidance is the stronger. Made by
`group_panel.GroupPanel`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app import theme
from app.state import Side, State
from app.views.groups import look
from app.views.norms import Curve, StepPlot, axis, extent, legend, lines, logarithmic, on_axis, scale
from app.views.numerals import significant

PLOTTED: tuple[tuple[Side, str], ...] = (("pinned", "drift"), ("current", "drift"), ("current", "guidance"))
"""Sides and parts of their Steps, in the order in which they are drawn."""

PUSH = 2
"""The category whose colour is that of guidance."""

DECADES = 6
"""What is smaller than the largest norm by more powers of ten than these stands at the lower end."""

ALONE = "A group of one particle: raise the group size to see a push."
OFF = "Turn k_PG up to see a push."
NONE = "Nobody is pushed: the kernel does not reach from one particle to the next. Raise the bandwidth h."


class Pushes(StepPlot):
    """Means over the group's particles on a log axis; A's drift dashed, the playhead over all."""

    SIZE, SMALLEST = (14, 8), (10, 8)

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self._curves: dict[tuple[Side, str], Curve] = {}
        self.setAccessibleName("Plot of the norms of drift and guidance of the group over the steps")
        self.setToolTip(
            "‖d‖ is the norm of the ODE drift d = (x − D) / σ, ‖g‖ that of what guidance adds to it: means over the "
            "particles of the group, on a log scale. Shaded where guidance exceeds the drift."
        )

    def curves(self) -> dict[tuple[Side, str], Curve]:
        """What is plotted, up to the last Step that arrived."""
        groups, curves = look(self._state), dict[tuple[Side, str], Curve]()
        for side, name in PLOTTED:
            if side in groups and on_axis(self._state, side)[0] is not None:
                particles = slice(groups[side].particles.start, groups[side].particles.stop)
                curve = Curve(groups[side].trajectory, name, -1, particles)
                curves[side, name] = curve.after(self._curves.get((side, name)))
        self._curves = curves
        return curves

    def sentence(self) -> str:
        """Why there is no push, with what to do; nothing where there is one."""
        run, guidance = self._state.run, self.curves().get(("current", "guidance"))
        if run.latents.group_size == 1:
            return ALONE
        if run.guidance.k_pg == 0:
            return OFF
        complete = guidance is not None and guidance.source[0].complete
        return NONE if complete and guidance is not None and not _positive(guidance.mean) else ""

    # -- the backdrop --------------------------------------------------------------------------------------------

    def _draw(self, painter: QPainter) -> None:
        curves = self.curves()
        values = [value for curve in curves.values() for value in _positive(curve.mean)]
        if not values:
            return
        colours, unit = theme.scheme(), self.fontMetrics().height()
        across = axis(self, self._state)
        frame = QRectF(across.left, 1.2 * unit, across.right - across.left, self.height() - 1.7 * unit)
        low, high = extent(max(min(values), max(values) / 10**DECADES), max(values))
        height = logarithmic(low, high, frame)
        pieces = {}
        for (side, name), curve in curves.items():
            pixels = [across.x(place) for place in on_axis(self._state, side)[1]]
            clipped = [max(value, low) if value > 0 else math.nan for value in curve.mean]
            pieces[side, name] = lines(pixels, clipped, height, frame.width())
        self._shade(painter, pieces.get(("current", "drift"), []), pieces.get(("current", "guidance"), []), frame)
        painter.setPen(QColor(colours.line))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        pens = {
            ("pinned", "drift"): ("A", QPen(QColor(colours.text), 1.4, Qt.PenStyle.DashLine)),
            ("current", "drift"): ("‖d‖", QPen(QColor(colours.text), 1.4)),
            ("current", "guidance"): ("‖g‖", QPen(theme.category(PUSH), 1.8)),
        }
        drawn = [key for key in PLOTTED if pieces.get(key)]
        for key in drawn:
            painter.setPen(pens[key][1])
            for line in pieces[key]:
                painter.drawPolyline(line)
        scale(painter, frame, significant(low, 2), significant(high, 2))
        legend(painter, frame, [pens[key] for key in drawn])

    @staticmethod
    def _shade(painter: QPainter, drift: list[QPolygonF], guidance: list[QPolygonF], frame: QRectF) -> None:
        """Fill what lies between the two where guidance is above the drift."""
        colour = QColor(theme.category(PUSH))
        colour.setAlphaF(0.3)
        if drift:
            painter.fillPath(_under(guidance, frame) - _under(drift, frame), colour)


def _under(pieces: list[QPolygonF], frame: QRectF) -> QPainterPath:
    """What lies between a curve and the lower end of its frame."""
    path = QPainterPath()
    for piece in pieces:
        points = piece.toList()
        ends = [QPointF(end.x(), frame.bottom()) for end in (points[-1], points[0])]
        path.addPolygon(QPolygonF([*points, *ends]))
        path.closeSubpath()
    return path


def _positive(series: Sequence[float]) -> list[float]:
    return [value for value in series if 0 < value < math.inf]
