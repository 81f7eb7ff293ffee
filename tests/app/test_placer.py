"""What is asked of the worker for the map, when, and that another map begins anew. # spec: A3"""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.maps import Maps
from app.placer import Placer
from app.state import Drawing, State
from engine.execute import record
from engine.models import catalogue
from engine.worker import Event
from tests.app.mapped import mapped, tiny_map
from tests.app.test_reader import Desk
from tests.app.views.stage import draw


def placing(state: State, maps: Maps) -> tuple[Placer, Desk]:
    desk = Desk()
    placer = Placer(maps, state, desk)  # type: ignore[arg-type]
    placer.set_active(True)
    return placer, desk


def test_a_whole_trajectory_is_placed_once_from_the_playhead_on(qapp: QApplication) -> None:
    state, maps = mapped()
    state.set_playhead(3)
    _, desk = placing(state, maps)
    assert [slot for slot, _, _ in desk.asked] == ["placements current"]
    told: list[str] = []
    maps.placements_changed.connect(told.append)
    assert desk.answer(1) == 1
    placements = maps.placements("current")
    assert placements is not None
    assert placements[3] is not None
    assert placements[2] is None
    assert desk.answer() == 7
    whole = maps.placements("current")
    assert whole is not None
    assert whole.complete
    assert told == ["current"] * 8
    for index in range(7):
        state.set_playhead(index)
    assert len(desk.asked) == 1


def test_another_map_begins_anew_and_the_old_ones_answers_are_not_shown(qapp: QApplication) -> None:
    state, maps = mapped(tiny_map("first"), tiny_map("second"))
    _, desk = placing(state, maps)
    _, old, handle = desk.asked[-1]
    maps.choose(maps.offers[1])
    assert desk.cancelled == [1]
    assert len(desk.asked) == 2
    handle(Event("item", 1, "placements current", next(old(None))))  # type: ignore[arg-type]
    assert maps.placements("current") is None
    desk.answer()
    placements = maps.placements("current")
    assert placements is not None
    assert placements.basemap is maps.offers[1].map


def test_nothing_is_asked_for_where_no_map_suits_or_nobody_looks(qapp: QApplication) -> None:
    state, maps = mapped(tiny_map(features=tiny_map().features.repeat(2, axis=1)))
    placer, desk = placing(state, maps)
    assert not desk.asked
    maps.offer((*maps.offers, *mapped()[1].offers), True)
    assert len(desk.asked) == 1
    placer.set_active(False)
    assert desk.cancelled == [1]
    draw(state)
    assert len(desk.asked) == 1


def test_a_pinned_run_on_another_model_is_placed_where_the_map_suits(qapp: QApplication) -> None:
    state, maps = mapped()
    line = catalogue.named("mixture-1d")
    state.add_models(line)
    state.pin(state.run.replace(model=line.reference.model_dump()), line)
    assert state.pinned is not None
    *_, trajectory = record(state.pinned, line.build())
    state.set_drawing("pinned", Drawing(trajectory))
    _, desk = placing(state, maps)
    assert [slot for slot, _, _ in desk.asked] == ["placements current"]
