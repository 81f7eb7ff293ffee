"""Opening: the export dialog on what the workspace shows, and what files with a figure bring. Called by the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from app.export.dialog import FigureDialog
from app.export.draft import remembered
from app.export.offers import seen
from app.export.pages import sheet_of
from app.export.study import NOTHING, StudyDialog
from app.workspaces import ANALYSIS, EXPERIMENTS, ON_CANVAS
from engine.errors import InputError
from engine.figures.sheet import Pictures, Sheet

if TYPE_CHECKING:
    from app.window import Window


def export(window: Window) -> None:
    """Show the dialog: with the figure in work while the window shows what it was made of, else with what is seen."""
    analysis = window.analysis
    if window.workspaces.name == ANALYSIS and analysis is not None and analysis.switch.value == EXPERIMENTS:
        export_study(window)
        return
    open_dialog = window.findChild(FigureDialog)
    if open_dialog is not None and open_dialog.isVisible():
        _raise(open_dialog)
        return
    kept, paper_film_kind = window.figures.sheet, remembered()
    try:
        if kept is None or not window.figures.fresh or window.workspaces.name not in ON_CANVAS:
            kept = sheet_of(seen(window), paper=paper_film_kind[0], film=paper_film_kind[1])
    except InputError as error:
        window.complain(str(error))
        return
    begin(window, kept, paper_film_kind[2])


def begin(window: Window, sheet: Sheet, kind: str) -> None:
    """Show the dialog on that Sheet."""
    dialog = window.findChild(FigureDialog)
    if dialog is None:
        dialog = FigureDialog(window, sheet, kind)
    else:
        dialog.begin(sheet)
    _raise(dialog)


def export_study(window: Window) -> None:
    """Show the dialog on what was measured of the chosen experiment."""
    assert window.analysis is not None
    page, dialog = window.analysis.experiments, window.findChild(StudyDialog)
    if page is None or page.studies.chosen.report is None or not page.studies.chosen.report.done:
        window.complain(NOTHING)
        return
    _raise(dialog or StudyDialog(window, page.studies, page.experimenter))


def _raise(dialog: QDialog) -> None:
    """Show the dialog before the window."""
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def take_up(window: Window, sheet: Sheet) -> None:
    """Show what that Sheet is of: its first Run current, the one it is compared with pinned as A, the playhead at the
    first panel's step; the Sheet is the figure in work. Raises `InputError` where a model is not on offer.
    """
    state, models = window.state, []
    for run in sheet.runs:
        model = state.find_model(run.model.sha256)
        if model is None:
            raise InputError(
                f"The figure needs the model {run.model.label!r} ({run.model.sha256[:8]}): open its checkpoint first, "
                "then this file again."
            )
        models.append(model)
    if sheet.runs:
        state.open_run("open a figure", sheet.runs[0], models[0])
        compared = (panel.runs for panel in sheet.panels if isinstance(panel, Pictures) and panel.against is not None)
        other = next((place for runs in compared for place in runs if place), None)
        if other is not None:
            state.pin(sheet.runs[other], models[other])
        step = sheet.panels[0].step
        state.set_playhead(sheet.runs[0].schedule.steps if step is None else step)
    window.figures.keep(sheet)
