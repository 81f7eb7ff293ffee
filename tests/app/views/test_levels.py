"""The schedule as a picture: what is drawn of which levels, the playhead on it, comparisons, and abar over t."""
# spec: S1, S4, S9

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.state import State
from app.views.chart import Chart
from app.views.levels import LevelsView
from app.views.levels_plot import LevelsPlot
from engine import levels
from engine.models.catalogue import named
from engine.run import Run
from engine.settings import DDPMSchedule, EDMSchedule
from engine.settings.schedules import LogLinearSchedule
from tests.app.views.stage import colour, on_screen

LEFT = Qt.MouseButton.LeftButton


def state_of(model: str = "ring", **schedule: Any) -> State:
    info = named(model)
    return State(Run(model=info.reference).replace(schedule=schedule), info)


def shown(qtbot: QtBot, state: State, width: int = 268) -> LevelsView:
    """The view on the screen, which is held until it is closed."""
    view = on_screen(qtbot, LevelsView(state), state, width, 260)
    qtbot.waitExposed(view)
    return view


def chart(view: LevelsView) -> Chart:
    assert isinstance(view.plot.chart, Chart)
    return view.plot.chart


def at(plot: LevelsPlot, step: int) -> QPoint:
    return plot.place(step).toPoint()


def seen(plot: LevelsPlot) -> set[str]:
    image = plot.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


# -- sigma over the steps --------------------------------------------------------------------------------------------


def test_the_levels_are_drawn_and_0_stands_below_them(qtbot: QtBot, qapp: object) -> None:
    view = shown(qtbot, state_of(steps=8))
    assert chart(view).sigmas.tolist() == levels.edm(8).tolist()
    heights = [view.plot.place(step).y() for step in range(9)]
    assert heights == sorted(heights)
    across = np.diff([view.plot.place(step).x() for step in range(9)])
    assert across == pytest.approx(np.full(8, across[0]))
    for step in range(8):
        assert colour(view.plot, *at(view.plot, step).toTuple()) == QColor(theme.scheme().text)


def test_the_axis_is_logarithmic(qtbot: QtBot, qapp: object) -> None:
    view = shown(qtbot, state_of(name="log-linear", steps=8))
    falls = np.diff([view.plot.place(step).y() for step in range(8)])
    assert falls == pytest.approx(np.full(7, falls[0]))


def test_rho_moves_the_curve_at_once(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=8)
    view = shown(qtbot, state)
    before, picture = at(view.plot, 4), view.plot.grab().toImage()
    state.change("rho", schedule={"rho": 1.0})
    assert at(view.plot, 4).y() < before.y() - 20
    assert view.plot.grab().toImage() != picture
    state.undo.undo()
    assert view.plot.grab().toImage() == picture


def test_the_models_range_is_a_band_with_its_name(qtbot: QtBot, qapp: object) -> None:
    state = state_of("s-curve-2d", sigma_min=0.1)
    view = shown(qtbot, state)
    assert chart(view).band == (0.002, 80.0)
    band = QColor(theme.scheme().raised).name()
    assert band in seen(view.plot)
    state.choose(named("ring"))
    assert chart(view).band is None, "an exact model knows all levels"
    assert band not in seen(view.plot)


def test_levels_beyond_the_models_are_not_drawn(qtbot: QtBot, qapp: object) -> None:
    view = shown(qtbot, state_of("s-curve-2d", sigma_max=500.0))
    assert chart(view).sigmas[0] == 80


def test_one_step_and_many(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=1)
    view = shown(qtbot, state)
    assert view.plot.place(0).y() < view.plot.place(1).y()
    state.change("steps", schedule={"steps": 10_000})
    assert QColor(theme.scheme().text).name() in seen(view.plot)
    assert view.plot.rect().contains(at(view.plot, 10_000))


def test_what_cannot_be_drawn_is_said_in_its_place(qtbot: QtBot, qapp: object) -> None:
    state = state_of(name="ddpm", horizon=20, steps=30)
    view = shown(qtbot, state)
    assert view.plot.chart == (
        "There are 20 levels between sigma_min and sigma_max: take at most so many steps, or raise T."
    )
    assert QColor(theme.scheme().muted).name() in seen(view.plot)
    QTest.mouseClick(view.plot, LEFT, pos=view.plot.rect().center())
    assert state.playhead == 30
    state.change("steps", schedule={"steps": 20})
    assert len(chart(view).sigmas) == 21


# -- playhead and pointer --------------------------------------------------------------------------------------------


def test_a_click_and_a_drag_move_the_playhead(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=8)
    plot = shown(qtbot, state).plot
    QTest.mouseClick(plot, LEFT, pos=at(plot, 3))
    assert state.playhead == 3
    QTest.mousePress(plot, LEFT, pos=at(plot, 3))
    QTest.mouseMove(plot, at(plot, 6) + QPoint(3, -20))
    assert state.playhead == 6
    QTest.mouseMove(plot, QPoint(plot.width() + 50, 5))
    assert state.playhead == 8
    QTest.mouseRelease(plot, LEFT, pos=at(plot, 8))
    QTest.mouseMove(plot, at(plot, 2))
    assert state.playhead == 8


def test_the_playhead_is_marked_in_the_accent(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=8)
    plot = shown(qtbot, state).plot
    accent = QColor(theme.scheme().accent)
    for step in (2, 5):
        state.set_playhead(step)
        spot = at(plot, step)
        assert colour(plot, spot.x(), spot.y()) == accent
        assert plot.reading.startswith(f"step {step} of 8")
    assert colour(plot, *at(plot, 2).toTuple()) != accent


def test_the_keys_move_the_playhead(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=8)
    plot = shown(qtbot, state).plot
    plot.setFocus()
    for key, step in (
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Right, 2),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_End, 8),
    ):
        QTest.keyClick(plot, key)
        assert state.playhead == step


def test_the_pointer_reads_out_step_sigma_and_abar(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=2, sigma_max=3.0, sigma_min=2.0)
    plot = shown(qtbot, state).plot
    assert plot.reading == "step 2 of 2   σ 0   ᾱ 1.00"
    QTest.mouseMove(plot, at(plot, 0))
    assert plot.reading == "step 0 of 2   σ 3.00   ᾱ 0.100"
    QTest.mouseMove(plot, at(plot, 1))
    assert plot.reading == "step 1 of 2   σ 2.00   ᾱ 0.200"
    qtbot.wait(0)
    plot.leaveEvent(None)  # type: ignore[arg-type]
    assert plot.reading.startswith("step 2 of 2")
    assert plot.accessibleDescription() == plot.reading


# -- others beside it ------------------------------------------------------------------------------------------------


def check(view: LevelsView, name: str) -> None:
    """Choose that entry from the opened menu."""
    view.menu.popup(view.mapToGlobal(QPoint(0, 0)))
    QTest.mouseClick(view.menu, LEFT, pos=view.menu.actionGeometry(view.entries[name]).center())
    view.menu.hide()


def test_others_are_drawn_at_as_many_steps(qtbot: QtBot, qapp: object) -> None:
    view = shown(qtbot, state_of(steps=10, rho=3.0))
    assert len(chart(view).lines) == 1
    names = ["EDM", "Log-linear", "DDIM (uniform t)", "DDIM offset (from 40)"]
    for name in reversed(names):
        check(view, name)
    lines = {line.label: line for line in chart(view).lines}
    assert list(lines) == ["EDM (rho)", *names]
    settings = (
        EDMSchedule(steps=10),
        LogLinearSchedule(steps=10),
        DDPMSchedule(steps=10),
        DDPMSchedule(steps=10, sigma_max=40.0),
    )
    for name, expected in zip(names, settings, strict=True):
        assert lines[name].y.tolist() == levels.of(expected).tolist()
    assert lines["DDIM (uniform t)"].y[0] == pytest.approx(157, rel=0.01)
    assert len({(line.colour, line.style) for line in lines.values()}) == 5
    assert len({line.style for line in lines.values()}) == 5, "told apart without colours too"
    assert {theme.category(i).name() for i in range(4)} <= seen(view.plot)
    check(view, "EDM")
    assert "EDM" not in {line.label for line in chart(view).lines}


def test_a_legend_takes_the_room_that_it_needs(qtbot: QtBot, qapp: object) -> None:
    view = shown(qtbot, state_of())
    alone = view.plot.sizeHint().height()
    check(view, "Log-linear")
    assert view.plot.sizeHint().height() == alone + view.plot.fontMetrics().height()


def test_as_schedule_is_drawn_beside_b(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=10, rho=3.0)
    view = shown(qtbot, state)
    view.menu.aboutToShow.emit()
    assert not view.entries["A"].isEnabled()
    assert "pin this one" in view.entries["A"].toolTip()
    state.pin(state.run, state.model)
    state.change("steps", schedule={"rho": 7.0, "steps": 5})
    check(view, "A")
    assert [line.label for line in chart(view).lines] == ["EDM (rho)", "A, at 5 steps"]
    assert chart(view).lines[1].y.tolist() == levels.edm(5, rho=3.0).tolist()
    state.pin(None)
    assert len(chart(view).lines) == 1


def test_what_has_not_so_many_levels_is_greyed_with_the_reason(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=10)
    view = shown(qtbot, state)
    check(view, "DDIM (uniform t)")
    state.change("steps", schedule={"steps": 2000})
    assert len(chart(view).lines) == 1
    view.menu.aboutToShow.emit()
    assert not view.entries["DDIM (uniform t)"].isEnabled()
    assert "take at most so many steps" in view.entries["DDIM (uniform t)"].toolTip()


# -- abar over t -----------------------------------------------------------------------------------------------------


def test_what_is_left_of_the_data_over_t(qtbot: QtBot, qapp: object) -> None:
    """LMT figure 3.6."""
    state = state_of("symmetric-2d-ddpm", name="ddpm", steps=10)
    view = shown(qtbot, state)
    QTest.mouseClick(view.over_t, LEFT)
    kept, root = chart(view).lines
    every = state.model.levels
    assert every is not None
    assert kept.y == pytest.approx([1.0, *(1 / (1 + every**2))])
    assert root.y == pytest.approx(np.sqrt(kept.y))
    assert kept.dots.tolist() == [1000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 0]
    assert chart(view).x.tolist() == kept.dots.tolist()
    plot = view.plot
    QTest.mouseClick(plot, LEFT, pos=at(plot, 4))
    assert state.playhead == 4
    assert plot.reading.startswith("step 4 of 10   t 600   σ ")
    assert not view.compare.isEnabled()
    QTest.mouseClick(view.over_t, LEFT)
    assert chart(view).up == "σ"


def test_the_switch_is_there_for_schedules_with_steps_t_alone(qtbot: QtBot, qapp: object) -> None:
    state = state_of(name="ddpm", betas="cosine")
    view = shown(qtbot, state)
    view.over_t.click()
    assert chart(view).across == "t"
    state.change("EDM", schedule={"name": "edm"})
    assert not view.over_t.isVisible()
    assert view.compare.isEnabled()
    assert chart(view).across == "step"
    state.undo.undo()
    assert (view.over_t.isVisible(), chart(view).across) == (True, "t")


# -- the large one ---------------------------------------------------------------------------------------------------


def test_it_opens_large_and_both_show_the_same(qtbot: QtBot, qapp: object) -> None:
    state = state_of(steps=8)
    view = shown(qtbot, state)
    QTest.mouseClick(view.enlarge, LEFT)
    large = view.window_of_its_own
    assert large is not None
    assert large.isVisible()
    (other,) = large.findChildren(LevelsView)
    assert other.plot.height() > 300
    assert not other.enlarge.isVisible()
    check(view, "EDM")
    assert len(chart(other).lines) == 2
    check(other, "Log-linear")
    assert len(chart(view).lines) == 3
    state.change("rho", schedule={"rho": 2.0})
    assert chart(other).sigmas.tolist() == levels.edm(8, rho=2.0).tolist()
    other.plot.setFocus()
    QTest.keyClick(other.plot, Qt.Key.Key_Left)
    assert state.playhead == 7
    QTest.keyClick(large, Qt.Key.Key_Escape)
    assert not large.isVisible()
    QTest.mouseClick(view.enlarge, LEFT)
    assert view.window_of_its_own is large
    assert large.isVisible()


def test_it_takes_the_colours_of_the_scheme(qtbot: QtBot, qapp: object) -> None:
    view = shown(qtbot, state_of(steps=8))
    try:
        for scheme in (theme.DARK, theme.LIGHT):
            theme.choose(scheme)
            QApplication.processEvents()
            assert {scheme.text, scheme.base, scheme.accent} <= seen(view.plot)
    finally:
        theme.choose(None)
