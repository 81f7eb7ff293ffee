"""Grid: the particles of one side as a sheet of pictures, where they are also selected. Made by `canvas.Canvas`.

Only what is in sight is turned into pixels, when it is painted, so a scrub costs as much as fits on the screen; the
pixels of the Steps seen last are kept.
"""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip, QWidget

from app import theme
from app.safely import safely
from app.state import State
from app.views import pixels
from app.views.layout import GAP, HEAD, PAD, Layout, arrange
from app.views.shown import Array, Pictures, shrunk

CHUNK = 1_000_000
"""Values turned into pixels at once: many, since each call may wait for the worker to let go of the interpreter."""

KEPT = 64 * 2**20
"""Bytes of pixels that a sheet keeps beside those it shows."""

Images = dict[int, tuple[QImage, Array]]
"""By particle its image and the pixels that it lives on."""


class GridView(QAbstractScrollArea):
    """The sheet. Click selects a particle, Ctrl adds or removes one, Shift adds all up to it; Up and Down move on."""

    arranged = Signal()
    scrolled = Signal(float)  # blocks above what is in sight; not where another sheet moved this one

    def __init__(self, state: State, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._leader: GridView | None = None
        self._following = False
        self._pictures: Pictures | None = None
        self._layout: Layout | None = None
        self._images: Images = {}
        self._kept: dict[Hashable, Images] = {}  # by how they look, the one shown last at the end
        self._hovered: int | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"Pictures, {name}")
        self.setAccessibleDescription("One picture a particle, selected ones framed. Up and Down select the next one.")
        self.viewport().setMouseTracking(True)
        state.selection_changed.connect(self._selection_moved)

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_pictures(self, pictures: Pictures) -> None:
        """Show these from the next paint on."""
        before = self._pictures
        self._pictures = pictures
        self._keep(pictures.look)
        if before is None or (before.values.shape, before.group) != (pictures.values.shape, pictures.group):
            self._arrange()
        self.viewport().update()

    def _keep(self, look: Hashable) -> None:
        """Take up the images of what looks so, and let go of the oldest ones that are too many."""
        self._images = self._kept.pop(look, {}) if look is not None else {}
        sizes = [sum(array.nbytes for _, array in images.values()) for images in self._kept.values()]
        while sum(sizes) > KEPT:
            del self._kept[next(iter(self._kept))], sizes[0]
        if look is not None:
            self._kept[look] = self._images

    def _forget(self) -> None:
        """Let go of all images: they would look different now."""
        self._kept.clear()
        self._images = {}

    def follow(self, leader: GridView) -> None:
        """Stand in the columns and groups of `leader` and scroll with it, so that places correspond."""
        if leader is self._leader:
            return
        self._leader = leader
        leader.arranged.connect(self._arrange)
        leader.scrolled.connect(self.scroll_to)
        self.scrolled.connect(leader.scroll_to)
        self._arrange()

    def scroll_to(self, blocks: float) -> None:
        """Scroll past so many blocks, because another sheet did."""
        if self._layout is not None and not self._following:
            self._following = True
            self.verticalScrollBar().setValue(round(blocks * self._layout.pitch.height()))
            self._following = False

    def cell(self, particle: int) -> QRect:
        """Where that particle's picture stands in the viewport now."""
        assert self._layout is not None
        return self._layout.cell(particle).translated(0, -self.verticalScrollBar().value())

    def particle_at(self, place: QPoint) -> int | None:
        """The particle whose picture is under that point of the viewport."""
        if self._layout is None or self._pictures is None:
            return None
        particle = self._layout.at(place + QPoint(0, self.verticalScrollBar().value()))
        return particle if particle is not None and particle < len(self._pictures.values) else None

    def _arrange(self) -> None:
        if self._pictures is None:
            return
        count, _, height, width = self._pictures.values.shape
        space = self.viewport().size()
        leading = self._leader._layout if self._leader is not None else None
        ratio, group = self.devicePixelRatioF(), self._pictures.group
        self._layout = arrange(count, QSize(width, height), space, ratio, leading, group)
        self._forget()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._layout.height - space.height()))
        bar.setPageStep(space.height())
        bar.setSingleStep(self._layout.step.height())
        self.viewport().update()
        self.arranged.emit()

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._pictures is None or self._layout is None:
            return
        painter = QPainter(self.viewport())
        reduced = self._layout.size.width() < self._pictures.values.shape[3]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, reduced)
        above = self.verticalScrollBar().value()
        top, bottom = event.rect().top() + above, event.rect().bottom() + above
        seen = self._layout.between(top, bottom, len(self._pictures.values))
        self._convert([p for p in seen if p not in self._images])
        if self._layout.framed:
            self._draw_groups(painter, self._layout, sorted({p // self._layout.block for p in seen}))
        for particle in seen:
            painter.drawImage(self.cell(particle), self._images[particle][0])
        self._mark(painter, seen)

    def _draw_groups(self, painter: QPainter, layout: Layout, groups: list[int]) -> None:
        """A frame around each group, and what is known of it above its pictures."""
        assert self._pictures is not None
        colours, labels = theme.scheme(), self._pictures.labels
        painter.setFont(self._small())
        for group in groups:
            frame = layout.frame(group).translated(0, -self.verticalScrollBar().value())
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.drawRoundedRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            if group < len(labels):
                words = frame.adjusted(PAD, 0, -PAD, HEAD + PAD - frame.height())
                text = painter.fontMetrics().elidedText(labels[group], Qt.TextElideMode.ElideRight, words.width())
                painter.setPen(QColor(colours.muted))
                painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _convert(self, particles: list[int]) -> None:
        """Turn those particles' values into images, no larger than needed, with the pixels that they live on."""
        assert self._pictures is not None
        assert self._layout is not None
        values, limit, signed = self._pictures.values, self._pictures.limit, self._pictures.signed
        at_once = max(1, CHUNK // max(1, values[0].size))
        for start in range(0, len(particles), at_once):
            part = particles[start : start + at_once]
            chosen = values[part[0] : part[-1] + 1] if part[-1] - part[0] + 1 == len(part) else values[part]
            scaled = shrunk(chosen, self._layout.size.width() * self.devicePixelRatioF())
            for particle, each in zip(part, pixels.pictures(scaled, limit, signed), strict=True):
                self._images[particle] = (pixels.image(each), each)

    def _mark(self, painter: QPainter, seen: list[int]) -> None:
        """Frame the selected particles and the one under the pointer, with their numbers where there is room."""
        colours = theme.scheme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = set(self._state.selection)
        for particle in seen:
            if particle not in chosen and particle != self._hovered:
                continue
            first = self._state.selection[:1] == (particle,)
            colour = QColor(colours.accent if particle in chosen else colours.muted)
            width = 3.0 if first else 2.0
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            edge = 0.5 * width + 0.5
            painter.drawRoundedRect(QRectF(self.cell(particle)).adjusted(-edge, -edge, edge, edge), 2, 2)
            if self.cell(particle).width() >= 48 or particle == self._hovered:
                ink = colours.on_accent if particle in chosen else colours.base
                self._number(painter, particle, colour, QColor(ink))

    def _number(self, painter: QPainter, particle: int, ground: QColor, ink: QColor) -> None:
        painter.setFont(self._small())
        text = str(particle)
        size = painter.fontMetrics().size(0, text) + QSize(8, 2)
        label = QRect(self.cell(particle).topLeft() - QPoint(1, 1), size)
        painter.fillRect(label, ground)
        painter.setPen(ink)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)

    def _small(self) -> QFont:
        font = self.font()
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1.5))
        return font

    # -- events --------------------------------------------------------------------------------------------------

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._forget()
            self.viewport().update()

    @safely
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            particle = self.particle_at(event.pos())
            text = "" if particle is None else f"particle {particle}"
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    @safely
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.particle_at(event.position().toPoint()))

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        particle = self.particle_at(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or particle is None:
            return
        chosen = self._state.selection
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            rest = [p for p in chosen if p != particle]
            self._state.select(rest if particle in chosen and rest else [particle, *rest])
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and chosen:
            low, high = sorted((chosen[0], particle))
            self._state.select([*chosen, *range(low, high + 1)])
        else:
            self._state.select([particle])

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or self._pictures is None:
            event.ignore()
            return
        wanted = (self._state.selection or (0,))[0] + step
        self._state.select([max(0, min(wanted, len(self._pictures.values) - 1))])

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        if not self._following:
            self._following = True
            assert self._layout is not None
            self.scrolled.emit(self.verticalScrollBar().value() / self._layout.pitch.height())
            self._following = False

    def _hover(self, particle: int | None) -> None:
        if particle != self._hovered:
            self._hovered = particle
            self.viewport().update()

    def _selection_moved(self, selection: tuple[int, ...]) -> None:
        """Bring the inspected particle into sight."""
        if self._pictures is not None and selection and selection[0] < len(self._pictures.values):
            cell, bar = self.cell(selection[0]), self.verticalScrollBar()
            if cell.top() < 0:
                bar.setValue(bar.value() + cell.top() - GAP)
            elif cell.bottom() > self.viewport().height():
                bar.setValue(bar.value() + cell.bottom() - self.viewport().height() + GAP)
        self.viewport().update()
