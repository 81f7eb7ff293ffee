"""Two-way binding of one number of the Run to a slider with a box to type in. Used by every control group.

The slider covers the useful range, the box all that the Run allows. A drag is one undo step; a value that the Run
refuses says why under the row, and the row goes back to what the Run holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtCore import QEvent, QLocale, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QValidator,
    QWheelEvent,
)
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

from app.state import State
from engine.run import Run, explain
from engine.settings import UNBOUNDED

TICKS = 1000
"""Positions of a slider between its ends."""

EXACT = 2.0**53
"""The largest whole number a box can show exactly."""


@dataclass(frozen=True)
class Span:
    """The useful range of a number, as its slider shows it. `logarithmic` needs low > 0.

    `zero`: the left end stands for exactly 0; `unbounded`: the right end stands for "no limit".
    """

    low: float
    high: float
    logarithmic: bool = False
    integer: bool = False
    zero: bool = False
    unbounded: bool = False

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
        return float(round(value)) if self.integer else float(f"{value:.3g}")


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

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window once the number typed is confirmed."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo))
            and self.text() == self.textFromValue(self.value())
        ):
            event.ignore()
            return False
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel, not the value, unless the box has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


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

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel instead of changing the value."""
        event.ignore()

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


class ValueRow(QWidget):
    """A title, a slider over `span`, a box over [low, high], and a note under them where there is something to say."""

    changed = Signal(float)
    released = Signal()

    def __init__(self, title: str, tooltip: str, span: Span, low: float, high: float) -> None:
        super().__init__()
        self.span = span
        self.label = QLabel(title)
        self.slider = MarkedSlider()
        self.box = NumberBox(low, high, span.integer)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setObjectName("note")
        self.note.hide()
        self.label.setBuddy(self.box)
        self.label.setFixedWidth(58)
        self.box.setFixedWidth(74)
        for widget in (self.label, self.slider, self.box):
            widget.setToolTip(tooltip)
            widget.setAccessibleName(title)
            widget.setAccessibleDescription(tooltip)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 1, 0, 1)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(0)
        self._grid.addWidget(self.label, 0, 0)
        self._grid.addWidget(self.slider, 0, 1)
        self._grid.addWidget(self.box, 0, 2)
        self._grid.addWidget(self.note, 1, 0, 1, 4)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.released)
        self.box.valueChanged.connect(self._typed)

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button at the end of the row."""
        self._grid.addWidget(button, 0, 3)

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

    def say(self, note: str) -> None:
        """Show a note under the row, or none for an empty one."""
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _slid(self, position: int) -> None:
        self.changed.emit(self.span.value(position))
        if not self.slider.isSliderDown():
            self.released.emit()

    def _typed(self, value: float) -> None:
        self.changed.emit(value)
        self.released.emit()


def bind(
    state: State, row: ValueRow, group: str, field: str, title: str, judge: Callable[[Run], str] | None = None
) -> None:
    """Keep `row` and the field of that group of the current Run the same. `judge` says what to note about a Run."""

    def show(run: Run) -> None:
        settings = getattr(run, group)
        if field in type(settings).model_fields:
            row.set_value(getattr(settings, field))
            row.say(judge(run) if judge is not None else "")

    def change(value: float) -> None:
        exact = int(value) if row.span.integer else value
        try:
            state.change(f"change {title}", **{group: {field: exact}})
        except ValidationError as error:
            row.say(explain(error, title, named=True))

    def release() -> None:
        state.end_gesture()
        row.set_value(getattr(getattr(state.run, group), field))

    row.changed.connect(change)
    row.released.connect(release)
    state.run_changed.connect(show)
    show(state.run)


def bounds(field: FieldInfo) -> tuple[float, float]:
    """The least and the largest value a field of the settings allows."""
    low, high = -UNBOUNDED, UNBOUNDED
    for constraint in field.metadata:
        for name in ("ge", "gt"):
            low = getattr(constraint, name, low)
        for name in ("le", "lt"):
            high = getattr(constraint, name, high)
    return float(low), float(high)
