"""The map as a user meets it: what is drawn where, mouse and keys, and the sentences in its place. # spec: A3"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.maps import Fit, Maps
from app.state import State
from app.views.map import READING, MapView
from engine.analysis.basemap import LINE, apart
from engine.models import catalogue
from tests.app.mapped import mapped, place_all, tiny_map
from tests.app.views.stage import draw, on_screen

LEFT, NOTHING = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier

Seen = tuple[State, Maps, MapView]


@pytest.fixture(autouse=True)
def every_move() -> Iterator[None]:
    """No move of the mouse is left out for coming soon after another."""
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", 0)
    yield
    pg.setConfigOption("mouseRateLimit", before)


@pytest.fixture
def seen(qtbot: QtBot) -> Seen:
    """Five particles on the tiny map, at their last step."""
    state, maps = mapped()
    place_all(state, maps)
    return state, maps, shown(qtbot, state, maps)


def shown(qtbot: QtBot, state: State, maps: Maps) -> MapView:
    view = on_screen(qtbot, MapView(state, maps), state, 560, 520)
    for _ in range(3):
        QApplication.processEvents()
    return view


def at(view: MapView, particle: int) -> QPoint:
    """Where that particle stands in the plot's viewport."""
    return view.plot.pixel(particle).toPoint()


def send(widget: QWidget, kind: QEvent.Type, place: QPointF, held: Qt.KeyboardModifier = NONE) -> None:
    button = NOTHING if kind is QEvent.Type.MouseMove else LEFT
    down = NOTHING if kind is QEvent.Type.MouseButtonRelease else LEFT
    there = QPointF(widget.mapToGlobal(place))
    QApplication.sendEvent(widget, QMouseEvent(kind, place, there, button, down, held))


def lasso(view: MapView, corners: list[QPointF], held: Qt.KeyboardModifier = NONE) -> None:
    """Press at the first corner, move over all of them, and let go."""
    viewport = view.plot.plot.viewport()
    send(viewport, QEvent.Type.MouseButtonPress, corners[0], held)
    for corner in corners:
        send(viewport, QEvent.Type.MouseMove, corner, held)
    send(viewport, QEvent.Type.MouseButtonRelease, corners[-1], held)
    QApplication.processEvents()


def around(view: MapView, *particles: int) -> list[QPointF]:
    """The corners of a box about those particles, with a little room."""
    places = np.array([(at(view, p).x(), at(view, p).y()) for p in particles])
    (left, top), (right, bottom) = places.min(axis=0) - 6, places.max(axis=0) + 6
    return [QPointF(x, y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]


def sees(view: MapView, place: QPoint, wanted: str) -> bool:
    """Whether that colour is seen within a few pixels of a place in the plot."""
    image = view.plot.plot.viewport().grab().toImage()
    spots = [place + QPoint(x, y) for x in range(-4, 5) for y in range(-4, 5)]
    return any(image.pixelColor(spot) == QColor(wanted) for spot in spots)


def test_particles_stand_where_they_are_placed(seen: Seen) -> None:
    state, maps, view = seen
    placements = maps.placements("current")
    assert placements is not None
    state.select([2])
    state.set_playhead(3)
    inside = [p for p in range(5) if view.plot.rect().contains(at(view, p))]
    assert inside == [0, 1, 2, 3, 4]
    expected = placements[3]
    assert expected is not None
    here = view.plot.box.mapSceneToView(view.plot.plot.mapToScene(at(view, 2)))
    assert (here.x(), here.y()) == pytest.approx(tuple(expected[2]), abs=0.02)
    assert sees(view, at(view, 2), theme.scheme().accent)
    assert not sees(view, at(view, 2), theme.scheme().text)
    apart = max(range(5), key=lambda p: float(np.linalg.norm(expected[p] - expected[2])))
    assert sees(view, at(view, apart), theme.scheme().text)


def test_what_is_left_out_and_approximate_is_said(seen: Seen) -> None:
    state, _, view = seen
    assert view.plot.corner.text() == "× particles · corners: 60 of 120 · approximate placement"
    assert view.plot.corner.isVisible()
    assert view.title.text() == "Estimate x₀ among corners"
    state.set_playhead(4)
    assert view.accessibleDescription() == "corners: 60 of 120; step 4 of 6: 5 particles placed, selected: 0"


def test_a_click_selects_and_with_ctrl_or_shift_adds(seen: Seen) -> None:
    state, maps, view = seen
    draw_apart(state, maps)
    viewport = view.plot.plot.viewport()
    for particle, held, selection in ((1, NONE, (1,)), (3, CTRL, (3, 1)), (4, SHIFT, (4, 3, 1)), (3, CTRL, (4, 1))):
        QTest.mouseClick(viewport, LEFT, held, at(view, particle))
        assert state.selection == selection


def draw_apart(state: State, maps: Maps) -> None:
    """Go to the first step, where no two particles are near each other on the screen."""
    placements = place_all(state, maps)
    spread = np.linspace(0, 1, 5)[:, None] * [3.0, -2.0] + [-1.0, 0.5]
    placements.append(0, spread)
    state.set_playhead(0)


def test_a_lasso_selects_what_is_inside(seen: Seen) -> None:
    state, maps, view = seen
    draw_apart(state, maps)
    lasso(view, around(view, 1, 2), SHIFT)
    assert state.selection == (1, 2)
    lasso(view, around(view, 4), SHIFT | CTRL)
    assert state.selection == (4, 1, 2)
    lasso(view, [QPointF(5, 5), QPointF(9, 5), QPointF(9, 9)], SHIFT)  # nobody is there
    assert state.selection == (4, 1, 2)


def test_the_tool_draws_a_lasso_with_any_drag_and_without_it_a_drag_pans(seen: Seen) -> None:
    state, maps, view = seen
    draw_apart(state, maps)
    QTest.mouseClick(view.lasso, LEFT)
    before = view.plot.box.viewRect()
    lasso(view, around(view, 2, 3))
    assert state.selection == (2, 3)
    assert view.plot.box.viewRect() == before
    QTest.mouseClick(view.lasso, LEFT)
    lasso(view, around(view, 0, 1))
    assert state.selection == (2, 3)
    assert view.plot.box.viewRect() != before


def test_pointing_at_a_particle_or_an_item_tells_about_it(seen: Seen) -> None:
    state, maps, view = seen
    draw_apart(state, maps)
    hover(view, at(view, 2))
    assert view.plot.card.isVisible()
    assert view.plot.card.words.text().startswith("particle 2\n(")
    item = view.plot.box.mapViewToScene(QPointF(*map(float, tiny_map().coordinates[45])))
    hover(view, view.plot.plot.mapFromScene(item))
    assert view.plot.card.words.text().startswith("low\nitem ")
    assert view.plot.rect().contains(view.plot.card.geometry())
    hover(view, QPoint(3, 3))
    assert not view.plot.card.isVisible()


def hover(view: MapView, place: QPoint) -> None:
    """Let the mouse point at a place of the plot."""
    view.plot.plot.scene().sigMouseMoved.emit(view.plot.plot.mapToScene(place))


def test_keys_select_scrub_and_fit(seen: Seen) -> None:
    state, _, view = seen
    plot = view.plot
    plot.setFocus()
    for key, selection in ((Qt.Key.Key_3, (3,)), (Qt.Key.Key_Down, (4,)), (Qt.Key.Key_Up, (3,)), (Qt.Key.Key_9, (3,))):
        QTest.keyClick(plot, key)
        assert state.selection == selection
    for key, step in ((Qt.Key.Key_Left, 5), (Qt.Key.Key_Home, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_End, 6)):
        QTest.keyClick(plot, key)
        assert state.playhead == step
    whole = plot.box.viewRect()
    plot.box.scaleBy((0.2, 0.2))
    assert plot.box.viewRect() != whole
    QTest.keyClick(plot, Qt.Key.Key_F)
    assert plot.box.viewRect() == whole


def test_a_step_that_is_not_placed_yet_leaves_the_last_one_faint(qtbot: QtBot) -> None:
    state, maps = mapped()
    placements = place_all(state, maps)
    del placements._at[2]
    view = shown(qtbot, state, maps)
    assert sees(view, at(view, 0), theme.scheme().accent)
    state.set_playhead(2)
    assert not sees(view, at(view, 0), theme.scheme().accent)
    place_all(state, maps)
    assert sees(view, at(view, 0), theme.scheme().accent)


def test_another_drawing_takes_the_place_of_the_first(seen: Seen) -> None:
    state, maps, view = seen
    state.change("seed", latents={"seed": 5, "count": 3})
    draw(state)
    place_all(state, maps)
    assert view.plot.placed == 3
    placements = maps.placements("current")
    assert placements is not None
    placements.append(6, np.full((3, 2), np.nan))  # nowhere
    maps.place("current", placements)
    assert view.plot.placed == 0
    assert view.plot.particle_at(QPointF(50, 50)) is None


def test_the_pinned_run_stands_beside_as_rings(seen: Seen) -> None:
    state, maps, view = seen
    state.pin(state.run, state.model)
    place_all(state, maps, "pinned")
    rings = view.plot._crosses._rings
    assert len(rings.points()) == 5
    state.pin(None)
    assert not len(rings.points())


def test_a_map_that_does_not_suit_says_so_and_offers_a_fit(qtbot: QtBot) -> None:
    state, maps = mapped()
    view = shown(qtbot, state, maps)
    wanted: list[object] = []
    maps.fit_wanted.connect(lambda settings, _: wanted.append(settings.data))
    state.choose(catalogue.named("mixture-1d"))
    assert view.message.isVisible()
    assert view.message.label.text().startswith("This map compares 2 values")
    QTest.mouseClick(view.message.mend, LEFT)
    assert wanted == ["particles"]
    maps.set_fit(Fit("running", 0.34, "epochs"))
    assert view.message.label.text() == "A map is being fitted, 34%."
    assert not view.message.mend.isVisible()
    maps.set_fit(Fit(problem="There are 5 items, and 10 are needed."))
    assert view.message.label.text() == "There are 5 items, and 10 are needed."
    assert view.message.mend.text() == "Fit a map"


def test_maps_are_read_when_one_is_looked_at(qtbot: QtBot) -> None:
    state, maps = mapped()
    maps.offer((), False)
    view = MapView(state, maps)
    assert not maps.watched
    on_screen(qtbot, view, state, 400, 400)
    assert maps.watched
    assert view.message.label.text() == READING
    view.hide()
    assert not maps.watched


def test_names_of_classes_that_lie_on_each_other_stand_apart() -> None:
    alone = {0: (0.0, 0.0, "left"), 1: (9.0, 0.0, "right")}
    assert apart(alone, 10.0) == {0: (0.0, 0.0), 1: (9.0, 0.0)}
    heap = {label: (0.1 * label, 0.2 * label, "a long name") for label in range(4)}
    places = apart(heap, 10.0)
    ups = sorted(up for _, up in places.values())
    assert min(np.diff(ups)) >= 10 * LINE - 1e-9
    assert all(places[label][1] >= up for label, (_, up, _) in heap.items())
