"""Which map is in use, what is known of placements on it, who looks, and the settings of the next one. # spec: A3"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication

from app.maps import FitPlan, Offer, suggestion
from engine.models import catalogue
from engine.settings.maps import MapSettings
from tests.app.mapped import mapped, place_all, tiny_map
from tests.app.views.stage import draw


def test_the_first_map_that_suits_the_model_is_in_use(qapp: QApplication) -> None:
    other = tiny_map("three values", features=tiny_map().features.repeat(3, axis=1))
    _, maps = mapped(other, tiny_map("first"), tiny_map("second"))
    assert [offer.map.label for offer in maps.suiting] == ["first", "second"]
    assert maps.chosen is maps.suiting[0]
    assert not maps.unsuited


def test_a_chosen_map_stays_with_models_of_that_shape(qapp: QApplication) -> None:
    state, maps = mapped(tiny_map("first"), tiny_map("second"))
    second, ring = maps.offers[1], catalogue.named("ring")
    maps.choose(second)
    state.choose(ring)
    assert maps.chosen is second
    state.choose(catalogue.named("mixture-1d"))
    assert maps.chosen is None
    assert maps.unsuited == "This map compares 2 values, and Three modes on a line draws 1: fit a map of its particles."
    state.choose(ring)
    assert maps.chosen is second
    maps.offer(maps.offers[:1], True)  # it was removed
    assert maps.chosen is maps.offers[0]
    state.undo.clear()


def test_placements_are_those_of_what_is_drawn_on_the_map_in_use(qapp: QApplication) -> None:
    state, maps = mapped(tiny_map("first"), tiny_map("second"))
    placements = place_all(state, maps)
    assert maps.placements("current") is placements
    maps.choose(maps.offers[1])
    assert maps.placements("current") is None
    maps.choose(maps.offers[0])
    assert maps.placements("current") is placements
    draw(state)
    assert maps.placements("current") is None


def test_somebody_looks_while_any_view_is_seen(qapp: QApplication) -> None:
    _, maps = mapped()
    told: list[bool] = []
    maps.watched_changed.connect(told.append)
    for viewer, on in (("a", True), ("b", True), ("a", True), ("a", False), ("b", False), ("b", False)):
        maps.watch(viewer, on)
    assert told == [True, False]


def test_pictures_are_shown_once_they_are_at_hand(qapp: QApplication) -> None:
    pictures = tiny_map().numbers.astype("uint8").reshape(60, 1, 1, 1).repeat(4, axis=3)
    _, maps = mapped(tiny_map(pictures=pictures))
    assert maps.picture(7) is None
    assert maps.chosen is not None
    maps.set_pictured(maps.chosen)
    found = maps.picture(7)
    assert found is not None
    assert found.tolist() == [[[14] * 4]]


def test_a_fitted_map_is_called_by_its_file(qapp: QApplication) -> None:
    assert Offer(tiny_map()).title == "corners"
    assert Offer(tiny_map(), Path("mine.safetensors")).title == "corners · values · 15 neighbours · mine"


def test_what_to_fit_for_a_model(qapp: QApplication) -> None:
    faces, ring = catalogue.named("faces"), catalogue.named("ring")
    assert suggestion(faces, 10) == MapSettings(data="faces", features="values", count=2000)
    assert suggestion(ring, 12) == MapSettings(data="particles", features="values", neighbours=11)
    assert suggestion(ring, 1).neighbours == 2


def test_settings_of_the_next_map_are_undone_a_gesture_at_a_time(qapp: QApplication) -> None:
    undo = QUndoStack()
    plan = FitPlan(MapSettings(), undo)
    told: list[MapSettings] = []
    plan.changed.connect(told.append)
    for count in (1000, 2000, 3000):
        plan.change("change Count", count=count)
    plan.end_gesture()
    plan.change("change Count", count=3500)
    with pytest.raises(ValidationError):
        plan.change("change Count", count=1)
    assert plan.settings.count == 3500
    undo.undo()
    assert plan.settings.count == 3000
    undo.undo()
    assert plan.settings == MapSettings()
    assert [each.count for each in told] == [1000, 2000, 3000, 3500, 3000, 4000]
    undo.clear()
