"""The controls of the Latents workspace on the screen, on a State with no worker behind it. Shared by their tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionButton,
    QStyleOptionSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app import theme
from app.controls.editing.groups import EditGroups
from app.controls.group import Column
from app.editing import Editing
from app.state import State
from engine.models.catalogue import named
from engine.run import Run
from engine.settings.edits import Edit
from tests.app.views.stage import on_screen

NARROW = 250
"""Points that the panel is wide where it is as narrow as it becomes."""


@dataclass
class Opened:
    """The groups in a panel, with what was said to the user."""

    state: State
    editing: Editing
    groups: EditGroups
    panel: Column
    said: list[str]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Those of the Run."""
        return self.state.run.latents.edits

    @property
    def pixels(self) -> np.ndarray:
        """The mask in use."""
        return self.editing.pixels()


def opened(qtbot: QtBot, model: str = "faces", state: State | None = None) -> Opened:
    """The panel on the screen: by default with six particles of a model in four steps, at the last of them."""
    if state is None:
        info = named(model)
        state = State(Run(model=info.reference).replace(latents={"count": 6}, schedule={"steps": 4}), info)
    editing = Editing(state, state)
    groups, panel, said = EditGroups(editing), Column(), list[str]()
    panel.setStyleSheet(theme.style_sheet())
    panel.stack("Controls", groups)
    for signal in (state.message, state.complaint):
        signal.connect(said.append)
    on_screen(qtbot, panel, state, NARROW, 900)
    QApplication.processEvents()
    return Opened(state, editing, groups, panel, said)


def click(widget: QWidget) -> None:
    """Click into the middle of a widget that can be seen."""
    assert widget.isVisible()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def handle(slider: QSlider) -> QPoint:
    """The middle of a slider's handle."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    return slider.style().subControlRect(control, option, part, slider).center()


def drag(slider: QSlider, *ways: int) -> None:
    """Take the handle and drag it from there to so many points right of it, one after the other, and let go."""
    start = handle(slider)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for way in ways:
        QTest.mouseMove(slider, start + QPoint(way, 0))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPointF(ways[-1], 0).toPoint())


def cut_short(panel: Column) -> list[str]:
    """The names of the widgets that do not stand within the panel's width, or whose text does not within theirs."""
    seen = [widget for widget in panel.viewport().findChildren(QWidget) if widget.isVisible()]
    beyond = [
        widget
        for widget in seen
        if widget.mapTo(panel.viewport(), widget.rect().topRight()).x() >= panel.viewport().width()
    ]
    buttons = [widget for widget in seen if isinstance(widget, QPushButton)]
    return [widget.accessibleName() or type(widget).__name__ for widget in (*beyond, *filter(_cut, buttons))]


def _cut(button: QPushButton) -> bool:
    option = QStyleOptionButton()
    button.initStyleOption(option)
    room = button.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, button)
    return button.fontMetrics().horizontalAdvance(button.text()) > room.width()


def take(shown: Opened, model: str) -> None:
    """Go on with another model."""
    info = named(model)
    shown.state.set_run("choose", shown.state.run.replace(model=info.reference.model_dump()), info)
