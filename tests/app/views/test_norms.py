"""Norms: what is plotted of A and B, where, and what stands there when there is nothing. # spec: A4"""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import theme
from app.views.norms import Axis, Norms, axis, extent, lines, logarithmic, on_axis
from tests.app.views.stage import colour, draw, staged


def shown(qtbot: QtBot, state: object) -> Norms:
    norms = Norms(state)  # type: ignore[arg-type]
    qtbot.addWidget(norms)
    norms.resize(500, 80)
    norms.show()
    return norms


def test_the_curves_are_the_mean_and_the_selected_particles_norm(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    trajectory = draw(state)
    norms = shown(qtbot, state)
    state.select([3, 1])
    curve = norms.curves()["current"]
    step = trajectory[2]
    assert step is not None
    assert step.drift is not None
    assert curve.mean[2] == pytest.approx(step.drift.norm(dim=1).mean().item())
    assert curve.own[2] == pytest.approx(step.drift[3].norm().item())
    assert len(curve.mean) == 7
    assert math.isnan(curve.mean[6])  # nothing is evaluated at sigma 0


def test_the_curves_grow_as_steps_arrive(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    trajectory = draw(state, steps=2)
    norms = shown(qtbot, state)
    before = norms.curves()["current"]
    assert len(before.mean) == 2
    full = draw(staged())
    for index in range(2, 7):
        step = full[index]
        assert step is not None
        trajectory.append(step)
    after = norms.curves()["current"]
    assert after is before
    assert len(after.mean) == 7


def test_another_norm_can_be_chosen(qtbot: QtBot, qapp: object) -> None:
    state = staged(sampler={"churn": 3.0})
    draw(state)
    norms = shown(qtbot, state)
    drift = norms.grab().toImage()
    norms.choose("noise")
    assert all(value > 0 for value in norms.curves()["current"].mean[:6])
    assert norms.grab().toImage() != drift
    assert "noise" in norms.accessibleName()


def test_a_norm_that_this_run_has_not_is_said(qtbot: QtBot, qapp: object) -> None:
    state = staged()
    draw(state)
    norms = shown(qtbot, state)
    norms.choose("noise")
    assert all(math.isnan(value) for value in norms.curves()["current"].mean)
    place = axis(norms, state)
    state.set_playhead(0)
    muted = QColor(theme.scheme().muted)
    middle = [colour(norms, x, y) for x in range(int(place.left) + 80, int(place.right) - 80, 3) for y in (44, 46, 48)]
    assert muted in middle  # the sentence


def test_a_stands_at_the_same_sigma_as_b(qapp: object) -> None:
    state = staged(schedule={"steps": 8})
    current = draw(state)
    state.pin(state.run.replace(schedule={"steps": 4, "sigma_max": 40.0}), state.model)
    pinned = draw(state, side="pinned")
    trajectory, places = on_axis(state, "pinned")
    assert trajectory is pinned
    assert list(places) == sorted(places)
    assert places[-1] == 8
    for sigma, place in zip(pinned.sigmas[:-1], places[:-1], strict=True):
        below, above = current.sigmas[math.ceil(place)], current.sigmas[math.floor(place)]
        assert below * (1 - 1e-9) <= sigma <= above * (1 + 1e-9)
    assert on_axis(state, "current")[1] == range(9)


def test_nothing_is_placed_while_the_run_has_another_number_of_steps(qapp: object) -> None:
    state = staged()
    draw(state)
    state.change("change Steps", schedule={"steps": 9})
    assert on_axis(state, "current") == (None, ())


def test_pixels_and_steps_are_inverse() -> None:
    row = Axis(22, 40.0, 500.0)
    assert [row.step(row.x(step)) for step in range(23)] == list(range(23))
    assert (row.step(-100), row.step(9999)) == (0, 22)


def test_lines_part_where_a_value_is_missing_and_stay_inside() -> None:
    frame = QRectF(0, 10, 100, 50)
    pieces = lines([0, 1, 2, 3, 4], [1.0, 10.0, math.nan, 5.0, 1.0], logarithmic(1.0, 10.0, frame), frame.width())
    assert [len(piece) for piece in pieces] == [2, 2]
    heights = [point.y() for piece in pieces for point in piece]
    assert heights[1] == min(heights) == 12
    assert heights[0] == heights[3] == max(heights) < frame.bottom()


def test_many_points_are_thinned_to_the_pixels() -> None:
    frame = QRectF(0, 0, 100, 50)
    height = logarithmic(1.0, 10_001.0, frame)
    (line,) = lines(range(10_000), [1.0 + i for i in range(10_000)], height, frame.width())
    assert len(line) <= 201


def test_what_hardly_changes_looks_so() -> None:
    low, high = extent(31.0, 31.01)
    assert high / low == pytest.approx(1.1)
    assert low < 31.0 < 31.01 < high
    assert extent(1.0, 100.0) == (1.0, 100.0)
