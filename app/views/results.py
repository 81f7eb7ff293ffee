"""Results: the right of the page of experiments: table, export, published beside here, findings, the cell's recipe.

Placed by the window. It reads `Studies`, selects cells and asks for opening and exporting.
"""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.controls.group import Column, Group
from app.state import State
from app.studies import Studies, Study
from app.views.compared import ComparedGroup
from app.views.pace import CALM, Pace
from app.views.recipe import RunText
from app.views.table import Table
from app.views.training import push_button

NO_CELL = "Select a cell in the figure or in the table: the Run that it was measured of stands here."
NOT_YET = "What the table says stands here once all cells are done."
NOTHING_SAID = "This experiment draws no conclusions of its own: read the figure, and what was published beside here."
EXPORT_TIP = "Export the figure (PDF, SVG, PNG) or the tables (CSV, JSON), on the paper that you choose. (Ctrl+E)"

LINES = 12
"""Rows of the table in sight."""


class Results(Column):
    """Groups of what came of the chosen experiment."""

    def __init__(self, studies: Studies, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studies = studies
        self.table = Table()
        self.recipe = RunText("the selected cell", state.message)
        self.no_cell = _note(NO_CELL)
        self.compared = ComparedGroup(state.message)
        self.findings = _note()
        self.findings.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.export = push_button("Export…", EXPORT_TIP)
        self._lay_out()
        self._pace = Pace(self, self._show, CALM)
        self.table.chosen.connect(studies.select)
        self.table.opened.connect(studies.open_wanted)
        self.export.clicked.connect(studies.export_wanted)
        studies.chosen_changed.connect(self._show)
        studies.changed.connect(self._take)
        studies.selection_changed.connect(self._mark)
        self._show()

    def _take(self, study: Study) -> None:
        if study is self._studies.chosen:
            self._pace.ask()

    def _show(self) -> None:
        study, report = self._studies.chosen, self._studies.chosen.report
        rows = () if report is None else report.rows
        self.table.show_rows(study.experiment, rows, self._studies.selected)
        complete = report is not None and report.done == len(rows)
        self.compared.show_comparison(() if report is None else report.comparison)
        said = () if report is None else report.findings
        self.findings.setText(
            "".join(f"<p>{html.escape(sentence)}</p>" for sentence in said) or (NOTHING_SAID if complete else NOT_YET)
        )
        self.export.setEnabled(report is not None and report.done > 0)
        self._mark(self._studies.selected)

    def _mark(self, key: str | None) -> None:
        self.table.mark(key)
        row = self._studies.chosen.row(key)
        self.no_cell.setVisible(row is None)
        self.recipe.show_run(None if row is None else row.cell.run)

    def _lay_out(self) -> None:
        cells, findings = Group("Cells"), Group("Findings")
        cells.header.setToolTip("Show or hide the table of the cells.")
        findings.header.setToolTip("Show or hide what the finished table says.")
        header = round(2 * self.fontMetrics().height())
        self.table.setMinimumHeight(header + LINES * self.table.verticalHeader().defaultSectionSize())
        cells.body.addWidget(self.table)
        cells.body.addWidget(self.export)
        findings.body.addWidget(self.findings)
        self.recipe.body.insertWidget(0, self.no_cell)
        self.stack("Results of the experiment", cells, self.compared, findings, self.recipe)


def _note(text: str = "") -> QLabel:
    """Muted text."""
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    return label
