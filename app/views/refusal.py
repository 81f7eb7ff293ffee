"""Refusal: why the mask in use cannot be painted, with the two ways out. Shown on an `easel.Easel`."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.editing import Editing


class Refusal(QFrame):
    """The sentence of `Editing.refusal` and its buttons; hidden where there is nothing to refuse, or not `wanted`."""

    def __init__(self, editing: Editing, easel: QWidget) -> None:
        super().__init__(easel)
        self._editing, self._easel, self._wanted = editing, easel, True
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.resample, self.new = QPushButton("Resample it"), QPushButton("New mask")
        self.resample.setToolTip("Bring the mask m to the size of the model's pictures, undoably.")
        self.resample.clicked.connect(editing.resample)
        self.new.setToolTip("Leave this mask as it is; the next stroke makes another one.")
        self.new.clicked.connect(lambda: editing.use(""))
        row = QHBoxLayout()
        row.addWidget(self.resample)
        row.addWidget(self.new)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(self.label)
        column.addLayout(row)
        self.setObjectName("banner")
        self.setAutoFillBackground(True)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        editing.changed.connect(self.refresh)
        editing.state.model_changed.connect(lambda _: self.refresh())
        self.refresh()

    def set_wanted(self, on: bool) -> None:
        """Whether it is to be shown here."""
        self._wanted = on
        self.refresh()

    def refresh(self) -> None:
        """Say what stands in the way now, if anything does."""
        text = self._editing.refusal
        self.label.setText(text)
        self.setVisible(self._wanted and bool(text))
        self.place()

    def place(self) -> None:
        """Stand at the foot of the easel, over its whole width."""
        space = self._easel.size()
        height = self.heightForWidth(space.width())
        self.setGeometry(0, space.height() - height, space.width(), height)
