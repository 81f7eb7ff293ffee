"""The page of experiments in the Analysis workspace: its state, its experimenter, its three panels.

Made by `app.analysis` when the page is first shown.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QUndoStack

from app import experimenter
from app.bridge import Bridge
from app.controls.analysis.panel import AnalysisPanel
from app.experimenter import Experimenter
from app.state import State
from app.studies import Studies, Study
from app.views.results import Results
from app.views.study import StudyView
from engine.experiments import EXPERIMENTS
from engine.experiments.experiment import Experiment
from engine.settings import Frozen


class ExperimentsPage:
    """Experiments left, the figure in the middle, table, published numbers, recipe and findings right."""

    def __init__(self, state: State, bridge: Bridge, undo: QUndoStack, parent: QObject) -> None:
        """`undo` takes the changes of plans."""
        self.studies = Studies(((each, _plan(each)) for each in EXPERIMENTS.values()), undo, parent)
        self.experimenter = Experimenter(self.studies, state, bridge, experimenter.RESULTS, parent)
        self.controls = AnalysisPanel(self.studies)
        self.middle = StudyView(self.studies)
        self.side = Results(self.studies, state)
        for study in self.studies.all:
            study.plan_changed.connect(lambda _, study=study: _remember(study))
            self.experimenter.look(study)


def _remember(study: Study) -> None:
    """Keep the plan for the next start, at which what was measured of it is shown."""
    QSettings().setValue(f"plans/{study.experiment.name}", study.plan.model_dump_json())


def _plan(experiment: Experiment[Any]) -> Frozen:
    """The plan that was edited last, else the one that the experiment comes with."""
    plan: Frozen = experiment.plan
    stored = QSettings().value(f"plans/{experiment.name}")
    if stored is None:
        return plan
    try:
        return type(plan).model_validate_json(str(stored))
    except ValidationError:  # another version's
        return plan
