"""Study: the middle of the Analysis workspace: the chosen experiment's figure, and what the cell pointed at says.

Placed by the window. It reads `Studies`, selects cells and asks for opening them; it computes nothing.
"""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from app.studies import Studies, Study
from app.views.cells import described
from app.views.figure import FigureView
from app.views.numerals import tabular
from app.views.pace import CALM, Pace
from app.views.pane import Message, Title
from app.views.training import push_button

HINT = (
    "Nothing of this plan is measured yet. Press Start on the left: the figure fills in while its cells finish, and "
    "each cell can be opened in Explore."
)
LOOKING = "Reading what was measured before."
BEGINNING = "The figure appears when the first cell is measured."
POINT = "Point at a cell to read it; a click selects it, a double click opens it in Explore."
OPEN_TIP = "Draw the Run of the selected cell in Explore. (Enter, or a double click on the cell)"


class StudyView(QWidget):
    """A head over the figure, or a sentence in its place; below it, one line about a cell and the button to open it."""

    def __init__(self, studies: Studies, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studies = studies
        self._under: str | None = None
        self._drawn: object = None
        self.title = Title()
        self.done = QLabel()
        self.message = Message()
        self.figure = FigureView()
        self.readout = Title()
        self.open = push_button("Open in Explore", OPEN_TIP)
        self.setAccessibleName("Experiment")
        self._lay_out()
        self._pace = Pace(self, self._show, CALM)
        self.figure.chosen.connect(studies.select)
        self.figure.opened.connect(studies.open_wanted)
        self.figure.hovered.connect(self._hover)
        self.open.clicked.connect(self._open)
        self.message.mend.clicked.connect(studies.start_wanted)
        self.message.mend.setAccessibleName("Try again")
        self.message.mend.setToolTip("Measure the cells that are still to come.")
        studies.chosen_changed.connect(self._show)
        studies.changed.connect(self._take)
        studies.selection_changed.connect(self._mark)
        self._show()

    # -- what is shown -------------------------------------------------------------------------------------------

    def _take(self, study: Study) -> None:
        if study is self._studies.chosen:
            self._pace.ask()

    def _show(self) -> None:
        study = self._studies.chosen
        report, failed = study.report, study.status == "failed"
        figure = None if report is None else report.figure
        self.title.setText(study.experiment.title)
        self.done.setText("" if report is None else f"{report.done:,} of {len(report.rows):,} cells")
        self.setAccessibleDescription(f"{study.experiment.title}: {self.done.text()}")
        if figure is not None and figure is not self._drawn:
            self.figure.show_figure(figure)
            self.figure.mark(self._studies.selected)
        self._drawn = figure
        if figure is None:
            hint = BEGINNING if study.busy else HINT if report is not None else LOOKING
            self.message.say(study.problem if failed else hint, "Try again" if failed else None)
        self._stack.setCurrentWidget(self.message if figure is None else self.figure)
        self._read()

    def _mark(self, key: str | None) -> None:
        self.figure.mark(key)
        self._read()

    def _hover(self, key: str | None) -> None:
        self._under = key
        self._read()

    def _read(self) -> None:
        """Say what the cell under the pointer is, else the selected one."""
        study, selected = self._studies.chosen, self._studies.selected
        row = study.row(self._under) or study.row(selected)
        figure = self._stack.currentWidget() is self.figure
        self.readout.setText(described(study.experiment, row) if row is not None else POINT if figure else "")
        self.readout.setAccessibleName(self.readout.text())
        self.open.setEnabled(study.row(selected) is not None)

    def _open(self) -> None:
        if self._studies.selected is not None:
            self._studies.open_wanted.emit(self._studies.selected)

    # -- construction --------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        for label in (self.done, self.readout):
            label.setFont(tabular(label.font()))
        self.done.setObjectName("muted")
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.done)
        foot.addWidget(self.readout, 1)
        foot.addWidget(self.open)
        for row in (head, foot):
            row.setContentsMargins(12, 6, 10, 6)
            row.setSpacing(12)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(self._stack, 1)
        column.addLayout(foot)
        for page in (self.message, self.figure):  # in the widget by now: its first page shows itself
            self._stack.addWidget(page)
