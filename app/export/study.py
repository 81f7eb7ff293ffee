"""The dialog "Export an experiment": its figure on paper or its tables, as one file of the kind wanted or all at once.

Opened from the page of experiments.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog

from app.bind import Holder
from app.export.draft import KIND, PAPER, remembered
from app.export.formats import FORMATS, FormatRows
from app.export.frame import Content, Frame
from app.export.paper import PaperGroup
from app.export.preview import Seen
from app.studies import Studies, Study
from app.views.training import push_button
from engine.figures.sheet import Paper
from engine.settings import Frozen
from engine.worker import Task

if TYPE_CHECKING:
    from app.experimenter import Experimenter
    from app.window import Window

NOTHING = "Nothing of this plan is measured yet: press Start on the page of experiments."


class Printed(Frozen):
    """What rows are bound to: the paper."""

    paper: Paper = Paper()


class Print(QObject):
    """Holds the paper that an experiment is drawn on."""

    changed = Signal(object)  # Printed

    def __init__(self, paper: Paper, parent: QObject) -> None:
        super().__init__(parent)
        self.value = Printed(paper=paper)
        self.holder: Holder[Printed] = Holder(lambda: self.value, self.changed, self._change, lambda: None)

    def _change(self, _: str, paper: dict[str, Any]) -> None:
        """Change fields of the paper. Raises `pydantic.ValidationError`."""
        self.value = Printed(paper=Paper(**{**dict(self.value.paper), **paper}))
        self.changed.emit(self.value)


class StudyDialog(Frame):
    """Shows the figure of the chosen experiment as far as it is measured."""

    kinds = ("pdf", "svg", "png", "csv", "series", "json")

    def __init__(self, window: Window, studies: Studies, experimenter: Experimenter) -> None:
        super().__init__(window, "Export an experiment")
        self._studies, self._experimenter = studies, experimenter
        paper, _, kind = remembered()
        self._kind = kind if kind in self.kinds else "pdf"
        self.print = Print(paper, self)
        self.paper = PaperGroup(self.print.holder, without=("title",))
        self.formats = FormatRows(self.kinds)
        self.all = push_button(
            "All into a folder…", "Write every kind of file into a folder; nothing there is replaced."
        )
        self.settings.stack("Settings of the figure", self.paper, self.formats)
        self.lay_out(self.all)
        self.print.changed.connect(lambda _: self.ask())
        studies.chosen_changed.connect(lambda _: self._show())
        studies.changed.connect(lambda study: self._show() if study is studies.chosen else None)
        for row in self.formats.rows:
            row.changed.connect(self._choose)
        self.all.clicked.connect(self._ask_folder)
        self._show()

    @property
    def kind(self) -> str:
        """The kind of file that is chosen."""
        return self._kind

    @property
    def stem(self) -> str:
        """The experiment's name, and of its series what their table is."""
        name = self._study.experiment.name
        return f"{name}-series" if self._kind == "series" else name

    @property
    def _study(self) -> Study:
        return self._studies.chosen

    def request(self) -> None:
        """Ask for the figure as far as it is measured."""
        report, paper = self._study.report, self.print.value.paper
        if report is None or report.figure is None:
            self.page.say(NOTHING)
        else:
            self.previewer.ask_figure(report.figure, paper, self.page.width_for(paper))

    def content(self, kind: str) -> Content:
        """What makes a file of that kind of what is measured now."""
        experiment, report, paper = self._study.experiment, self._study.report, self.print.value.paper
        assert report is not None  # the buttons are not offered before

        def make(_: Task) -> Iterator[float | bytes]:
            from engine.experiments import export

            yield export.content(experiment, report.plan, report.rows, kind, paper)

        return make

    def saved(self) -> None:
        """Remember the paper for the next figure."""
        QSettings().setValue(PAPER, self.print.value.paper.model_dump_json())
        QSettings().setValue(KIND, self._kind)

    def _choose(self, kind: str) -> None:
        self._kind = kind
        self.formats.set_kind(kind)

    def _show(self) -> None:
        """Offer what there is of the experiment, and draw its figure anew."""
        experiment, report = self._study.experiment, self._study.report
        self.setWindowTitle(f"Export: {experiment.title}")
        reason = "" if experiment.series else "This experiment has no series."
        self.formats.refuse({"series": FORMATS["series"]}, reason)
        if reason and self._kind == "series":
            self._kind = "csv"
        self.formats.set_kind(self._kind)
        for button in (self.save_button, self.copy_button, self.all):
            button.setEnabled(report is not None and report.done > 0)
        self.ask()

    def _show_page(self, seen: Seen) -> None:
        super()._show_page(seen)
        self.paper.say(seen.height)

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "A folder for tables and figure", self.main.files.folder())
        if folder:
            QSettings().setValue("folder", folder)
            self._experimenter.export(Path(folder), self.print.value.paper)
