"""The dialog of an experiment: its figure on the chosen paper, its tables, one file or all. # spec: S14"""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app import experimenter
from app.experiments_page import ExperimentsPage
from app.export.study import StudyDialog
from app.window import Window
from tests.app.analysed import opened_analysis
from tests.app.exported import click, type_into
from tests.app.opened import settle, wait
from tests.app.studied import OTHER, TINY, kept, registry


@pytest.fixture
def analysis(window: Window, monkeypatch: pytest.MonkeyPatch) -> ExperimentsPage:
    monkeypatch.setattr("app.experiments_page.EXPERIMENTS", registry(TINY, OTHER))
    return opened_analysis(window)


def test_nothing_measured_is_said(window: Window, analysis: ExperimentsPage) -> None:
    window.export()
    assert "press Start" in window.banner.text.text()
    assert window.findChild(StudyDialog) is None


@pytest.mark.slow  # eight cells are measured, and drawn in every kind of file
def test_the_figure_becomes_a_file_on_the_chosen_paper(
    window: Window, analysis: ExperimentsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(experimenter.RESULTS / "tiny", cells=8)
    analysis.experimenter.look(analysis.studies.chosen)
    wait(analysis.side.export.isEnabled)
    click(analysis.side.export)
    dialog = window.findChild(StudyDialog)
    assert dialog is not None
    wait(lambda: dialog.page.seen is not None)
    type_into(dialog.paper.width_row.box, "100")
    wait(lambda: "100 × " in dialog.paper.size_text.text())
    assert not dialog.formats.rows[1].segments.buttons["series"].isEnabled()
    click(dialog.formats.rows[0].segments.buttons["png"])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda _, __, name, ___: (str(tmp_path / Path(name).name), ""))
    click(dialog.save_button)
    settle(window)
    with Image.open(tmp_path / "tiny.png") as picture:
        assert picture.width == round(100 / 25.4 * 300)
    click(dialog.formats.rows[1].segments.buttons["csv"])
    click(dialog.save_button)
    settle(window)
    assert (tmp_path / "tiny.csv").read_text().count("\n") == 13
    folder = tmp_path / "all"
    folder.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    click(dialog.all)
    settle(window)
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".json", ".pdf", ".png", ".svg"]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
