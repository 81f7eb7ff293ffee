"""The control panel of the Analysis workspace: the experiments, running the chosen one, and its plan."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.controls.analysis.experiments import ExperimentList
from app.controls.analysis.plan import PlanGroup
from app.controls.analysis.running import RunningGroup
from app.controls.group import Column
from app.studies import Studies, Study


class AnalysisPanel(Column):
    """All that is chosen and done in the workspace; a plan's rows are made when its experiment is first chosen."""

    def __init__(self, studies: Studies) -> None:
        super().__init__()
        self.experiments = ExperimentList(studies)
        self.running = RunningGroup(studies)
        self.plans: dict[Study, PlanGroup] = {}
        self._place = QWidget()
        self._column = QVBoxLayout(self._place)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.stack("Analysis controls", self.experiments, self.running, self._place)
        studies.chosen_changed.connect(self._show)
        self._show(studies.chosen)

    def _show(self, study: Study) -> None:
        if study not in self.plans:
            self.plans[study] = PlanGroup(study)
            self._column.addWidget(self.plans[study])
        for own, plan in self.plans.items():
            plan.setVisible(own is study)
