"""Running an experiment: what it takes, how far it is, and the button that starts, pauses and goes on."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QProgressBar

from app.controls.group import Group
from app.studies import Studies, Study
from app.views.numerals import tabular
from app.views.training import push_button
from engine.experiments.cost import rough
from engine.experiments.live import Report
from engine.spelled import duration

START_TIP = "Measure the cells of this plan, one after the other. What was measured before is not measured again."
PAUSE_TIP = "Stop before the next evaluation of the model; the cells that are finished stay."


def estimate(study: Study, report: Report) -> str:
    """What is still to be done: "40 cells, about 12 min", on one core where no speed was seen yet."""
    left = len(report.rows) - report.done
    if not left:
        return f"All {report.done:,} cells are measured."
    cells = f"{left:,} cells" if left > 1 else "1 cell"
    cells += " to come" if report.done else ""
    time = f"about {rough(study.seconds_left or 0)}"
    return f"{cells}, {time}." if study.speed else f"{cells}, {time} on one core."


class RunningGroup(Group):
    """Cost, progress and the button for the chosen experiment."""

    def __init__(self, studies: Studies) -> None:
        super().__init__("Run")
        self._studies = studies
        self.about, self.cost, self.problem = QLabel(), QLabel(), QLabel()
        for label in (self.about, self.cost, self.problem):
            label.setWordWrap(True)
            self.body.addWidget(label)
        self.about.setObjectName("muted")
        self.problem.setObjectName("note")
        self.cost.setFont(tabular(self.font()))
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(self.fontMetrics().height() // 2)
        self.progress.setAccessibleName("Share of the experiment that is done")
        self.main = push_button("Start", START_TIP)
        self.main.clicked.connect(self._act)
        self.body.addWidget(self.progress)
        self.body.addWidget(self.main)
        self.header.setToolTip("Show or hide what the experiment takes.")
        studies.changed.connect(self._take)
        studies.chosen_changed.connect(self._show)
        self._show()

    def _take(self, study: Study) -> None:
        if study is self._studies.chosen:
            self._show()

    def _show(self) -> None:
        study = self._studies.chosen
        experiment, report = study.experiment, study.report
        self.about.setText(f"{experiment.description} ({experiment.source})")
        self.problem.setText(study.problem)
        self.problem.setVisible(bool(study.problem))
        self.cost.setText("" if report is None else self._told(study, report))
        complete = report is not None and report.done == len(report.rows)
        self.progress.setVisible(report is not None and (study.busy or 0 < report.done < len(report.rows)))
        if report is not None:
            share = 1 - report.cost_left / report.cost if report.cost else 0.0
            self.progress.setValue(round(1000 * (report.progress.share if report.progress else share)))
        text = "Done" if complete else "Go on" if report is not None and report.done else "Start"
        if study.busy:
            text = "pausing…" if study.status == "pausing" else "Pause"
        self.main.setText(text)
        self.main.setAccessibleName(text)
        self.main.setToolTip(PAUSE_TIP if study.busy else START_TIP)
        self.main.setEnabled(study.status != "pausing" and report is not None and not (complete and not study.busy))

    def _told(self, study: Study, report: Report) -> str:
        progress = report.progress
        if not study.busy or progress is None:
            return estimate(study, report)
        left = "" if progress.seconds_left is None else f", {duration(progress.seconds_left)} left"
        return f"{progress.done:,} of {progress.total:,} cells{left}"

    def _act(self) -> None:
        if self._studies.chosen.busy:
            self._studies.pause_wanted.emit()
        else:
            self._studies.start_wanted.emit()
