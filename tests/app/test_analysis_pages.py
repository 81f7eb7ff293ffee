"""The pages of the Analysis workspace, turned while experiments run and plans are undone. # spec: S14"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from app.window import Window
from tests.app.analysed import LEFT, click, opened_analysis, place, plan_of, states, turn
from tests.app.controls.looks import row, write
from tests.app.opened import opened, settle, wait
from tests.app.studied import OTHER, TINY, registry


@pytest.fixture(autouse=True)
def experiments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments_page.EXPERIMENTS", registry(TINY, OTHER))


def test_the_pages_are_turned_by_their_buttons_and_the_last_one_is_kept(qapp: object) -> None:
    with opened() as window:
        page = opened_analysis(window)
        assert window.analysis is not None
        buttons = window.analysis.switch.buttons
        assert {name: button.isChecked() for name, button in buttons.items()} == {
            "Experiments": True,
            "Map": False,
            "Futures": False,
        }
        assert all(button.toolTip() and button.accessibleName() == f"Page: {name}" for name, button in buttons.items())
        assert window.analysis.map is None
        buttons["Experiments"].setFocus()
        QTest.keyClick(buttons["Experiments"], Qt.Key.Key_Tab)
        assert buttons["Map"].hasFocus()
        QTest.keyClick(buttons["Map"], Qt.Key.Key_Space)
        assert window.analysis.map is not None
        panels = (window.analysis.map.controls, window.analysis.map.middle, window.analysis.map.side)
        assert all(panel.isVisible() for panel in panels)
        assert not page.middle.isVisible()
        assert window.analysis.futures is None
        settle(window)
    with opened() as window:
        QTest.keySequence(window, QKeySequence("Ctrl+4"))
        assert window.analysis is not None
        assert window.analysis.switch.value == "Map"
        assert window.analysis.experiments is None
        settle(window)


def test_a_session_of_many_turns(window: Window) -> None:
    """Two experiments, all pages, a pause, plans changed and undone from elsewhere, a cell opened: nothing is lost."""
    analysis = opened_analysis(window)
    assert window.analysis is not None
    first, second = analysis.studies.all
    write(row(plan_of(analysis), "stuck"), "4")
    settle(window)
    click(analysis.controls.running.main)
    wait(lambda: analysis.middle.done.text() == "4 of 12 cells")
    turn(window, "Map")
    turn(window, "Futures")
    assert window.analysis.futures is not None
    QTest.keyClick(window, Qt.Key.Key_Escape)  # stops the futures and the experiment
    settle(window)
    turn(window, "Experiments")
    assert states(analysis)[0] == "4 of 12 cells"
    QTest.keyClick(analysis.controls.experiments, Qt.Key.Key_Down)
    write(row(plan_of(analysis), "seed"), "7")
    settle(window)
    turn(window, "Map")
    QTest.keySequence(window, QKeySequence("Ctrl+Z"))  # what it undoes is shown
    settle(window)
    assert analysis.middle.isVisible()
    assert (analysis.studies.chosen, second.plan) == (second, OTHER.plan)
    click(analysis.controls.running.main)
    analysis.studies.choose(first)
    write(row(plan_of(analysis), "stuck"), "-1")
    wait(analysis.controls.running.main.isEnabled)
    click(analysis.controls.running.main)
    wait(lambda: states(analysis) == ["done", "done"])
    settle(window)
    QTest.mouseDClick(analysis.middle.figure.panels[1], LEFT, pos=place(analysis, 1, 9))
    settle(window)
    assert window.canvas.isVisible()
    assert window.state.run.schedule.steps == 10
    QTest.keySequence(window, QKeySequence("Ctrl+4"))
    assert analysis.middle.figure.isVisible()
    assert (first.report is not None, second.report is not None) == (True, True)
    assert {study.report.done for study in (first, second) if study.report} == {12}
