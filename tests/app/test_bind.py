"""Slider and box against the Run, both ways, and what is said about values that do not do. # spec: S1, S3"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.bind import TICKS, Span, ValueRow
from app.window import Window
from engine.settings import UNBOUNDED

SPANS = [
    Span(2, 100, integer=True),
    Span(0.1, 1000, logarithmic=True),
    Span(1e-3, 100, logarithmic=True, zero=True),
    Span(1e-2, 1000, logarithmic=True, unbounded=True),
    Span(8, 1024, logarithmic=True, integer=True, multiple=8),
]


@pytest.mark.parametrize("span", SPANS)
@given(position=st.integers(0, TICKS))
def test_a_slider_comes_back_to_where_it_was(span: Span, position: int) -> None:
    value = span.value(position)
    again = span.value(span.position(value))
    assert again == pytest.approx(value, rel=0.02)


def test_the_ends_of_a_slider_mean_what_they_say() -> None:
    assert Span(1e-3, 100, logarithmic=True, zero=True).value(0) == 0.0
    assert Span(1e-2, 1000, logarithmic=True, unbounded=True).value(TICKS) == UNBOUNDED
    assert Span(1e-2, 1000, logarithmic=True, unbounded=True).position(UNBOUNDED) == TICKS


@pytest.mark.parametrize("span", [Span(1, 8, integer=True), Span(8, 1024, logarithmic=True, integer=True, multiple=8)])
@given(position=st.integers(0, TICKS), direction=st.sampled_from([-10, 10]))
def test_a_step_leads_to_another_value_or_to_an_end(span: Span, position: int, direction: int) -> None:
    reached = span.beyond(position, min(max(position + direction, 0), TICKS))
    assert span.value(reached) != span.value(position) or reached in (0, TICKS)
    assert (reached - position) * direction >= 0


def row(window: Window, name: str) -> ValueRow:
    found = window.findChild(ValueRow, name)
    assert isinstance(found, ValueRow)
    return found


def type_into(row: ValueRow, text: str) -> None:
    row.box.setFocus()
    row.box.selectAll()
    QTest.keyClicks(row.box, text)
    QTest.keyClick(row.box, Qt.Key.Key_Return)


def test_a_number_typed_changes_the_run(window: Window) -> None:
    type_into(row(window, "schedule.rho"), "4.25")
    assert window.state.run.schedule.values()["rho"] == 4.25
    assert row(window, "schedule.rho").slider.value() == row(window, "schedule.rho").span.position(4.25)


@pytest.mark.parametrize(("typed", "is_read"), [("1,5", 1.5), ("1,25e1", 12.5), ("3", 3.0)])
def test_a_comma_is_a_decimal_point(window: Window, typed: str, is_read: float) -> None:
    type_into(row(window, "schedule.rho"), typed)
    assert window.state.run.schedule.values()["rho"] == is_read


@pytest.mark.parametrize("typed", ["1,5", "1.5", "1,000"])
def test_no_digit_of_a_whole_number_is_dropped(window: Window, typed: str) -> None:
    steps = row(window, "schedule.steps")
    type_into(steps, typed)
    assert window.state.run.schedule.steps == steps.box.value() == 22


def test_undo_and_redo_reach_the_window_from_a_box(window: Window) -> None:
    rho = row(window, "schedule.rho")
    type_into(rho, "3")
    QTest.keyClick(rho.box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.state.run.schedule.values()["rho"] == rho.box.value() == 7.0
    QTest.keyClick(rho.box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.state.run.schedule.values()["rho"] == 3.0
    QTest.keyClicks(rho.box, "4")
    QTest.keyClick(rho.box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.state.run.schedule.values()["rho"] == 3.0, "what is being typed is undone first"


def test_digits_typed_into_a_box_select_no_particle(window: Window) -> None:
    type_into(row(window, "latents.seed"), "57")
    assert window.state.run.latents.seed == 57
    assert window.state.selection == (0,)


def test_levels_that_a_model_does_not_know_are_noted(window: Window) -> None:
    state = window.state
    learned = next(info for info in state.models if info.name == "s-curve-2d")
    high, low = row(window, "schedule.sigma_max"), row(window, "schedule.sigma_min")
    type_into(high, "1000")
    type_into(low, "0.001")
    assert not high.note.isVisible()
    state.set_run("choose", state.run.replace(model=learned.reference.model_dump()), learned)
    assert high.note.text() == "s-curve-2d knows levels up to 80: drawn from there."
    assert low.note.text() == "s-curve-2d knows levels down to 0.002: drawn to there."
    type_into(high, "80")
    assert not high.note.isVisible()


def test_a_drag_is_one_undo_step_and_undo_moves_the_slider_back(window: Window) -> None:
    seed = row(window, "latents.seed")
    before = seed.slider.value()
    slider = seed.slider
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    for x in range(10, slider.width() - 10, 12):
        QTest.mouseMove(slider, slider.rect().topLeft() + type(slider.rect().center())(x, slider.height() // 2))
    slider.setSliderDown(True)
    slider.setValue(400)
    slider.setValue(620)
    slider.setSliderDown(False)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    assert window.state.run.latents.seed == seed.span.value(slider.value()) != 0
    while window.state.undo.canUndo():
        window.state.undo.undo()
    assert window.state.run.latents.seed == 0
    assert slider.value() == before
    assert seed.box.value() == 0


def test_a_refused_number_is_explained_and_taken_back(window: Window) -> None:
    sigma_min = row(window, "schedule.sigma_min")
    type_into(sigma_min, "500")
    assert window.state.run.schedule.values()["sigma_min"] == 0.002
    assert sigma_min.box.value() == pytest.approx(0.002)
    assert sigma_min.note.text().startswith("σ min: sigma_min (500) must be below sigma_max")
    assert sigma_min.note.isVisible()
    type_into(sigma_min, "0.01")
    assert not sigma_min.note.isVisible()


def test_no_limit_can_be_typed_and_is_shown(window: Window) -> None:
    s_max = row(window, "sampler.s_max")
    assert s_max.box.text() == "no limit"
    type_into(s_max, "50")
    assert window.state.run.sampler.values()["s_max"] == 50
    type_into(s_max, "no limit")
    assert window.state.run.sampler.values()["s_max"] == UNBOUNDED


def test_churn_is_scaled_to_the_steps_and_says_where_it_saturates(window: Window) -> None:
    churn = row(window, "sampler.churn")
    saturation = (math.sqrt(2) - 1) * 22
    assert churn.span.high > saturation
    type_into(churn, "9.0")
    assert not churn.note.isVisible()
    type_into(churn, "20")
    assert "9.11" in churn.note.text()
    assert churn.note.isVisible()
    type_into(row(window, "schedule.steps"), "100")
    assert churn.span.high > (math.sqrt(2) - 1) * 100
    assert not churn.note.isVisible()
