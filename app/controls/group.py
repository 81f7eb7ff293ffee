"""Panels of collapsible groups of controls, and rows made from the fields of the engine's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.bind import Holder, Row, Span, ValueRow, bind, run_of
from app.state import State
from engine.settings import UNBOUNDED, Frozen


class Column(QScrollArea):
    """A panel of the window: widgets one below the other, scrolling up and down only."""

    def stack(self, name: str, *widgets: QWidget) -> None:
        """Put the widgets into the panel, whose accessible name is `name`."""
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(250)
        self.setAccessibleName(name)


class Rows(QWidget):
    """Rows one below the other, in `body`."""

    def __init__(self) -> None:
        super().__init__()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(3)


class Group(QWidget):
    """A titled group that opens and closes, keeping its rows in `body`."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.header = QToolButton()
        self.header.setObjectName("header")
        self.header.setText(title)
        self.header.setCheckable(True)
        self.header.setChecked(True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.header.setAccessibleName(f"{title} controls")
        self.header.setToolTip(f"Show or hide the controls of {title.lower()}.")
        self.content = Rows()
        self.body = self.content.body
        self.body.setContentsMargins(4, 2, 2, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.content)
        self.header.toggled.connect(self._open)
        self._open(True)

    def _open(self, shown: bool) -> None:
        self.header.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self.content.setVisible(shown)


def add_row(
    group: Group,
    state: State,
    part: str,
    settings: type[Frozen],
    field: str,
    span: Span,
    judge: Callable[[Any], str] | None = None,
) -> ValueRow:
    """Add a row for `field` of the Run's `part`, its text and bounds taken from `settings`, bound to the Run."""
    row = number_row(field, settings.model_fields[field], span)
    place(group, run_of(state), row, part, field, judge)
    return row


def number_row(field: str, info: FieldInfo, span: Span) -> ValueRow:
    """A row for a number, its text and bounds those of the field."""
    return ValueRow(title_of(field, info), info.description or "", span, *bounds(info))


def bounds(field: FieldInfo) -> tuple[float, float]:
    """The least and the largest value a field of the settings allows."""
    low, high = -UNBOUNDED, UNBOUNDED
    for constraint in field.metadata:
        for name in ("ge", "gt"):
            low = getattr(constraint, name, low)
        for name in ("le", "lt"):
            high = getattr(constraint, name, high)
    return float(low), float(high)


def title_of(field: str, info: FieldInfo) -> str:
    """What people call the field."""
    return info.title or field.replace("_", " ").capitalize()


def place(
    group: Group | Rows,
    holder: Holder[Any],
    row: Row,
    part: str,
    field: str,
    judge: Callable[[Any], str] | None = None,
    applies: Callable[[Any], bool] | None = None,
) -> None:
    """Add `row` to the group, bound to `field` of that part of the held value, shown where it `applies`."""
    row.setObjectName(f"{part}.{field}" if part else field)
    group.body.addWidget(row)
    bind(holder, row, part, field, judge, applies)
