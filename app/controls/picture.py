"""The picture: a clean x0 to start from, one of the model's data or a file's, beside what the model makes of it.

Shown for models of pictures. Choosing one brings the sampler that noises it; files are read by `app.files`.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.bind import Span, ValueRow
from app.controls.group import Group
from app.state import State, from_noise
from engine import attachments
from engine.data import items
from engine.models.catalogue import ModelInfo
from engine.run import Latents, PictureReference, Run
from engine.settings import Settings

SIDE = 64
"""Points that the thumbnail is wide and high, at most."""

CHOOSE = "choose the picture"
"""The undo step; those of one drag are one."""


class Chooser(Group):
    """Buttons to choose a picture or none, and of the chosen one a thumbnail, words and, of data, its number.

    `does` is what happens to the picture, "Start from".
    """

    item_wanted = Signal(int)  # that picture of the model's data

    def __init__(self, title: str, does: str, state: State) -> None:
        super().__init__(title)
        self._state, self._does = state, does
        self._items: items.Items | None = None
        self.chosen, self.thumbnail, self.about = QWidget(), QLabel(), QLabel()
        self.item = ValueRow("Number", "Which picture of the data, counted from 0.", Span(0, 1, integer=True), 0, 1)
        self.take, self.open, self.clear = QPushButton("Data item"), QPushButton("File…"), QPushButton("None")
        self.buttons = QHBoxLayout()
        self._lay_out()
        self.take.clicked.connect(lambda: self._want(0))
        self.item.changed.connect(self._want)
        state.model_changed.connect(self._suit)
        self._suit(state.model)

    def _want(self, number: int) -> None:
        raise NotImplementedError

    def show_picture(self, picture: PictureReference | None, *words: str) -> None:
        """Show that picture, with its name and these lines, or none."""
        number = None if picture is None or self._items is None else self._items.number(picture.label)
        self.chosen.setVisible(picture is not None)
        self.item.setVisible(number is not None)
        if number is not None and not self.item.slider.isSliderDown():
            self.item.set_value(number)
        if picture is not None:
            pixels = QPixmap()
            pixels.loadFromData(attachments.get(picture.sha256), "PNG")  # type: ignore[call-overload]
            larger = max(pixels.width(), pixels.height()) > SIDE
            how = Qt.TransformationMode.SmoothTransformation if larger else Qt.TransformationMode.FastTransformation
            self.thumbnail.setPixmap(pixels.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, how))
            self.about.setText("\n".join(filter(None, (picture.label, *words))))

    def _suit(self, model: ModelInfo) -> None:
        self._items = items.of(model)
        last = 0 if self._items is None else self._items.count - 1
        self.item.box.setRange(0, last)
        self.item.set_span(Span(0, max(last, 1), integer=True))
        self.take.setEnabled(self._items is not None)
        self.take.setToolTip(
            "The data that this model was made of are not at hand: take a file."
            if self._items is None
            else f"{self._does} one of the model's data: {self._items.label}, by number."
        )

    def _lay_out(self) -> None:
        self.thumbnail.setAccessibleName("The clean picture x₀")
        self.thumbnail.setToolTip("The clean picture x₀, as the model's data: 8 bits a value.")
        self.about.setWordWrap(True)
        row = QHBoxLayout(self.chosen)
        row.setContentsMargins(0, 0, 0, 2)
        row.addWidget(self.thumbnail)
        row.addWidget(self.about, 1)
        self.body.addWidget(self.chosen)
        self.body.addWidget(self.item)
        self.body.addLayout(self.buttons)
        self.open.setToolTip(f"{self._does} a picture in a file; or drop it on the window.")
        for button, name in (
            (self.take, "A picture of the data"),
            (self.open, "A picture's file"),
            (self.clear, "None"),
        ):
            button.setAccessibleName(name)
            self.buttons.addWidget(button, 1)


class PictureGroup(Chooser):
    """The picture that the current Run starts from."""

    def __init__(self, state: State) -> None:
        super().__init__("Picture", "Start from", state)
        self._before: Settings | None = None
        self._done: dict[str, str] = {}
        self.header.setToolTip(Latents.model_fields["picture"].description or "")
        self.clear.setToolTip("Start from noise again, with the sampler from before.")
        self.clear.clicked.connect(self._clear)
        self.item.slider.sliderPressed.connect(state.end_gesture)
        state.run_changed.connect(self._show)
        self._show(state.run)

    def choose(self, picture: PictureReference, done: str = "") -> None:
        """Start from `picture`; `done` is the sentence about what was done to it. The first one brings its sampler."""
        self._done[picture.sha256] = done
        groups = {"latents": {"picture": picture}}
        if self._state.run.latents.picture is None:
            self._before = self._state.run.sampler
            self._state.change(CHOOSE, **groups, sampler={"name": "noising"})
        else:
            self._state.change(CHOOSE, **groups)

    def _want(self, number: int) -> None:
        if not self.item.slider.isSliderDown():
            self._state.end_gesture()
        self.item_wanted.emit(number)

    def _clear(self) -> None:
        self._state.end_gesture()
        self._state.change("clear the picture", **from_noise(self._state.run, self._before))

    def _show(self, run: Run) -> None:
        picture = run.latents.picture
        self.clear.setEnabled(picture is not None)
        self.show_picture(picture, "" if picture is None else self._done.get(picture.sha256, ""))
