"""Kinds: which schedule or sampler a Run has, as a list of them over the rows of the chosen one.

Used by the groups of both. A row belongs to one kind: two kinds may have a field of the same name with other texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import ValidationError
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.bind import Row, Span, run_of
from app.controls.group import Rows, place
from app.controls.rows import Combo, row_for
from app.state import State
from engine.run import REGISTRIES, Run, explain
from engine.settings import Settings

Judge = Callable[[Run], str]
Applies = Callable[[Run], bool]


class Kinds(QWidget):
    """The list, a note about the choice, and a page of rows for each kind, made by `fill` when it is first chosen."""

    def __init__(self, state: State, part: str, tooltip: str, fill: Callable[[Rows, type[Settings]], None]) -> None:
        super().__init__()
        self._state, self._part, self._fill = state, part, fill
        self._kinds = REGISTRIES[part]
        self._reasons: Mapping[str, str] = {}
        self._pages: dict[str, Rows] = {}
        self.choice = Combo()
        self.choice.setAccessibleName(part.capitalize())
        self.choice.setToolTip(tooltip)
        self.note = QLabel()
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(3)
        self._column.addWidget(self.choice)
        self._column.addWidget(self.note)
        for kind in self._kinds.values():
            self.choice.addItem(kind.label)
        self.offer({})
        self.choice.activated.connect(self._choose)
        state.run_changed.connect(self._show)
        self._show(state.run)

    def offer(self, reasons: Mapping[str, str]) -> None:
        """Grey the kinds that have a reason, which becomes their tooltip; the others' says what they are."""
        self._reasons = reasons
        self.choice.offer(
            [about(kind) for kind in self._kinds.values()], [reasons.get(name, "") for name in self._kinds]
        )
        self._say(reasons.get(self._name, ""))

    @property
    def _name(self) -> str:
        settings: Settings = getattr(self._state.run, self._part)
        return settings.name

    def _choose(self, index: int) -> None:
        name = list(self._kinds)[index]
        self._state.end_gesture()
        try:
            self._state.change(f"choose {self._kinds[name].label}", **{self._part: {"name": name}})
        except ValidationError as error:
            self._show(self._state.run)
            self._say(explain(error, self._kinds[name].label, named=True))
        self._state.end_gesture()

    def _show(self, run: Run) -> None:
        settings: Settings = getattr(run, self._part)
        self.choice.setCurrentIndex(list(self._kinds).index(settings.name))
        self.choice.setAccessibleDescription(about(type(settings)))
        if settings.name not in self._pages:
            page = self._pages[settings.name] = Rows()
            page.setObjectName(f"{self._part}.{settings.name}")
            self._fill(page, type(settings))
            self._column.addWidget(page)
        for name, page in self._pages.items():
            page.setVisible(name == settings.name)
        self._say(self._reasons.get(settings.name, ""))

    def _say(self, sentence: str) -> None:
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))


def about(kind: type[Settings]) -> str:
    """What a kind is and where it is written."""
    return f"{' '.join((kind.__doc__ or '').split())} ({kind.source})"


def add_row(
    page: Rows,
    state: State,
    part: str,
    kind: type[Settings],
    field: str,
    span: Span | None,
    judge: Judge | None = None,
    applies: Applies | None = None,
) -> Row:
    """A row for that field of one kind, shown where the Run has this kind and the field `applies`."""

    def shown(run: Run) -> bool:
        return isinstance(getattr(run, part), kind) and (applies is None or applies(run))

    row = row_for(field, kind.model_fields[field], span)
    place(page, run_of(state), row, part, field, judge, shown)
    return row
