"""The controls of the map: choosing and deleting one, and fitting a new one with its settings. # spec: A3"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.bind import Row, ValueRow
from app.controls.map import FitGroup, MapGroup
from app.controls.rows import ChoiceRow
from app.maps import Fit, FitPlan, Maps, Offer
from engine.models import catalogue
from engine.settings.maps import MapSettings
from tests.app.mapped import mapped, tiny_map
from tests.app.views.stage import on_screen

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def fitting(qtbot: QtBot) -> Iterator[tuple[Maps, FitPlan, FitGroup]]:
    state, maps = mapped()
    undo = QUndoStack()
    plan = FitPlan(MapSettings(), undo)
    yield maps, plan, on_screen(qtbot, FitGroup(maps, plan), state, 260, 500)
    undo.clear()


def row(group: FitGroup, field: str) -> Row:
    found = group.findChild(Row, field)
    assert isinstance(found, Row)
    return found


def test_the_list_has_what_suits_and_chooses(qtbot: QtBot) -> None:
    state, maps = mapped(tiny_map("first"), tiny_map("second"))
    group = on_screen(qtbot, MapGroup(maps), state, 260, 200)
    assert [group.choice.itemText(place) for place in range(group.choice.count())] == ["first", "second"]
    assert group.about.text() == "UMAP of the values themselves: 15 neighbours, distance ≥ 0.1, euclidean."
    group.choice.setFocus()
    qtbot.keyClick(group.choice, Qt.Key.Key_Down)
    assert maps.chosen is maps.offers[1]
    assert group.choice.currentText() == "second"
    state.choose(catalogue.named("mixture-1d"))
    assert group.choice.count() == 0
    assert not group.choice.isEnabled()
    assert group.about.text() == maps.unsuited


def test_only_a_fitted_map_can_be_deleted(qtbot: QtBot) -> None:
    state, maps = mapped()
    maps.offer((*maps.offers, Offer(tiny_map("mine"), Path("mine.safetensors"))), True)
    group = on_screen(qtbot, MapGroup(maps), state, 260, 200)
    wanted: list[Offer] = []
    maps.remove_wanted.connect(wanted.append)
    assert not group.remove.isEnabled()
    maps.choose(maps.offers[1])
    qtbot.mouseClick(group.remove, LEFT)
    assert wanted == [maps.offers[1]]


def test_settings_are_changed_by_rows_and_undone(fitting: tuple[Maps, FitPlan, FitGroup], qtbot: QtBot) -> None:
    _, plan, group = fitting
    data, count = row(group, "data"), row(group, "count")
    assert isinstance(data, ChoiceRow)
    assert isinstance(count, ValueRow)
    data.choice.setFocus()
    qtbot.keyClick(data.choice, Qt.Key.Key_Down)
    count.box.setFocus()
    count.box.selectAll()
    qtbot.keyClicks(count.box, "500")
    qtbot.keyClick(count.box, Qt.Key.Key_Return)
    assert plan.settings == MapSettings(data="handwritten-digits", count=500)
    plan._undo.undo()
    assert count.box.value() == 4000
    assert {each.objectName() for each in group.findChildren(Row)} == set(MapSettings.model_fields)


def test_the_button_starts_the_fit_and_cancels_it(fitting: tuple[Maps, FitPlan, FitGroup], qtbot: QtBot) -> None:
    maps, plan, group = fitting
    told: list[object] = []
    maps.fit_wanted.connect(lambda settings, folder: told.append((settings, folder)))
    maps.cancel_wanted.connect(lambda: told.append("cancel"))
    qtbot.mouseClick(group.main, LEFT)
    maps.set_fit(Fit("running", 0.25, "epochs"))
    assert group.main.text() == "Cancel"
    assert group.doing.text() == "epochs"
    assert group.progress.value() == 250
    assert not row(group, "count").isEnabled()
    qtbot.mouseClick(group.main, LEFT)
    assert told == [(plan.settings, None), "cancel"]
    maps.set_fit(Fit("cancelling", 0.25, "epochs"))
    assert not group.main.isEnabled()
    maps.set_fit(Fit(problem="It went wrong: try again."))
    assert group.problem.text() == "It went wrong: try again."
    assert group.problem.isVisible()
    assert not group.progress.isVisible()
    assert group.main.text() == "Fit"
    assert group.main.isEnabled()


def test_pictures_in_a_folder_need_the_folder(
    fitting: tuple[Maps, FitPlan, FitGroup], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps, plan, group = fitting
    told: list[object] = []
    maps.fit_wanted.connect(lambda settings, folder: told.append(folder))
    assert not group.folder.isVisible()
    plan.change("change Data", data="folder")
    assert group.folder.isVisible()
    assert not group.main.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    qtbot.mouseClick(group.folder, LEFT)
    assert group.folder.text() == tmp_path.name
    qtbot.mouseClick(group.main, LEFT)
    assert told == [tmp_path]
