"""The data: which set with its settings, examples of it, and the ways to what is not at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.bind import Holder, Row, Span
from app.controls.group import Group, place
from app.controls.rows import ChoiceRow, row_for
from app.controls.training.fitting import held
from app.training import TrainingState
from app.views.examples import Examples
from engine.data.sets import DATASETS, Data, FolderSettings
from engine.training.config import Training

if TYPE_CHECKING:
    from engine.training.look import Look

SPANS = {"noise": Span(0, 1), "size": Span(16, 128, integer=True, multiple=8)}
"""The useful ranges of numbers that have a wider allowed one."""

FOLDER = FolderSettings.model_fields["name"].default
LOOKING = "Looking at the data …"


class DataGroup(Group):
    """A list of the data sets, the chosen one's rows, and examples of it or the sentence why there are none."""

    mnist_folder_wanted = Signal()

    def __init__(self, state: TrainingState) -> None:
        super().__init__("Data")
        self._state = state
        self._looked: Look | None = None
        self._blamed: Data = state.config.data
        holder = held(state)
        self.sets, self.folder = SetRow(), FolderRow()
        place(self, holder, self.sets, "", "data")
        place(self, holder, self.folder, "", "data")
        self._add_settings(holder)
        self.examples = Examples()
        self.about, self.problem = QLabel(), QLabel()
        self.about.setObjectName("muted")
        self.problem.setObjectName("note")
        for widget in (self.examples, self.about, self.problem):
            self.body.addWidget(widget)
        for label in (self.about, self.problem):
            label.setWordWrap(True)
        self.mend = self._make_mend()
        self.body.addWidget(self.mend)
        state.look_changed.connect(self._take)
        state.config_changed.connect(self._show)
        self._take()

    def _add_settings(self, holder: Holder[Training]) -> None:
        """A row for each setting of each set; those of the chosen one are shown."""
        for settings in DATASETS.values():
            for field, info in settings.model_fields.items():
                if field not in ("name", "path"):
                    place(self, holder, row_for(field, info, SPANS.get(field)), "data", field)

    def _make_mend(self) -> QWidget:
        mend = QWidget()
        self.download = QPushButton("Download MNIST")
        self.download.setToolTip("Fetch MNIST's four files, 11 MB, and check that they are whole.")
        self.download.clicked.connect(self._state.download_wanted)
        self.mnist_folder = QPushButton("Folder …")
        self.mnist_folder.setToolTip("Choose the folder that holds MNIST's four files.")
        self.mnist_folder.clicked.connect(self.mnist_folder_wanted)
        row = QHBoxLayout(mend)
        row.setContentsMargins(0, 2, 0, 2)
        row.addWidget(self.download)
        row.addWidget(self.mnist_folder)
        return mend

    def _take(self) -> None:
        """Show the examples of another look, or remember which data the sentence in their place is about."""
        look, self._blamed = self._state.look, self._state.config.data
        if look is not None and look is not self._looked:
            self._looked = look
            self.examples.show_examples(look.x0, look.cond)
        self._show()

    def _show(self) -> None:
        """Show examples, dimmed while those of other data are on their way, or the sentence why there are none.

        What is wrong elsewhere in the configuration is said there: it takes no examples away.
        """
        data, look = self._state.config.data, self._looked
        known = look is not None and look.config.data == data
        problem = self._state.look_problem if data == self._blamed and not known else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.mend.setVisible(bool(problem) and "MNIST" in data.label)
        self.examples.setVisible(look is not None and not problem)
        self.about.setVisible(not problem)
        self.examples.set_dimmed(not known)
        self.about.setText(describe(look) if look is not None and known else LOOKING)
        skipped = list(look.skipped.items()) if look is not None and known else []
        self.about.setToolTip("\n".join(f"{name}: {reason}" for name, reason in skipped[:20]))


class SetRow(ChoiceRow):
    """The data set, by its label; of pictures in a folder, which folder is asked for."""

    def __init__(self) -> None:
        labels = {name: settings.label[0].upper() + settings.label[1:] for name, settings in DATASETS.items()}
        labels[FOLDER] += " …"
        tips = {labels[name]: " ".join((settings.__doc__ or "").split()) for name, settings in DATASETS.items()}
        super().__init__(
            "Data", "What the model learns to draw.", {label: name for name, label in labels.items()}, tips
        )
        self.label.hide()
        self._grid.setHorizontalSpacing(0)
        self._tips = list(tips.values())

    def set_value(self, value: Data) -> None:
        """Show the set without telling that it changed."""
        super().set_value(value.name)
        self.choice.setToolTip(self._tips[self.choice.currentIndex()])

    def _chosen(self, place: int) -> None:
        name = self._values[place]
        if name != FOLDER:
            self.changed.emit({"name": name})
        elif path := _ask(self):
            self.changed.emit({"name": FOLDER, "path": path})
        self.released.emit()


class FolderRow(Row):
    """The folder by its name, on a button that asks for another one; shown for pictures in a folder only."""

    def __init__(self) -> None:
        info = FolderSettings.model_fields["path"]
        button = QPushButton()
        super().__init__("Folder", info.description or "", button)
        self.button = button
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._path = ""
        self.button.clicked.connect(self._clicked)

    def set_value(self, value: Data) -> None:
        """Show the folder without telling that it changed."""
        self.setVisible(isinstance(value, FolderSettings))
        if isinstance(value, FolderSettings):
            self._path = value.path
            name = self.fontMetrics().elidedText(Path(value.path).name, Qt.TextElideMode.ElideMiddle, 120)
            self.button.setText(name)
            self.button.setToolTip(value.path)

    def _clicked(self) -> None:
        if path := _ask(self, self._path):
            self.changed.emit({"name": FOLDER, "path": path})
        self.released.emit()


def _ask(parent: QWidget, start: str = "") -> str:
    """Ask for a folder; empty if none was chosen."""
    return QFileDialog.getExistingDirectory(parent, "A folder of pictures", start)


def describe(look: Look) -> str:
    """What an example is, and how many files could not be read, in a line."""
    shape = look.x0.shape[1:]
    if len(shape) == 1:
        text = {1: "Points on a line", 2: "Points in the plane"}.get(shape[0], f"Points in {shape[0]} dimensions")
    else:
        colour = "grey" if shape[0] == 1 else "colour"
        readable = look.size - len(look.skipped) if look.size else 0
        text = f"{readable:,} {colour} pictures" if look.size else f"{colour.title()} pictures"
        text += f", {shape[1]} × {shape[2]}"
    if look.cond is not None:
        frames = look.cond.shape[1] // shape[0]
        text += f", each following {frames} given frame{'s' if frames > 1 else ''}"
    if look.skipped:
        text += f"; {len(look.skipped)} file{'s' if len(look.skipped) > 1 else ''} skipped"
    return f"{text}."
