"""Learned: measures beside the data's, the trainings kept here, and what can be asked for when. # spec: T6"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from app.training import TrainingState
from app.views.learned import NO_MODEL, NOT_MEASURED, Learned
from engine.training.library import Entry
from tests.app.views.trained import CONFIG, entry, reported, running

LEFT = Qt.MouseButton.LeftButton
MEASURES = {"Read as a digit": ("87%", "99%"), "Frechet distance": ("6.32", "1.20")}


def shown(qtbot: QtBot, state: TrainingState) -> Learned:
    panel = Learned(state)
    qtbot.addWidget(panel)
    panel.resize(300, 700)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def texts(panel: Learned) -> list[str]:
    """The table as it is read, line by line."""
    QApplication.processEvents()
    labels = [label for label in panel.table.findChildren(QLabel) if label.isVisible()]
    return [label.text() for label in sorted(labels, key=lambda label: (label.y() // 8, label.x()))]


def middle(panel: Learned, row: int) -> QPoint:
    item = panel.trainings.topLevelItem(row)
    assert isinstance(item, QTreeWidgetItem)
    return panel.trainings.visualItemRect(item).center()


def opened(panel: Learned) -> list[Entry]:
    asked: list[Entry] = []
    panel.open_wanted.connect(asked.append)
    return asked


def test_before_there_is_a_model_it_says_so(qtbot: QtBot) -> None:
    state = TrainingState(CONFIG)
    panel = shown(qtbot, state)
    assert panel.empty.text() == NO_MODEL
    assert not panel.measure.isEnabled()
    assert not panel.explore.isEnabled()
    state.set_report(reported(10))
    assert panel.empty.text() == NOT_MEASURED
    assert panel.measure.isEnabled()


def test_measures_stand_beside_the_datas(qtbot: QtBot) -> None:
    state = running(10)
    panel = shown(qtbot, state)
    state.set_measures(MEASURES)
    expected = ["model", "data", "Read as a digit", "87%", "99%", "Frechet distance", "6.32", "1.20"]
    assert texts(panel) == expected
    assert not panel.empty.isVisible()
    assert "Frechet distance: model 6.32, data 1.20" in panel.table.accessibleDescription()
    state.set_measures({"Mean": ("0.01", "0.00")})
    assert texts(panel) == ["model", "data", "Mean", "0.01", "0.00"]


def test_measuring_is_said_at_once_and_until_it_is_done(qtbot: QtBot) -> None:
    state = running(10)
    panel = shown(qtbot, state)
    with qtbot.waitSignal(state.measure_wanted):
        QTest.mouseClick(panel.measure, LEFT)
    assert panel.measure.text() == "measuring…"
    state.set_measures({}, measuring=True)
    state.set_report(reported(11))
    assert panel.measure.text() == "measuring…"
    assert not panel.measure.isEnabled()
    state.set_measures(MEASURES)
    assert panel.measure.text() == "Measure now"
    assert panel.measure.isEnabled()


def test_the_snapshot_is_asked_for(qtbot: QtBot) -> None:
    state = running(10)
    panel = shown(qtbot, state)
    with qtbot.waitSignal(state.explore_wanted):
        QTest.mouseClick(panel.explore, LEFT)


def test_the_trainings_say_how_far_they_are(qtbot: QtBot) -> None:
    state = TrainingState(CONFIG)
    panel = shown(qtbot, state)
    assert panel.none_kept.isVisible()
    assert not panel.trainings.isVisible()
    state.set_entries([entry("digits", 1200), entry("faces", 2000)])
    items = [panel.trainings.topLevelItem(row) for row in range(2)]
    said = [[item.text(column) for column in range(2)] for item in items if item is not None]
    assert said == [["digits", "1,200 of 2,000"], ["faces", "2,000, finished"]]
    assert not panel.none_kept.isVisible()


def test_a_training_is_opened_by_button_double_click_or_key(qtbot: QtBot) -> None:
    state = TrainingState(CONFIG)
    panel = shown(qtbot, state)
    entries = [entry("digits", 1200), entry("faces", 2000)]
    state.set_entries(entries)
    asked = opened(panel)
    assert not panel.open.isEnabled()
    QTest.mouseClick(panel.trainings.viewport(), LEFT, pos=middle(panel, 1))
    QTest.mouseClick(panel.open, LEFT)
    QTest.mouseClick(panel.trainings.viewport(), LEFT, pos=middle(panel, 0))
    QTest.mouseDClick(panel.trainings.viewport(), LEFT, pos=middle(panel, 0))
    QTest.keyClick(panel.trainings, Qt.Key.Key_Return)
    assert asked == [entries[1], entries[0], entries[0]]


def test_none_is_opened_while_another_one_runs(qtbot: QtBot) -> None:
    state = running(10)
    panel = shown(qtbot, state)
    state.set_entries([entry("digits", 1200)])
    asked = opened(panel)
    QTest.mouseClick(panel.trainings.viewport(), LEFT, pos=middle(panel, 0))
    QTest.mouseDClick(panel.trainings.viewport(), LEFT, pos=middle(panel, 0))
    assert asked == []
    assert not panel.open.isEnabled()
    assert "Pause" in panel.open.toolTip()
    state.set_status("paused")
    assert panel.open.isEnabled()


def test_the_choice_outlives_a_new_list(qtbot: QtBot) -> None:
    state = TrainingState(CONFIG)
    panel = shown(qtbot, state)
    state.set_entries([entry("digits", 1200), entry("faces", 50)])
    QTest.mouseClick(panel.trainings.viewport(), LEFT, pos=middle(panel, 0))
    state.set_entries([entry("faces", 60), entry("digits", 1300)])
    assert panel.chosen == entry("digits", 1300)


def test_it_fits_its_width_without_a_scroll_bar(qtbot: QtBot) -> None:
    state = running(10)
    state.set_measures({"Distance to the nearest of other data": ("0.214", "0.201")})
    state.set_entries([entry("a training with a very long name, longer than the panel is wide", 2000)])
    panel = shown(qtbot, state)
    panel.resize(250, 700)
    QApplication.processEvents()
    content = panel.widget()
    assert content is not None
    assert content.width() <= panel.viewport().width()
    assert not panel.trainings.horizontalScrollBar().isVisible()


def test_everything_has_a_tooltip_and_a_name(qtbot: QtBot) -> None:
    panel = shown(qtbot, running(10))
    for button in panel.findChildren(QPushButton):
        assert button.toolTip()
        assert button.accessibleName()
    assert panel.trainings.accessibleName()
    assert panel.trainings.toolTip()
