"""The edits of the Run, one line each in words: a click works on one, its cross takes it away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QLabel, QPushButton, QTreeWidget, QTreeWidgetItem

from app import theme
from app.controls.group import Group
from app.editing import Editing
from app.icons import pixmap
from app.safely import safely
from engine import recipe
from engine.settings.edits import Edit

MOST, LINE = 6, 22
"""Lines that are seen without scrolling, at most, and the height of one in points."""

_WORK = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})
_TAKE = frozenset({Qt.Key.Key_Delete, Qt.Key.Key_Backspace})

EMPTY = "None yet. Paint on a picture, or drag λ."


class EditsGroup(Group):
    """The list, or that there is none, and a button that takes all away."""

    def __init__(self, editing: Editing) -> None:
        super().__init__("Edits of this Run")
        self._editing = editing
        self.list, self.empty, self.clear = EditList(editing), QLabel(EMPTY), QPushButton("Take all away")
        self.empty.setObjectName("muted")
        self.empty.setWordWrap(True)
        self.clear.setToolTip("Take all edits away, and what is kept outside of a mask; pictures as latents stay.")
        self.clear.setAccessibleName("Take all edits away")
        for widget in (self.empty, self.list, self.clear):
            self.body.addWidget(widget)
        self.clear.clicked.connect(editing.clear)
        editing.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        run = self._editing.state.run
        self.list.show_edits(run.latents.edits, self._editing.index)
        self.empty.setVisible(not run.latents.edits)
        self.list.setVisible(bool(run.latents.edits))
        self.clear.setVisible(run != run.unedited)


class EditList(QTreeWidget):
    """A line an edit, with a cross at its end; the edit worked on is marked. Delete takes the marked one away."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self._editing = editing
        self._edits: tuple[Edit, ...] = ()
        self._current: int | None = None
        self.setAccessibleName("Edits of this Run")
        self.setToolTip("In the order in which they apply. Enter works on the marked one, Delete takes it away.")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(QSize(12, 12))
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.header().resizeSection(1, 24)
        self.itemClicked.connect(self._clicked)

    def show_edits(self, edits: tuple[Edit, ...], current: int | None) -> None:
        """Show these edits and mark the one worked on."""
        while self.topLevelItemCount() > len(edits):
            self.takeTopLevelItem(len(edits))
        for place, edit in enumerate(edits):
            item = self.topLevelItem(place)
            if item is None:
                item = self._new_item()
                self.addTopLevelItem(item)
            elif place < len(self._edits) and edit == self._edits[place]:
                continue
            item.setText(0, recipe.edited(edit))
            item.setToolTip(0, recipe.edited(edit))
        if (edits, current) != (self._edits, self._current):
            self._mark(current)
        self._edits, self._current = edits, current
        self.setFixedHeight(min(len(edits), MOST) * LINE)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Work on the marked edit, or take it away."""
        place = self.currentIndex().row()
        if place >= 0 and event.key() in _WORK:
            self._editing.work_on(place)
        elif place >= 0 and event.key() in _TAKE:
            self._editing.remove(place)
        else:
            super().keyPressEvent(event)

    @safely
    def event(self, event: QEvent) -> bool:
        """Claim these keys before a shortcut of the window has them."""
        if event.type() is QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            if event.key() in _TAKE | _WORK:
                event.accept()
                return True
        return super().event(event)

    @safely
    def changeEvent(self, event: QEvent) -> None:
        """Draw the crosses in the colours of another scheme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            for item in self.findItems("", Qt.MatchFlag.MatchContains):
                item.setIcon(1, _cross())

    def _new_item(self) -> QTreeWidgetItem:
        item = QTreeWidgetItem()
        item.setIcon(1, _cross())
        item.setSizeHint(0, QSize(1, LINE))
        item.setToolTip(1, "Take this edit away. Delete")
        item.setData(1, Qt.ItemDataRole.AccessibleTextRole, "take away")
        return item

    def _mark(self, current: int | None) -> None:
        item = None if current is None else self.topLevelItem(current)
        self.setCurrentItem(item)  # type: ignore[arg-type]
        if item is not None:
            self.scrollToItem(item)

    def _clicked(self, item: QTreeWidgetItem, column: int) -> None:
        place = self.indexOfTopLevelItem(item)
        if column == 1:
            self._editing.remove(place)
        else:
            self._editing.work_on(place)


def _cross() -> QIcon:
    colours = theme.scheme()
    icon = QIcon(pixmap("cross", colours.text))
    icon.addPixmap(pixmap("cross", colours.on_accent), QIcon.Mode.Selected)
    return icon
