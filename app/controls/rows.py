"""Rows for what is no number: one of a few values, yes or no, text, whole numbers in a list.

Bound like those of numbers; used by the groups of controls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPaintEvent, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from app.bind import Row, Span, undoes
from app.controls.group import bounds, number_row, title_of
from app.safely import safely


class Combo(QComboBox):
    """A list to choose from that takes no more width than there is and ignores a passing wheel."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def offer(self, tips: Sequence[str], reasons: Sequence[str]) -> None:
        """Grey the entries that have a reason, which becomes their tooltip; the others' is their tip."""
        items = self.model()
        assert isinstance(items, QStandardItemModel)
        for place, (tip, reason) in enumerate(zip(tips, reasons, strict=True)):
            items.item(place).setEnabled(not reason)
            self.setItemData(place, reason or tip, Qt.ItemDataRole.ToolTipRole)

    def showPopup(self) -> None:
        """Open the list as wide as its longest text."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 8)
        super().showPopup()

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the choice, its text cut short with dots where there is no room for all of it."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width() - 8
        text = self.currentText() or self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    @safely
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel, not the choice, unless the list has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class LineEdit(QLineEdit):
    """A line of text that leaves undo and redo to the window once it is confirmed."""

    @safely
    def event(self, event: QEvent) -> bool:
        """Take the keys of undo and redo only for what is being typed."""
        if undoes(event) and not self.isModified():
            event.ignore()
            return False
        return super().event(event)


class ChoiceRow(Row):
    """One of the values `items`, by what people call them; `other` stands there for a value that is none of them."""

    def __init__(
        self,
        title: str,
        tooltip: str,
        items: Mapping[str, Any],
        tips: Mapping[str, str] | None = None,
        other: str = "Custom",
    ) -> None:
        choice = Combo()
        super().__init__(title, tooltip, choice)
        self.choice = choice
        self._values = list(items.values())
        self._tips = [(tips or {}).get(text, "") for text in items]
        self.choice.setPlaceholderText(other)
        self.choice.addItems(list(items))
        self.offer(lambda _: "")
        self.choice.activated.connect(self._chosen)

    def offer(self, refusal: Callable[[Any], str]) -> None:
        """Grey the values that are refused for a reason, which becomes their tooltip."""
        self.choice.offer(self._tips, [refusal(value) for value in self._values])

    def set_value(self, value: Any) -> None:
        """Show `value` without telling that it changed."""
        self.choice.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    def _chosen(self, place: int) -> None:
        self.changed.emit(self._values[place])
        self.released.emit()


class CheckRow(Row):
    """Yes or no."""

    def __init__(self, title: str, tooltip: str) -> None:
        check = QCheckBox()
        super().__init__(title, tooltip, check)
        self.check = check
        self.check.clicked.connect(self._clicked)

    def set_value(self, value: bool) -> None:
        """Show `value` without telling that it changed."""
        self.check.setChecked(value)

    def _clicked(self, on: bool) -> None:
        self.changed.emit(on)
        self.released.emit()


class TextRow(Row):
    """A line of text of at most `longest` characters. `rule` is the sentence for a text that is refused."""

    def __init__(self, title: str, tooltip: str, rule: str = "", longest: int = 100) -> None:
        line = LineEdit()
        super().__init__(title, tooltip, line)
        self.line = line
        self._rule = rule
        self.line.setMaxLength(longest)
        self.line.editingFinished.connect(self._typed)

    def set_value(self, value: Any) -> None:
        """Show `value` without telling that it changed."""
        if not self.line.isModified():  # what is being typed stays
            self.line.setText(self.text_of(value))
            self.line.setCursorPosition(0)  # a long text is read from its begin

    def refuse(self, error: ValidationError) -> None:
        """Say why the text was refused."""
        if self._rule:
            self.say(self._rule)
        else:
            super().refuse(error)

    def text_of(self, value: Any) -> str:
        """How the value is written."""
        return str(value)

    def value_of(self, text: str) -> Any:
        """What a text means; what cannot be read is left for the settings to refuse."""
        return text.strip()

    def _typed(self) -> None:
        if self.line.isModified():
            self.line.setModified(False)
            self.changed.emit(self.value_of(self.line.text()))
            self.released.emit()


class SizesRow(TextRow):
    """Whole numbers in a row, "1, 2, 2", or none."""

    def __init__(self, title: str, tooltip: str) -> None:
        super().__init__(title, tooltip)
        self.line.setPlaceholderText("none")

    def text_of(self, value: tuple[int, ...]) -> str:
        """The numbers with commas between them."""
        return ", ".join(str(size) for size in value)

    def value_of(self, text: str) -> tuple[int | str, ...]:
        """The numbers; spaces do as well as commas."""
        return tuple(int(part) if part.isdecimal() else part for part in text.replace(",", " ").split())


def row_for(field: str, info: FieldInfo, span: Span | None = None) -> Row:
    """The row that suits the type of a field; a number's slider covers `span`, else all that is allowed."""
    kind, title, tooltip = info.annotation, title_of(field, info), info.description or ""
    if get_origin(kind) is Literal:
        return ChoiceRow(title, tooltip, {str(value): value for value in get_args(kind)})
    if kind is bool:
        return CheckRow(title, tooltip)
    if kind in (int, float):
        return number_row(field, info, span or Span(*bounds(info), integer=kind is int))
    return SizesRow(title, tooltip) if get_origin(kind) is tuple else TextRow(title, tooltip)
