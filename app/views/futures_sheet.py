"""Futures sheet: all futures as pictures, those of a place standing out. Part of `futures.FuturesView`."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
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
from app.futures import FuturesState, Looked, Pixels
from app.safely import safely
from app.views.images import image
from app.views.layout import GAP, Layout, arrange

PALE = 0.22
"""How opaque the futures of other places are."""

TIP = "Click: see it large. Double click or Enter: open its Run in Explore."


class FuturesSheet(QAbstractScrollArea):
    """One picture a future. A click, or the arrow keys, let one stand large; a double click or Enter opens it."""

    def __init__(self, futures: FuturesState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._futures = futures
        self._frames: Pixels | None = None
        self._images: dict[int, QImage] = {}
        self._layout: Layout | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(150, 150)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Futures")
        self.setAccessibleDescription(f"One picture a future. {TIP}")
        futures.looked_changed.connect(self._follow)
        futures.place_changed.connect(lambda _: self.viewport().update())

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_frames(self, frames: Pixels | None) -> None:
        """Show these [N, H, W] from the next paint on, or none."""
        if frames is self._frames:
            return
        resized = self._frames is None or frames is None or self._frames.shape != frames.shape
        self._frames = frames
        self._images.clear()
        if resized:
            self._arrange()
        self.viewport().update()

    def cell(self, particle: int) -> QRect:
        """Where that future stands in the viewport now."""
        assert self._layout is not None
        return self._layout.cell(particle).translated(0, -self.verticalScrollBar().value())

    def at(self, place: QPoint) -> int | None:
        """The future that is under that point of the viewport."""
        if self._layout is None or self._frames is None:
            return None
        particle = self._layout.at(place + QPoint(0, self.verticalScrollBar().value()))
        return particle if particle is not None and particle < len(self._frames) else None

    def _arrange(self) -> None:
        if self._frames is None:
            self._layout = None
            return
        count, height, width = self._frames.shape
        space = self.viewport().size()
        self._layout = arrange(count, QSize(width, height), space, self.devicePixelRatioF())
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._layout.height - space.height()))
        bar.setPageStep(space.height())
        bar.setSingleStep(self._layout.step.height())
        self.viewport().update()

    def _follow(self, looked: Looked) -> None:
        """Bring what is looked at into sight."""
        if looked.level is None and self._frames is not None and looked.particle < len(self._frames):
            cell, bar = self.cell(looked.particle), self.verticalScrollBar()
            if cell.top() < 0:
                bar.setValue(bar.value() + cell.top() - GAP)
            elif cell.bottom() > self.viewport().height():
                bar.setValue(bar.value() + cell.bottom() - self.viewport().height() + GAP)
        self.viewport().update()

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._frames is None or self._layout is None:
            return
        painter, colours = QPainter(self.viewport()), theme.scheme()
        above = self.verticalScrollBar().value()
        reduced = self._layout.size.width() * self.devicePixelRatioF() < self._frames.shape[2]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, reduced)
        standing = self._standing()
        for particle in self._layout.between(
            event.rect().top() + above, event.rect().bottom() + above, len(self._frames)
        ):
            if particle not in self._images:
                self._images[particle] = image(self._frames[particle])
            painter.setOpacity(1.0 if standing is None or particle in standing else PALE)
            painter.drawImage(self.cell(particle), self._images[particle])
        looked = self._futures.looked
        if looked.level is None and looked.particle < len(self._frames):
            painter.setOpacity(1.0)
            width = 3 if self.hasFocus() else 2
            painter.setPen(QPen(QColor(colours.accent), width))
            painter.drawRect(QRectF(self.cell(looked.particle)).adjusted(-1.5, -1.5, 1.5, 1.5))

    def _standing(self) -> frozenset[int] | None:
        """The futures that stand out, None for all."""
        place, forecast = self._futures.place, self._futures.forecast
        if place is None or forecast is None or forecast.futures is None:
            return None
        return frozenset(forecast.futures.places[place].members)

    # -- events --------------------------------------------------------------------------------------------------

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    @safely
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            particle = self.at(event.pos())
            text = "" if particle is None else f"Future {particle}. {TIP}"
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        particle = self.at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and particle is not None:
            self._futures.look(Looked(particle))

    @safely
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.at(event.position().toPoint()) is not None:
            self._futures.open_wanted.emit()

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = 1 if self._layout is None else self._layout.columns
        key, steps = Qt.Key(event.key()), {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        steps |= {Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        looked, count = self._futures.looked, 0 if self._frames is None else len(self._frames)
        if key in steps and count:
            wanted = 0 if looked.level is not None else looked.particle + steps[key]
            if 0 <= wanted < count:
                self._futures.look(Looked(wanted))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and looked.level is None:
            self._futures.open_wanted.emit()
        else:
            event.ignore()

    @safely
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    @safely
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
