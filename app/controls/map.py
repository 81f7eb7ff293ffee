"""The map: which one is in use, and fitting a new one: its settings, its progress, the button that starts or cancels.

Used by the page of the map.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QProgressBar, QSizePolicy

from app.bind import Holder, Row
from app.controls.analysis.plan import align, useful
from app.controls.group import Group, place
from app.controls.rows import ChoiceRow, Combo, row_for
from app.icons import IconButton
from app.maps import Fit, FitPlan, Maps
from app.views.training import push_button
from engine.settings.maps import MapSettings

DATA = {
    "MNIST's test digits": "mnist",
    "Handwritten digits": "handwritten-digits",
    "Toy faces": "faces",
    "Pictures in a folder": "folder",
    "Particles drawn now": "particles",
}
"""What a map can be made of, by what people call it."""

FIT_TIP = "Fit the map in the background (UMAP). It is kept, used from then on, and found again at the next start."
CANCEL_TIP = "End the fit; nothing of it is kept."
FOLDER_TIP = "Which folder of pictures makes up the background."


class MapGroup(Group):
    """A list of the maps that suit the model, a line about the one in use, and a button that deletes a fitted one."""

    def __init__(self, maps: Maps) -> None:
        super().__init__("Map")
        self._maps = maps
        self.choice = Combo()
        self.choice.setAccessibleName("Map")
        self.choice.setToolTip("The known items that particles are placed among.")
        self.remove = IconButton("remove", "Delete the map", "Delete this map, which was fitted here, from the disk.")
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setObjectName("muted")
        row = QHBoxLayout()
        row.addWidget(self.choice, 1)
        row.addWidget(self.remove)
        self.body.addLayout(row)
        self.body.addWidget(self.about)
        self.choice.activated.connect(lambda number: maps.choose(self.choice.itemData(number)))
        self.remove.clicked.connect(lambda: maps.remove_wanted.emit(maps.chosen))
        maps.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        maps, chosen = self._maps, self._maps.chosen
        with QSignalBlocker(self.choice):
            self.choice.clear()
            for offer in maps.suiting:
                self.choice.addItem(offer.title, offer)
            self.choice.setCurrentIndex(maps.suiting.index(chosen) if chosen is not None else -1)
        self.choice.setEnabled(bool(maps.suiting))
        self.remove.setEnabled(chosen is not None and chosen.path is not None)
        self.about.setText(maps.unsuited if chosen is None else _about(chosen.map.about))


class FitGroup(Group):
    """The settings of the next map, and the button under them."""

    def __init__(self, maps: Maps, plan: FitPlan) -> None:
        super().__init__("Fit a new map")
        self._maps, self._plan = maps, plan
        self._folder: Path | None = None
        holder = Holder(lambda: plan.settings, plan.changed, plan.change, plan.end_gesture)
        self.folder = push_button("Folder …", FOLDER_TIP)
        self.folder.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for field, info in MapSettings.model_fields.items():
            if field == "data":
                place(self, holder, ChoiceRow(info.title or "", info.description or "", DATA), "", field)
                self.body.addWidget(self.folder)
            else:
                place(self, holder, row_for(field, info, useful(info)), "", field)
        align(self.findChildren(Row))
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(self.fontMetrics().height() // 2)
        self.progress.setAccessibleName("Share of the fit that is done")
        self.doing, self.problem = QLabel(), QLabel()
        self.doing.setObjectName("muted")
        self.problem.setObjectName("note")
        self.main = push_button("Fit", FIT_TIP)
        for widget in (self.progress, self.doing, self.problem, self.main):
            self.body.addWidget(widget)
        self.problem.setWordWrap(True)
        self.main.clicked.connect(self._act)
        self.folder.clicked.connect(self._ask)
        plan.changed.connect(lambda _: self._show(maps.fit))
        maps.fit_changed.connect(self._show)
        self._show(maps.fit)

    def _show(self, fit: Fit) -> None:
        running = fit.status != "idle"
        for row in self.findChildren(Row):
            row.setEnabled(not running)
        of_folder = self._plan.settings.data == "folder"
        self.folder.setVisible(of_folder)
        self.folder.setEnabled(not running)
        self.progress.setVisible(running)
        self.progress.setRange(0, 1000 if fit.share else 0)
        self.progress.setValue(round(1000 * fit.share))
        self.doing.setVisible(running and bool(fit.doing))
        self.doing.setText(fit.doing)
        self.problem.setVisible(bool(fit.problem))
        self.problem.setText(fit.problem)
        name = "cancelling…" if fit.status == "cancelling" else "Cancel" if running else "Fit"
        self.main.setText(name)
        self.main.setAccessibleName(name)
        self.main.setToolTip(CANCEL_TIP if running else FIT_TIP)
        self.main.setEnabled(fit.status != "cancelling" and (not of_folder or self._folder is not None))

    def _act(self) -> None:
        if self._maps.fitting:
            self._maps.cancel_wanted.emit()
        else:
            self._maps.fit_wanted.emit(self._plan.settings, self._folder)

    def _ask(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "A folder of pictures", str(self._folder or ""))
        if chosen:
            self._folder = Path(chosen)
            self.folder.setText(self._folder.name)
            self._show(self._maps.fit)


def _about(settings: MapSettings) -> str:
    """How a map was fitted, in a line."""
    features = "the digit classifier's features" if settings.features == "classifier" else "the values themselves"
    return f"UMAP of {features}: {settings.neighbours} neighbours, distance ≥ {settings.min_dist:g}, {settings.metric}."
