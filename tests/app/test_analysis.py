"""The Analysis workspace in the whole window, by the keys and buttons a user has. # spec: S14"""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QTableView

from app import experimenter
from app.experiments_page import ExperimentsPage
from app.views.study import HINT
from app.window import Window
from engine.errors import InputError
from engine.experiments.experiment import Cell
from engine.run import parse
from tests.app.analysed import LEFT, click, measure_all, opened_analysis, place, plan_of, states
from tests.app.controls.looks import pick, row, write
from tests.app.opened import opened, settle, wait
from tests.app.studied import OTHER, TINY, kept, registry


@pytest.fixture(autouse=True)
def experiments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments_page.EXPERIMENTS", registry(TINY, OTHER))


@pytest.fixture
def analysis(window: Window) -> ExperimentsPage:
    return opened_analysis(window)


def test_a_new_experiment_says_what_it_takes_and_what_to_do(analysis: ExperimentsPage) -> None:
    assert states(analysis) == ["new · 1 min", "new · 1 min"]
    assert analysis.controls.running.cost.text() == "12 cells, about 1 min on one core."
    assert analysis.middle.message.label.text() == HINT
    assert analysis.middle.message.isVisible()
    assert not analysis.side.export.isEnabled()
    assert analysis.side.table.model().rowCount() == 12


def test_an_experiment_is_carried_out_paused_and_gone_on_with(window: Window, analysis: ExperimentsPage) -> None:
    write(row(plan_of(analysis), "stuck"), "5")
    settle(window)
    main = analysis.controls.running.main
    click(main)
    wait(lambda: analysis.middle.done.text() == "5 of 12 cells")
    assert main.text() == "Pause"
    assert states(analysis)[0].startswith("running")
    assert not row(plan_of(analysis), "seed").isEnabled()
    assert analysis.middle.figure.isVisible()
    wait(lambda: not window.statusBar().findChildren(QPushButton)[0].isHidden())
    click(main)
    wait(lambda: main.text() == "Go on")
    settle(window)
    assert states(analysis)[0] == "5 of 12 cells"
    assert "7 cells to come, about" in analysis.controls.running.cost.text()
    write(row(plan_of(analysis), "stuck"), "-1")
    settle(window)
    measure_all(window, analysis)
    assert states(analysis) == ["done", "new · 1 min"]
    assert analysis.middle.done.text() == "12 of 12 cells"


def test_figure_table_and_recipe_show_one_selection(window: Window, analysis: ExperimentsPage) -> None:
    measure_all(window, analysis)
    QTest.mouseClick(analysis.middle.figure.panels[1], LEFT, pos=place(analysis, 1, 6))
    assert analysis.side.table.currentIndex().row() == 6
    told = "model ring · churn 0.5 · steps 20 · error 0.00375 · score 5 bit"
    assert analysis.middle.readout.text() == told
    assert "Steps    20" in analysis.side.recipe.view.toPlainText()
    QTest.keyClick(analysis.side.table, Qt.Key.Key_Down)
    assert {view.marked for view in analysis.middle.figure.panels} == {analysis.studies.selected}
    assert "steps 50" in analysis.middle.readout.text()
    click(next(button for button in analysis.side.recipe.findChildren(QPushButton) if button.text() == "JSON"))
    assert parse(QGuiApplication.clipboard().text()).schedule.steps == 50


@pytest.mark.parametrize("how", ["button", "table", "enter"])
def test_a_cell_opens_in_explore(window: Window, analysis: ExperimentsPage, how: str) -> None:
    measure_all(window, analysis)
    panel, table = analysis.middle.figure.panels[1], analysis.side.table
    QTest.mouseClick(panel, LEFT, pos=place(analysis, 1, 9))
    if how == "button":
        click(analysis.middle.open)
    elif how == "table":
        spot = table.visualRect(table.currentIndex()).center()
        QTest.mouseClick(table.viewport(), LEFT, pos=spot)
        QTest.mouseDClick(table.viewport(), LEFT, pos=spot)
    else:
        QTest.keyClick(panel, Qt.Key.Key_Return)
    assert window.canvas.isVisible()
    settle(window)
    run = window.state.run
    assert (run.model.label, run.schedule.steps, run.sampler.values()["churn"]) == ("ring", 10, 1.0)
    trajectory = window.state.drawing("current").trajectory
    assert trajectory is not None
    assert trajectory.run == run


def test_the_list_is_gone_through_by_arrows_and_keeps_each_ones_results(
    window: Window, analysis: ExperimentsPage
) -> None:
    measure_all(window, analysis)
    QTest.keyClick(analysis.controls.experiments, Qt.Key.Key_Down)
    assert analysis.middle.title.text() == OTHER.title
    assert analysis.middle.message.isVisible()
    assert row(plan_of(analysis), "seed").box.value() == 1
    QTest.keyClick(analysis.controls.experiments, Qt.Key.Key_Up)
    assert analysis.middle.figure.isVisible()
    assert analysis.middle.done.text() == "12 of 12 cells"
    assert [plan.isVisible() for plan in analysis.controls.plans.values()] == [True, False]


def test_quick_takes_the_smaller_plan_and_undo_goes_back(window: Window, analysis: ExperimentsPage) -> None:
    plan = plan_of(analysis)
    assert (plan.quick.isChecked(), plan.full.isChecked()) == (False, True)
    click(plan.quick)
    settle(window)
    assert row(plan, "steps").line.text() == "5, 10"
    assert (plan.quick.isChecked(), plan.full.isChecked()) == (True, False)
    assert "6 cells" in analysis.controls.running.cost.text()
    QTest.keySequence(window, QKeySequence("Ctrl+Z"))
    settle(window)
    assert row(plan, "steps").line.text() == "5, 10, 20, 50"
    pick(row(plan, "kind"), "other")
    assert (plan.quick.isChecked(), plan.full.isChecked()) == (False, False)


def test_what_fails_is_said_in_place_and_can_be_tried_again(window: Window, analysis: ExperimentsPage) -> None:
    write(row(plan_of(analysis), "fails"), "0")
    settle(window)
    click(analysis.controls.running.main)
    wait(lambda: window.banner.isVisible())
    settle(window)
    sentence = "This cell cannot be measured: choose another kind."
    assert window.banner.text.text() == sentence
    assert analysis.controls.running.problem.text() == sentence
    wait(lambda: analysis.middle.message.label.text() == sentence)
    assert states(analysis)[0] == "failed"
    write(row(plan_of(analysis), "fails"), "-1")
    settle(window)
    assert not analysis.controls.running.problem.isVisible()


def test_a_value_that_is_refused_says_why(window: Window, analysis: ExperimentsPage) -> None:
    steps = row(plan_of(analysis), "steps")
    write(steps, "5, many")
    assert steps.note.isVisible()
    assert steps.line.text() == "5, 10, 20, 50"


def test_what_was_measured_is_there_at_the_next_start(qapp: object) -> None:
    with opened() as window:
        analysis = opened_analysis(window)
        click(plan_of(analysis).quick)
        settle(window)
        measure_all(window, analysis)
    with opened() as window:
        analysis = opened_analysis(window)
        assert states(analysis) == ["done", "new · 1 min"]
        assert plan_of(analysis).quick.isChecked()
        assert analysis.middle.figure.isVisible()


def test_closing_in_the_middle_ends_the_thread_and_keeps_the_cells(qapp: object) -> None:
    with opened() as window:
        analysis = opened_analysis(window)
        analysis.studies.chosen.change("stuck", stuck=5)
        settle(window)
        click(analysis.controls.running.main)
        wait(lambda: analysis.middle.done.text() == "5 of 12 cells")
    assert not [thread for thread in threading.enumerate() if "worker" in thread.name]
    assert len(list((experimenter.RESULTS / "tiny").glob("*.json"))) == 5


def test_escape_stops_an_experiment_too(window: Window, analysis: ExperimentsPage) -> None:
    analysis.studies.chosen.change("stuck", stuck=3)
    settle(window)
    click(analysis.controls.running.main)
    wait(lambda: analysis.middle.done.text() == "3 of 12 cells")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    wait(lambda: analysis.controls.running.main.text() == "Go on")
    settle(window)


def test_a_narrow_window_folds_the_results_into_a_tab(qapp: object) -> None:
    with opened(1024, 700) as window:
        analysis = opened_analysis(window)
        assert window.left.tabText(1) == "Details"
        kept(experimenter.RESULTS / "tiny", cells=8)
        analysis.experimenter.look(analysis.studies.chosen)
        settle(window)
        wait(lambda: analysis.middle.figure.isVisible())
        bars = [area.horizontalScrollBar() for area in (analysis.controls, analysis.middle.figure, analysis.side)]
        assert not any(bar.isVisible() or bar.maximum() for bar in bars)
        QTest.keySequence(window, QKeySequence("Ctrl+1"))
        assert window.left.tabText(1) == "Inspector"


def test_everything_has_a_name_and_a_tooltip(window: Window, analysis: ExperimentsPage) -> None:
    measure_all(window, analysis)
    for widget in (analysis.controls, analysis.middle, analysis.side):
        for button in widget.findChildren(QPushButton):
            assert button.toolTip(), button.text()
            assert button.accessibleName(), button.text()
        assert all(table.accessibleName() for table in widget.findChildren(QTableView))
    assert all(view.accessibleName() for view in analysis.middle.figure.panels)
    assert analysis.middle.accessibleDescription() == "A tiny comparison: 12 of 12 cells"


def test_published_stands_beside_here_and_can_be_copied(window: Window, analysis: ExperimentsPage) -> None:
    assert not analysis.side.compared.isVisible()
    measure_all(window, analysis)
    assert "0.0004&nbsp;±&nbsp;0.0001" in analysis.side.compared.label.text()
    analysis.side.ensureWidgetVisible(analysis.side.compared.copy)
    click(analysis.side.compared.copy)
    assert "least error\t0.0004 ± 0.0001\t0.0004\tOf < 50 steps." in QGuiApplication.clipboard().text()


def test_an_experiment_without_its_model_says_so_in_one_sentence(
    window: Window, analysis: ExperimentsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "There is no model 'another': open its checkpoint."

    def refuse(*_: object) -> list[Cell]:
        raise InputError(sentence)

    monkeypatch.setattr(type(TINY), "cells", refuse)
    analysis.studies.chosen.change("seed", seed=5)
    wait(lambda: analysis.middle.message.label.text() == sentence)
    assert states(analysis)[0] == "cannot start"
    assert analysis.controls.running.problem.text() == sentence
    assert not analysis.controls.running.main.isEnabled()
