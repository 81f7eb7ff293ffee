"""Track: the slider of the timeline, one dot a step, its levels as labels. Made by `timeline.Timeline`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from app import theme
from app.safely import safely
from app.state import State
from app.views.forks import draw_branches, draw_marks, fork_at, forks
from app.views.norms import Backdrop, axis, on_axis, shown_step
from app.views.numerals import significant, tabular
from app.views.pace import CALM, Pace

DENSE = 5.0
"""Pixels between two steps below which dots become a line."""


class Track(QAbstractSlider):
    """One dot a step, solid where it has arrived, with the playhead; A's steps in a thinner row where they differ.

    Where edits begin a thin line branches off to the end: the way without them. A mark there says which they are.
    """

    play_wanted = Signal()

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._backdrop = Backdrop(self, self._draw)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFont(tabular(self.font(), -1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Denoising step")
        self.setToolTip("The step i and its noise level σ that every view shows: drag, click, or use ← and →.")
        self._branch()
        self._follow()
        self.valueChanged.connect(state.set_playhead)
        state.playhead_changed.connect(self._follow)
        state.run_changed.connect(self._branch)
        for signal in (state.run_changed, state.drawing_changed, state.pinned_changed):
            signal.connect(self._changed)
        state.step_arrived.connect(Pace(self, self._changed, CALM).ask)

    def _follow(self) -> None:
        with QSignalBlocker(self):
            self.setRange(0, self._state.run.schedule.steps)
            self.setValue(self._state.playhead)
        self.update()

    def _branch(self) -> None:
        """Know where edits begin: their words are written once a Run, not once a scrub."""
        self._forks = forks(self._state.run)
        self.setAccessibleDescription(". ".join(self._forks.values()))

    def _fork_at(self, place: QPointF) -> int | None:
        return fork_at(place, self._forks, axis(self, self._state), self.fontMetrics().height())

    def _changed(self) -> None:
        self._follow()
        self._backdrop.clear()

    # -- input ---------------------------------------------------------------------------------------------------

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            fork = self._fork_at(event.position())
            self.setValue(axis(self, self._state).step(event.position().x()) if fork is None else fork)

    @safely
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setValue(axis(self, self._state).step(event.position().x()))

    @safely
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    @safely
    def event(self, event: QEvent) -> bool:
        """Let a mark say which edits begin there."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            fork = self._fork_at(event.pos().toPointF())
            if fork is not None:
                QToolTip.showText(event.globalPos(), self._forks[fork], self)
                return True
        return super().event(event)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.play_wanted.emit()
        else:
            super().keyPressEvent(event)

    # -- painting ------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        unit = self.fontMetrics().height()
        return QSize(20 * unit, round(3.5 * unit))

    def minimumSizeHint(self) -> QSize:
        unit = self.fontMetrics().height()
        return QSize(12 * unit, round(3.5 * unit))

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._backdrop.clear()

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        colours, unit = theme.scheme(), self.fontMetrics().height()
        painter = QPainter(self)
        self._backdrop.paint(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        across, y = axis(self, self._state), self._row(0)
        x, wanted = across.x(shown_step(self._state)), across.x(self._state.playhead)
        accent = QColor(colours.accent)
        painter.setPen(QPen(accent, 1.5))
        painter.drawLine(QPointF(x, y), QPointF(x, self.height()))
        if wanted != x:
            painter.setBrush(QColor(colours.window))
            painter.drawEllipse(QPointF(wanted, y), 0.42 * unit, 0.42 * unit)
        if self.hasFocus():
            painter.setPen(QPen(accent, 1))
            painter.setBrush(QColor(colours.window))
            painter.drawEllipse(QPointF(x, y), 0.65 * unit, 0.65 * unit)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawEllipse(QPointF(x, y), 0.42 * unit, 0.42 * unit)
        draw_marks(painter, self._forks, across)

    def _row(self, row: int) -> float:
        """The height of a row of dots: 0 is B's, 1 is A's."""
        return (1.15 + 0.8 * row) * self.fontMetrics().height()

    def _draw(self, painter: QPainter) -> None:
        unit, across = self.fontMetrics().height(), axis(self, self._state)
        current, places = on_axis(self._state, "current")
        arrived = current.available if current is not None else 0
        draw_branches(painter, self._forks, across, self._row(0))
        self._draw_dots(painter, 0, [across.x(step) for step in range(across.last + 1)], arrived, 0.22 * unit)
        pinned, others = on_axis(self._state, "pinned")
        if pinned is not None and (others != places or not pinned.complete):
            self._draw_dots(painter, 1, [across.x(place) for place in others], pinned.available, 0.13 * unit)
            self._label(painter, "B", self._row(0))
            self._label(painter, "A", self._row(1))
        if current is not None:
            self._draw_ticks(painter, current.sigmas)

    def _draw_dots(self, painter: QPainter, row: int, pixels: Sequence[float], arrived: int, radius: float) -> None:
        """A row of dots along a line, those that have arrived solid; only the line where they would touch."""
        colours, y = theme.scheme(), self._row(row)
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.drawLine(QPointF(pixels[0], y), QPointF(pixels[-1], y))
        solid = QColor(colours.muted)
        if arrived:
            painter.setPen(QPen(solid, 2 * radius if self._dense(pixels) else 1))
            painter.drawLine(QPointF(pixels[0], y), QPointF(pixels[arrived - 1], y))
        if self._dense(pixels):
            return
        for index, x in enumerate(pixels):
            painter.setPen(QPen(solid, 1.2))
            painter.setBrush(solid if index < arrived else QColor(colours.window))
            painter.drawEllipse(QPointF(x, y), radius, radius)

    @staticmethod
    def _dense(pixels: Sequence[float]) -> bool:
        return (pixels[-1] - pixels[0]) / max(len(pixels) - 1, 1) < DENSE

    def _draw_ticks(self, painter: QPainter, sigmas: Sequence[float]) -> None:
        self._label(painter, "σ", self.height() - 0.5 * self.fontMetrics().height())
        painter.setPen(QColor(theme.scheme().muted))
        for rect, text in self.ticks(sigmas):
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def ticks(self, sigmas: Sequence[float]) -> list[tuple[QRectF, str]]:
        """Labels of levels at even steps and at the last one, none touching another."""
        metrics, across = self.fontMetrics(), axis(self, self._state)
        widest, unit = metrics.horizontalAdvance("0.0028"), metrics.height()
        stride = round_stride((widest + unit) / across.spacing)
        last = len(sigmas) - 1
        steps = [step for step in range(0, last, stride) if across.x(last) - across.x(step) > 0.75 * widest + unit]
        place = QRectF(-widest / 2 - 2, self.height() - unit, widest + 4, unit)
        return [(place.translated(across.x(step), 0), significant(sigmas[step], 2)) for step in (*steps, last)]

    def _label(self, painter: QPainter, text: str, y: float) -> None:
        unit = self.fontMetrics().height()
        painter.setPen(QColor(theme.scheme().muted))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, y - unit / 2, 2.5 * unit, unit), flags, text)


def round_stride(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, ... that is not below `least`."""
    return next(s for power in range(9) for m in (1, 2, 5) if (s := int(m * 10**power)) >= least)
