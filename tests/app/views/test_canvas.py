"""Canvas: which view stands where, what it says, and what stands there without a picture. # spec: S2, S3, A1, G1"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.state import Drawing, State
from app.undo import Situation
from app.views.canvas import Canvas
from app.views.grid import GridView
from app.views.line import LineView
from app.views.numerals import significant
from app.views.plane import DisplacementView, PlaneView
from app.views.shown import EMPTY, RUNNING
from engine.analysis.groups import Reading, Readings
from engine.models import catalogue
from engine.run import Run
from engine.step import Step
from engine.trajectory import Trajectory
from tests.app.views.drawn import drawn, pin, saw, trajectory

LEFT = Qt.MouseButton.LeftButton


def shown(qtbot: QtBot, state: State, width: int = 700, height: int = 500) -> Canvas:
    canvas = Canvas(state)
    qtbot.addWidget(canvas)
    canvas.resize(width, height)
    canvas.show()
    QApplication.processEvents()
    return canvas


def picture(widget: QWidget | None) -> QImage:
    assert widget is not None
    return widget.grab().toImage()


def sentence(canvas: Canvas) -> str:
    QApplication.processEvents()
    return canvas.panes["current"].sentence


@pytest.mark.parametrize(("name", "view"), [("digits-ideal", GridView), ("ring", PlaneView), ("mixture-1d", LineView)])
def test_the_data_choose_the_view(qtbot: QtBot, name: str, view: type[QWidget]) -> None:
    canvas = shown(qtbot, drawn(name))
    assert type(canvas.panes["current"].view) is view
    assert canvas.panes["current"].sentence == ""
    assert not canvas.panes["pinned"].isVisible()
    assert not canvas.panes["difference"].isVisible()
    offered = canvas.choices.parts["denoised"].isVisible(), canvas.choices.overlays["density"].isVisible()
    assert offered == (view is GridView, view is not GridView)


def test_another_model_changes_the_view_only_when_its_picture_is_there(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    canvas = shown(qtbot, state)
    ring = catalogue.named("ring")
    run = Run(model=ring.reference).replace(latents={"count": 6}, schedule={"steps": 8})
    state.apply(Situation(run, ring, state.masks))
    state.set_drawing("current", Drawing(state.drawing("current").trajectory, running=True))
    QApplication.processEvents()
    assert type(canvas.panes["current"].view) is GridView
    state.set_drawing("current", Drawing(trajectory(state.run, "ring")))
    QApplication.processEvents()
    assert type(canvas.panes["current"].view) is PlaneView


def test_without_a_drawing_it_says_what_to_do_and_while_drawing_that_it_comes(qtbot: QtBot) -> None:
    info = catalogue.named("digits-ideal")
    state = State(Run(model=info.reference), info)
    canvas = shown(qtbot, state)
    assert sentence(canvas) == EMPTY
    state.set_drawing("current", Drawing(running=True))
    assert sentence(canvas) == RUNNING
    state.set_drawing("current", Drawing(preview=torch.ones(4, 1, 32, 32), running=True))
    assert sentence(canvas) == ""
    view = canvas.panes["current"].view
    assert isinstance(view, GridView)
    assert picture(view).pixelColor(view.cell(3).center()).red() == 255
    assert canvas.panes["current"].title.text() == "Estimate x₀, as it forms"


def test_an_error_stands_where_the_picture_would_be_and_can_be_mended(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    canvas = shown(qtbot, state)
    state.set_drawing("current", Drawing(error="The weights are not finite: choose another checkpoint."))
    assert sentence(canvas) == "The weights are not finite: choose another checkpoint."
    button = canvas.panes["current"].message.mend
    assert button.isVisible()
    with qtbot.waitSignal(canvas.mend_wanted) as asked:
        QTest.mouseClick(button, LEFT)
    assert asked.args == ["current"]
    state.set_drawing("current", Drawing(running=True))
    QApplication.processEvents()
    assert not button.isVisible()


def test_scrubbing_shows_the_step_and_says_its_noise_level(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    canvas = shown(qtbot, state)
    pane = canvas.panes["current"]
    pictures = []
    for step in (0, 4, 8):
        state.set_playhead(step)
        pictures.append(picture(pane.view))
    assert pictures[0] != pictures[1] != pictures[2] != pictures[0]
    assert pane.title.text() == "Estimate x₀ at σ 0"
    state.set_playhead(0)
    assert pane.title.text() == "Estimate x₀ at σ 80.0"


def test_choosing_what_is_shown_changes_picture_title_and_scale(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    state.set_playhead(3)
    canvas = shown(qtbot, state)
    pane, sigma = canvas.panes["current"], saw(state, "current").sigmas[3]
    estimate = picture(pane.view)
    assert pane.scale.text == "−1.00 … 1.00"
    QTest.mouseClick(canvas.choices.parts["x"], LEFT)
    assert state.shown == "x"
    assert picture(pane.view) != estimate
    assert float(pane.scale.text.split(" … ")[1]) == pytest.approx(1 + 2 * sigma, rel=5e-3)
    QTest.mouseClick(canvas.choices.parts["drift"], LEFT)
    assert pane.title.text().startswith("Drift d at σ")
    low, high = pane.scale.text.split(" … ")
    assert low == f"−{high}"


@pytest.mark.parametrize(
    ("part", "step", "words"), [("drift", 8, "Go one step back"), ("noise", 3, "S_churn"), ("correction", 7, "d′")]
)
def test_what_a_step_does_not_hold_is_said(qtbot: QtBot, part: str, step: int, words: str) -> None:
    state = drawn("digits-ideal")
    canvas = shown(qtbot, state)
    state.show(part)
    state.set_playhead(step)
    assert words in sentence(canvas)
    state.set_playhead(2)
    state.show("drift")
    assert sentence(canvas) == ""


def test_guidance_is_offered_once_a_sampler_gives_some(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    canvas = shown(qtbot, state)
    assert not canvas.choices.parts["guidance"].isVisible()
    guided = Trajectory(state.run, [1.0, 0.0])
    x = torch.zeros(2, 1, 8, 8)
    guided.append(Step(0, 1.0, x, denoised=x, drift=x, guidance=x))
    state.set_drawing("current", Drawing(guided))
    QApplication.processEvents()
    assert canvas.choices.parts["guidance"].isVisible()


def test_the_picture_stays_in_its_place_while_steps_arrive(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    whole = saw(state, "current")
    canvas = shown(qtbot, state)
    growing = Trajectory(whole.run, whole.sigmas)
    state.set_drawing("current", Drawing(preview=torch.zeros(6, 1, 32, 32), running=True))
    QApplication.processEvents()
    view = canvas.panes["current"].view
    assert isinstance(view, GridView)
    places = {(view.geometry().getRect(), view.cell(5).getRect())}
    for index in range(9):
        step = whole[index]
        assert step is not None
        growing.append(step)
        state.set_drawing("current", Drawing(growing, running=True))
        state.step_arrived.emit("current", index + 1)
        QApplication.processEvents()
        places.add((view.geometry().getRect(), view.cell(5).getRect()))
    assert len(places) == 1
    assert canvas.panes["current"].view is view


def test_two_runs_stand_beside_each_other_with_their_difference(qtbot: QtBot) -> None:
    state = drawn("digits-ideal", sampler={"churn": 4.0})
    canvas = shown(qtbot, state, width=1100)
    pin(state, "digits-ideal", sampler={"churn": 0.0}, latents={"count": 4})
    state.set_playhead(4)
    QApplication.processEvents()
    a, b, between = (canvas.panes[place] for place in ("pinned", "current", "difference"))
    assert all(pane.isVisible() and not pane.sentence for pane in (a, b, between))
    assert a.x() < b.x() < between.x()
    assert a.title.text() == "A · count 4 · S_churn 0 · heun 8"
    assert b.title.text() == "B · count 6 · S_churn 4 · heun 8"
    assert "seed" not in a.title.text()
    assert between.title.text() == "B − A · Estimate x₀"
    assert isinstance(between.view, GridView)
    assert between.view.particle_at(between.view.cell(3).center()) == 3
    assert between.view.particle_at(between.view.cell(4).center()) is None
    state.show("drift")
    assert a.scale.text == b.scale.text
    state.pin(None)
    QApplication.processEvents()
    assert not a.isVisible()
    assert not between.isVisible()


def test_equal_runs_have_no_difference(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    pin(state, "digits-ideal")
    canvas = shown(qtbot, state, width=1100)
    view = canvas.panes["difference"].view
    assert isinstance(view, GridView)
    seen = picture(view).copy(view.cell(1).adjusted(1, 1, -1, -1))
    colours = {seen.pixel(x, y) for x in range(seen.width()) for y in range(seen.height())}
    assert len(colours) == 1


def test_runs_of_different_shapes_say_why_there_is_no_difference(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    pin(state, "ring")
    canvas = shown(qtbot, state, width=1100)
    assert isinstance(canvas.panes["pinned"].view, PlaneView)
    assert isinstance(canvas.panes["current"].view, GridView)
    assert "different shapes" in canvas.panes["difference"].sentence


def test_planes_are_compared_as_displacements(qtbot: QtBot) -> None:
    state = drawn("ring", sampler={"churn": 4.0})
    canvas = shown(qtbot, state, width=1100)
    pin(state, "ring", sampler={"churn": 0.0})
    QApplication.processEvents()
    assert isinstance(canvas.panes["difference"].view, DisplacementView)
    assert canvas.panes["difference"].title.text() == "A (hollow) → B (filled)"


def test_a_narrow_canvas_puts_the_difference_below(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    pin(state, "digits-ideal", latents={"seed": 1})
    canvas = shown(qtbot, state, width=480, height=620)
    assert canvas.width() == 480
    assert canvas.panes["difference"].y() > canvas.panes["pinned"].y()
    assert canvas.panes["difference"].width() > canvas.panes["pinned"].width()


@pytest.fixture
def dark() -> Iterator[Callable[[], None]]:
    """Turns the window dark when called; light again at the end."""
    yield lambda: theme.choose(theme.DARK)
    theme.choose(None)


@pytest.mark.parametrize("name", ["digits-ideal", "ring", "mixture-1d"])
def test_it_takes_the_colours_of_another_scheme(qtbot: QtBot, name: str, dark: Callable[[], None]) -> None:
    state = drawn(name)
    state.set_playhead(3)
    state.show("drift")
    canvas = shown(qtbot, state)
    pane = canvas.panes["current"]
    light = picture(pane.view), picture(pane.scale)
    dark()
    QApplication.processEvents()
    assert picture(pane.view) != light[0]
    assert picture(pane.scale) != light[1]


def test_runs_on_different_schedules_are_compared_at_the_nearest_levels(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    pin(state, "digits-ideal", schedule={"steps": 5})
    state.set_playhead(3)
    canvas = shown(qtbot, state, width=1100)
    sigma = saw(state, "pinned").sigmas[state.index("pinned")]
    assert canvas.panes["pinned"].title.text() == f"A · heun 5 · σ {significant(sigma)}"
    assert canvas.panes["current"].title.text().startswith("B · heun 8 · σ")


def test_a_coarse_picture_says_so_and_moves_neither_playhead_nor_a(qtbot: QtBot) -> None:
    state = drawn("digits-ideal")
    pin(state, "digits-ideal", latents={"seed": 1})
    state.set_playhead(6)
    canvas = shown(qtbot, state, width=1100)
    assert "coarse" not in canvas.panes["current"].title.text()
    ahead = trajectory(state.run.replace(schedule={"steps": 4}), "digits-ideal")
    state.set_drawing("current", Drawing(ahead, running=True, coarse=True))
    QApplication.processEvents()
    assert canvas.panes["current"].title.text().endswith("coarse, 4 steps")
    assert "coarse" not in canvas.panes["pinned"].title.text()
    assert (state.playhead, state.index("current"), state.index("pinned")) == (6, 3, 6)


def test_groups_are_framed_where_they_mean_something_and_say_how_many_modes_they_hold(qtbot: QtBot) -> None:
    state = drawn("digits-ideal", latents={"count": 6})
    canvas = shown(qtbot, state)
    view = canvas.panes["current"].view
    assert isinstance(view, GridView)
    assert view._layout is not None
    assert not view._layout.framed
    state.apply(Situation(state.run.replace(latents={"group": 3}), state.model, state.masks))
    whole = trajectory(state.run, "digits-ideal")
    state.set_drawing("current", Drawing(whole))
    QApplication.processEvents()
    assert (view._layout.framed, view._layout.block) == (True, 3)
    assert view._pictures is not None
    assert view._pictures.labels == ("group 0", "group 1")
    readings = Readings(whole, None)
    labels = np.array([1, 1, -1, 4, 5, 6])
    readings.append(8, Reading((), np.empty(0), labels, np.ones(6)))
    state.set_readings("current", readings)
    QApplication.processEvents()
    assert view._pictures.labels == ("group 0 · 1 mode", "group 1 · 3 modes")


def test_a_group_without_guidance_has_a_frame_too_beside_one_with_it(qtbot: QtBot) -> None:
    state = drawn("digits-ideal", guidance={"k_pg": 1.0})
    pin(state, "digits-ideal", guidance={"k_pg": 0.0})
    readings = Readings(saw(state, "pinned"), None)
    readings.append(8, Reading((), np.empty(0), np.array([1, 1, 2, 4, 5, 6]), np.ones(6)))
    state.set_readings("pinned", readings)
    canvas = shown(qtbot, state)
    view = canvas.panes["pinned"].view
    assert isinstance(view, GridView)
    assert view._pictures is not None
    assert (view._pictures.group, view._pictures.labels) == (6, ("5 modes",))


def test_compared_runs_say_what_of_their_guidance_differs(qtbot: QtBot) -> None:
    state = drawn("ring", guidance={"k_pg": 2.0})
    pin(state, "ring", guidance={"k_pg": 0.0}, latents={"group": 3})
    canvas = shown(qtbot, state, width=1100)
    assert canvas.panes["pinned"].title.text() == "A · Group size 3 · k_PG 0 · heun 8"
    assert canvas.panes["current"].title.text() == "B · Group size all · k_PG 2 · heun 8"
