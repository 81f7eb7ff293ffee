"""The page of experiments by the keys and buttons a user has, and what it says. Shared by the tests of Analysis."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from app.controls.analysis.plan import PlanGroup
from app.experiments_page import ExperimentsPage
from app.window import Window
from tests.app.opened import settle, wait

LEFT = Qt.MouseButton.LeftButton


def opened_analysis(window: Window) -> ExperimentsPage:
    """The workspace's first page after Ctrl+4."""
    QTest.keySequence(window, QKeySequence("Ctrl+4"))
    settle(window)
    assert window.analysis is not None
    page = window.analysis.experiments
    assert page is not None
    assert page.middle.isVisible()
    return page


def click(button: QAbstractButton) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, LEFT)


def plan_of(analysis: ExperimentsPage) -> PlanGroup:
    return analysis.controls.plans[analysis.studies.chosen]


def states(analysis: ExperimentsPage) -> list[str]:
    """What the list says of each experiment, to a screen reader too."""
    entries = analysis.controls.experiments
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(entries.item(line).data(role)).rpartition(", ")[2] for line in range(entries.count())]


def measure_all(window: Window, analysis: ExperimentsPage) -> None:
    click(analysis.controls.running.main)
    wait(lambda: analysis.controls.running.main.text() == "Done")
    settle(window)
    wait(lambda: "here: it does" in analysis.side.findings.text())  # what is told is shown at a calm pace
    report = analysis.studies.chosen.report
    assert report is not None
    wait(lambda: analysis.middle.done.text() == f"{report.done} of {report.done} cells")


def place(analysis: ExperimentsPage, panel: int, number: int) -> QPoint:
    """Where the cell of that number stands in that panel."""
    report = analysis.studies.chosen.report
    assert report is not None
    found = analysis.middle.figure.panels[panel].place(report.rows[number].key)
    assert found is not None
    return found


def turn(window: Window, page: str) -> None:
    """Press the button of that page."""
    assert window.analysis is not None
    click(window.analysis.switch.buttons[page])
