"""Loss plot: its axes, how its range grows, what the pointer tells, and the marks of previews. # spec: T6"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import theme
from app.views.loss import LossPlot, reach, rungs, span
from engine.training.live import Curve, curve
from tests.app.views.trained import losses

LEFT = Qt.MouseButton.LeftButton


def shown(qtbot: QtBot, steps: int = 400, previews: tuple[int, ...] = (100, 300), total: int = 2000) -> LossPlot:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(700, 260)
    plot.show_curve(curve(losses(steps)), total, previews)
    plot.show()
    qtbot.waitExposed(plot)
    qtbot.waitUntil(lambda: plot.place(steps).y() < plot.height())  # laid out
    return plot


def ends(plot: LossPlot) -> tuple[float, float, float, float]:
    (left, right), (low, high) = plot._box.viewRange()
    return left, right, low, high


def colours(plot: LossPlot) -> set[str]:
    assert plot.plot is not None
    image = plot.plot.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def point_at(qtbot: QtBot, plot: LossPlot, place: QPoint, told: bool) -> None:
    """Move the pointer there until something, or nothing, is told: the plot drops events that come too fast."""
    jitter = itertools.cycle((0, 1))

    def moved() -> bool:
        assert plot.plot is not None
        QTest.mouseMove(plot.plot.viewport(), place + QPoint(0, next(jitter)))
        return bool(plot.readout.text()) is told

    qtbot.waitUntil(moved)


@given(st.floats(1e-6, 1e6), st.floats(1.02, 1e8), st.floats(60, 1500))
def test_written_values_are_round_and_apart(low: float, ratio: float, length: float) -> None:
    high, apart = low * ratio, 22.0
    values = rungs(low, high, length, apart)
    assert all(low * (1 - 1e-6) <= value <= high * (1 + 1e-6) for value in values)
    assert all(len(f"{value:.10e}".split("e")[0].rstrip("0")) <= 3 for value in values)  # two significant digits
    if length / math.log10(ratio) >= apart:
        pixels = [math.log10(value) * length / math.log10(ratio) for value in values]
        assert all(b - a >= apart * (1 - 1e-6) for a, b in itertools.pairwise(pixels))


def test_a_decade_has_several_written_values() -> None:
    assert rungs(0.09, 1.1, 150, 22) == pytest.approx([0.1, 0.2, 0.5, 1.0])
    assert rungs(1, 20_000, 600, 64) == pytest.approx([10.0**p * r for p in range(5) for r in (1, 3)][:9])


@given(st.integers(1, 10**8), st.integers(1, 10**8))
def test_the_end_of_the_axis_is_round_and_never_beyond_the_last_step(step: int, more: int) -> None:
    steps = step + more
    end = reach(step, steps)
    assert min(step, steps) <= end <= steps
    assert end == steps or str(end).rstrip("0") in ("1", "2", "5")
    assert end <= max(10, 2.5 * step)


def test_the_range_holds_all_finite_losses() -> None:
    low, high = span(np.array([0.13, 2.4, np.nan, 0.0, np.inf]))
    assert 10**low < 0.13 < 10 ** (low + 0.2)
    assert 10 ** (high - 0.2) < 2.4 < 10**high
    assert span(np.empty(0)) == (-1.0, 0.0)


def test_the_range_moves_seldom_and_only_outwards(qtbot: QtBot) -> None:
    plot = shown(qtbot, 210)
    before = ends(plot)
    plot.show_curve(curve(losses(220)), 2000, ())
    assert ends(plot) == before
    rare = Curve(np.array([400]), np.array([0.2]), np.array([0.2]))
    plot.show_curve(rare, 2000, ())
    assert ends(plot) == before  # although nothing but 0.2 is left to be seen
    plot.show_curve(curve(losses(510)), 2000, ())
    assert ends(plot)[1] > 900
    plot.show_curve(curve(losses(20)), 2000, ())  # another training
    assert ends(plot)[1] < 30


def test_the_axes_say_losses_and_steps(qtbot: QtBot) -> None:
    plot = shown(qtbot, 2000)
    assert plot.plot is not None
    left, bottom = (plot.plot.getPlotItem().getAxis(name) for name in ("left", "bottom"))
    assert left.tickStrings([-1.0, math.log10(0.15), 0.0], 1, 1) == ["0.1", "0.15", "1"]
    assert bottom.tickStrings([0.0, 1500.0], 1, 500) == ["0", "1,500"]
    assert (left.labelText, bottom.labelText) == ("loss", "step")
    plot.logarithmic.click()
    assert bottom.tickStrings([math.log10(2000)], 1, 1) == ["2,000"]
    assert ends(plot)[1] == pytest.approx(math.log10(2000), abs=0.1)
    assert ends(plot)[0] == pytest.approx(0, abs=0.1)


def test_both_lines_are_seen_in_light_and_dark(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    for scheme in (theme.LIGHT, theme.DARK):
        theme.choose(scheme)
        qtbot.waitUntil(lambda scheme=scheme: {scheme.text, scheme.base} <= colours(plot))
        assert scheme.text in plot.legend.text()
        assert scheme.accent not in colours(plot)
        plot.mark(300)
        assert scheme.accent in colours(plot)
        plot.mark(None)
    theme.choose(None)


def test_the_pointer_tells_step_and_loss(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    assert plot.readout.text() == ""
    point_at(qtbot, plot, plot.place(200).toPoint(), told=True)
    step = int(plot.readout.text().split(":")[0].removeprefix("step "))
    assert abs(step - 200) <= 2
    assert f"loss {losses(400)[step - 1]:.3f}" in plot.readout.text()
    point_at(qtbot, plot, QPoint(2, 2), told=False)


def test_a_click_near_a_mark_chooses_it_and_elsewhere_nothing(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    assert plot.plot is not None
    chosen: list[int] = []
    plot.chosen.connect(chosen.append)
    QTest.mouseClick(plot.plot.viewport(), LEFT, pos=plot.place(200).toPoint())
    assert chosen == []
    QTest.mouseClick(plot.plot.viewport(), LEFT, pos=plot.place(300).toPoint() + QPoint(4, 20))
    assert chosen == [300]


def test_zooming_holds_the_range_until_it_is_fitted(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    whole = ends(plot)
    plot._box.scaleBy((0.5, 0.5))
    plot._box.sigRangeChangedManually.emit([True, True])
    zoomed = ends(plot)
    plot.show_curve(curve(losses(401)), 2000, ())
    assert ends(plot) == zoomed
    plot.fit()
    assert ends(plot) == whole


def test_a_loss_of_nothing_leaves_a_gap(qtbot: QtBot) -> None:
    plot = shown(qtbot)
    plot.show_curve(Curve(np.arange(1, 4), np.array([1.0, 0.0, 0.5]), np.array([1.0, 0.5, 0.4])), 2000, ())
    _, heights = plot._raw.getData()
    assert np.isnan(heights).tolist() == [False, True, False]


def test_the_plot_is_built_when_it_is_first_shown(qtbot: QtBot) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.show_curve(curve(losses(10)), 2000, ())
    plot.mark(5)
    assert plot.plot is None
    assert plot.accessibleDescription() == "Running mean 0.936 at step 10"
