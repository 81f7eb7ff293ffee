"""A collapsible group of controls, and rows made from the fields of the engine's settings. Used by the other groups."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.bind import Span, ValueRow, bind, bounds
from app.state import State
from engine.run import Run
from engine.settings import Frozen


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
        self.content = QWidget()
        self.body = QVBoxLayout(self.content)
        self.body.setContentsMargins(4, 2, 2, 8)
        self.body.setSpacing(3)
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
    judge: Callable[[Run], str] | None = None,
) -> ValueRow:
    """Add a row for `field` of the Run's `part`, its text and bounds taken from `settings`, bound to the Run."""
    info = settings.model_fields[field]
    row = ValueRow(info.title or field, info.description or "", span, *bounds(info))
    row.setObjectName(f"{part}.{field}")
    group.body.addWidget(row)
    bind(state, row, part, field, info.title or field, judge)
    return row
