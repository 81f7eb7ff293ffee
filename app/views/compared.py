"""Published beside here: what the source of an experiment found, next to what was found here. Placed by `results`."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from app.controls.group import Group
from app.views.training import push_button
from engine.experiments.experiment import Compared

COPY_TIP = "Copy this table as text, with tabs between its columns."

SHORT = 14
"""Letters of numbers that still stand in columns beside what they are about."""

_FLAGS = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class ComparedGroup(Group):
    """A table that wraps and can be selected and copied; hidden where there is nothing to compare. `say` tells what
    was copied.
    """

    def __init__(self, say: SignalInstance) -> None:
        super().__init__("Published beside here")
        self._say = say
        self._comparison: Sequence[Compared] = ()
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setTextInteractionFlags(_FLAGS)
        self.label.setAccessibleName("Published beside here")
        self.copy = push_button("Copy", COPY_TIP)
        self.copy.clicked.connect(self._copy)
        self.body.addWidget(self.label)
        self.body.addWidget(self.copy)
        self.header.setToolTip("Show or hide what the source of the experiment found, beside what was found here.")

    def show_comparison(self, comparison: Sequence[Compared]) -> None:
        """Show these, or nothing."""
        self.setVisible(bool(comparison))
        if comparison != self._comparison:
            self._comparison = comparison
            self.label.setText(_page(comparison))

    def _copy(self) -> None:
        lines = [("", "published", "here", "")]
        lines += [(each.what, each.published, each.here, each.note) for each in self._comparison]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line).rstrip() for line in lines))
        self._say.emit("Copied what was published beside what was measured here.")


def _page(comparison: Sequence[Compared]) -> str:
    """The table as rich text, a line each with its note below; long texts stand below what they are about."""
    long = max((len(text) for each in comparison for text in (each.published, each.here)), default=0) > SHORT
    width = 50 if long else 26
    heads = [f"<td width='{width}%'><i>{head}</i></td>" for head in ("published", "here")]
    rows = [_row(heads if long else ["<td></td>", *heads])]
    for each in comparison:
        what, published, here, note = map(html.escape, (each.what, each.published, each.here, each.note))
        both = [f"<td>{text.replace(' ± ', '&nbsp;±&nbsp;')}</td>" for text in (published, here)]
        if long:
            rows += [_row([f"<td colspan='2'><b>{what}</b></td>"]), _row(both)]
        else:
            rows.append(_row([f"<td>{what}</td>", *both]))
        if note:
            rows.append(_row([f"<td colspan='3'><i>{note}</i></td>"]))
    return f"<table width='100%' cellspacing='0' cellpadding='2'>{''.join(rows)}</table>"


def _row(cells: Sequence[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"
