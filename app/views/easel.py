"""Easel: one picture as large as fits, with the mask in use over it, which is painted here. Made by the Latents page.

What is painted goes to the `Painter` that all easels of the page have in common; only what it changed is drawn again.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.safely import safely
from app.tools.paint import Painter
from app.views.refusal import Refusal
from app.views.sheet import Overlay, Sheet
from app.views.shown import Array
from engine.painting import Rect

HELP = (
    "Paint the mask m here. The right button, Alt or the eraser of a pen wipes. With Shift a brush draws straight "
    "lines, rectangles become squares and ellipses circles. The wheel or [ and ] change the size, with Ctrl or { and } "
    "the softness. Esc takes a stroke back."
)

SOFTER = 0.05
"""What a notch of the wheel adds to the softness."""

_NOTCHES = {"[": (-1, 0), "]": (1, 0), "{": (0, -1), "}": (0, 1)}  # of size and softness
_BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)


class Easel(QWidget):
    """One picture. `hovered`: the values under the pointer, "" once it has left the picture."""

    hovered = Signal(str)

    def __init__(self, painter: Painter, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painter, self._editing = painter, painter.editing
        self._sheet = Sheet()
        self._symbol, self._sentence = "", ""
        self._pointer: QPointF | None = None
        self._told = False  # whether what is under the pointer is told
        self._held = Qt.MouseButton.NoButton  # what the stroke that began here is painted with
        self._refusal = Refusal(painter.editing, self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setToolTip(HELP)
        self.setAccessibleName(name)
        self.setAccessibleDescription(HELP)
        painter.changed.connect(self._follow)
        painter.editing.tool_changed.connect(self.update)

    # -- what is shown -------------------------------------------------------------------------------------------

    @property
    def overlay(self) -> Overlay:
        """How the mask is shown: as a line around where it is a half or more, with "fill" under a veil of opacity m."""
        return self._sheet.overlay

    @overlay.setter
    def overlay(self, overlay: Overlay) -> None:
        self._sheet.overlay = overlay
        self._refusal.set_wanted(overlay == "fill")  # once a page is enough
        self._follow(None)

    def show_values(self, values: Array | None, limit: float, signed: bool, symbol: str = "n") -> None:
        """Show a picture [C, H, W], from black at -limit to white at limit or, `signed`, in the diverging map; values
        under the pointer are told with `symbol`. None is no picture.
        """
        self._symbol, self._sentence = symbol, ""
        self._sheet.show_values(values, limit, signed)
        self._sheet.fit(self.size(), self.devicePixelRatioF())
        self._tell()
        self.update()

    def set_heat(self, change: Array | None, limit: float = 1.0) -> None:
        """Show sizes [H, W] over the picture, the more the nearer to `limit`; None takes them away."""
        self._sheet.set_heat(change, limit)
        self.update()

    def message(self, text: str) -> None:
        """Show a sentence in place of the picture, until there is one."""
        self._sentence = text
        self._sheet.show_values(None, 1.0, False)
        self._tell()
        self.update()

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._sheet.values is None:
            painter.setPen(QColor(theme.scheme().muted))
            space = self.rect().adjusted(16, 16, -16, -16)
            painter.drawText(space, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._sentence)
            return
        self._sheet.fit(self.size(), self.devicePixelRatioF())  # the window may stand on another screen now
        self._sheet.draw(painter, self._painter.pixels)
        self._draw_ring(painter)

    def _draw_ring(self, painter: QPainter) -> None:
        """The size of the brush around the pointer, light in dark so that it is seen on any picture."""
        ring = self._ring()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in (("black", 3.0), ("white", 1.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(ring)

    def _ring(self) -> QRectF:
        """Where the ring is; empty for tools that have no size, and without a pointer."""
        if self._pointer is None or self._sheet.values is None or self._editing.tool not in ("brush", "eraser"):
            return QRectF()
        radius = self._editing.size * self._sheet.scale / 2
        return QRectF(self._pointer.x() - radius, self._pointer.y() - radius, 2 * radius, 2 * radius)

    def _follow(self, rect: Rect | None) -> None:
        """The mask has changed, there or anywhere."""
        if rect is None:
            self._sheet.lift()
            self.update()
        elif self._sheet.values is not None:
            self.update(self._sheet.touch(self._painter.pixels, rect).toAlignedRect())
        self._tell()

    def _point(self, pointer: QPointF | None) -> None:
        """Move the ring, and say what is under the pointer."""
        before = self._ring()
        self._pointer = pointer
        for ring in (before, self._ring()):
            self.update(ring.adjusted(-3, -3, 3, 3).toAlignedRect())
        self._tell()

    def _tell(self) -> None:
        """Say which values are under the pointer."""
        values, pixels = self._sheet.values, self._painter.pixels
        if values is None or self._pointer is None or not self._sheet.area.contains(self._pointer):
            if self._told:
                self._told = False
                self.hovered.emit("")
            return
        x, y = (
            min(int(place), size - 1)  # the edge of the area belongs to its last pixel
            for place, size in zip(self._sheet.locate(self._pointer), values.shape[:0:-1], strict=True)
        )
        told = " ".join(f"{value:.2f}" for value in values[:, y, x]).replace("-", "−")
        m = f", m {pixels[y, x] / 255:.2f}" if self._sheet.fits(pixels) else ""
        self._told = True
        self.hovered.emit(f"pixel {x}, {y}: {self._symbol} {told}{m}")

    # -- painting ------------------------------------------------------------------------------------------------

    def _begin(self, pointer: QPointF, pressure: float, erase: bool, modifiers: Qt.KeyboardModifier) -> None:
        if self._editing.refusal:
            self._editing.state.message.emit(self._editing.refusal)
        elif self._sheet.values is not None and self._sheet.fits(self._painter.pixels):
            self.setToolTip("")  # who paints knows it, and it would lie over the picture
            straight = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            erase = erase or bool(modifiers & Qt.KeyboardModifier.AltModifier)
            self._painter.begin(*self._sheet.locate(pointer), pressure, erase=erase, straight=straight)

    def _go_on(self, pointer: QPointF, pressure: float) -> None:
        if self._sheet.values is not None:
            self._painter.to(*self._sheet.locate(pointer), pressure)

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in _BUTTONS and not self._held:
            self._held = event.button()
            erase = event.button() is Qt.MouseButton.RightButton
            self._begin(event.position(), 1.0, erase, event.modifiers())

    @safely
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(event.position())
        if event.buttons() & self._held:
            self._go_on(event.position(), 1.0)
        elif self._held:  # it was let go where nobody told
            self._let_go()

    @safely
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is self._held:
            self._go_on(event.position(), 1.0)
            self._let_go()

    @safely
    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen: its pressure widens the brush, its other end is an eraser."""
        event.accept()
        self._point(event.position())
        if event.type() is QEvent.Type.TabletPress and not self._held:
            self._held = Qt.MouseButton.LeftButton
            eraser = event.pointerType() is QPointingDevice.PointerType.Eraser
            erase = eraser or event.button() is Qt.MouseButton.RightButton
            self._begin(event.position(), event.pressure(), erase, event.modifiers())
        elif self._held:
            self._go_on(event.position(), event.pressure())
            if event.type() is QEvent.Type.TabletRelease:
                self._let_go()

    def _let_go(self) -> None:
        self._held = Qt.MouseButton.NoButton
        self._painter.end()

    # -- keys and the rest ---------------------------------------------------------------------------------------

    @safely
    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        notches = (turned.y() or turned.x()) / 120  # with Alt some platforms turn it sideways
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._change(0, notches)
        else:
            self._change(notches, 0)

    def _change(self, larger: float, softer: float) -> None:
        """Change the brush by so many notches of the wheel."""
        if larger:
            self._editing.grow(larger)
        if softer:
            self._editing.set_tool(soft=self._editing.soft + SOFTER * softer)

    @safely
    def event(self, event: QEvent) -> bool:
        """While one paints, the keys that take back take back the stroke, not what was done before."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._takes_back(event):
            event.accept()
            return True
        return super().event(event)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._takes_back(event):
            self._painter.cancel()
        elif event.text() in _NOTCHES:
            self._change(*_NOTCHES[event.text()])
        else:
            event.ignore()

    def _takes_back(self, event: QKeyEvent) -> bool:
        back = event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Undo)
        return back and self._painter.busy

    @safely
    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    @safely
    def hideEvent(self, event: QHideEvent) -> None:
        if self._held:
            self._let_go()

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._sheet.fit(self.size(), self.devicePixelRatioF())
        self._refusal.place()

    @safely
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """None: the right button wipes."""

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._sheet.forget()
            self.update()
