"""Icons: the few symbols on the buttons, drawn from their outlines in the text colour of the scheme.

Called by views and controls. Ready in a millisecond, where loading an icon font took half of the window's start.
"""

from __future__ import annotations

import importlib.resources

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QToolButton, QWidget

from app import theme
from app.safely import safely

_SIDE = 64  # pixels drawn: enough for 32 points at scale 2

_OUTLINES = {
    "play": '<path d="M8 5v14l11-7z"/>',
    "pause": '<path d="M7 5h4v14H7zM13 5h4v14h-4z"/>',
    "previous": '<path d="M6 5h2.4v14H6zM19 5v14l-10-7z"/>',
    "next": '<path d="M15.6 5H18v14h-2.4zM5 5v14l10-7z"/>',
    "loop": '<path d="M7 7h9V4l5 4-5 4V9H9v4H7zM17 17H8v3l-5-4 5-4v3h7v-4h2z"/>',
    "open": '<path d="M3 5h7l2 2h8v3h-2V9H5v8l2.2-6H23l-3 8H3z" fill-rule="evenodd"/>',
    "dice": (
        '<path fill-rule="evenodd" d="M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z'
        "M8 6.4a1.6 1.6 0 1 0 .01 0zM16 6.4a1.6 1.6 0 1 0 .01 0zM12 10.4a1.6 1.6 0 1 0 .01 0z"
        'M8 14.4a1.6 1.6 0 1 0 .01 0zM16 14.4a1.6 1.6 0 1 0 .01 0z"/>'
    ),
    "picture": '<path fill-rule="evenodd" d="M3 4h18v16H3zM5 6v10l4-5 3.5 4 2.5-3 4 5V6z"/>',
    "enlarge": '<path d="M4 4h7v2H7.4l4 4L10 11.4l-4-4V11H4zM20 20h-7v-2h3.6l-4-4 1.4-1.4 4 4V13h2z"/>',
    "brush": '<path d="M19.6 2.6l1.8 1.8-9 10.4-3.2-3.2zM8.2 12.8l3 3c.2 3.4-3 5.6-8.4 5 2.2-1.6 1.8-7 5.4-8z"/>',
    "eraser": '<path fill-rule="evenodd" d="M14.5 3l6.5 6.5L11 20H7l-4.5-4.5zM8 11.6L5.2 15.4 7.8 18h2.4l3-3.2z"/>',
    "rectangle": '<path fill-rule="evenodd" d="M2.5 5h19v14h-19zM4.7 7.2v9.6h14.6V7.2z"/>',
    "ellipse": (
        '<path fill-rule="evenodd" d="M12 4.5c5.4 0 9.5 3.3 9.5 7.5s-4.1 7.5-9.5 7.5-9.5-3.3-9.5-7.5S6.6 4.5 12 4.5z'
        'M12 6.7c-4.2 0-7.3 2.4-7.3 5.3s3.1 5.3 7.3 5.3 7.3-2.4 7.3-5.3-3.1-5.3-7.3-5.3z"/>'
    ),
    "fill": (
        '<path fill-rule="evenodd" d="M10.5 2.5l8.5 8.5-8 8-8.5-8.5zM10.5 5.5L5.6 10.4h9.8z"/>'
        '<path d="M20 14c1.3 2 2 3.2 2 4.2a2 2 0 1 1-4 0c0-1 .7-2.2 2-4.2z"/>'
    ),
    "add": '<path d="M11 4h2v7h7v2h-7v7h-2v-7H4v-2h7z"/>',
    "duplicate": '<path fill-rule="evenodd" d="M9 3h11v13h-3v-2h1V5h-7v1H9zM4 8h11v13H4zM6 10v9h7v-9z"/>',
    "rename": '<path d="M3 21v-4.2L13.7 6.1l4.2 4.2L7.2 21zM15.1 4.7L17.3 2.5l4.2 4.2-2.2 2.2z"/>',
    "remove": (
        '<path fill-rule="evenodd" d="M9 3h6l1 2h4v2H4V5h4zM6 9h12l-1 12H7zM9.3 11v8h1.4v-8zM13.3 11v8h1.4v-8z"/>'
    ),
    "save": '<path d="M11 3h2v8h4l-5 5-5-5h4zM4 15h2v4h12v-4h2v6H4z"/>',
    "exchange": '<path d="M8 3L3 8l5 5V9h12V7H8zM16 11v4H4v2h12v4l5-5z"/>',
    "cross": '<path d="M6.4 5L12 10.6 17.6 5 19 6.4 13.4 12 19 17.6 17.6 19 12 13.4 6.4 19 5 17.6 10.6 12 5 6.4z"/>',
    "lasso": (
        '<path fill-rule="evenodd" d="M12 3c5.5 0 9.5 2.8 9.5 6.5S17.5 16 12 16c-.9 0-1.8-.1-2.6-.2.2 1.3-.2 2.3-1.2 '
        "2.8.3 1 0 1.8-.9 2.6L6 22.4l-1.1-1.6c1-.7 1.2-1 1-1.5-1.4-.3-2.3-1.3-2.3-2.6 0-.9.4-1.6 1-2-1.3-1.4-2.1-3.2"
        '-2.1-5.2C2.5 5.8 6.5 3 12 3zM12 5C7.5 5 4.5 7.1 4.5 9.5S7.5 14 12 14s7.5-2.1 7.5-4.5S16.5 5 12 5z"/>'
    ),
    "alert": '<path fill-rule="evenodd" d="M12 3L1.5 21h21zM11 10h2v5h-2zM11 16.5h2v2h-2z"/>',
}


def pixmap(symbol: str, colour: str) -> QPixmap:
    """The symbol as a picture of 64 x 64 pixels in `colour`. Raises `KeyError` for a symbol that there is not."""
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="{colour}">{_OUTLINES[symbol]}</svg>'
    drawn = QPixmap(QSize(_SIDE, _SIDE))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(text.encode())).render(painter)
    painter.end()
    return drawn


def program() -> QIcon:
    """The program's own icon, drawn at each size when that is asked for."""
    return QIcon(str(importlib.resources.files("assets") / "icon.svg"))


class IconButton(QToolButton):
    """A flat button with a symbol that keeps the scheme's colour, its name for screen readers and its tooltip."""

    def __init__(self, symbol: str, name: str, tooltip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._symbol = symbol
        self.setAutoRaise(True)
        self.setAccessibleName(name)
        self.setToolTip(tooltip)
        self.set_symbol(symbol)

    def set_symbol(self, symbol: str) -> None:
        """Show another symbol."""
        self._symbol = symbol
        colours, icon = theme.scheme(), QIcon()
        icon.addPixmap(pixmap(symbol, colours.text))
        icon.addPixmap(pixmap(symbol, colours.line), QIcon.Mode.Disabled)
        self.setIcon(icon)

    @safely
    def changeEvent(self, event: QEvent) -> None:
        """Draw the symbol in the colours of another scheme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.set_symbol(self._symbol)
