"""Choices: the row under the canvas: which part of the steps the pictures show, or which overlays a plot has."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QLabel, QRadioButton, QWidget

from app.safely import safely
from app.state import State
from app.views.camera import Camera
from app.views.plot import SWITCHES, Switches
from app.views.shown import Kind
from engine.analysis.parts import SHOWN

ABOUT = {
    "denoised": "The estimate D(x; σ) = E[x₀ | x] of the finished picture.",
    "x": "The state x = x₀ + σ n, black to white two standard deviations of its noise.",
    "drift": "d = (x − D) / σ, the slope of the probability-flow ODE.",
    "correction": "d′, the drift at the end of the step, with which the step is corrected.",
    "noise": "The fresh noise that this step added to the state.",
    "guidance": "What guides added to the drift.",
}

SYMBOLS = {
    "denoised": "x₀",
    "x": "x",
    "drift": "d",
    "correction": "d′",
    "noise": "n",
    "guidance": "g",
}
"""What the parts are called where there is no room for their names."""

OF_PLANE = ("density", "score", "forces", "paths", "modes")
OF_LINE = ("density", "paths", "raw")


class Choices(QWidget):
    """One row that suits the kind of data; guidance is offered only once a sampler has given some."""

    def __init__(self, state: State, camera: Camera, switches: Switches, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._camera = camera
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(12)
        self.setMinimumWidth(1)  # a narrow canvas stays narrow
        self._label = QLabel("show", self)
        self._label.setObjectName("muted")
        self._group = QButtonGroup(self)
        self.parts: dict[str, QRadioButton] = {}
        for name, text in SHOWN.items():
            self.parts[name] = QRadioButton(text, self)
            self.parts[name].setToolTip(ABOUT[name])
            self.parts[name].setAccessibleName(text)
            self.parts[name].clicked.connect(lambda _=False, name=name: state.show(name))
            self._group.addButton(self.parts[name])
        self.overlays: dict[str, QCheckBox] = {}
        for name, (text, about) in SWITCHES.items():
            self.overlays[name] = self._toggle(text, about, switches[name])
            self.overlays[name].toggled.connect(lambda on, name=name: switches.set(name, on))
        switches.changed.connect(lambda: self._follow_switches(switches))
        about = "Fit the view to the noise at each step; stops when you zoom or pan. F"
        self.follow = self._toggle("Follow noise", about, True)
        self.follow.clicked.connect(self._follow)
        camera.moved.connect(lambda: self.follow.setChecked(camera.follows))
        state.shown_changed.connect(lambda name: self.parts[name].setChecked(True))
        self.parts[state.shown].setChecked(True)
        self.levels = self._toggle(
            "Levels", "The selected particle at levels over all steps, below the canvas. L", False
        )
        for widget in self._all():
            if widget is self.levels:
                row.addStretch(1)
            row.addWidget(widget)
            widget.hide()

    def suit(self, kind: Kind | None) -> None:
        """Offer what suits data of that kind."""
        offered: list[QWidget] = []
        if kind == "grid":
            offered = [part for name, part in self.parts.items() if name != "guidance" or self._guided()]
            offered.append(self.levels)
        elif kind == "plane":
            offered = [*(self.overlays[name] for name in OF_PLANE), self.follow]
        elif kind == "line":
            offered = [self.overlays[name] for name in OF_LINE]
        for widget in self._all():
            widget.setVisible(widget in offered or (widget is self._label and bool(offered)))
        self._name_parts()

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_parts()

    def _name_parts(self) -> None:
        """Call the parts by their names, or by their symbols where those do not fit."""
        self._call(SHOWN)
        if self.sizeHint().width() > self.width():
            self._call(SYMBOLS)

    def _call(self, texts: dict[str, str]) -> None:
        for name, part in self.parts.items():
            part.setText(texts[name])

    def _all(self) -> list[QWidget]:
        return [self._label, *self.parts.values(), *self.overlays.values(), self.follow, self.levels]

    def _toggle(self, text: str, about: str, on: bool) -> QCheckBox:
        button = QCheckBox(text, self)
        button.setToolTip(about)
        button.setChecked(on)
        return button

    def _follow_switches(self, switches: Switches) -> None:
        for name, box in self.overlays.items():
            box.setChecked(switches[name])

    def _guided(self) -> bool:
        if self._state.shown == "guidance":
            return True
        trajectory = self._state.drawing("current").trajectory
        first = None if trajectory is None else trajectory[0]
        return first is not None and first.guidance is not None

    def _follow(self, on: bool) -> None:
        if on:
            self._camera.fit()
        else:
            self._camera.hold()
