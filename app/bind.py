"""Two-way binding of one field of a Run or of a training's configuration to a row. Used by every control group.

A number has a slider over its useful range and a box for all that is allowed. A drag is one undo step; a value that is
refused says why under the row, and the row goes back to what is held.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from PySide6.QtCore import QEvent, QLocale, QRect, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPalette, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from app.safely import safely
from app.state import State
from engine.run import Run, explain
from engine.settings import UNBOUNDED, Frozen

TICKS = 1000
"""Positions of a slider between its ends."""

EXACT = 2.0**53
"""The largest whole number a box can show exactly."""

Value = TypeVar("Value", bound=Frozen)


@dataclass(frozen=True)
class Holder(Generic[Value]):
    """Who holds a frozen value that rows change: the `value` now, the signal `changed` with another one, `change(text,
    **groups)`, an undo step that raises `pydantic.ValidationError` for what is refused, and `end_gesture`.
    """

    value: Callable[[], Value]
    changed: SignalInstance
    change: Callable[..., None]
    end_gesture: Callable[[], None]


def run_of(state: State) -> Holder[Run]:
    """The holder of the current Run."""
    return Holder(lambda: state.run, state.run_changed, state.change, state.end_gesture)


@dataclass(frozen=True)
class Span:
    """The useful range of a number, as its slider shows it. `logarithmic` needs low > 0.

    `zero`: the left end stands for exactly 0; `unbounded`: the right end stands for "no limit"; whole numbers are
    multiples of `multiple`.
    """

    low: float
    high: float
    logarithmic: bool = False
    integer: bool = False
    zero: bool = False
    unbounded: bool = False
    multiple: int = 1

    def position(self, value: float) -> int:
        """The slider's position for a value, its nearest end for one outside."""
        if value <= self.low:
            return 0
        if value >= self.high:
            return TICKS
        if self.logarithmic:
            return round(TICKS * math.log(value / self.low) / math.log(self.high / self.low))
        return round(TICKS * (value - self.low) / (self.high - self.low))

    def value(self, position: int) -> float:
        """The value at a slider's position, to three significant digits."""
        if self.zero and position == 0:
            return 0.0
        if self.unbounded and position == TICKS:
            return UNBOUNDED
        part = position / TICKS
        if self.logarithmic:
            value = self.low * (self.high / self.low) ** part
        else:
            value = self.low + part * (self.high - self.low)
        return float(self.multiple * round(value / self.multiple)) if self.integer else float(f"{value:.3g}")

    def beyond(self, position: int, moved: int) -> int:
        """The position nearest to `moved`, as far as it or farther from `position`, that has another value."""
        direction = 1 if moved > position else -1
        while 0 < moved < TICKS and self.value(moved) == self.value(position):
            moved += direction
        return moved


class NumberBox(QDoubleSpinBox):
    """A box that shows a number in as few digits as it has and ignores a passing wheel."""

    def __init__(self, low: float, high: float, integer: bool) -> None:
        super().__init__()
        self._integer = integer
        self.setLocale(QLocale.c())
        self.setDecimals(0 if integer else 12)
        self.setRange(max(low, -EXACT), min(high, EXACT))
        self.setKeyboardTracking(False)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType if not integer else self.stepType())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)

    def textFromValue(self, value: float) -> str:
        """The number without trailing zeros; "no limit" for what stands for it."""
        if value >= UNBOUNDED and not self._integer:
            return "no limit"
        return str(int(value)) if self._integer else f"{value:.6g}"

    def valueFromText(self, text: str) -> float:
        """The number typed; "no limit" is the largest one."""
        return UNBOUNDED if text.strip().startswith("no") else float(text)

    def validate(self, text: str, position: int) -> Any:
        """Accept what `valueFromText` reads, a comma as the decimal point; leave half-typed numbers be."""
        text = text.replace(",", ".")
        if not self._integer and "no limit".startswith(text.strip().lower() or "-"):
            complete = text.strip().lower() == "no limit"
            return (QValidator.State.Acceptable if complete else QValidator.State.Intermediate, text, position)
        try:
            value = float(text)
        except ValueError:
            half = text.strip().lower() in {"", "-", ".", "-."} or text.lower().rstrip("+-").endswith("e")
            return (QValidator.State.Intermediate if half else QValidator.State.Invalid, text, position)
        # A point in a whole number is left to be mended: dropping it as it is typed would make 15 of 1.5.
        fitting = self.minimum() <= value <= self.maximum() and not (self._integer and "." in text)
        whole = not self._integer or value.is_integer()
        return (QValidator.State.Acceptable if fitting and whole else QValidator.State.Intermediate, text, position)

    @safely
    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window once the number typed is confirmed."""
        if undoes(event) and self.text() == self.textFromValue(self.value()):
            event.ignore()
            return False
        return super().event(event)

    @safely
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel, not the value, unless the box has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def undoes(event: QEvent) -> bool:
    """Whether a widget is asked if it wants the keys of undo or redo for itself."""
    return (
        event.type() is QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and (event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo))
    )


class MarkedSlider(QSlider):
    """A horizontal slider with an optional mark where a value stops having an effect; a passing wheel does nothing."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, TICKS)
        self.setPageStep(TICKS // 10)
        self.setSingleStep(TICKS // 100)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._mark: int | None = None
        plain = self.palette()  # the accent is for what is selected, not for values
        plain.setColor(QPalette.ColorRole.Highlight, plain.color(QPalette.ColorRole.PlaceholderText))
        plain.setColor(QPalette.ColorRole.Accent, plain.color(QPalette.ColorRole.PlaceholderText))
        self.setPalette(plain)

    def set_mark(self, position: int | None) -> None:
        """Draw a mark at a position, or none."""
        self._mark = position
        self.update()

    @safely
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel instead of changing the value."""
        event.ignore()

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the slider, then its mark."""
        super().paintEvent(event)
        if self._mark is None:
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        x = handle.width() // 2 + round((self.width() - handle.width()) * self._mark / TICKS)
        painter = QPainter(self)
        painter.fillRect(QRect(x - 1, 1, 2, self.height() - 2), QColor(self.palette().color(QPalette.ColorRole.Text)))


class Row(QWidget):
    """A title, widgets that show and change a value, and a note under them where there is something to say."""

    changed = Signal(object)  # the value, as it is to be held
    released = Signal()  # what was changed is meant so

    def __init__(self, title: str, tooltip: str, *widgets: QWidget) -> None:
        super().__init__()
        self.label = QLabel(title)
        self.label.setBuddy(widgets[-1])
        self.label.setFixedWidth(66)
        self.label.setWordWrap(True)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setObjectName("note")
        self.note.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 1, 0, 1)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(0)
        self._grid.addWidget(self.note, 1, 0, 1, 1 + len(widgets))
        self._grid.setColumnStretch(1, 1)
        for column, widget in enumerate((self.label, *widgets)):
            widget.setToolTip(tooltip)
            widget.setAccessibleName(title)
            widget.setAccessibleDescription(tooltip)
            self._grid.addWidget(widget, 0, column)

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button at the end of the row."""
        self._grid.addWidget(button, 0, self._grid.columnCount())

    def set_value(self, value: Any) -> None:
        """Show `value` without telling that it changed."""
        raise NotImplementedError

    def say(self, note: str) -> None:
        """Show a note under the row, or none for an empty one."""
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def refuse(self, error: ValidationError) -> None:
        """Say why the value was refused."""
        self.say(explain(error, self.label.text(), named=True))


class ValueRow(Row):
    """A number: a slider over `span` and a box over [low, high]."""

    def __init__(self, title: str, tooltip: str, span: Span, low: float, high: float) -> None:
        slider, box = MarkedSlider(), NumberBox(low, high, span.integer)
        super().__init__(title, tooltip, slider, box)
        self.span, self.slider, self.box = span, slider, box
        self.box.setSingleStep(span.multiple)
        self.box.setFixedWidth(74)
        self.slider.actionTriggered.connect(self._stepped)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.released)
        self.box.valueChanged.connect(self._typed)

    def set_value(self, value: float) -> None:
        """Show `value` without telling that it changed."""
        for widget in (self.slider, self.box):
            widget.blockSignals(True)
        self.slider.setValue(self.span.position(value))
        self.box.setValue(value)
        for widget in (self.slider, self.box):
            widget.blockSignals(False)

    def set_span(self, span: Span, mark: float | None = None) -> None:
        """Change the slider's range, with a mark at a value of it."""
        self.span = span
        self.slider.set_mark(None if mark is None else span.position(mark))

    def _stepped(self) -> None:
        """A step by key is at least one to another value, however few the whole numbers are."""
        if not self.slider.isSliderDown():
            self.slider.setSliderPosition(self.span.beyond(self.slider.value(), self.slider.sliderPosition()))

    def _slid(self, position: int) -> None:
        self._tell(self.span.value(position))
        if not self.slider.isSliderDown():
            self.released.emit()

    def _typed(self, value: float) -> None:
        self._tell(value)
        self.released.emit()

    def _tell(self, value: float) -> None:
        self.changed.emit(int(value) if self.span.integer else value)


def bind(
    holder: Holder[Value],
    row: Row,
    part: str,
    field: str,
    judge: Callable[[Value], str] | None = None,
    applies: Callable[[Value], bool] | None = None,
) -> None:
    """Keep `row` and `field` of that part of the held value, or of the value itself for part "", the same.

    The row is shown while the part has that field and it `applies`. `judge` says what to note about a value.
    """

    def fill(value: Value) -> bool:
        settings = getattr(value, part) if part else value
        shown = field in type(settings).model_fields and (applies is None or applies(value))
        row.setVisible(shown)
        if shown:
            row.set_value(getattr(settings, field))
        return shown

    def show(value: Value) -> None:
        row.say(judge(value) if fill(value) and judge is not None else "")

    def change(value: Any) -> None:
        try:
            holder.change(f"change {row.label.text()}", **({part: {field: value}} if part else {field: value}))
        except ValidationError as error:
            row.refuse(error)

    def release() -> None:
        holder.end_gesture()
        fill(holder.value())

    row.changed.connect(change)
    row.released.connect(release)
    holder.changed.connect(show)
    show(holder.value())
