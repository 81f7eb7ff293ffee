"""The plan of an experiment: a row for each of its settings, and buttons for the plans that it comes with."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic.fields import FieldInfo
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.bind import Holder, Row, Span
from app.controls.group import Group, bounds, place
from app.controls.rows import row_for
from app.studies import Study
from app.views.training import push_button
from engine.settings import Frozen

FIXED = "The plan stands fixed while the experiment runs."


WIDE = 10_000
"""A range of more whole numbers than a slider can show, so that it shows the first hundred."""


def useful(info: FieldInfo) -> Span:
    """The range of a number's slider: all that is allowed, on a log axis if it spans powers of ten, unless too wide."""
    low, high = bounds(info)
    integer = info.annotation is int
    if low > 0 and high >= 100 * low:
        return Span(low, high, logarithmic=True, integer=integer)
    if integer and high - low > WIDE:
        return Span(max(low, 0), max(low, 0) + 100, integer=True)
    return Span(low, high, integer=integer)


def align(rows: Sequence[Row]) -> None:
    """Give all titles the width of the longest, as far as it leaves room for what is set."""
    width = max((row.label.sizeHint().width() for row in rows), default=0)
    for row in rows:
        row.label.setFixedWidth(min(width, 110))


class PlanGroup(Group):
    """The settings of one study's plan, which can be changed while it does not run."""

    def __init__(self, study: Study) -> None:
        super().__init__("Plan")
        self._study = study
        holder = Holder(lambda: study.plan, study.plan_changed, study.change, study.end_gesture)
        self.quick = self._preset("Quick", study.experiment.quick, "A smaller plan, of the same kind: minutes.")
        self.full = self._preset("Full", study.experiment.plan, "The plan that the experiment comes with.")
        buttons = QHBoxLayout()
        buttons.addWidget(self.quick, 1)
        buttons.addWidget(self.full, 1)
        self.body.addLayout(buttons)
        for field, info in type(study.plan).model_fields.items():
            place(self, holder, row_for(field, info, useful(info)), "", field)
        align(self.findChildren(Row))
        self.header.setToolTip("Show or hide the settings of the experiment.")
        study.changed.connect(self._enable)
        study.plan_changed.connect(self._enable)
        self._enable()

    def _preset(self, text: str, plan: Frozen, tip: str) -> QPushButton:
        button = push_button(text, tip)
        button.setCheckable(True)
        button.clicked.connect(lambda: self._take(text, plan))
        return button

    def _take(self, text: str, plan: Frozen) -> None:
        self._study.end_gesture()
        self._study.take(f"take the {text.lower()} plan", plan)
        self._enable()

    def _enable(self) -> None:
        """Let the plan be changed only while that has a meaning, and show which of the two it is."""
        study, widgets = self._study, list[QWidget](self.findChildren(Row))
        for button, plan in ((self.quick, study.experiment.quick), (self.full, study.experiment.plan)):
            button.setChecked(study.plan == plan)
            widgets.append(button)
        for widget in widgets:
            widget.setEnabled(not study.busy)
        self.content.setToolTip(FIXED if study.busy else "")
