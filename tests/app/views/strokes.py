"""Mouse and pen on an Easel, and an Easel with a picture to send them to. Shared by the tests of painting."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.editing import Editing
from app.state import State
from app.tools.paint import Painter
from app.views.easel import Easel
from tests.app.views.stage import TinyPictures, on_screen, staged

LEFT, RIGHT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
NONE, SHIFT, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
PRESS, MOVE, RELEASE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease

Point = tuple[float, float]
"""x, y in pixels of the picture."""


class Pictures(TinyPictures):
    """Grey pictures of 12 rows and 16 columns."""

    data_shape = (1, 12, 16)


def painted_state() -> State:
    """A State on grey pictures of 12 x 16, with three particles."""
    return staged(Pictures(), latents={"count": 3})


def easel(qtbot: QtBot, state: State, painter: Painter | None = None) -> Easel:
    """An easel on the screen whose picture, of zeros, has 20 points a pixel."""
    shown = on_screen(qtbot, Easel(painter or Painter(Editing(state, state), state), "latent"), state, 340, 260)
    shown.show_values(np.zeros(state.model.data_shape), 1.0, False)
    QApplication.processEvents()
    return shown


def place(easel: Easel, point: Point) -> QPointF:
    """Where that point of the picture is seen on the easel."""
    sheet = easel._sheet
    return sheet.area.topLeft() + QPointF(*point) * sheet.scale


def mouse(
    easel: Easel,
    kind: QEvent.Type,
    point: Point,
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NONE,
    held: Qt.MouseButton | None = None,
) -> None:
    """One event of the mouse."""
    where = place(easel, point)
    pressed = NO_BUTTON if kind is MOVE else button
    down = held if held is not None else NO_BUTTON if kind is RELEASE else button
    event = QMouseEvent(kind, where, QPointF(easel.mapToGlobal(where)), pressed, down, modifiers)
    QApplication.sendEvent(easel, event)


def stroke(easel: Easel, *points: Point, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Press at the first point, move over the others, let go at the last, and let the Run follow."""
    mouse(easel, PRESS, points[0], button, modifiers)
    for point in points[1:]:
        mouse(easel, MOVE, point, button, modifiers)
        QApplication.processEvents()
    mouse(easel, RELEASE, points[-1], button, modifiers)
    QApplication.processEvents()


def pen(easel: Easel, kind: QEvent.Type, point: Point, pressure: float, *, eraser: bool = False) -> None:
    """One event of a pen on a tablet."""
    tip = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
    device = QPointingDevice(
        "pen", 1, QPointingDevice.DeviceType.Stylus, tip, QPointingDevice.Capability.Pressure, 1, 3
    )
    where = place(easel, point)
    down = NO_BUTTON if kind is QEvent.Type.TabletRelease else LEFT
    pressed = NO_BUTTON if kind is QEvent.Type.TabletMove else LEFT
    event = QTabletEvent(
        kind, device, where, QPointF(easel.mapToGlobal(where)), pressure, 0.0, 0.0, 0.0, 0.0, 0.0, NONE, pressed, down
    )
    QApplication.sendEvent(easel, event)
