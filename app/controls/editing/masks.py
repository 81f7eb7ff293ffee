"""The masks: which one is in use, by name and thumbnail, and what is done with them: new, copied, named, in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QToolButton

from app import theme
from app.controls.editing.question import Question
from app.controls.group import Group
from app.controls.rows import Combo, LineEdit
from app.editing import Editing
from app.icons import IconButton
from app.masks import MaskSet
from app.safely import safely
from app.views.images import image
from app.views.pace import CALM, Pace
from engine import mask
from engine.analysis.pictures import is_picture
from engine.errors import InputError
from engine.latents.presets import presets
from engine.mask import Mask
from engine.models.catalogue import ModelInfo
from engine.settings.references import MaskReference

NONE = "none (whole latent)"
SIDE = 22
"""Points that a thumbnail is wide and high, at most."""

PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff *.gif)"


class MasksGroup(Group):
    """A list of the masks, buttons for what is done with them, and a question where one does not fit the pictures."""

    def __init__(self, editing: Editing) -> None:
        super().__init__("Mask")
        self._editing, self._state = editing, editing.state
        self._drawn: dict[MaskReference, QIcon] = {}
        self.choice, self.name, self.question = Combo(), NameLine(), Question()
        self.new = IconButton("add", "New mask", "A new mask: an empty one, or a part of the picture.")
        self.menu = QMenu(self)
        self.new.setMenu(self.menu)
        self.new.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.copy = self._button("duplicate", "Copy of the mask", "Another mask that begins as this one.", self._copy)
        self.rename = self._button("rename", "Name of the mask", "Give this mask another name.", self._begin_name)
        self.remove = self._button(
            "remove", "Remove the mask", "Take this mask out of the list; edits that have it keep it.", self._remove
        )
        self.load = self._button(
            "open", "Load a mask …", "A mask from a picture's file: m is how light it is.", self.ask_load
        )
        self.save = self._button(
            "save", "Save the mask …", "Write this mask as a PNG: 8 bits grey, 255 m.", self.ask_save
        )
        self._lay_out()
        self._thumbnails = Pace(self, self._draw, CALM)
        self.choice.activated.connect(self._choose)
        self.name.confirmed.connect(self._end_name)
        self._state.masks_changed.connect(self._list)
        self._state.model_changed.connect(self._suit)
        editing.changed.connect(self._show)
        self._list(self._state.masks)
        self._suit(self._state.model)

    # -- files ---------------------------------------------------------------------------------------------------

    def ask_load(self) -> None:
        """Ask for a picture's file, and load it as a mask."""
        name, _ = QFileDialog.getOpenFileName(self, "A mask", _folder(), PICTURES)
        if name:
            self.load_file(Path(name))

    def load_file(self, path: Path) -> None:
        """Add the picture in a file as a mask; one of another size is resampled only if that is what is answered."""
        try:
            pixels = mask.of_file(path)
        except InputError as error:
            self._state.complaint.emit(str(error))
            return
        QSettings().setValue("folder", str(path.absolute().parent))
        size = self._state.model.data_shape[1:]
        problem = mask.mismatch(pixels, size)
        if not problem:
            self._add(pixels, path.stem)
            return
        self.question.ask(
            f"{path.name} is {problem}.",
            {"Resample": lambda: self._add(mask.resampled(pixels, *size), path.stem), "Cancel": self._show},
        )

    def ask_save(self) -> None:
        """Ask where to, and write the mask in use as a PNG."""
        active = self._editing.mask
        if active is None:
            return
        suggested = str(Path(_folder()) / f"{active.label}.png")
        name, _ = QFileDialog.getSaveFileName(self, "Save the mask", suggested, "Mask (*.png)")
        if not name:
            return
        try:
            mask.write(Path(name), active)
        except InputError as error:
            self._state.complaint.emit(str(error))
        else:
            self._state.message.emit(f"Saved {Path(name).name}.")

    # -- the list ------------------------------------------------------------------------------------------------

    def _list(self, masks: MaskSet) -> None:
        """List the masks there are; those that were painted get another thumbnail soon."""
        names = [NONE, *(each.label for each in masks.masks)]
        if names != [self.choice.itemText(place) for place in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(names)
            self._draw()
        self._thumbnails.ask()
        self._show()

    def _draw(self) -> None:
        """Give each mask its thumbnail."""
        masks = self._state.masks.masks
        self._drawn = {each: self._drawn.get(each) or _thumbnail(mask.read(each)) for each in masks}
        for place, icon in enumerate(self._drawn.values(), 1):
            self.choice.setItemIcon(place, icon)

    def _show(self) -> None:
        """Show which mask is in use, what can be done with it, and whether it fits the model's pictures."""
        active = self._editing.mask
        self.choice.setCurrentIndex(self.choice.findText(NONE if active is None else active.label))
        for button in (self.copy, self.rename, self.remove, self.save):
            button.setEnabled(active is not None)
        refusal = self._editing.refusal
        if refusal:
            self.question.ask(refusal, {"Resample": self._editing.resample, "New mask": self._add_empty})
        elif "New mask" in self.question.answers:
            self.question.withdraw()

    def _choose(self, place: int) -> None:
        self._editing.use(self.choice.itemText(place) if place else "")
        self._editing.configure(masked=True)

    def _suit(self, model: ModelInfo) -> None:
        """Offer the new masks that suit the model; a question about another one's pictures is void."""
        self.question.withdraw()
        self.menu.clear()
        if is_picture(model.data_shape):
            self.menu.addAction("Empty", self._add_empty)
            for name, pixels in presets(model.data_shape, model.data).items():
                self.menu.addAction(name.capitalize(), lambda name=name, pixels=pixels: self._add(pixels, name))
            self._show()

    def _add(self, pixels: Mask, name: str) -> None:
        self._editing.add(pixels, name)
        self._editing.configure(masked=True)

    def _add_empty(self) -> None:
        self._add(np.zeros(self._state.model.data_shape[1:], np.uint8), "mask")

    def _copy(self) -> None:
        active = self._editing.mask
        if active is not None:
            self._add(mask.read(active), active.label)

    def _remove(self) -> None:
        self._editing.forget(self.choice.currentText())

    # -- the name ------------------------------------------------------------------------------------------------

    def _begin_name(self) -> None:
        self.choice.hide()
        self.name.begin(self.choice.currentText())

    def _end_name(self, wish: str) -> None:
        self.name.hide()
        self.choice.show()
        self.choice.setFocus()
        self._editing.rename(self.choice.currentText(), wish)

    # -- laid out ------------------------------------------------------------------------------------------------

    def _button(self, symbol: str, name: str, about: str, call: Callable[[], object]) -> IconButton:
        button = IconButton(symbol, name, about)
        button.clicked.connect(lambda _=False: call())
        return button

    def _lay_out(self) -> None:
        self.choice.setAccessibleName("Mask")
        self.choice.setToolTip("The mask m that the tools paint and the edit goes through; without one m is 1.")
        self.choice.setIconSize(QSize(SIDE, SIDE))
        self.name.hide()
        row = QHBoxLayout()
        row.setSpacing(2)
        for button in (self.new, self.copy, self.rename, self.remove, self.load, self.save):
            row.addWidget(button)
        row.addStretch(1)
        for widget in (self.choice, self.name):
            self.body.addWidget(widget)
        self.body.addLayout(row)
        self.body.addWidget(self.question)


class NameLine(LineEdit):
    """A line for a name: Enter or leaving it confirms, Escape leaves the name as it was."""

    confirmed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._before = ""
        self.setMaxLength(100)
        self.setAccessibleName("Name of the mask")
        self.setToolTip("Enter confirms, Escape leaves the name as it was.")
        self.editingFinished.connect(self._finish)

    def begin(self, name: str) -> None:
        """Show `name`, to be written over."""
        self._before = name
        self.setText(name)
        self.show()
        self.selectAll()
        self.setFocus()

    @safely
    def event(self, event: QEvent) -> bool:
        """Claim Escape before the window's shortcut has it."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            if event.type() is QEvent.Type.KeyPress:
                self.setText(self._before)
                self._finish()
            return True
        return super().event(event)

    def _finish(self) -> None:
        if self.isVisible():  # hiding it, it loses the focus, and so finishes once more
            self.confirmed.emit(self.text())


def _thumbnail(pixels: Mask) -> QIcon:
    """The mask, black to white, in a frame."""
    drawn = QPixmap.fromImage(image(pixels)).scaled(
        SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    painter = QPainter(drawn)
    painter.setPen(theme.scheme().muted)
    painter.drawRect(drawn.rect().adjusted(0, 0, -1, -1))
    painter.end()
    return QIcon(drawn)


def _folder() -> str:
    return str(QSettings().value("folder", str(Path.home())))
